/* How an entry is written as a row of a format. */
#include "config.h"

#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/json.h"
#include "export/formats.h"

/* --- values: what $name stands for -------------------------------------------------------------*/

typedef enum {
  VALUE_ADDRESS,
  VALUE_TEXT, /* written by strangers */
  VALUE_WORD, /* one of ours */
  VALUE_NUMBER,
  VALUE_TIME,
  VALUE_COMPUTED,
  VALUE_RAW, /* computed, and a number in JSON */
} ValueType;

typedef void (*ComputeFunc)(const Format *format, const Entry *row, GString *out);

typedef struct {
  const char *name;
  ValueType type;
  size_t offset;
  ComputeFunc compute; /* VALUE_COMPUTED, VALUE_RAW */
} Field;

static void
compute_op(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  g_string_append(out, row->removed ? "remove" : "add");
}

static bool
is_complaint(const Entry *row)
{
  return g_strcmp0(row->reason, "complaint") == 0;
}

static bool
is_soft(const Entry *row)
{
  return g_strcmp0(row->klass, "quota") == 0 || g_strcmp0(row->klass, "transient") == 0;
}

static void
compute_kind(const Format *format, const Entry *row, GString *out)
{
  g_string_append(out, is_complaint(row) ? format->complaint
                       : is_soft(row)    ? format->soft
                                         : format->hard);
}

/* For importers that require the code of a permanent failure, whatever the server said. */
static void
compute_code(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  bool permanent = row->reply_code >= 500 && row->reply_code <= 599;
  g_string_append_printf(out, "%d", permanent ? (int)row->reply_code : 550);
}

static void
compute_summary(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  char day[DATE_BUFFER];
  g_string_append_printf(out, "%s since %s", row->reason != NULL ? row->reason : "removed",
                         date_day_utc(row->since, day));
}

static void
compute_attributes(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  char day[DATE_BUFFER];
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_open(&json, "bouncedb", '{');
  json_text(&json, "reason", row->reason);
  json_text(&json, "since", date_day_utc(row->since, day));
  json_close(&json, '}');
  json_close(&json, '}');
  g_autofree char *text = json_finish(&json);
  g_string_append(out, text);
}

static const Field fields[] = {
    {"address", VALUE_ADDRESS, offsetof(Entry, address), NULL},
    {"attributes", VALUE_COMPUTED, 0, compute_attributes},
    {"class", VALUE_WORD, offsetof(Entry, klass), NULL},
    {"code", VALUE_RAW, 0, compute_code},
    {"diagnostic", VALUE_TEXT, offsetof(Entry, diagnostic), NULL},
    {"domain", VALUE_ADDRESS, offsetof(Entry, domain), NULL},
    {"failures", VALUE_NUMBER, offsetof(Entry, failures), NULL},
    {"first_at", VALUE_TIME, offsetof(Entry, first_at), NULL},
    {"kind", VALUE_COMPUTED, 0, compute_kind},
    {"kind_number", VALUE_RAW, 0, compute_kind},
    {"last_at", VALUE_TIME, offsetof(Entry, last_at), NULL},
    {"list_id", VALUE_TEXT, offsetof(Entry, list_id), NULL},
    {"op", VALUE_COMPUTED, 0, compute_op},
    {"provider", VALUE_WORD, offsetof(Entry, provider), NULL},
    {"reason", VALUE_WORD, offsetof(Entry, reason), NULL},
    {"recipient", VALUE_ADDRESS, offsetof(Entry, recipient), NULL},
    {"reply_code", VALUE_NUMBER, offsetof(Entry, reply_code), NULL},
    {"since", VALUE_TIME, offsetof(Entry, since), NULL},
    {"status", VALUE_WORD, offsetof(Entry, status), NULL},
    {"subscriber", VALUE_TEXT, offsetof(Entry, subscriber), NULL},
    {"summary", VALUE_COMPUTED, 0, compute_summary},
};

static const Field *
find_field(const char *name, size_t length)
{
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (strncmp(fields[i].name, name, length) == 0 && fields[i].name[length] == '\0')
      return &fields[i];
  return NULL;
}

/* Quotes the cell if needed. Control characters, which only another program can have put into the
 * database, would end the line for importers that split lines first, even within quotes. */
static void
append_cell(const char *text, const char *lead, GString *out)
{
  gsize start = out->len;
  bool bare =
      strpbrk(text, ",;\" \t\r\n") == NULL && (*text == '\0' || strchr(lead, *text) == NULL);
  if (bare)
    g_string_append(out, text);
  else
    escape_csv(out, text, lead);
  for (char *c = out->str + start; *c != '\0'; c++)
    if (g_ascii_iscntrl(*c))
      *c = ' ';
}

static const char *
guarded(ValueType type, FormatGuard guard)
{
  if (guard == GUARD_RAW)
    return "";
  return type == VALUE_ADDRESS && guard == GUARD_NORMAL ? ESCAPE_CSV_ADDRESS : ESCAPE_CSV_TEXT;
}

/* Nearly all text is printable ASCII. */
static bool
is_printable(const char *text)
{
  while (g_ascii_isprint(*text))
    text++;
  return *text == '\0';
}

/* Whoever opens the file in a spreadsheet or a terminal sees what is there, unless raw text was
 * asked for. */
static void
append_csv(const char *text, ValueType type, FormatGuard guard, GString *out)
{
  g_autofree char *visible =
      guard != GUARD_RAW && !is_printable(text) ? escape_visible(text) : NULL;
  append_cell(visible != NULL ? visible : text, guarded(type, guard), out);
}

static void
append_text(const Format *format, ValueType type, const char *text, FormatGuard guard, GString *out)
{
  if (format->syntax == SYNTAX_JSON)
    json_append(out, text);
  else if (text != NULL && format->syntax == SYNTAX_CSV)
    append_csv(text, type, guard, out);
  else if (text != NULL)
    g_string_append(out, text);
}

static void
append_number(const Format *format, gint64 number, GString *out)
{
  if (number != 0)
    g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
  else if (format->syntax == SYNTAX_JSON)
    g_string_append(out, "null");
}

static const char *
time_text(const Format *format, gint64 at, char buffer[DATE_BUFFER])
{
  if (at == 0)
    return NULL;
  switch (format->date) {
  case DATE_RFC2822:
    return date_rfc2822(at, buffer);
  case DATE_DAY:
    return date_day_utc(at, buffer);
  case DATE_RFC3339:
    break;
  }
  return date_rfc3339(at, buffer);
}

static void
append_computed(const Format *format, const Field *field, const Entry *row, GString *out)
{
  if (field->type == VALUE_RAW) {
    field->compute(format, row, out);
    return;
  }
  g_autoptr(GString) text = g_string_new(NULL);
  field->compute(format, row, text);
  append_text(format, VALUE_WORD, text->str, GUARD_RAW, out);
}

static void
append_value(const Format *format, const Field *field, const Entry *row, FormatGuard guard,
             GString *out)
{
  const void *place = (const char *)row + field->offset;
  char buffer[DATE_BUFFER];
  switch (field->type) {
  case VALUE_ADDRESS:
  case VALUE_TEXT:
  case VALUE_WORD:
    append_text(format, field->type, *(const char *const *)place, guard, out);
    return;
  case VALUE_NUMBER:
    append_number(format, *(const gint64 *)place, out);
    return;
  case VALUE_TIME:
    append_text(format, VALUE_WORD, time_text(format, *(const gint64 *)place, buffer), guard, out);
    return;
  case VALUE_COMPUTED:
  case VALUE_RAW:
    append_computed(format, field, row, out);
    return;
  }
}

void
format_header(const Format *format, bool changes, GString *out)
{
  if (format->header == NULL)
    return;
  if (changes)
    g_string_append(out, "op,"); /* csv is the only CSV format with changes */
  g_string_append(out, format->header);
}

static const char *
template_of(const Format *format, const Entry *row, bool changes)
{
  if (row->allowed)
    return format->exception;
  if (*row->address == '@' && format->domain != NULL)
    return format->domain;
  return changes ? format->changes : format->row;
}

void
format_row(const Format *format, const Entry *row, FormatGuard guard, bool changes, GString *out)
{
  const char *text = template_of(format, row, changes);
  while (*text != '\0') {
    size_t literal = strcspn(text, "$");
    g_string_append_len(out, text, (gssize)literal);
    text += literal;
    if (*text == '\0')
      return;
    size_t length = strspn(++text, "abcdefghijklmnopqrstuvwxyz_");
    const Field *field = find_field(text, length);
    if (field != NULL)
      append_value(format, field, row, guard, out);
    text += length;
  }
}
