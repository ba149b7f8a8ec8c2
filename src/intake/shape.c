#include "config.h"

#include "intake/shape.h"

#include <string.h>

#include "intake/mbox.h"

enum { BOUNDARY_MAX = 80 }; /* octets; RFC 2046 section 5.1.1 allows 70 */

/* --- magic numbers -----------------------------------------------------------------------------*/

#define MAGIC(text) text, sizeof(text) - 1

static const struct {
  const char *magic;
  size_t length;
  Compression compression;
  const char *what;
} magics[] = {
    {MAGIC("\x1f\x8b"), COMPRESSION_GZIP, "compressed (gzip -dc reads it)"},
    {MAGIC("\xfd"
           "7zXZ"),
     COMPRESSION_XZ, "compressed (xz -dc reads it)"},
    {MAGIC("\x28\xb5\x2f\xfd"), COMPRESSION_ZSTD, "compressed (zstd -dc reads it)"},
    {MAGIC("BZh"), COMPRESSION_NONE, "compressed (bzip2 -dc reads it)"},
    {MAGIC("PK\003\004"), COMPRESSION_NONE, "a ZIP archive (unzip it first)"},
    {MAGIC("%PDF-"), COMPRESSION_NONE, "a PDF document"},
    {MAGIC("SQLite format 3"), COMPRESSION_NONE, "a database"},
    {MAGIC("\177ELF"), COMPRESSION_NONE, "a program"},
};

Compression
shape_compression(const char *head, size_t length)
{
  for (gsize i = 0; i < G_N_ELEMENTS(magics); i++)
    if (length >= magics[i].length && memcmp(head, magics[i].magic, magics[i].length) == 0)
      return magics[i].compression;
  return COMPRESSION_NONE;
}

/* --- lines -------------------------------------------------------------------------------------*/

typedef struct {
  const char *at, *end;
} Text;

/* The next line, without its line ending. False at the end. */
static bool
next_line(Text *text, const char **line, size_t *length)
{
  if (text->at >= text->end)
    return false;
  const char *lf = memchr(text->at, '\n', (size_t)(text->end - text->at));
  *line = text->at;
  *length = (size_t)((lf != NULL ? lf : text->end) - text->at);
  text->at = lf != NULL ? lf + 1 : text->end;
  if (*length > 0 && (*line)[*length - 1] == '\r')
    (*length)--;
  return true;
}

/* The length of the field name that the line begins with; 0 if it does not (RFC 5322 3.6.8). */
static size_t
field_name(const char *line, size_t length)
{
  for (size_t n = 0; n < length; n++) {
    if (line[n] == ':')
      return n;
    if (!g_ascii_isgraph(line[n]))
      return 0;
  }
  return 0;
}

static bool
is_usual_field(const char *line, size_t length)
{
  static const char *const names[] = {
      "from",       "to",           "subject",      "date",         "received",     "return-path",
      "message-id", "mime-version", "content-type", "delivered-to", "x-original-to"};
  size_t n = field_name(line, length);
  for (gsize i = 0; n > 0 && i < G_N_ELEMENTS(names); i++)
    if (strlen(names[i]) == n && g_ascii_strncasecmp(line, names[i], n) == 0)
      return true;
  return false;
}

/* Whether the header block at text, which ends with a blank line, has a usual field. */
static bool
has_header(Text text)
{
  const char *line;
  size_t length;
  while (next_line(&text, &line, &length) && length > 0)
    if (is_usual_field(line, length))
      return true;
  return false;
}

/* --- mail --------------------------------------------------------------------------------------*/

/* Some programs write a byte order mark or blank lines before the header. */
static Text
skip_to_text(const char *head, size_t length)
{
  Text text = {head, head + length};
  if (length >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
    text.at += 3;
  while (text.at < text.end && g_ascii_isspace(*text.at))
    text.at++;
  return text;
}

const char *
shape_is_not_mail(const char *head, size_t length)
{
  Text text = skip_to_text(head, length);
  for (gsize i = 0; i < G_N_ELEMENTS(magics); i++)
    if (length >= magics[i].length && memcmp(head, magics[i].magic, magics[i].length) == 0)
      return magics[i].what;
  if (text.at == text.end || *text.at == '{' || has_header(text))
    return NULL;
  return "neither a message nor an mbox: it has no header";
}

/* --- several messages --------------------------------------------------------------------------*/

/* The value of the first "boundary=" in the header block at text; "" if there is none. */
static void
find_boundary(Text text, char boundary[BOUNDARY_MAX])
{
  static const char key[] = "boundary=";
  const char *line;
  size_t length;
  boundary[0] = '\0';
  while (next_line(&text, &line, &length) && length > 0)
    for (size_t i = 0; i + sizeof key - 1 < length; i++) {
      if (g_ascii_strncasecmp(line + i, key, sizeof key - 1) != 0)
        continue;
      const char *value = line + i + sizeof key - 1;
      bool quoted = *value == '"';
      value += quoted;
      size_t n = 0;
      while (value + n < line + length && strchr(quoted ? "\"" : "; \t", value[n]) == NULL)
        n++;
      g_strlcpy(boundary, value, MIN(n + 1, BOUNDARY_MAX));
      return;
    }
}

/* The end of the multipart message at text: a From_ line before it belongs to a part. NULL if the
 * parts do not end in text. */
static const char *
end_of_parts(Text text)
{
  char boundary[BOUNDARY_MAX];
  find_boundary(text, boundary);
  if (boundary[0] == '\0')
    return text.at;
  g_autofree char *last = g_strconcat("\n--", boundary, "--", NULL);
  return memmem(text.at, (size_t)(text.end - text.at), last, strlen(last));
}

bool
shape_is_mailbox(const char *head, size_t length)
{
  Text text = {head, head + length};
  const char *line;
  size_t n;
  if (!next_line(&text, &line, &n) || !mbox_is_from_line(line, n) || !has_header(text))
    return false;
  text.at = end_of_parts(text);
  if (text.at == NULL)
    return false;
  bool blank = false;
  while (next_line(&text, &line, &n)) {
    if (blank && mbox_is_from_line(line, n) && has_header(text))
      return true;
    blank = n == 0;
  }
  return false;
}
