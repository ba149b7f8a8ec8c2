/* A mail log, whose lines contain what strangers say. */
#include "config.h"

#include "fuzz.h"

#include "mail/bounce.h"
#include "intake/maillog.h"

enum { NOW = 1790000000 }; /* 2026-09-21 */

static void
check_found(const MailLogRecipient *recipient, gpointer data)
{
  (void)data;
  fuzz_check_stored(recipient->address, BOUNCE_ADDRESS_MAX);
  g_assert_nonnull(strchr(recipient->address, '@'));
  g_assert_true(recipient->at <= NOW && recipient->accepted <= NOW);
}

static gint64
hash(const char *message_id, gconstpointer data)
{
  (void)data;
  g_assert_true(*message_id != '\0');
  return 1 + (gint64)strlen(message_id);
}

static bool
check_queued(const char *id, const MailLogQueued *queued, gpointer data, GError **error)
{
  (void)data, (void)error;
  g_assert_true(*id != '\0' && queued->at <= NOW && queued->counts >= -1 && queued->counts <= 1);
  return true;
}

FUZZ_TARGET(maillog)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(MailLog) log = maillog_new("news@example.org", NULL, NOW);
  maillog_hash_with(log, hash, NULL);
  for (char **line = lines; *line != NULL; line++)
    maillog_line(log, *line, check_found, NULL);
  maillog_each_queued(log, check_queued, NULL, NULL);
  return 0;
}
