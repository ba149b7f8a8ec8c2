#include "config.h"

#include "mail/fields.h"

#include <string.h>

#include "base/text.h"
#include "mail/bounce.h"

enum { FIELD_NAME_MAX = 76 };

static void
field_free(Field *field)
{
  g_free(field->name);
  g_free(field->value);
  g_free(field);
}

GPtrArray *
fields_new(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
}

void
fields_add(GPtrArray *fields, const char *name, const char *value)
{
  Field *field = g_new0(Field, 1);
  field->name = g_strdup(name);
  field->value = g_strdup(value);
  g_ptr_array_add(fields, field);
}

/* --- lines to fields --- */

/* The length of the field name at the beginning of line; 0 if there is none. Sets *value to what
 * follows the colon. Some gateways write blanks before the colon ("Action : failed"). */
static size_t
name_length(const char *line, const char *end, const char **value)
{
  size_t n = 0;
  while (line + n < end && (g_ascii_isalnum(line[n]) || line[n] == '-' || line[n] == '_'))
    n++;
  const char *p = line + n;
  while (p < end && (*p == ' ' || *p == '\t'))
    p++;
  if (n == 0 || n > FIELD_NAME_MAX || !g_ascii_isalpha(*line) || p == end || *p != ':')
    return 0;
  if (end - p > 2 && p[1] == '/' && p[2] == '/')
    return 0; /* an unfolded "http://..." */
  *value = p + 1;
  return n;
}

/* Lines of a reply that are not indented may contain a colon too ("Reason: unknown user"). After a
 * diagnostic, only names with a hyphen begin a field, and the only two registered names without
 * one. */
static bool
continues_diagnostic(const Field *before, const char *line, size_t n)
{
  if (g_ascii_strcasecmp(before->name, "Diagnostic-Code") != 0 || memchr(line, '-', n) != NULL)
    return false;
  return !(n == 6 && (g_ascii_strncasecmp(line, "Action", 6) == 0 ||
                      g_ascii_strncasecmp(line, "Status", 6) == 0));
}

/* A value being put together from lines. */
typedef struct {
  GString *text;
  GArray *joints;     /* offsets of the blanks that join lines */
  size_t line_length; /* of the continued lines, while all have the same; 0 otherwise */
  bool same;
} Value;

/* RFC 5322 folds between words, but some gateways cut at a fixed column, even within words. Then
 * all lines but the last have the same length, which seldom happens by chance with two or more
 * lines. */
static bool
is_cut(const Value *value)
{
  enum { SHORTEST = 60 };
  return value->joints->len >= 2 && value->same && value->line_length >= SHORTEST;
}

static void
finish_value(Field *field, Value *value)
{
  if (field == NULL)
    return;
  for (guint i = value->joints->len; i > 0 && is_cut(value); i--)
    g_string_erase(value->text, g_array_index(value->joints, gssize, i - 1), 1);
  g_strstrip(value->text->str);
  field->value = g_strdup(value->text->str);
  g_string_truncate(value->text, 0);
  g_array_set_size(value->joints, 0);
  value->line_length = 0;
  value->same = true;
}

/* length: of the line before this one, 0 for the first. */
static void
append_value(Value *value, const char *text, const char *end, size_t length)
{
  GString *out = value->text;
  if (length > 0) {
    value->same &= value->joints->len == 0 || length == value->line_length;
    value->line_length = length;
    gssize joint = (gssize)out->len;
    if (out->len > 0 && out->len < FIELD_VALUE_MAX) {
      g_array_append_val(value->joints, joint);
      g_string_append_c(out, ' ');
    }
  }
  while (text < end && g_ascii_isspace(*text))
    text++;
  size_t room = FIELD_VALUE_MAX - MIN(out->len, FIELD_VALUE_MAX);
  g_string_append_len(out, text, (gssize)text_cut(text, MIN(room, (size_t)(end - text))));
}

GPtrArray *
fields_parse(const char *text)
{
  GPtrArray *fields = fields_new();
  g_autoptr(GString) buffer = g_string_new(NULL);
  g_autoptr(GArray) joints = g_array_new(FALSE, FALSE, sizeof(gssize));
  Value value = {.text = buffer, .joints = joints, .same = true};
  Field *field = NULL;
  bool gap = false;
  size_t length = 0;
  for (const char *line = text; *line != '\0';) {
    const char *end = line + strcspn(line, "\n");
    const char *rest = NULL;
    size_t n = name_length(line, end, &rest);
    if (strspn(line, " \t\r") >= (size_t)(end - line)) {
      gap = true;
    } else if (n > 0 && !(field != NULL && !gap && continues_diagnostic(field, line, n))) {
      finish_value(field, &value);
      field = g_new0(Field, 1);
      field->name = g_strndup(line, n);
      field->gap = gap;
      g_ptr_array_add(fields, field);
      append_value(&value, rest, end, 0);
      gap = false;
    } else if (field != NULL && !gap) {
      append_value(&value, line, end, length);
    }
    length = (size_t)(end - line);
    line = *end == '\n' ? end + 1 : end;
  }
  finish_value(field, &value);
  return fields;
}

const char *
fields_get(const GPtrArray *fields, const char *name)
{
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    if (g_ascii_strcasecmp(field->name, name) == 0)
      return field->value;
  }
  return NULL;
}

/* --- fields to groups --- */

/* The fields that make up a group about a recipient, each at most once (RFC 3464 section 2.3). */
typedef enum {
  FINAL = 1 << 0,
  ORIGINAL = 1 << 1,
  ACTION = 1 << 2,
  STATUS = 1 << 3,
  LED = 1 << 4, /* the group began with a field that is seldom the first */
} Seen;

static unsigned
recipient_field(const char *name)
{
  static const struct {
    const char *name;
    unsigned seen;
  } names[] = {{"Final-Recipient", FINAL},
               {"Original-Recipient", ORIGINAL},
               {"Action", ACTION},
               {"Status", STATUS}};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strcasecmp(name, names[i].name) == 0)
      return names[i].seen;
  return 0;
}

/* Fields about the message, wherever they occur (RFC 3464 section 2.2). */
static bool
message_field(const char *name)
{
  static const char *const names[] = {
      "Reporting-MTA",     "Original-Envelope-Id", "Arrival-Date",    "DSN-Gateway",
      "Received-From-MTA", "X-Postfix-Queue-ID",   "X-Postfix-Sender"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strcasecmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Whether a group begins with a field that usually comes later, as in Facebook's reports. */
static bool
leads(unsigned seen, bool first, const Field *field)
{
  bool follows = g_ascii_strcasecmp(field->name, "Diagnostic-Code") == 0 ||
                 g_ascii_strcasecmp(field->name, "Remote-MTA") == 0;
  bool complete = (seen & (FINAL | ORIGINAL)) && (seen & (ACTION | STATUS));
  return follows && field->gap && (first || (complete && (seen & LED)));
}

/* A new recipient begins at a field that the group already has, or, after an empty line, at a field
 * that names a recipient or follows a complete group. */
static bool
begins_group(unsigned seen, unsigned now, const Field *field, const Field *next)
{
  if (seen == 0)
    return true;
  if (now == 0)
    return false;
  if (seen & now)
    return true;
  bool complete = (seen & (FINAL | ORIGINAL)) && (seen & (ACTION | STATUS));
  bool address = now & (FINAL | ORIGINAL);
  /* Some systems put an empty line after every field. */
  bool alone = next == NULL || next->gap;
  if (field->gap && complete && (address || !alone))
    return true;
  /* A second address without an empty line: does it belong to what follows? */
  unsigned following = next != NULL ? recipient_field(next->name) : 0;
  return address && complete && (following & seen);
}

static void
add_group(GPtrArray *groups)
{
  g_ptr_array_add(groups, g_ptr_array_new());
}

GPtrArray *
fields_group(const GPtrArray *fields)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  add_group(groups);
  unsigned seen = 0;
  for (guint i = 0; i < fields->len; i++) {
    Field *field = g_ptr_array_index(fields, i);
    const Field *next = i + 1 < fields->len ? g_ptr_array_index(fields, i + 1) : NULL;
    unsigned now = recipient_field(field->name);
    bool about_message = message_field(field->name);
    bool led = leads(seen, groups->len == 1, field);
    if (led || (!about_message && now != 0 && begins_group(seen, now, field, next))) {
      if (groups->len > BOUNCE_RECIPIENTS_MAX)
        break;
      add_group(groups);
      seen = led ? LED : 0;
    }
    seen |= now;
    guint at = about_message ? 0 : groups->len - 1;
    g_ptr_array_add(g_ptr_array_index(groups, at), field);
  }
  return groups;
}
