/* What bounced, apart from lists: campaigns and the domains that bounces come back to. */
#include "config.h"

#include "report/markup.h"
#include "report/page-panels.h"
#include "report/page-parts.h"

static void
add_table(GString *out, const char *id, const char *caption, const char *heading,
          const GPtrArray *campaigns)
{
  const char *const columns[] = {heading, "#failures", "#permanent", NULL};
  markup_table(out, id, caption, columns);
  for (guint i = 0; i < campaigns->len; i++) {
    const Campaign *campaign = g_ptr_array_index(campaigns, i);
    markup_row(out);
    markup_cell_name(out, campaign->name);
    markup_cell_count(out, campaign->failures);
    markup_cell_share(out, campaign->permanent, campaign->failures);
  }
  page_rows_end(out, campaigns);
}

/* Names of campaigns are not for strangers. */
void
page_campaigns(GString *out, const Overview *overview)
{
  const Recent *recent = overview->recent;
  g_autoptr(GString) words = g_string_new("Of the last ");
  markup_count(words, recent->failures);
  g_string_append(words, recent->failures == 1 ? " failure" : " failures");
  g_string_append(words,
                  " in 30 days. A Feedback-ID names a campaign and the sender’s account; the "
                  "return path is where bounces come back to. "
                  "<span class=\"unfiltered\">It is not split by list.</span>");
  page_section(out, "campaigns", "Campaigns and return paths", words->str);
  if (overview->detail != OVERVIEW_ANONYMISED)
    add_table(out, "campaigns-table", "Failures by Feedback-ID", "Feedback-ID", recent->campaigns);
  add_table(out, "senders-table", "Failures by domain of the return path", "Return path",
            recent->senders);
  page_section_end(out);
}
