/* The panels that the script filters. */
#include "config.h"

#include "base/dates.h"
#include "report/markup.h"
#include "report/page-panels.h"
#include "report/page-parts.h"

static const CubeFilter all = {CUBE_ANY, CUBE_ANY, CUBE_ANY, CUBE_ANY};

enum { LAST_MONTH = ISSUES_MONTH - 1 }; /* period */

/* --- filters: for the script, which shows them --- */

static void
add_names(GString *out, const Overview *overview, bool provider)
{
  const GPtrArray *names = provider ? overview->cube->providers : overview->cube->lists;
  const char *id = provider ? "provider" : "list";
  g_string_append_printf(
      out, "<span><label for=\"%s\">%s</label><select id=\"%s\"><option value=\"\">all", id,
      provider ? "Provider" : "List", id);
  for (guint i = 0; i <= names->len; i++) {
    CubeFilter filter = all;
    if (provider)
      filter.provider = (int)i;
    else
      filter.list = (int)i;
    if (cube_sum(overview->cube, &filter, 0, CUBE_PERIODS) == 0)
      continue;
    g_string_append_printf(out, "<option value=\"%u\" dir=\"auto\">", i);
    g_autofree char *list = provider ? NULL : overview_list(overview, i);
    const char *name = list;
    if (provider && i < names->len)
      name = overview_provider(overview, g_ptr_array_index(names, i));
    markup_text(out, i == names->len                 ? "(all others)"
                     : name != NULL && *name != '\0' ? name
                     : provider                      ? "(unknown)"
                                                     : "(no list)");
  }
  g_string_append(out, "</select></span>\n");
}

void
page_filters(GString *out, const Overview *overview)
{
  static const int days[] = {7, 30, 90, 365};
  g_string_append(out, "<form id=\"filters\" aria-label=\"Filters\" hidden>\n"
                       "<fieldset><legend>Days</legend>");
  for (gsize i = 0; i < G_N_ELEMENTS(days); i++)
    g_string_append_printf(out,
                           "<label><input type=\"radio\" name=\"days\" value=\"%d\"%s>%d</label>",
                           days[i], days[i] == ISSUES_MONTH ? " checked" : "", days[i]);
  g_string_append(out, "</fieldset>\n");
  add_names(out, overview, true);
  add_names(out, overview, false);
  g_string_append(out,
                  "<span><label for=\"class\">Class</label><select id=\"class\"><option value=\"\">"
                  "all");
  for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++)
    g_string_append_printf(out, "<option>%s", class_name(klass));
  g_string_append(out, "</select></span>\n<button type=\"reset\">Reset</button>\n"
                       "<output id=\"shown\" role=\"status\"></output>\n</form>\n");
}

/* --- failures a day --- */

static void
add_classes(GString *out, const Overview *overview, guint first, guint last)
{
  CubeFilter filter = all;
  for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++) {
    filter.klass = (int)klass;
    markup_cell_count(out, cube_sum(overview->cube, &filter, first, last));
  }
  markup_cell_count(out, cube_sum(overview->cube, &all, first, last));
}

static void
add_windows(GString *out, const Overview *overview)
{
  static const struct {
    const char *name;
    guint last;
  } windows[] = {{"7 days", 6}, {"30 days", 29}, {"90 days", 89}, {"365 days", CUBE_PERIODS - 1}};
  static const char *const columns[] = {"Last",   "#permanent", "#transient", "#policy", "#spf",
                                        "#quota", "#auth",      "#all",       NULL};
  markup_table(out, "windows", "Failures by class", columns);
  for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
    markup_row(out);
    markup_cell(out, windows[i].name);
    add_classes(out, overview, 0, windows[i].last);
  }
  markup_table_end(out);
}

static void
add_canvas(GString *out, const char *id, const char *label)
{
  g_string_append_printf(out,
                         "<div class=\"chart\" hidden><canvas id=\"%s\" role=\"img\""
                         " aria-label=\"%s; the table below has the numbers\"></canvas></div>\n",
                         id, label);
}

static void
begin_details(GString *out, const char *summary)
{
  g_string_append_printf(out, "<details open><summary>%s</summary>\n", summary);
}

static const char *
period_name(const Overview *overview, guint period, char buffer[DATE_BUFFER])
{
  return date_day_utc(cube_period_end(overview->cube, period) * SECONDS_PER_DAY, buffer);
}

void
page_days(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Day",    "#permanent", "#transient", "#policy", "#spf",
                                        "#quota", "#auth",      "#all",       NULL};
  char buffer[DATE_BUFFER];
  page_section(
      out, "days", "Failures a day",
      "permanent (no such address) and quota (the mailbox is full): nobody’s fault. transient: "
      "the receiver’s trouble, or you send too fast. policy, spf and auth: yours.");
  add_canvas(out, "days-chart", "Failures by day and class");
  add_windows(out, overview);
  begin_details(out, "By day");
  markup_table(out, "days-table", "Failures by day and class", columns);
  for (guint i = 0; i < ISSUES_MONTH; i++) {
    markup_row(out);
    markup_cell(out, period_name(overview, i, buffer));
    add_classes(out, overview, i, i);
  }
  markup_table_end(out);
  g_string_append(out, "</details>\n");
  page_section_end(out);
}

/* --- reputation --- */

#define REPUTATIONS                                                                                \
  "#blocked", "#spam", "#rate", "#SPF", "#DKIM", "#DMARC", "#several", "#PTR", "#all", NULL

/* False, and nothing written, if there are none. */
static bool
has_reputations(const Overview *overview, CubeFilter filter, guint first, guint last)
{
  for (filter.reputation = REPUTATION_BLOCKED; filter.reputation < N_REPUTATIONS;
       filter.reputation++)
    if (cube_sum(overview->cube, &filter, first, last) > 0)
      return true;
  return false;
}

static void
add_reputations(GString *out, const Overview *overview, CubeFilter filter, guint first, guint last)
{
  gint64 sum = 0;
  for (filter.reputation = REPUTATION_BLOCKED; filter.reputation < N_REPUTATIONS;
       filter.reputation++) {
    gint64 failures = cube_sum(overview->cube, &filter, first, last);
    markup_cell_count(out, failures);
    sum += failures;
  }
  markup_cell_count(out, sum);
}

static void
add_reputation_days(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Day", REPUTATIONS};
  char buffer[DATE_BUFFER];
  begin_details(out, "By day");
  markup_table(out, "reputation-days", "Reputation by day", columns);
  for (guint i = 0; i < ISSUES_MONTH; i++) {
    if (!has_reputations(overview, all, i, i))
      continue;
    markup_row(out);
    markup_cell(out, period_name(overview, i, buffer));
    add_reputations(out, overview, all, i, i);
  }
  markup_table_end(out);
  g_string_append(out, "</details>\n");
}

void
page_reputation(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Provider", REPUTATIONS};
  page_section(out, "reputation", "My reputation",
               "What receivers say about the sender. No address is to blame for these. several: "
               "more than one of SPF, DKIM and DMARC, or which one is not said. PTR: reverse DNS.");
  add_canvas(out, "reputation-chart", "Reputation by day");
  markup_table(out, "reputation-table", "Reputation by provider", columns);
  for (guint i = 0; i <= overview->cube->providers->len; i++) {
    CubeFilter filter = all;
    filter.provider = (int)i;
    if (!has_reputations(overview, filter, 0, LAST_MONTH))
      continue;
    g_string_append(out, "<tr><th scope=\"row\">");
    page_name(out, overview, true, i);
    add_reputations(out, overview, filter, 0, LAST_MONTH);
  }
  markup_table_end(out);
  add_reputation_days(out, overview);
  page_section_end(out);
}

/* --- providers and lists --- */

/* Failures of the last 7 days against the 7 before. */
static void
add_trend(GString *out, const Overview *overview, const CubeFilter *filter)
{
  gint64 now = cube_sum(overview->cube, filter, 0, 6);
  gint64 before = cube_sum(overview->cube, filter, 7, 13);
  g_string_append(out, "<td class=\"n\">");
  if (before == 0)
    g_string_append(out, now > 0 ? "new" : "");
  else
    g_string_append_printf(out, "%+" G_GINT64_FORMAT " %%",
                           (now * 200 + before) / (2 * before) - 100);
}

/* The most frequent reason at a provider; NULL for all others. */
static const char *
top_reason(const Overview *overview, guint index)
{
  const GPtrArray *providers = overview->cube->providers;
  for (guint i = 0; index < providers->len && i < overview->issues->len; i++) {
    const Issue *issue = g_ptr_array_index(overview->issues, i);
    const char *id = g_ptr_array_index(providers, index);
    if (g_strcmp0(issue->provider != NULL ? issue->provider : "", id) == 0)
      return reason_info(issue->reason)->meaning;
  }
  return NULL;
}

static void
add_numbers(GString *out, const Overview *overview, CubeFilter filter, gint64 failures)
{
  markup_cell_count(out, failures);
  filter.klass = CLASS_PERMANENT;
  markup_cell_share(out, cube_sum(overview->cube, &filter, 0, LAST_MONTH), failures);
  filter.klass = CUBE_ANY;
  add_trend(out, overview, &filter);
}

static void
add_name_rows(GString *out, const Overview *overview, bool provider)
{
  const GPtrArray *names = provider ? overview->cube->providers : overview->cube->lists;
  for (guint i = 0; i <= names->len; i++) {
    CubeFilter filter = all;
    if (provider)
      filter.provider = (int)i;
    else
      filter.list = (int)i;
    gint64 failures = cube_sum(overview->cube, &filter, 0, LAST_MONTH);
    if (failures == 0)
      continue;
    g_string_append(out, "<tr><th scope=\"row\">");
    page_name(out, overview, provider, i);
    add_numbers(out, overview, filter, failures);
    if (provider)
      markup_cell(out, top_reason(overview, i));
  }
}

void
page_providers(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Provider", "#failures",           "#permanent",
                                        "#week",    "Top reason, 30 days", NULL};
  page_section(out, "providers", "Providers", "week: the last 7 days against the 7 days before.");
  markup_table(out, "providers-table", "Failures by provider", columns);
  add_name_rows(out, overview, true);
  markup_table_end(out);
  page_section_end(out);
}

void
page_lists(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"List", "#failures", "#permanent", "#week", NULL};
  page_section(out, "lists", "Lists",
               "By the List-Id of the message that bounced. week: the last 7 days against the 7 "
               "days before.");
  markup_table(out, "lists-table", "Failures by list", columns);
  add_name_rows(out, overview, false);
  markup_table_end(out);
  page_section_end(out);
}

/* --- time to bounce --- */

void
page_times(GString *out, const Overview *overview)
{
  static const char *const columns[] = {"Failed", "#permanent", "#transient", "#policy", "#spf",
                                        "#quota", "#auth",      "#all",       "#share",  NULL};
  const Times *times = overview->times;
  if (overview->hosts > 0) /* a fleet does not tell */
    return;
  gint64 known = overview_sum(times->month, N_TIMES);
  g_autoptr(GString) words =
      g_string_new("How long after the message was sent, in 30 days; a row does not count those "
                   "before it. Soon: "
                   "the receiver refused at once. Days: a server tried in vain. Known of ");
  markup_count(words, known);
  g_string_append(words,
                  known == 1 ? " failure, from its report. " : " failures, from their reports. ");
  g_string_append(words, "<span class=\"unfiltered\">They are not split by list.</span>");
  page_section(out, "times", "Time to bounce", words->str);
  add_canvas(out, "times-chart", "Failures by time and class");
  markup_table(out, "times-table", "Failures by the time after sending", columns);
  for (guint time = 0; time < N_TIMES; time++) {
    markup_row(out);
    markup_cell(out, times_name(time));
    for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++)
      markup_cell_count(out, times_sum(times, klass, time));
    markup_cell_count(out, times->month[time]);
    markup_cell_share(out, times->month[time], known);
  }
  markup_table_end(out);
  page_section_end(out);
}
