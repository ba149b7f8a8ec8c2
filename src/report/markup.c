#include "config.h"

#include "report/markup.h"

#include <stdbool.h>
#include <string.h>

#include "base/escape.h"

void
markup_text(GString *out, const char *text)
{
  if (text == NULL)
    return;
  g_autofree char *visible = escape_visible(text);
  for (const char *p = visible; *p != '\0'; p++)
    switch (*p) {
    case '&':
      g_string_append(out, "&amp;");
      break;
    case '<':
      g_string_append(out, "&lt;");
      break;
    case '>':
      g_string_append(out, "&gt;");
      break;
    case '"':
      g_string_append(out, "&quot;");
      break;
    case '\'':
      g_string_append(out, "&#39;");
      break;
    default:
      g_string_append_c(out, *p);
    }
}

void
markup_name(GString *out, const char *name)
{
  g_string_append(out, "<bdi>");
  markup_text(out, name);
  g_string_append(out, "</bdi>");
}

void
markup_count(GString *out, gint64 count)
{
  g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, count);
  for (gsize left = strlen(digits), i = 0; left > 0; left--, i++) {
    g_string_append_c(out, digits[i]);
    if (left > 1 && left % 3 == 1)
      g_string_append_c(out, ',');
  }
}

/* --- tables --- */

void
markup_table(GString *out, const char *id, const char *caption, const char *const *columns)
{
  g_string_append(out, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
  markup_text(out, caption);
  g_string_append_printf(out, "\"><table id=\"%s\"><caption>", id);
  markup_text(out, caption);
  g_string_append(out, "</caption><thead><tr>");
  for (; *columns != NULL; columns++) {
    bool number = **columns == '#';
    g_string_append(out, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
    markup_text(out, *columns + number);
    g_string_append(out, "</th>");
  }
  g_string_append(out, "</tr></thead><tbody>\n");
}

void
markup_table_end(GString *out)
{
  g_string_append(out, "</tbody></table></div>\n");
}

/* HTML lets the end tags of rows and cells be left out. */
void
markup_row(GString *out)
{
  g_string_append(out, "<tr>");
}

static void
begin_cell(GString *out, const char *attributes)
{
  bool first = g_str_has_suffix(out->str, "<tr>");
  g_string_append_printf(out, "<%s%s>", first ? "th scope=\"row\"" : "td", attributes);
}

void
markup_cell(GString *out, const char *text)
{
  begin_cell(out, "");
  markup_text(out, text);
}

void
markup_cell_name(GString *out, const char *name)
{
  begin_cell(out, "");
  markup_name(out, name);
}

void
markup_cell_count(GString *out, gint64 count)
{
  begin_cell(out, " class=\"n\"");
  markup_count(out, count);
}

void
markup_cell_share(GString *out, gint64 part, gint64 whole)
{
  begin_cell(out, " class=\"n\"");
  if (whole > 0)
    g_string_append_printf(out, "%" G_GINT64_FORMAT " %%", (part * 100 + whole / 2) / whole);
}

/* --- JSON --- */

/* These characters are in strings only. base/json.c has escaped U+2028 and U+2029. */
char *
markup_json(const char *json)
{
  GString *out = g_string_new(NULL);
  for (; *json != '\0'; json++)
    if (*json == '<' || *json == '>' || *json == '&')
      g_string_append_printf(out, "\\u%04x", (guchar)*json);
    else
      g_string_append_c(out, *json);
  return g_string_free(out, FALSE);
}
