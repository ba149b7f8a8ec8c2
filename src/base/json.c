#include "config.h"

#include "base/json.h"

#include <stdio.h>

#include "base/escape.h"

Json
json_new(void)
{
  return (Json){.out = g_string_new(NULL)};
}

void
json_clear(Json *json)
{
  if (json->out != NULL)
    g_string_free(g_steal_pointer(&json->out), TRUE);
}

static void
append_character(GString *out, gunichar c)
{
  switch (c) {
  case '"':
    g_string_append(out, "\\\"");
    break;
  case '\\':
    g_string_append(out, "\\\\");
    break;
  case '\n':
    g_string_append(out, "\\n");
    break;
  case '\t':
    g_string_append(out, "\\t");
    break;
  default:
    if (escape_is_dangerous(c)) /* all below U+10000: no surrogates needed */
      g_string_append_printf(out, "\\u%04x", c);
    else
      g_string_append_unichar(out, c);
  }
}

static void
append_quoted(GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_string_append_c(out, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p))
    append_character(out, g_utf8_get_char(p));
  g_string_append_c(out, '"');
}

static void
begin_value(Json *json, const char *key)
{
  if (json->comma)
    g_string_append_c(json->out, ',');
  json->comma = true;
  if (key != NULL) {
    append_quoted(json->out, key);
    g_string_append_c(json->out, ':');
  }
}

void
json_open(Json *json, const char *key, char bracket)
{
  begin_value(json, key);
  g_string_append_c(json->out, bracket);
  json->comma = false;
}

void
json_close(Json *json, char bracket)
{
  g_string_append_c(json->out, bracket);
  json->comma = true;
}

void
json_text(Json *json, const char *key, const char *value)
{
  if (value == NULL || *value == '\0') {
    json_none(json, key);
    return;
  }
  begin_value(json, key);
  append_quoted(json->out, value);
}

void
json_int(Json *json, const char *key, gint64 value)
{
  begin_value(json, key);
  g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void
json_bool(Json *json, const char *key, bool value)
{
  begin_value(json, key);
  g_string_append(json->out, value ? "true" : "false");
}

void
json_none(Json *json, const char *key)
{
  begin_value(json, key);
  g_string_append(json->out, "null");
}

void
json_append(GString *out, const char *text)
{
  if (text == NULL || *text == '\0')
    g_string_append(out, "null");
  else
    append_quoted(out, text);
}

char *
json_finish(Json *json)
{
  return g_string_free(g_steal_pointer(&json->out), FALSE);
}

Json
json_begin(void)
{
  Json json = json_new();
  json_open(&json, NULL, '{');
  return json;
}

void
json_print(Json *json)
{
  json_close(json, '}');
  g_autofree char *line = json_finish(json);
  puts(line);
}
