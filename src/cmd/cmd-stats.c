/* bouncedb stats: what has failed recently, on one screen, and what to do about it first. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/dates.h"
#include "base/json.h"
#include "judge/rules.h"
#include "report/words.h"
#include "store/store-daily.h"
#include "cmd/cmd.h"
#include "cmd/fleet-picture.h"
#include "cmd/stats-answers.h"
#include "cmd/stats-json.h"
#include "cmd/stats.h"
#include "cmd/terminal.h"

enum { WIDTH = 72, NAME = 27, BAR = 6 };   /* columns: a body of mail */
enum { ROWS = 5, REMEDIES = 3, NEWS = 2 }; /* shown; --json, trends and a mail have more */

/* --- counts --- */

static void
print_bar(gint64 count, gint64 most)
{
  gint64 length = most > 0 ? (count * BAR + most - 1) / most : 0;
  g_autofree char *bar = g_strnfill((gsize)length, '#');
  printf("  %s\n", bar);
}

static void
print_count(const StatsCount *count, gint64 most, const char *unnamed)
{
  g_autofree char *name = terminal_address(count->name != NULL ? count->name : unnamed);
  g_autofree char *cut = columns_cut(name, NAME);
  printf("  %s%*s %7" G_GINT64_FORMAT " %9" G_GINT64_FORMAT " %7" G_GINT64_FORMAT
         " %8" G_GINT64_FORMAT,
         cut, NAME - columns_width(cut, strlen(cut)), "", count->today, count->yesterday,
         count->week, count->month);
  print_bar(count->month, most);
}

static void
print_parties(const GPtrArray *parties)
{
  puts("\nWho has to act");
  for (guint i = 0; i < WORDS_PARTIES; i++)
    for (guint j = 0; j < parties->len; j++) {
      const StatsCount *party = g_ptr_array_index(parties, j);
      const StatsCount *first = g_ptr_array_index(parties, 0);
      StatsCount shown = *party;
      shown.name = (char *)words_actor(words_party(i));
      if (strcmp(party->name, party_name(words_party(i))) == 0)
        print_count(&shown, first->month, "-");
    }
}

/* What is not shown of all. */
static void
print_others(const StatsCount *all, const GPtrArray *counts, guint shown, gint64 most)
{
  StatsCount others = {(char *)"(others)", all->today, all->yesterday, all->week, all->month};
  for (guint i = 0; i < shown; i++) {
    const StatsCount *count = g_ptr_array_index(counts, i);
    others.today -= count->today;
    others.yesterday -= count->yesterday;
    others.week -= count->week;
    others.month -= count->month;
  }
  if (others.month > 0)
    print_count(&others, MAX(most, others.month), "-");
}

static void
print_counts(const char *heading, const StatsCount *all, const GPtrArray *counts,
             const char *unnamed)
{
  const StatsCount *first = counts->len > 0 ? g_ptr_array_index(counts, 0) : NULL;
  guint shown = MIN(counts->len, ROWS);
  if (first == NULL)
    return;
  printf("\n%s\n", heading);
  for (guint i = 0; i < shown; i++)
    print_count(g_ptr_array_index(counts, i), first->month, unnamed);
  print_others(all, counts, shown, first->month);
}

/* --- days --- */

/* A column of height 0 to 8; 0 is a day without failures. */
static const char *
column(gint64 count, gint64 most)
{
  static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static const char *const letters[] = {".", ":", "-", "=", "+", "*", "#", "@"};
  if (count == 0)
    return " ";
  gint64 level = most > 0 ? (count * 8 - 1) / most : 0;
  return (terminal_is_utf8() ? blocks : letters)[CLAMP(level, 0, 7)];
}

static void
print_days(const Stats *stats)
{
  gint64 most = 0;
  for (gsize i = 0; i < STATS_DAYS; i++)
    most = MAX(most, stats->days[i]);
  char from[DATE_BUFFER], to[DATE_BUFFER];
  printf("  %s |", date_day_utc((stats->today - STATS_DAYS + 1) * SECONDS_PER_DAY, from));
  for (gsize i = 0; i < STATS_DAYS; i++)
    fputs(column(stats->days[i], most), stdout);
  printf("| %s\n", date_day_utc(stats->today * SECONDS_PER_DAY, to));
}

/* By the rule of trends. */
static void
print_usual(const Stats *stats, const News *news)
{
  gint64 usual;
  if (!news->has_history)
    return;
  trends_is_unusual(news->trends, REASON_NONE, NULL, stats->today, &usual);
  printf("  usual on a whole day like today: %" G_GINT64_FORMAT "\n", usual);
}

/* --- remedies --- */

static void
print_remedy(const Rules *rules, const StatsRemedy *remedy)
{
  const ProviderInfo *provider =
      remedy->provider != NULL ? rules_find_provider(rules, remedy->provider) : NULL;
  printf("  %" G_GINT64_FORMAT " x %s%s%s (%s)\n", remedy->failures, reason_name(remedy->reason),
         provider != NULL ? " at " : "", provider != NULL ? provider->name : "",
         words_actor(reason_info(remedy->reason)->party));
  stats_print_advice(rules, remedy->rule, 6, WIDTH);
  if (remedy->failure_id != 0)
    printf("      bouncedb explain f%" G_GINT64_FORMAT "\n", remedy->failure_id);
}

/* Those that the answers do not tell. */
static void
print_remedies(const Rules *rules, const GPtrArray *remedies, const News *news, guint most)
{
  guint shown = 0;
  for (guint i = 0; i < remedies->len && shown < REMEDIES; i++) {
    const StatsRemedy *remedy = g_ptr_array_index(remedies, i);
    if (stats_answers_tell(news, most, remedy))
      continue;
    if (shown++ == 0)
      puts(news->evidence->len > 0 ? "\nWhat else to do, by the failures of 30 days"
                                   : "\nWhat to do, by the failures of 30 days");
    else
      puts("");
    print_remedy(rules, remedy);
  }
}

/* --- the whole ---------------------------------------------------------------------------------*/

static void
print_text(const Rules *rules, const Stats *stats, const News *news, guint shown)
{
  printf("%-*s %7s %9s %7s %8s\n", NAME + 2, "Failures", "today", "yesterday", "7 days", "30 days");
  print_count(&stats->all, 0, "all");
  print_days(stats);
  print_usual(stats, news);
  print_parties(stats->parties);
  print_remedies(rules, stats->remedies, news, shown);
  print_counts("By class", &stats->all, stats->classes, "-");
  print_counts("By reason", &stats->all, stats->reasons, "-");
  print_counts("By provider", &stats->all, stats->providers, "(unknown)");
  print_counts("By recipient domain", &stats->all, stats->domains, "(unknown)");
  printf("\nOn the suppression list: %" G_GINT64_FORMAT " addresses, none for a fault of yours\n",
         stats->suppressed);
}

static bool
print(const Context *context, const Rules *rules, Store *store, const Stats *stats, bool mail,
      GError **error)
{
  gint64 yesterday = context->now / SECONDS_PER_DAY - 1;
  guint shown = mail ? NEWS_MAX : NEWS;
  g_autoptr(News) news = news_read(store, yesterday, context->now, error);
  if (news == NULL)
    return false;
  if (!mail)
    cmd_page(context);
  if (stats->held > 0)
    printf("The guard holds %" G_GINT64_FORMAT " addresses until you decide: bouncedb %s\n\n",
           stats->held, stats->hosts > 0 ? "fleet confirm" : "doctor");
  if (stats->hosts > 0)
    printf("Hosts of the fleet: %" G_GINT64_FORMAT "\n", stats->hosts);
  stats_answer(rules, stats, news, context->now, shown, WIDTH);
  print_text(rules, stats, news, shown);
  return true;
}

static bool
stats(Context *context, bool fleet, bool json, bool mail, GError **error)
{
  g_auto(Stats) stats = {0};
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  g_autoptr(Store) store =
      fleet ? fleet_picture_open(context, error) : cmd_open_as(context, STORE_READ, error);
  if (store == NULL && context->status != EXIT_OK)
    return true;
  if (store == NULL || !stats_read(store, context->now, &stats, error))
    return false;
  if (!json)
    return print(context, rules, store, &stats, mail, error);
  g_autofree char *object = stats_json(rules, &stats);
  cmd_page(context);
  puts(object);
  return true;
}

bool
cmd_stats(Context *context, int argc, char **argv, GError **error)
{
  gboolean json = FALSE, mail = FALSE, fleet = FALSE;
  const GOptionEntry entries[] = {
      {"fleet", 0, 0, G_OPTION_ARG_NONE, &fleet, "Count what all hosts of the fleet have recorded",
       NULL},
      {"mail", 0, 0, G_OPTION_ARG_NONE, &mail,
       "Print the text of a daily mail, with all that is unusual", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL,
                   "Tell what is unusual since yesterday, count the failures of today, 7 days and\n"
                   "30 days, and tell what to do first. Days are UTC. The text fits into a mail of "
                   "72 columns.",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "stats takes no arguments: %s", argv[1]);
  if (json && mail)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--json and --mail exclude each other");
  return stats(context, fleet, json, mail, error);
}
