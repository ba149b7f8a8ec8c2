#include "config.h"

#include "base/json-read.h"

#include <string.h>

#include "base/text.h"

/* One open object or array. */
typedef struct {
  char bracket;
  gsize path; /* length of the path before it */
  guint index;
} Level;

typedef struct {
  const char *at;
  JsonVisit visit;
  void *data;
  GString *path;
  GString *value;
  Level levels[JSON_DEPTH_MAX];
  int depth;
} Walk;

static void
skip_blanks(Walk *walk)
{
  walk->at += strspn(walk->at, " \t\r\n");
}

/* --- strings --- */

static bool
read_hex(const char *text, gunichar *out)
{
  *out = 0;
  for (int i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value(text[i]);
    if (digit < 0)
      return false;
    *out = *out * 16 + (gunichar)digit;
  }
  return true;
}

/* *text: after the backslash; moves past the escape. */
static bool
read_escape(const char **text, GString *out)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *p = *text;
  const char *simple = *p != '\0' ? strchr(from, *p) : NULL;
  if (simple != NULL) {
    g_string_append_c(out, to[simple - from]);
    *text = p + 1;
    return true;
  }
  gunichar c, low;
  if (*p != 'u' || !read_hex(p + 1, &c))
    return false;
  p += 5;
  if (c >= 0xd800 && c < 0xdc00 && p[0] == '\\' && p[1] == 'u' && read_hex(p + 2, &low) &&
      low >= 0xdc00 && low < 0xe000) {
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    p += 6;
  }
  g_string_append_unichar(out, c != 0 && g_unichar_validate(c) ? c : 0xfffd);
  *text = p;
  return true;
}

/* Reads the string at walk->at into walk->value. Old mailers cut long lines by "!", a line end and
 * a blank. */
static bool
read_string(Walk *walk)
{
  const char *p = walk->at + 1;
  g_string_truncate(walk->value, 0);
  while (*p != '"') {
    if (*p == '\0')
      return false;
    if (*p == '\\') {
      p++;
      if (!read_escape(&p, walk->value))
        return false;
    } else if (g_str_has_prefix(p, "!\n ")) {
      p += 3;
    } else if (*p == '\n') {
      p++;
    } else {
      g_string_append_c(walk->value, *p++);
    }
  }
  walk->at = p + 1;
  return true;
}

/* A number, true, false or null. */
static bool
read_word(Walk *walk)
{
  size_t n = strcspn(walk->at, ",]} \t\r\n\"");
  g_string_truncate(walk->value, 0);
  g_string_append_len(walk->value, walk->at, (gssize)n);
  walk->at += n;
  return n > 0 && n < 64;
}

/* --- structure --- */

static bool
open_level(Walk *walk)
{
  if (walk->depth == JSON_DEPTH_MAX)
    return false;
  walk->levels[walk->depth++] = (Level){.bracket = *walk->at++, .path = walk->path->len};
  return true;
}

/* A long key is cut between characters: no path that anyone asks for is that long. */
static void
append_key(Walk *walk)
{
  enum { KEY_MAX = 128 };
  if (walk->path->len > 0)
    g_string_append_c(walk->path, '.');
  g_string_append_len(walk->path, walk->value->str, (gssize)text_cut(walk->value->str, KEY_MAX));
}

/* Adds the key of a member, or the index of an element, to the path. */
static bool
enter_value(Walk *walk, Level *level)
{
  g_string_truncate(walk->path, level->path);
  if (level->bracket == '[') {
    g_string_append_printf(walk->path, "[%u]", level->index++);
    return true;
  }
  if (*walk->at != '"' || !read_string(walk))
    return false;
  append_key(walk);
  skip_blanks(walk);
  if (*walk->at != ':')
    return false;
  walk->at++;
  skip_blanks(walk);
  return true;
}

static bool
read_value(Walk *walk)
{
  if (*walk->at == '{' || *walk->at == '[')
    return open_level(walk);
  if (*walk->at == '"' ? !read_string(walk) : !read_word(walk))
    return false;
  walk->visit(walk->path->str, walk->value->str, walk->data);
  return true;
}

static bool
walk_levels(Walk *walk)
{
  skip_blanks(walk);
  if ((*walk->at != '{' && *walk->at != '[') || !open_level(walk))
    return false;
  while (walk->depth > 0) {
    Level *level = &walk->levels[walk->depth - 1];
    skip_blanks(walk);
    if (*walk->at == ',') {
      walk->at++;
      skip_blanks(walk);
    }
    if (*walk->at == (level->bracket == '{' ? '}' : ']')) {
      walk->at++;
      walk->depth--;
      continue;
    }
    if (*walk->at == '\0' || !enter_value(walk, level) || !read_value(walk))
      return false;
  }
  return true;
}

bool
json_read(const char *text, JsonVisit visit, void *data)
{
  g_autoptr(GString) path = g_string_new(NULL);
  g_autoptr(GString) value = g_string_new(NULL);
  Walk walk = {.at = text, .visit = visit, .data = data, .path = path, .value = value};
  return walk_levels(&walk);
}
