/* bouncedb stats: what has failed recently, on one screen, and what to do about it first. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/dates.h"
#include "base/json.h"
#include "judge/rules.h"
#include "store/store-daily.h"
#include "cmd/cmd.h"
#include "cmd/fleet-picture.h"
#include "cmd/news-print.h"
#include "cmd/stats-json.h"
#include "cmd/stats.h"
#include "cmd/terminal.h"

enum { WIDTH = 72, BAR = 22 };             /* columns: a body of mail */
enum { ROWS = 5, REMEDIES = 3, NEWS = 2 }; /* shown; --json, trends and a mail have more */

/* Who has to act: a party of the taxonomy, as a person would say it. */
static const char *
who_acts(const char *party)
{
  static const struct {
    const char *party, *words;
  } words[] = {{"recipient", "nobody: the address"},
               {"sender", "you: your sending"},
               {"message", "you: the message"},
               {"receiver", "the receiver"},
               {"unknown", "not known"}};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(words[i].party, party) == 0)
      return words[i].words;
  return party;
}

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
  g_autofree char *cut = columns_cut(name, 20);
  printf("  %s%*s %7" G_GINT64_FORMAT " %8" G_GINT64_FORMAT " %8" G_GINT64_FORMAT, cut,
         20 - columns_width(cut, strlen(cut)), "", count->today, count->week, count->month);
  print_bar(count->month, most);
}

static void
print_parties(const GPtrArray *parties)
{
  puts("\nWho must act");
  for (guint i = 0; i < parties->len; i++) {
    const StatsCount *party = g_ptr_array_index(parties, i);
    const StatsCount *first = g_ptr_array_index(parties, 0);
    StatsCount shown = *party;
    shown.name = (char *)who_acts(party->name);
    print_count(&shown, first->month, "-");
  }
}

static void
print_counts(const char *heading, const GPtrArray *counts, const char *unnamed)
{
  const StatsCount *first = counts->len > 0 ? g_ptr_array_index(counts, 0) : NULL;
  if (first == NULL)
    return;
  printf("\n%s\n", heading);
  for (guint i = 0; i < MIN(counts->len, ROWS); i++)
    print_count(g_ptr_array_index(counts, i), first->month, unnamed);
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
  double before = (double)(stats->all.month - stats->all.today) / (STATS_DAYS - 1);
  printf("  before today: %.*f a day on average; most on one day: %" G_GINT64_FORMAT "\n",
         before < 10 ? 1 : 0, before, most);
}

/* --- remedies --- */

/* Whether the news, of which so many are shown, say it already. */
static bool
is_told(const News *news, guint shown, const StatsRemedy *remedy)
{
  for (guint i = 0; i < MIN(news->evidence->len, shown); i++) {
    const Change *change = ((Evidence *)g_ptr_array_index(news->evidence, i))->change;
    const char *provider = remedy->provider != NULL ? remedy->provider : "";
    for (guint j = 0; change->reason == remedy->reason && j < change->providers->len; j++)
      if (strcmp(g_ptr_array_index(change->providers, j), provider) == 0)
        return true;
  }
  return false;
}

static void
print_advice(const Rules *rules, const StatsRemedy *remedy)
{
  const RuleInfo *rule = remedy->rule != NULL ? rules_find(rules, remedy->rule) : NULL;
  const RuleAdvice *advice = rule != NULL ? rules_advice(rules, rule) : NULL;
  g_autoptr(GString) words = g_string_new(advice != NULL ? advice->cause : NULL);
  g_string_append(words, words->len > 0 ? " " : "");
  g_string_append(words,
                  advice != NULL && advice->remedy != NULL ? advice->remedy : "Read the reply.");
  g_autoptr(GString) text = g_string_new("      ");
  columns_wrap(text, words->str, 6, WIDTH);
  fputs(text->str, stdout);
}

static void
print_remedy(const Rules *rules, const StatsRemedy *remedy, bool told)
{
  const ProviderInfo *provider =
      remedy->provider != NULL ? rules_find_provider(rules, remedy->provider) : NULL;
  printf("  %" G_GINT64_FORMAT " x %s%s%s%s\n", remedy->failures, reason_name(remedy->reason),
         provider != NULL ? " at " : "", provider != NULL ? provider->name : "",
         told ? ": see above" : "");
  if (!told)
    print_advice(rules, remedy);
  if (remedy->failure_id != 0)
    printf("      bouncedb explain f%" G_GINT64_FORMAT "\n", remedy->failure_id);
}

static void
print_remedies(const Rules *rules, const GPtrArray *remedies, const News *news, guint shown)
{
  if (remedies->len == 0)
    return;
  puts("\nWhat to do first");
  for (guint i = 0; i < MIN(remedies->len, REMEDIES); i++) {
    const StatsRemedy *remedy = g_ptr_array_index(remedies, i);
    fputs(i > 0 ? "\n" : "", stdout);
    print_remedy(rules, remedy, is_told(news, shown, remedy));
  }
}

/* --- the whole ---------------------------------------------------------------------------------*/

/* Is something wrong since yesterday? A mail says all of it, a screen as much as leaves room for
 * the rest. */
static void
print_news(const Rules *rules, const News *news, guint most)
{
  guint shown = MIN(news->evidence->len, most), left = news->changes->len - shown;
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < shown; i++) {
    news_print(text, rules, g_ptr_array_index(news->evidence, i), WIDTH);
    g_string_append_c(text, '\n');
  }
  if (left > 0)
    g_string_append_printf(text, "%u more: bouncedb trends\n\n", left);
  fputs(text->len > 0       ? text->str
        : news->has_history ? "Nothing unusual has begun since yesterday.\n\n"
                            : "There is too little history to tell what is unusual.\n\n",
        stdout);
}

static void
print_text(const Rules *rules, const Stats *stats, const News *news, guint shown)
{
  if (stats->hosts > 0)
    printf("Hosts of the fleet: %" G_GINT64_FORMAT "\n\n", stats->hosts);
  printf("%-22s %7s %8s %8s\n", "Failures", "today", "7 days", "30 days");
  print_count(&stats->all, 0, "all");
  print_days(stats);
  print_parties(stats->parties);
  print_remedies(rules, stats->remedies, news, shown);
  print_counts("By class", stats->classes, "-");
  print_counts("By reason", stats->reasons, "-");
  print_counts("By provider", stats->providers, "(unknown)");
  print_counts("By recipient domain", stats->domains, "(unknown)");
  printf("\nSuppressed addresses: %" G_GINT64_FORMAT "; held by the guard: %" G_GINT64_FORMAT "\n",
         stats->suppressed, stats->held);
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
  print_news(rules, news, shown);
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
