/* A mail log, whose lines contain what strangers say. */
#include "config.h"

#include "fuzz.h"

#include "mail/bounce.h"
#include "intake/maillog.h"

enum { NOW = 1790000000 }; /* 2026-09-21 */

static void
check_found(const char *address, gint64 at, gint64 accepted, gpointer data)
{
  (void)data;
  fuzz_check_stored(address, BOUNCE_ADDRESS_MAX);
  g_assert_nonnull(strchr(address, '@'));
  g_assert_true(at <= NOW && accepted <= NOW);
}

FUZZ_TARGET(maillog)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(MailLog) log = maillog_new("news@example.org", NULL, NOW);
  for (char **line = lines; *line != NULL; line++)
    maillog_line(log, *line, check_found, NULL);
  return 0;
}
