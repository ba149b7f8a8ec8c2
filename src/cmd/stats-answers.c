#include "config.h"

#include "cmd/stats-answers.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/dates.h"
#include "report/words.h"
#include "cmd/news-print.h"

enum { INDENT = 2 };

/* --- words -------------------------------------------------------------------------------------*/

static void
print_wrapped(const char *words, int indent, int width)
{
  g_autoptr(GString) text = g_string_new(NULL);
  g_string_append_printf(text, "%*s", indent, "");
  columns_wrap(text, words, indent, width);
  fputs(text->str, stdout);
}

void
stats_print_advice(const Rules *rules, const char *rule, int indent, int width)
{
  const RuleInfo *info = rule != NULL ? rules_find(rules, rule) : NULL;
  const RuleAdvice *advice = info != NULL ? rules_advice(rules, info) : NULL;
  const char *remedy = advice != NULL ? advice->remedy : NULL;
  g_autoptr(GString) words = g_string_new(advice != NULL ? advice->cause : NULL);
  g_autofree char *what = words_remedy(remedy != NULL ? remedy : "Read the reply.");
  g_string_append(words, words->len > 0 ? " " : "");
  g_string_append(words, what);
  print_wrapped(words->str, indent, width);
}

static void
print_explain(gint64 failure_id, int indent)
{
  if (failure_id != 0)
    printf("%*sbouncedb explain f%" G_GINT64_FORMAT "\n", indent, "", failure_id);
}

/* --- what is unusual ---------------------------------------------------------------------------*/

static bool
is_of(const Change *change, const StatsRemedy *remedy)
{
  const char *provider = remedy->provider != NULL ? remedy->provider : "";
  for (guint i = 0; change->reason == remedy->reason && i < change->providers->len; i++)
    if (strcmp(g_ptr_array_index(change->providers, i), provider) == 0)
      return true;
  return false;
}

bool
stats_answers_tell(const News *news, guint most, const StatsRemedy *remedy)
{
  for (guint i = 0; i < MIN(news->evidence->len, most); i++)
    if (is_of(((Evidence *)g_ptr_array_index(news->evidence, i))->change, remedy))
      return true;
  return false;
}

/* What is counted of the same failures; NULL = nothing. */
static const StatsRemedy *
remedy_of(const Stats *stats, const Evidence *evidence)
{
  for (guint i = 0; i < stats->remedies->len; i++)
    if (is_of(evidence->change, g_ptr_array_index(stats->remedies, i)))
      return g_ptr_array_index(stats->remedies, i);
  return NULL;
}

static void
print_change(const Rules *rules, const Stats *stats, const Evidence *evidence, int width)
{
  char buffer[DATE_BUFFER];
  const StatsRemedy *remedy = remedy_of(stats, evidence);
  g_autofree char *summary = news_summary(rules, evidence);
  g_autofree char *words =
      remedy != NULL && remedy->last_at > 0
          ? g_strdup_printf("%s; the last one %s", summary, date_minute(remedy->last_at, buffer))
          : g_strdup(summary);
  print_wrapped(words, INDENT, width);
}

/* Cause, remedy, and one failure as an example: the last one. */
static void
print_what_to_do(const Rules *rules, const Stats *stats, const Evidence *evidence, int indent,
                 int width)
{
  const StatsRemedy *remedy = remedy_of(stats, evidence);
  const char *cause = news_cause(rules, evidence);
  g_autofree char *what = words_remedy(news_remedy(rules, evidence));
  g_autofree char *words =
      g_strjoin(cause != NULL ? " " : "", cause != NULL ? cause : "", what, NULL);
  print_wrapped(words, indent, width);
  if (evidence->held > 0)
    printf("%*sThe guard holds %" G_GINT64_FORMAT " addresses: bouncedb doctor\n", indent, "",
           evidence->held);
  print_explain(remedy != NULL && remedy->failure_id != 0 ? remedy->failure_id
                                                          : evidence->failure_id,
                indent);
}

/* --- whose fault -------------------------------------------------------------------------------*/

static Party
party_of(const StatsCount *count)
{
  for (Party party = PARTY_RECIPIENT; party < N_PARTIES; party++)
    if (strcmp(party_name(party), count->name) == 0)
      return party;
  return PARTY_UNKNOWN;
}

/* Of what is unusual; otherwise of most failures since yesterday or, if there are none, in 30
 * days. */
static Party
main_party(const Stats *stats, const News *news)
{
  if (news->evidence->len > 0)
    return reason_info(((Evidence *)g_ptr_array_index(news->evidence, 0))->change->reason)->party;
  bool recent = stats->all.today + stats->all.yesterday > 0;
  Party found = PARTY_UNKNOWN;
  gint64 most = 0;
  for (guint i = 0; i < stats->parties->len; i++) {
    const StatsCount *count = g_ptr_array_index(stats->parties, i);
    gint64 failures = recent ? count->today + count->yesterday : count->month;
    if (failures > most) {
      most = failures;
      found = party_of(count);
    }
  }
  return found;
}

/* --- the answers -------------------------------------------------------------------------------*/

static void
print_wrong(const Rules *rules, const Stats *stats, const News *news, int width)
{
  printf("Is something wrong since yesterday? %s\n", news->evidence->len > 0 ? "Yes:"
                                                     : news->has_history
                                                         ? "Nothing unusual."
                                                         : "There is too little history to tell.");
  if (news->evidence->len > 0)
    print_change(rules, stats, g_ptr_array_index(news->evidence, 0), width);
}

static void
print_fault(const Stats *stats, const News *news)
{
  Party party = main_party(stats, news);
  const char *list = words_list(party);
  bool any = stats->all.month > 0;
  printf("Whose fault is it? %s.\n", any ? words_fault(party) : "There are no failures");
  if (any && list != NULL)
    printf("%*s%s\n", INDENT, "", list);
}

static void
print_first(const Rules *rules, const Stats *stats, const News *news, int width)
{
  if (news->evidence->len > 0) {
    puts("What do I do first?");
    print_what_to_do(rules, stats, g_ptr_array_index(news->evidence, 0), INDENT, width);
  } else {
    puts(stats->remedies->len > 0 ? "What do I do first? See below."
                                  : "What do I do first? Nothing.");
  }
}

/* With the zone of all times. */
static void
print_moment(gint64 now)
{
  g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(now);
  g_autofree char *moment = g_date_time_format(local, "%Y-%m-%d %H:%M %Z");
  printf("Failed deliveries until %s; days begin at 00:00 UTC\n\n", moment);
}

void
stats_answer(const Rules *rules, const Stats *stats, const News *news, gint64 now, guint most,
             int width)
{
  guint shown = MIN(news->evidence->len, most), left = news->changes->len - shown;
  print_moment(now);
  print_wrong(rules, stats, news, width);
  print_fault(stats, news);
  print_first(rules, stats, news, width);
  for (guint i = 1; i < shown; i++) {
    puts(i == 1 ? "\nAlso unusual:" : "");
    print_change(rules, stats, g_ptr_array_index(news->evidence, i), width);
    print_what_to_do(rules, stats, g_ptr_array_index(news->evidence, i), 2 * INDENT, width);
  }
  if (left > 0)
    printf("\n%u more: bouncedb trends\n", left);
  puts("");
}
