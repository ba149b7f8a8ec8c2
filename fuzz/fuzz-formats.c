/* Rows of every format: whatever an address or a reply contains, a row has the shape of any other
 * row. The first line of the input is the address, the second the list, the rest the reply. */
#include "config.h"

#include "fuzz.h"

#include <jansson.h>

#include "export/formats.h"

/* Whether a value has that string in it; no export is nested deeply. */
static bool
has_string(json_t *value, const char *want)
{
  const char *key;
  json_t *member;
  size_t i;
  if (json_is_string(value))
    return strcmp(json_string_value(value), want) == 0;
  json_object_foreach(value, key, member)
  {
    if (has_string(member, want))
      return true;
  }
  json_array_foreach(value, i, member)
  {
    if (has_string(member, want))
      return true;
  }
  return false;
}

static void
check_json(const char *text, const char *address)
{
  json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
  g_assert_nonnull(value);
  g_assert_true(has_string(value, address));
  json_decref(value);
}

/* RFC 4180: the cells of all rows; a line feed within quotes is part of a cell. */
static guint
count_cells(const char *row)
{
  guint cells = 0;
  bool quoted = false;
  for (; *row != '\0'; row++) {
    if (*row == '"')
      quoted = !quoted;
    else if (!quoted && (*row == ',' || *row == '\n'))
      cells++;
  }
  g_assert_false(quoted);
  return cells;
}

static guint
count_lines(const char *row)
{
  guint lines = 0;
  for (; *row != '\0'; row++)
    lines += *row == '\n';
  return lines;
}

static Entry
entry_of(const char *address, const char *list, const char *diagnostic)
{
  const char *at = strrchr(address, '@');
  return (Entry){.address = address,
                 .recipient = address,
                 .domain = at != NULL ? at + 1 : "",
                 .klass = "permanent",
                 .reason = "user_unknown",
                 .status = "5.1.1",
                 .list_id = list,
                 .diagnostic = diagnostic,
                 .reply_code = 550,
                 .since = 1767268800,
                 .first_at = 1767268800,
                 .last_at = 1767268800,
                 .failures = 1};
}

/* A batch of one row. (transfer full) */
static GString *
one_row(const Format *format, const Entry *row, FormatGuard guard)
{
  GString *out = g_string_new(format->open);
  format_row(format, row, guard, false, out);
  return g_string_append(out, format->close != NULL ? format->close : "");
}

static void
check_row(const Format *format, const Entry *row, FormatGuard guard)
{
  const Entry plain = entry_of("ann@example.org", "list.example.org", "550 no");
  g_autoptr(GString) got = one_row(format, row, guard);
  g_autoptr(GString) want = one_row(format, &plain, guard);
  fuzz_check_utf8(got->str);
  g_assert_cmpuint(got->len, ==, strlen(got->str));
  switch (format->syntax) {
  case SYNTAX_LINE:
    g_assert_cmpuint(count_lines(got->str), ==, count_lines(want->str));
    break;
  case SYNTAX_CSV:
    g_assert_cmpuint(count_cells(got->str), ==, count_cells(want->str));
    break;
  case SYNTAX_JSON:
    g_assert_cmpuint(count_lines(got->str), ==, count_lines(want->str));
    check_json(got->str, row->address);
    break;
  case SYNTAX_SQLITE: /* has no rows */
    break;
  }
}

/* Only cells of spreadsheets are guarded. */
static FormatGuard
last_guard(const Format *format)
{
  return format->syntax == SYNTAX_CSV ? GUARD_RAW : GUARD_NORMAL;
}

FUZZ_TARGET(formats)
{
  g_autofree char *text = fuzz_text(data, size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
  guint n = g_strv_length(lines);
  const Entry row = entry_of(n > 0 ? lines[0] : "", n > 1 ? lines[1] : NULL, n > 2 ? lines[2] : "");
  for (const Format *format = format_table; format->name != NULL; format++)
    if (format->row != NULL && format_takes(format, row.address))
      for (int guard = GUARD_NORMAL; guard <= (int)last_guard(format); guard++)
        check_row(format, &row, (FormatGuard)guard);
  return 0;
}
