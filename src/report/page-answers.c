#include "config.h"

#include "report/issues.h"
#include "report/markup.h"
#include "report/page-panels.h"
#include "report/page-parts.h"

/* --- is something wrong since yesterday --- */

static void
add_since(GString *out, gint64 yesterday, gint64 today, gint64 usual)
{
  markup_count(out, yesterday);
  g_string_append(out, " yesterday, ");
  markup_count(out, today);
  g_string_append(out, " today so far; usual on such a day: ");
  markup_count(out, usual);
}

static void
add_news(GString *out, const Overview *overview, const Issue *issue)
{
  g_string_append(out, "<li><strong>");
  markup_text(out, reason_info(issue->reason)->meaning);
  g_string_append(out, "</strong> (");
  page_provider(out, overview, issue->provider);
  g_string_append(out, "): ");
  add_since(out, issue->days[1], issue->days[0], issue->usual);
  g_string_append(out, "</li>\n");
}

static void
add_wrong(GString *out, const Overview *overview)
{
  const gint64 *days = overview->days;
  bool wrong = overview->unusual || overview->news->len > 0;
  g_string_append(out, "<article><h2>Is something wrong since yesterday?</h2>\n");
  g_string_append_printf(out, "<p class=\"%s\">%s</p>\n<p>", wrong ? "verdict bad" : "verdict",
                         wrong                   ? "Yes"
                         : overview->has_history ? "Nothing unusual"
                                                 : "There is too little history to tell");
  g_string_append(out, "Failures: ");
  add_since(out, days[1], days[0], overview->usual);
  g_string_append(out, ".</p>\n");
  if (overview->news->len > 0)
    g_string_append(out, "<p>More than usual:</p><ul>\n");
  for (guint i = 0; i < overview->news->len; i++)
    add_news(out, overview, g_ptr_array_index(overview->news, i));
  g_string_append(out, overview->news->len > 0 ? "</ul></article>\n" : "</article>\n");
}

/* --- whose fault is it --- */

static const struct {
  Party party;
  const char *verdict, *row;
} parties[] = {
    {PARTY_SENDER, "Yours: your sending", "You: your sending"},
    {PARTY_MESSAGE, "Yours: the messages", "You: the messages"},
    {PARTY_RECIPIENT, "Nobody’s: bad or full addresses", "Nobody: bad or full addresses"},
    {PARTY_RECEIVER, "The receivers’", "The receivers"},
    {PARTY_UNKNOWN, "Not known", "Not known"},
};

/* Of what is unusual; otherwise of most failures, since yesterday or, if there are none, in 30
 * days. */
static Party
main_party(const Overview *overview)
{
  if (overview->news->len > 0)
    return reason_info(((Issue *)g_ptr_array_index(overview->news, 0))->reason)->party;
  guint days = overview_sum(overview->days, 2) > 0 ? 2 : ISSUES_MONTH;
  Party most = PARTY_UNKNOWN;
  for (gsize i = 0; i < G_N_ELEMENTS(parties); i++)
    if (overview_sum(overview->parties[parties[i].party], days) >
        overview_sum(overview->parties[most], days))
      most = parties[i].party;
  return most;
}

static const char *
fault(const Overview *overview)
{
  Party party = main_party(overview);
  if (overview_sum(overview->days, ISSUES_MONTH) == 0)
    return "There are no failures";
  for (gsize i = 0; i < G_N_ELEMENTS(parties); i++)
    if (parties[i].party == party)
      return parties[i].verdict;
  return "Not known";
}

static void
add_fault(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Who has to act", "#since yesterday", "#30 days", "#share",
                                        NULL};
  gint64 all = overview_sum(overview->days, ISSUES_MONTH);
  g_string_append(out, "<article><h2>Whose fault is it?</h2>\n");
  g_string_append_printf(out, "<p class=\"verdict\">%s</p>\n", fault(overview));
  markup_table(out, "parties", "Failures by who has to act", columns);
  for (gsize i = 0; i < G_N_ELEMENTS(parties); i++) {
    const gint64 *days = overview->parties[parties[i].party];
    markup_row(out);
    markup_cell(out, parties[i].row);
    markup_cell_count(out, overview_sum(days, 2));
    markup_cell_count(out, overview_sum(days, ISSUES_MONTH));
    markup_cell_share(out, overview_sum(days, ISSUES_MONTH), all);
  }
  markup_table_end(out);
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
static const char *
first_remedy(const Overview *overview, const Issue *issue)
{
  if (reason_info(issue->reason)->party == PARTY_RECIPIENT)
    return "Check some of these addresses: if so many fail at once, the provider may be at fault. "
           "bouncedb release then takes back what was suppressed.";
  const char *remedy = overview_remedy(overview, issue);
  return remedy != NULL ? remedy : "Read the reply.";
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
    g_string_append(out, ")</p>\n<p>");
    if (reason_info(issue->reason)->party != PARTY_RECIPIENT &&
        overview_remedy(overview, issue) != NULL) {
      markup_text(out, overview_cause(overview, issue));
      g_string_append(out, " ");
    }
    markup_text(out, first_remedy(overview, issue));
    g_string_append(out, "</p>\n");
    if (issue->known) {
      g_string_append(out, "<p>The last one, with its reply: ");
      page_explain(out, issue->failure_id);
      g_string_append(out, "</p>\n");
    }
  }
  if (overview->held > 0)
    g_string_append_printf(out,
                           "<p>The guard holds %" G_GINT64_FORMAT
                           " addresses until you decide: <code>bouncedb doctor</code></p>\n",
                           overview->held);
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
