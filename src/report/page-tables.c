/* The panels that are tables alone. */
#include "config.h"

#include <string.h>

#include "base/dates.h"
#include "report/markup.h"
#include "report/page-panels.h"
#include "report/page-parts.h"
#include "report/words.h"

static const char *
day_name(gint64 day, char buffer[DATE_BUFFER])
{
  return date_day_utc(day * SECONDS_PER_DAY, buffer);
}

/* --- what to do --- */

/* What the script filters by: the provider's index in the cube, and the classes that the reason
 * can have. */
static void
begin_issue(GString *out, const Overview *overview, const Issue *issue)
{
  const GPtrArray *providers = overview->cube->providers;
  const ReasonInfo *info = reason_info(issue->reason);
  const char *id = issue->provider != NULL ? issue->provider : "";
  guint index = 0;
  while (index < providers->len && strcmp(g_ptr_array_index(providers, index), id) != 0)
    index++;
  g_string_append_printf(out, "<tr data-provider=\"%u\" data-classes=\"%s %s %s\">", index,
                         class_name(info->on_5xx), class_name(info->on_4xx),
                         class_name(info->on_none));
}

static void
add_example(GString *out, const Issue *issue)
{
  g_string_append(out, "<td>");
  if (issue->known)
    page_explain(out, issue->failure_id);
  if (issue->recipient != NULL) {
    g_string_append(out, "<br>");
    markup_name(out, issue->recipient);
  }
  if (issue->reply != NULL) {
    g_string_append(out, "<br><q dir=\"auto\">");
    markup_text(out, issue->reply);
    g_string_append(out, "</q>");
  }
}

static void
add_remedy(GString *out, const Overview *overview, const Issue *issue)
{
  begin_issue(out, overview, issue);
  g_string_append(out, "<th scope=\"row\">");
  markup_text(out, reason_info(issue->reason)->meaning);
  g_string_append(out, "<td>");
  page_provider(out, overview, issue->provider);
  markup_cell(out, words_actor(reason_info(issue->reason)->party));
  markup_cell_count(out, issue->month);
  g_string_append(out, "<td class=\"n\">");
  if (issue->recipients > 0) {
    g_string_append(out, issue->at_least ? "≥ " : "");
    markup_count(out, issue->recipients);
  }
  const char *remedy = overview_remedy(overview, issue);
  g_autofree char *words = words_remedy(remedy != NULL ? remedy : "Read the reply.");
  markup_cell(out, words);
  add_example(out, issue);
}

void
page_remedies(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"What fails",  "Provider",   "Who has to act", "#failures",
                                        "#recipients", "What to do", "Example",        NULL};
  page_section(out, "remedies", "What to do now",
               "What caused most failures in 30 days, apart from bad and full addresses, for which "
               "nothing has to be done. No address is suppressed for what is yours. "
               "<span class=\"unfiltered\">It is not split by list.</span>");
  markup_table(out, "remedies-table", "Remedies", columns);
  for (guint i = 0; i < overview->remedies->len; i++)
    add_remedy(out, overview, g_ptr_array_index(overview->remedies, i));
  page_rows_end(out, overview->remedies);
  page_section_end(out);
}

/* --- domains --- */

void
page_domains(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Domain",     "Provider",   "#domains", "#failures",
                                        "#permanent", "Top reason", NULL};
  page_section(out, "domains", "Recipient domains",
               "By organisation, those with most failures in 30 days: a domain that somebody has "
               "registered stands for all below it. domains: how many of these have failures. "
               "<span class=\"unfiltered\">They are not split by list.</span>");
  markup_table(out, "domains-table", "Failures by recipient domain", columns);
  for (guint i = 0; i < overview->domains->len; i++) {
    const Domain *domain = g_ptr_array_index(overview->domains, i);
    markup_row(out);
    markup_cell_name(out, domain->domain != NULL ? domain->domain : "(unknown)");
    g_string_append(out, "<td>");
    page_provider(out, overview, domain->provider);
    markup_cell_count(out, domain->domains);
    markup_cell_count(out, domain->month);
    markup_cell_share(out, domain->classes[CLASS_PERMANENT], domain->month);
    markup_cell(out, reason_info(domain->reason)->meaning);
  }
  page_rows_end(out, overview->domains);
  page_section_end(out);
}

/* --- unknown replies --- */

void
page_unknown(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Reply", "#failures", "#domains", "First",
                                        "Last",  "Example",   NULL};
  char first[DATE_BUFFER], last[DATE_BUFFER];
  page_section(out, "unknown", "Unknown replies",
               "What no rule understands, in 90 days. Names and numbers are left out, so that "
               "replies that say the same are one. <code>bouncedb rules draft</code> begins a rule "
               "for them.");
  markup_table(out, "unknown-table", "Unknown replies", columns);
  for (guint i = 0; i < overview->unknown->len; i++) {
    const UnknownReply *unknown = g_ptr_array_index(overview->unknown, i);
    g_string_append(out, "<tr><th scope=\"row\" dir=\"auto\">");
    markup_text(out, unknown->reply != NULL ? unknown->reply : "(left out)");
    markup_cell_count(out, unknown->failures);
    markup_cell_count(out, unknown->domains);
    markup_cell(out, day_name(unknown->first_day, first));
    markup_cell(out, day_name(unknown->last_day, last));
    g_string_append(out, "<td>");
    page_explain(out, unknown->failure_id);
  }
  page_rows_end(out, overview->unknown);
  page_section_end(out);
}

/* --- the suppression list --- */

void
page_list(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Day", "#suppressed", "#held", "#lifted", NULL};
  char buffer[DATE_BUFFER];
  g_autoptr(GString) words = g_string_new("On the list: ");
  markup_count(words, overview->suppressed);
  g_string_append(words, overview->suppressed == 1 ? " address" : " addresses");
  g_string_append(words, ". Held by the guard: ");
  markup_count(words, overview->held);
  g_string_append(words, ". Addresses that were suppressed or held on a day are counted while they "
                         "are; lifted: taken off the list on that day.");
  page_section(out, "list", "The suppression list", words->str);
  g_string_append(out, "<div class=\"chart\" hidden><canvas id=\"list-chart\" role=\"img\""
                       " aria-label=\"Suppressed, held and lifted addresses by day; the table below"
                       " has the numbers\"></canvas></div>\n");
  g_string_append(out, "<details open><summary>By day</summary>\n");
  markup_table(out, "list-table", "Suppressed, held and lifted in 30 days", columns);
  for (guint i = 0; i < overview->list_days->len; i++) {
    const ListDay *day = g_ptr_array_index(overview->list_days, i);
    markup_row(out);
    markup_cell(out, day_name(day->day, buffer));
    markup_cell_count(out, day->suppressed);
    markup_cell_count(out, day->held);
    markup_cell_count(out, day->lifted);
  }
  page_rows_end(out, overview->list_days);
  g_string_append(out, "</details>\n");
  page_section_end(out);
}

void
page_entries(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Address", "Since", "Reason", "Provider", NULL};
  char buffer[DATE_BUFFER];
  if (overview->detail != OVERVIEW_ADDRESSES)
    return;
  page_section(out, "entries", "Suppressed last",
               "<code>bouncedb show ADDRESS</code> tells why, <code>bouncedb allow ADDRESS</code> "
               "takes an address off the list.");
  markup_table(out, "entries-table", "The addresses that came on the list last", columns);
  for (guint i = 0; i < overview->entries->len; i++) {
    const RecentEntry *entry = g_ptr_array_index(overview->entries, i);
    markup_row(out);
    markup_cell_name(out, entry->recipient);
    markup_cell(out, day_name(entry->day, buffer));
    markup_cell(out, entry->reason);
    g_string_append(out, "<td>");
    page_provider(out, overview, entry->provider);
  }
  page_rows_end(out, overview->entries);
  page_section_end(out);
}

/* --- complaints, and everything that came --- */

void
page_complaints(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Provider", "#7 days", "#30 days", "Last", NULL};
  char buffer[DATE_BUFFER];
  page_section(out, "complaints", "Complaints",
               "Recipients who called a message spam. Each is suppressed at once.");
  markup_table(out, "complaints-table", "Complaints by provider", columns);
  for (guint i = 0; i < overview->complaints->len; i++) {
    const SourceCount *count = g_ptr_array_index(overview->complaints, i);
    g_string_append(out, "<tr><th scope=\"row\">");
    page_provider(out, overview, count->name);
    markup_cell_count(out, count->week);
    markup_cell_count(out, count->month);
    markup_cell(out, day_name(count->last_day, buffer));
  }
  page_rows_end(out, overview->complaints);
  page_section_end(out);
}

void
page_messages(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Kind", "#7 days", "#30 days", "#kept", NULL};
  page_section(out, "messages", "What came in",
               "other: not understood, or ordinary mail. unreadable: the parser failed. kept: the "
               "message is in the Maildir. <code>bouncedb list --kind other</code> shows them.");
  markup_table(out, "messages-table", "Messages by kind", columns);
  for (guint i = 0; i < overview->messages->len; i++) {
    const SourceCount *count = g_ptr_array_index(overview->messages, i);
    markup_row(out);
    markup_cell(out, count->name);
    markup_cell_count(out, count->week);
    markup_cell_count(out, count->month);
    markup_cell_count(out, count->kept);
  }
  page_rows_end(out, overview->messages);
  page_section_end(out);
}
