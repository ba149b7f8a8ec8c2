/* bouncedb trends: what fails more than its own history explains, since when, and what to do. */
#include "config.h"

#include <stdio.h>

#include "base/dates.h"
#include "cmd/news-print.h"
#include "cmd/cmd.h"
#include "cmd/notify.h"
#include "cmd/period.h"
#include "cmd/terminal.h"

typedef struct {
  char *since, *until;
  gboolean json, notify;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->since);
  g_free(options->until);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* (transfer full) */
static char *
text_of(const Options *options, const Rules *rules, const News *news, int width)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < news->evidence->len; i++) {
    const Evidence *evidence = g_ptr_array_index(news->evidence, i);
    if (options->json) {
      g_autofree char *object = news_json(rules, evidence);
      g_string_append_printf(text, "%s\n", object);
    } else {
      g_string_append(text, i > 0 ? "\n" : "");
      news_print(text, rules, evidence, width);
    }
  }
  return g_string_free(text, FALSE);
}

static int
width(void)
{
  enum { MAIL = 72, WIDEST = 100 };
  return terminal_is_one() ? MIN(terminal_columns(), WIDEST) : MAIL;
}

/* Whole days, UTC. Without --since, what began yesterday or today; what was not told yet may have
 * begun in the last week. */
static bool
read_days(const Context *context, const Options *options, gint64 *since, gint64 *until,
          GError **error)
{
  Period period;
  if (!period_parse(options->since, options->until, context->now, &period, error))
    return false;
  *until = MIN(period.until, context->now);
  gint64 today = *until / SECONDS_PER_DAY;
  *since = options->since != NULL ? period.since / SECONDS_PER_DAY
           : options->notify      ? today - TRENDS_PAUSE
                                  : today - 1;
  return *since <= today ||
         throw(error, BOUNCEDB_ERROR_USAGE, "--since is later than --until or now");
}

static bool
notify(const Context *context, const Options *options, const Rules *rules, Store *store, News *news,
       GError **error)
{
  if (!notify_choose(store, news, context->now, error))
    return false;
  g_autofree char *text = text_of(options, rules, news, width());
  if (news->evidence->len == 0)
    return true;
  if (!notify_send(context->settings, rules, news, text, error) ||
      !notify_remember(store, news, context->now, error))
    return false;
  if (!context->quiet)
    fputs(text, stdout);
  return true;
}

static void
show(Context *context, const Options *options, const Rules *rules, const News *news, gint64 since)
{
  char buffer[DATE_BUFFER];
  context->status = news->changes->len > 0 ? EXIT_NEGATIVE : EXIT_OK;
  if (context->quiet)
    return;
  cmd_page(context);
  g_autofree char *text = text_of(options, rules, news, width());
  fputs(text, stdout);
  if (news->changes->len > news->evidence->len && !options->json)
    printf("\n%u more\n", news->changes->len - news->evidence->len);
  if (news->changes->len == 0 && news->has_history && !options->json)
    printf("nothing unusual has begun since %s\n", date_day_utc(since * SECONDS_PER_DAY, buffer));
}

static bool
trends(Context *context, const Options *options, GError **error)
{
  gint64 since, until;
  if (!read_days(context, options, &since, &until, error))
    return false;
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  g_autoptr(Store) store = rules == NULL     ? NULL
                           : options->notify ? cmd_open_store(context, error)
                                             : cmd_open_as(context, STORE_READ, error);
  g_autoptr(News) news = store != NULL ? news_read(store, since, until, error) : NULL;
  if (news == NULL)
    return false;
  if (!news->has_history && !context->quiet && !options->notify)
    fprintf(stderr, "bouncedb: %d days of history are needed to tell what is unusual\n",
            TREND_NEEDED);
  if (options->notify)
    return notify(context, options, rules, store, news, error);
  show(context, options, rules, news, since);
  return true;
}

bool
cmd_trends(Context *context, int argc, char **argv, GError **error)
{
  g_auto(Options) o = {0};
  const GOptionEntry entries[] = {
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &o.since,
       "Tell what began since then (default: yesterday)", "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &o.until, "Tell what began until then", "TIME"},
      {"notify", 0, 0, G_OPTION_ARG_NONE, &o.notify,
       "Tell syslog and the hook what is new, at most once a day", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print a JSON object per line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL,
                   "Tell what fails more than usual, since when, and what to do. Days are UTC.\n"
                   "The exit status is 1 if there is something to tell, and 0 if there is not.",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "trends takes no arguments: %s", argv[1]);
  if (o.notify && (o.since != NULL || o.until != NULL))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--notify takes neither --since nor --until");
  return trends(context, &o, error);
}
