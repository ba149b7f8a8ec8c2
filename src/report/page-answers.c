#include "config.h"

#include <string.h>

#include "base/dates.h"
#include "base/text.h"
#include "report/issues.h"
#include "report/markup.h"
#include "report/page-panels.h"
#include "report/page-parts.h"
#include "report/words.h"

enum { REPLY_SHOWN = 240 }; /* octets */

/* "2026-12-01 10:05" */
static void
add_minute(GString *out, gint64 at)
{
  char time[DATE_BUFFER];
  date_rfc3339(at, time);
  g_string_append_printf(out, "%.10s %.5s", time, time + strlen("2026-12-01T"));
}

/* --- is something wrong since yesterday --- */

static void
add_days(GString *out, gint64 yesterday, gint64 today)
{
  markup_count(out, yesterday);
  g_string_append(out, " yesterday, ");
  markup_count(out, today);
  g_string_append(out, " today so far");
}

static void
add_news(GString *out, const Overview *overview, const Issue *issue)
{
  g_string_append(out, "<li><strong>");
  markup_text(out, reason_info(issue->reason)->meaning);
  g_string_append(out, "</strong> (");
  page_provider(out, overview, issue->provider);
  g_string_append(out, "): ");
  add_days(out, issue->days[1], issue->days[0]);
  g_string_append(out, "; usual: ");
  markup_count(out, issue->usual);
  g_string_append(out, " a day.");
  if (issue->first_at > 0) {
    g_string_append(out, " It began on ");
    add_minute(out, issue->first_at);
    g_string_append(out, " UTC.");
  }
  if (issue->known) {
    g_string_append(out, " The last one came on ");
    add_minute(out, issue->last_at);
    g_string_append(out, " UTC.");
  }
  g_string_append(out, "</li>\n");
}

static const char *
weekday(gint64 day)
{
  static const char *const names[] = {"Thursday", "Friday",  "Saturday", "Sunday",
                                      "Monday",   "Tuesday", "Wednesday"};
  return names[day % 7]; /* since 1970 */
}

static void
add_wrong(GString *out, const Overview *overview)
{
  const gint64 *days = overview->days;
  bool wrong = overview->unusual || overview->news->len > 0;
  g_string_append(out, "<article><h2>Is something wrong since yesterday?</h2>\n");
  g_string_append_printf(out, "<p class=\"%s\">%s</p>\n", wrong ? "verdict bad" : "verdict",
                         wrong                   ? "Yes"
                         : overview->has_history ? "Nothing unusual"
                                                 : "There is too little history to tell");
  if (overview->news->len > 0)
    g_string_append(out, "<ul>\n");
  for (guint i = 0; i < overview->news->len; i++)
    add_news(out, overview, g_ptr_array_index(overview->news, i));
  g_string_append(out, overview->news->len > 0 ? "</ul>\n<p>" : "<p>");
  g_string_append(out, "All failures: ");
  add_days(out, days[1], days[0]);
  if (overview->has_history) {
    g_string_append(out, "; usual on a whole ");
    g_string_append(out, weekday(overview->usual_day));
    g_string_append(out, ": ");
    markup_count(out, overview->usual);
  }
  g_string_append(out, ".</p>\n</article>\n");
}

/* --- whose fault is it --- */

/* Of what is unusual; otherwise of most failures, since yesterday or, if there are none, in 30
 * days. */
static Party
main_party(const Overview *overview)
{
  if (overview->news->len > 0)
    return reason_info(((Issue *)g_ptr_array_index(overview->news, 0))->reason)->party;
  guint days = overview_sum(overview->days, 2) > 0 ? 2 : ISSUES_MONTH;
  Party most = PARTY_UNKNOWN;
  for (guint i = 0; i < WORDS_PARTIES; i++)
    if (overview_sum(overview->parties[words_party(i)], days) >
        overview_sum(overview->parties[most], days))
      most = words_party(i);
  return most;
}

static void
add_parties(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Who has to act", "#yesterday", "#today", "#30 days", NULL};
  markup_table(out, "parties", "Failures by who has to act", columns);
  for (guint i = 0; i < WORDS_PARTIES; i++) {
    const gint64 *days = overview->parties[words_party(i)];
    if (overview_sum(days, ISSUES_MONTH) == 0)
      continue;
    markup_row(out);
    markup_cell(out, words_actor(words_party(i)));
    markup_cell_count(out, days[1]);
    markup_cell_count(out, days[0]);
    markup_cell_count(out, overview_sum(days, ISSUES_MONTH));
  }
  markup_table_end(out);
}

static void
add_fault(GString *out, const Overview *overview)
{
  bool any = overview_sum(overview->days, ISSUES_MONTH) > 0;
  Party party = main_party(overview);
  g_string_append(out, "<article><h2>Whose fault is it?</h2>\n");
  g_string_append_printf(out, "<p class=\"verdict\">%s</p>\n",
                         any ? words_fault(party) : "There are no failures");
  if (any && words_list(party) != NULL)
    g_string_append_printf(out, "<p>%s</p>\n", words_list(party));
  add_parties(out, overview);
  g_string_append(out, "</article>\n");
}

/* --- what to do first --- */

static const Issue *
first_issue(const Overview *overview)
{
  const GPtrArray *issues = overview->news->len > 0 ? overview->news : overview->remedies;
  return issues->len > 0 ? g_ptr_array_index(issues, 0) : NULL;
}

/* So many addresses do not vanish at once. */
static void
add_advice(GString *out, const Overview *overview, const Issue *issue)
{
  if (reason_info(issue->reason)->party == PARTY_RECIPIENT) {
    g_string_append(out, "<p>Check some of these addresses: if so many fail at once, the provider "
                         "may be at fault. bouncedb release then takes back what was "
                         "suppressed.</p>\n");
    return;
  }
  const char *remedy = overview_remedy(overview, issue);
  g_autofree char *words = words_remedy(remedy != NULL ? remedy : "Read the reply.");
  g_string_append(out, "<p>");
  markup_text(out, overview_cause(overview, issue));
  g_string_append(out, " ");
  markup_text(out, words);
  g_string_append(out, "</p>\n");
}

/* What the last failure tells. */
static void
add_evidence(GString *out, const Issue *issue)
{
  if (issue->return_path != NULL && *issue->return_path != '\0') {
    g_string_append(out, "<p>MAIL FROM domain: ");
    markup_name(out, issue->return_path);
    g_string_append(out, "</p>\n");
  }
  if (issue->reply != NULL) {
    g_autofree char *reply = g_strndup(issue->reply, text_cut(issue->reply, REPLY_SHOWN));
    g_string_append(out, "<p class=\"reply\">The last reply: <q dir=\"auto\">");
    markup_text(out, reply);
    g_string_append(out, strlen(reply) < strlen(issue->reply) ? "…</q></p>\n" : "</q></p>\n");
  }
  g_string_append(out, "<p>More, in a shell of the mail host: ");
  page_explain(out, issue->failure_id);
  g_string_append(out, "</p>\n");
}

static void
add_first(GString *out, const Overview *overview)
{
  const Issue *issue = first_issue(overview);
  g_string_append(out, "<article><h2>What do I do first?</h2>\n");
  if (issue == NULL) {
    g_string_append(out, "<p class=\"verdict\">Nothing</p>\n");
  } else {
    g_string_append(out, "<p class=\"verdict\">");
    markup_text(out, reason_info(issue->reason)->meaning);
    g_string_append(out, " (");
    page_provider(out, overview, issue->provider);
    g_string_append(out, ")</p>\n");
    add_advice(out, overview, issue);
    if (issue->known)
      add_evidence(out, issue);
  }
  if (overview->held > 0)
    g_string_append_printf(out,
                           "<p>The guard holds %" G_GINT64_FORMAT
                           " addresses until you decide: <code>bouncedb %s</code></p>\n",
                           overview->held, overview->hosts > 0 ? "fleet confirm" : "doctor");
  g_string_append(out, "</article>\n");
}

void
page_answers(GString *out, const Overview *overview)
{
  g_string_append(out, "<div class=\"answers\">\n");
  add_wrong(out, overview);
  add_fault(out, overview);
  add_first(out, overview);
  g_string_append(out, "</div>\n");
}
