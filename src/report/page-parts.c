#include "config.h"

#include "report/page-parts.h"

#include "report/markup.h"

void
page_section(GString *out, const char *id, const char *heading, const char *explanation)
{
  g_string_append_printf(out, "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n", id, id);
  g_string_append_printf(out, "<h2 id=\"%s-heading\">%s</h2>\n<p>%s</p>\n", id, heading,
                         explanation);
}

void
page_section_end(GString *out)
{
  g_string_append(out, "</section>\n");
}

void
page_rows_end(GString *out, const GPtrArray *rows)
{
  if (rows->len == 0)
    g_string_append(out, "<tr><td colspan=\"9\">none");
  markup_table_end(out);
}

void
page_provider(GString *out, const Overview *overview, const char *id)
{
  const char *name = overview_provider(overview, id);
  if (name != NULL)
    markup_name(out, name);
  else
    g_string_append(out, "<i>unknown</i>");
}

void
page_name(GString *out, const Overview *overview, bool provider, guint index)
{
  const GPtrArray *names = provider ? overview->cube->providers : overview->cube->lists;
  if (index >= names->len) {
    g_string_append(out, "<i>all others</i>");
    return;
  }
  if (provider) {
    page_provider(out, overview, g_ptr_array_index(names, index));
    return;
  }
  g_autofree char *name = overview_list(overview, index);
  if (*name != '\0')
    markup_name(out, name);
  else
    g_string_append(out, "<i>no list</i>");
}

void
page_explain(GString *out, gint64 failure_id)
{
  g_string_append_printf(out, "<code>bouncedb explain f%" G_GINT64_FORMAT "</code>", failure_id);
}
