#include "config.h"

#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

/* The field at *text, without its quotes; *text moves to what ends it. */
static char *
read_field(const char **text)
{
  GString *field = g_string_new(NULL);
  const char *p = *text;
  bool quoted = *p == '"';
  p += quoted;
  while (*p != '\0' && (quoted || strchr(",\r\n", *p) == NULL)) {
    if (quoted && *p == '"') {
      p++;
      quoted = *p == '"'; /* "" is a quote */
      if (!quoted)
        continue;
    }
    g_string_append_c(field, *p++);
  }
  *text = p;
  return g_string_free(field, FALSE);
}

static void
skip_line_end(const char **text)
{
  if (**text == '\r')
    (*text)++;
  if (**text == '\n')
    (*text)++;
}

char **
csv_record(const char **text)
{
  GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
  bool more = **text != '\0';
  while (more) {
    char *field = read_field(text);
    if (fields->len < CSV_FIELDS_MAX)
      g_ptr_array_add(fields, field);
    else
      g_free(field);
    more = **text == ',';
    *text += more;
  }
  skip_line_end(text);
  g_ptr_array_add(fields, NULL);
  return (char **)g_ptr_array_free(fields, FALSE);
}
