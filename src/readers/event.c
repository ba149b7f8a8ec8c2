#include "config.h"

#include "readers/event.h"

#include <jansson.h>
#include <string.h>

#include "base/csv.h"

struct Event {
  json_t *value;
  json_t *outside; /* the outermost envelope; NULL = it had none */
};

void
event_init(void)
{
  json_object_seed(0);
}

/* Takes over value. */
static Event *
event_new(json_t *value)
{
  Event *event = g_new0(Event, 1);
  event->value = value;
  return event;
}

void
event_free(Event *event)
{
  if (event == NULL)
    return;
  json_decref(event->value);
  json_decref(event->outside);
  g_free(event);
}

/* --- paths -------------------------------------------------------------------------------------*/

static json_t *
first_member(json_t *object)
{
  void *iter = json_object_iter(object);
  return iter != NULL ? json_object_iter_value(iter) : NULL;
}

static json_t *
step(json_t *value, const char *name)
{
  if (json_is_array(value) && g_ascii_isdigit(*name))
    return json_array_get(value, g_ascii_strtoull(name, NULL, 10));
  return strcmp(name, "*") == 0 ? first_member(value) : json_object_get(value, name);
}

/* One path: "a.b". (transfer none) (nullable) */
static json_t *
walk(json_t *value, const char *path)
{
  g_auto(GStrv) names = g_strsplit(path, ".", -1);
  for (char **name = names; *name != NULL && value != NULL; name++)
    value = step(value, *name);
  return value;
}

/* (transfer full) (nullable) */
static char *
scalar(const json_t *value)
{
  const char *text = json_string_value(value);
  if (text != NULL)
    return *text != '\0' ? g_strdup(text) : NULL;
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_real(value))
    return g_strdup_printf("%.3f", json_real_value(value));
  return json_is_boolean(value) ? g_strdup(json_is_true(value) ? "true" : "false") : NULL;
}

char *
event_get(const Event *event, const char *paths)
{
  if (paths == NULL)
    return NULL;
  g_auto(GStrv) each = g_strsplit(paths, "|", -1);
  for (char **path = each; *path != NULL; path++) {
    char *text = scalar(walk(event->value, *path));
    if (text != NULL)
      return text;
  }
  return NULL;
}

char *
event_join(const Event *event, const char *paths)
{
  GString *all = g_string_new(NULL);
  g_auto(GStrv) each = g_strsplit(paths != NULL ? paths : "", "+", -1);
  for (char **path = each; *path != NULL; path++) {
    g_autofree char *text = event_get(event, *path);
    if (text != NULL)
      g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", text);
  }
  return g_string_free(all, FALSE);
}

char *
event_join_outside(const Event *event, const char *paths)
{
  const Event outside = {.value = event->outside != NULL ? event->outside : event->value};
  return event_join(&outside, paths);
}

static void
free_event(gpointer event)
{
  event_free(event);
}

GPtrArray *
event_elements(const Event *event, const char *paths)
{
  GPtrArray *elements = g_ptr_array_new_with_free_func(free_event);
  g_auto(GStrv) each = g_strsplit(paths != NULL ? paths : "", "|", -1);
  for (char **path = each; *path != NULL && elements->len == 0; path++) {
    json_t *array = walk(event->value, *path), *value;
    size_t i;
    json_array_foreach(array, i, value)
    {
      g_ptr_array_add(elements, event_new(json_incref(value)));
    }
  }
  if (elements->len == 0)
    g_ptr_array_add(elements, event_new(json_incref(event->value)));
  return elements;
}

char *
event_value(const Event *event)
{
  return scalar(event->value);
}

/* --- JSON --------------------------------------------------------------------------------------*/

/* Old mailers cut long lines by "!", a line end and a blank. Line ends between values mean nothing.
 */
static char *
unfold(const char *text)
{
  GString *out = g_string_sized_new(strlen(text));
  while (*text != '\0') {
    size_t n = strcspn(text, "\n!");
    g_string_append_len(out, text, (gssize)n);
    text += n;
    if (g_str_has_prefix(text, "!\n "))
      text += 3;
    else if (*text == '!')
      g_string_append_c(out, *text++);
    else if (*text == '\n')
      text++;
  }
  return g_string_free(out, FALSE);
}

/* (transfer full) (nullable) */
static json_t *
parse(const char *text)
{
  json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
  if (value != NULL && !json_is_object(value))
    g_clear_pointer(&value, json_decref);
  return value;
}

/* What an envelope has in it; the text of an SNS notification is JSON once more. (transfer full)
 * (nullable) */
static json_t *
inside(json_t *value)
{
  static const char *const envelopes[] = {"event-data", "msys.*", "detail"};
  const char *message = json_string_value(json_object_get(value, "Message"));
  const char *type = json_string_value(json_object_get(value, "Type"));
  if (message != NULL && g_strcmp0(type, "Notification") == 0)
    return parse(message);
  for (size_t i = 0; i < G_N_ELEMENTS(envelopes); i++) {
    json_t *found = walk(value, envelopes[i]);
    if (json_is_object(found))
      return json_incref(found);
  }
  return NULL;
}

Event *
event_from_json(const char *text)
{
  enum { ENVELOPES_MAX = 2 }; /* EventBridge's within SNS */
  g_autofree char *unfolded = unfold(text);
  json_t *value = parse(unfolded);
  json_t *outside = json_incref(value);
  for (int i = 0; i < ENVELOPES_MAX && value != NULL; i++) {
    json_t *content = inside(value);
    if (content == NULL)
      break;
    json_decref(value);
    value = content;
  }
  Event *event = value != NULL ? event_new(value) : NULL;
  if (event != NULL)
    event->outside = outside;
  return event;
}

/* --- CSV ---------------------------------------------------------------------------------------*/

Event *
event_from_csv(const char *text)
{
  g_auto(GStrv) names = csv_record(&text);
  g_auto(GStrv) values = csv_record(&text);
  if (names[0] == NULL || values[0] == NULL)
    return NULL;
  json_t *row = json_object();
  for (guint i = 0; names[i] != NULL && values[i] != NULL; i++)
    if (json_object_get(row, names[i]) == NULL)
      json_object_set_new(row, names[i], json_stringn(values[i], strlen(values[i])));
  return event_new(row);
}
