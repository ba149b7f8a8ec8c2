/* bouncedb sent: records recent recipients from the mail server's log. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dates.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/address.h"
#include "store/store-alive.h"
#include "store/store-sent.h"
#include "intake/maillog.h"
#include "cmd/cmd.h"

enum {
  BATCH = 5000, /* addresses per transaction, for which deliveries may have to wait */
};

typedef struct {
  Store *store;
  gint64 now, since; /* Unix seconds; messages older than since are of no use */
  char *addresses[BATCH];
  gint64 times[BATCH];
  gint64 accepted[BATCH]; /* 0 = it was not */
  guint n;
  guint64 found, lines, recorded, taken;
  GError **error;
} Collector;

/* Old addresses are removed in the same transactions, so the table does not grow. */
static bool
flush(Collector *collector)
{
  Store *store = collector->store;
  bool ok = store_begin(store, collector->error);
  if (!ok)
    return false;
  for (guint i = 0; ok && i < collector->n; i++)
    ok = store_sent_add(store, collector->addresses[i], collector->times[i], collector->error) &&
         (collector->accepted[i] == 0 ||
          store_accepted(store, collector->addresses[i], collector->accepted[i], collector->error));
  for (guint i = 0; i < collector->n; i++)
    g_free(collector->addresses[i]);
  collector->n = 0;
  ok = ok && store_sent_prune(store, collector->since, collector->error) &&
       store_alive_prune(store, collector->now, collector->error);
  if (!ok)
    store_rollback(store);
  return ok && store_commit(store, collector->error);
}

/* The batch is flushed between lines, not here: a line has at most two addresses. */
static void
collect(const char *address, gint64 at, gint64 accepted, gpointer data)
{
  Collector *collector = data;
  collector->found++;
  if (at < collector->since)
    return;
  collector->addresses[collector->n] = g_strdup(address);
  collector->accepted[collector->n] = accepted;
  collector->recorded++;
  collector->taken += accepted != 0;
  collector->times[collector->n++] = at;
}

static void
take_line(MailLog *log, bool plain, const char *line, gint64 now, Collector *collector)
{
  if (!plain) {
    maillog_line(log, line, collect, collector);
    return;
  }
  g_autofree char *address = address_parse(line, false);
  if (address != NULL)
    collect(address, now, 0, collector);
}

static bool
read_lines(FILE *in, MailLog *log, bool plain, gint64 now, Collector *collector)
{
  char *line = NULL;
  size_t size = 0;
  bool ok = true;
  while (ok && getline(&line, &size, in) >= 0) {
    g_strchomp(line);
    take_line(log, plain, line, now, collector);
    collector->lines++;
    if (collector->n + 2 > BATCH)
      ok = flush(collector);
  }
  free(line);
  return ok && (ferror(in) == 0 || throw_errno(collector->error, "cannot read the log"));
}

static void
close_log(gpointer in)
{
  if (in != stdin)
    fclose(in);
}

/* Opens them all before the database, for root, who can read the log, may become the owner of the
 * database, who cannot. (element-type FILE) (transfer full) (nullable) */
static GPtrArray *
open_logs(char **files, GError **error)
{
  g_autoptr(GPtrArray) logs = g_ptr_array_new_with_free_func(close_log);
  if (*files == NULL)
    g_ptr_array_add(logs, stdin);
  for (; *files != NULL; files++) {
    FILE *in = strcmp(*files, "-") == 0 ? stdin : fopen(*files, "re");
    if (in == NULL) {
      throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", *files, g_strerror(errno));
      return NULL;
    }
    g_ptr_array_add(logs, in);
  }
  return g_steal_pointer(&logs);
}

static bool
read_logs(const GPtrArray *logs, MailLog *log, bool plain, gint64 now, Collector *collector)
{
  for (guint i = 0; i < logs->len; i++)
    if (!read_lines(g_ptr_array_index(logs, i), log, plain, now, collector))
      return false;
  return true;
}

static void
tell(const Context *context, const Collector *collector)
{
  guint64 older = collector->found - collector->recorded;
  if (context->json) {
    Json json = json_begin();
    json_int(&json, "lines", (gint64)collector->lines);
    json_int(&json, "recorded", (gint64)collector->recorded);
    json_int(&json, "accepted", (gint64)collector->taken);
    json_int(&json, "too_old", (gint64)older);
    json_print(&json);
    return;
  }
  g_autofree char *lines = text_count(collector->lines, "line", "lines");
  g_autofree char *recipients = text_count(collector->recorded, "recipient", "recipients");
  cmd_say(context, "%s read, %s recorded, of which %" G_GUINT64_FORMAT " accepted the message%s",
          lines, recipients, collector->taken, older > 0 ? "; older ones are of no use" : "");
}

bool
cmd_sent(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *sender = NULL;
  gboolean plain = FALSE;
  const GOptionEntry entries[] = {
      {"plain", 0, 0, G_OPTION_ARG_NONE, &plain,
       "The input is a list of addresses just written to, one per line", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      {"sender", 'f', 0, G_OPTION_ARG_FILENAME, &sender,
       "Only messages from this envelope sender, with any extension", "ADDRESS"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "[FILE|-]...",
          "Record recent recipients from the log of Postfix or Exim, so that reports about\n"
          "other addresses are recognised. A hyphen, or no argument, means standard input.\n"
          "Exit status: 1 if no recipient was found.",
          entries, &argc, &argv, error))
    return false;
  g_autoptr(GPtrArray) logs = open_logs(argv + 1, error);
  g_autoptr(Store) store = logs != NULL ? cmd_open_store(context, error) : NULL;
  if (store == NULL)
    return false;
  g_autoptr(MailLog) log = maillog_new(sender, context->settings->relays, context->now);
  g_autofree Collector *collector = g_new0(Collector, 1);
  collector->store = store;
  collector->now = context->now;
  collector->since = context->now - context->settings->sent_days * SECONDS_PER_DAY;
  collector->error = error;
  if (!read_logs(logs, log, plain, context->now, collector) || !flush(collector))
    return false;
  tell(context, collector);
  context->status = collector->found > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
