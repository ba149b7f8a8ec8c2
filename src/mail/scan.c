/* The scan goes through the bytes once, line by line, and copies what is within the limits to the
 * window. It knows only as much about MIME as the limits need: where a header block begins (at the
 * beginning, after a line that begins with two hyphens, after the header block of a part that is a
 * message), and that an empty line ends it. A line that merely looks like a boundary does no harm,
 * because text has an empty line long before it reaches a limit for header blocks. */
#include "config.h"

#include "mail/scan.h"

#include <string.h>

#include "mail/bounce.h"

enum { CR_PROBE = 64 << 10 }; /* octets without LF after which a lone CR ends a line */

typedef struct {
  const char *text;
  size_t length; /* without the line end */
  size_t taken;  /* with the line end */
} Line;

typedef struct {
  GString *window;
  size_t max;
  unsigned notes;
  bool cr_ends_line;
  bool in_header;
  bool first_block;
  bool field_cut;          /* the field exceeded its limit: skip the rest of it */
  bool in_content_type;    /* the field is Content-Type */
  bool header_after_blank; /* another header block follows */
  bool digest;             /* a multipart/digest has begun */
  size_t field_max;
  size_t block_octets, block_lines, field_octets;
  guint encoded;
  guint content_types, boundary_lines;
} Scan;

bool
scan_is_field(const char *line, size_t length)
{
  size_t i = 0;
  while (i < length && line[i] > ' ' && line[i] < 0x7f && line[i] != ':')
    i++;
  if (i == 0)
    return false;
  while (i < length && (line[i] == ' ' || line[i] == '\t'))
    i++;
  return i < length && line[i] == ':';
}

/* prefix is in lower case. */
static bool
begins_with(const Line *line, const char *prefix)
{
  size_t length = strlen(prefix);
  return line->length >= length && g_ascii_tolower(*line->text) == *prefix &&
         g_ascii_strncasecmp(line->text, prefix, length) == 0;
}

static Line
next_line_cr(const char *raw, size_t length)
{
  size_t i = 0;
  while (i < length && raw[i] != '\r' && raw[i] != '\n')
    i++;
  bool pair = i + 1 < length && raw[i] == '\r' && raw[i + 1] == '\n';
  return (Line){raw, i, i == length ? i : i + (pair ? 2 : 1)};
}

static Line
next_line(const Scan *scan, const char *raw, size_t length)
{
  if (scan->cr_ends_line)
    return next_line_cr(raw, length);
  const char *end = memchr(raw, '\n', length);
  size_t taken = end != NULL ? (size_t)(end - raw) + 1 : length;
  Line line = {raw, end != NULL ? taken - 1 : length, taken};
  while (line.length > 0 && raw[line.length - 1] == '\r')
    line.length--;
  return line;
}

static size_t
count_blanks(const Line *line)
{
  size_t n = 0;
  while (n < line->length && strchr(" \t\r\f\v", line->text[n]) != NULL && line->text[n] != '\0')
    n++;
  return n;
}

static size_t
count_mark(const char *raw, size_t length)
{
  return length >= 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static bool
is_from_line(const Line *line)
{
  return (line->length >= 5 && memcmp(line->text, "From ", 5) == 0) ||
         (line->length >= 6 && memcmp(line->text, ">From ", 6) == 0);
}

/* Blanks before the first field, octets: it is the first field only if another follows, because a
 * message without a header may begin with an indented word and a colon. */
static size_t
count_indent(const Scan *scan, const Line *first, size_t left)
{
  size_t blanks = count_blanks(first);
  if (blanks == 0 || !scan_is_field(first->text + blanks, first->length - blanks))
    return 0;
  Line second = next_line(scan, first->text + first->taken, left - first->taken);
  return scan_is_field(second.text, second.length) ? blanks : 0;
}

/* Skips octets at the beginning that are not part of the message: byte order marks, the From_ line
 * of an mbox, and empty or blank lines, after which GMime would find no header. */
static size_t
skip_lead(const Scan *scan, const char *raw, size_t length)
{
  size_t at = 0;
  while (at < length) {
    at += count_mark(raw + at, length - at);
    Line line = next_line(scan, raw + at, length - at);
    if (count_blanks(&line) < line.length && !is_from_line(&line))
      return at + count_indent(scan, &line, length - at);
    at += line.taken;
  }
  return at;
}

static void
begin_header(Scan *scan)
{
  scan->in_header = true;
  scan->field_cut = scan->in_content_type = false;
  scan->header_after_blank = scan->digest;
  scan->block_octets = scan->block_lines = scan->field_octets = 0;
}

/* The place after the first occurrence of word in text[0..length), or NULL. */
static const char *
after_word(const char *text, size_t length, const char *word)
{
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= length; i++)
    if (g_ascii_strncasecmp(text + i, word, size) == 0)
      return text + i + size;
  return NULL;
}

/* The header block of a message/rfc822 or a similar type is followed by another one, whatever else
 * the line says. Parts of a digest are messages unless they say otherwise (RFC 2046 section 5.1.5).
 */
static void
content_type_line(Scan *scan, const Line *line)
{
  const char *at = line->text;
  const char *end = at + MIN(line->length, SCAN_CONTENT_FIELD_MAX);
  if (after_word(at, (size_t)(end - at), "multipart/digest") != NULL)
    scan->digest = true;
  while ((at = after_word(at, (size_t)(end - at), "message")) != NULL) {
    Line subtype = {at, (size_t)(end - at), 0};
    if (!begins_with(&subtype, "/delivery-status") &&
        !begins_with(&subtype, "/global-delivery-status"))
      scan->header_after_blank = true;
  }
}

static void
begin_field(Scan *scan, const Line *line)
{
  scan->field_octets = 0;
  scan->field_cut = false;
  scan->field_max = begins_with(line, "content-") ? SCAN_CONTENT_FIELD_MAX : SCAN_HEADER_FIELD_MAX;
  scan->in_content_type = begins_with(line, "content-type:");
}

/* How many octets of the line precede the encoded word or value that exceeds the limit. */
static size_t
count_encoded(Scan *scan, const Line *line)
{
  bool values = scan->field_max == SCAN_CONTENT_FIELD_MAX;
  for (size_t i = 0; i < line->length; i++) {
    bool word = line->text[i] == '?' && i > 0 && line->text[i - 1] == '=';
    if ((word || (values && line->text[i] == '*')) && scan->encoded++ >= SCAN_ENCODED_MAX)
      return i;
  }
  return line->length;
}

/* How many octets of a header line are within all limits. */
static size_t
header_room(Scan *scan, const Line *line)
{
  if (scan->field_cut || scan->block_lines++ >= SCAN_HEADER_LINES_MAX)
    return 0;
  size_t room =
      MIN(scan->field_max - scan->field_octets, SCAN_HEADER_BLOCK_MAX - scan->block_octets);
  Line passing = {line->text, MIN(line->length, room), 0};
  return count_encoded(scan, &passing);
}

/* Counts a header line. Returns how many octets of it may pass; 0 means none. */
static size_t
header_line(Scan *scan, const Line *line)
{
  if (line->text[0] != ' ' && line->text[0] != '\t')
    begin_field(scan, line);
  if (scan->in_content_type)
    content_type_line(scan, line);
  size_t length = header_room(scan, line);
  if (length < line->length) {
    scan->notes |= NOTE_HEADER_CUT;
    scan->field_cut = true;
  }
  scan->field_octets += length;
  scan->block_octets += length;
  return length;
}

/* Counts the lines that make parts. False if the window ends before this line. */
static bool
count_line(Scan *scan, const Line *line)
{
  bool boundary = line->length >= 2 && line->text[0] == '-' && line->text[1] == '-';
  if (boundary && scan->boundary_lines++ >= SCAN_BOUNDARY_LINES_MAX)
    return false;
  if (begins_with(line, "content-type:") && scan->content_types++ >= SCAN_CONTENT_TYPES_MAX)
    return false;
  if (boundary) {
    begin_header(scan);
    scan->in_header = false; /* the line itself is not part of the header */
  }
  return true;
}

static void
append(Scan *scan, const char *text, size_t length)
{
  size_t start = scan->window->len;
  g_string_append_len(scan->window, text, (gssize)length);
  char *nul = scan->window->str + start;
  char *end = nul + length;
  while ((nul = memchr(nul, '\0', (size_t)(end - nul))) != NULL) {
    *nul++ = ' ';
    scan->notes |= NOTE_NUL;
  }
  g_string_append_c(scan->window, '\n');
}

/* False if the window is full. Of a body line that is too long, the part that fits is kept. */
static bool
append_bounded(Scan *scan, const char *text, size_t length)
{
  size_t room = scan->max - scan->window->len;
  bool whole = length < room;
  if (!whole)
    scan->notes |= NOTE_WINDOW_CUT;
  if (whole || (!scan->in_header && room > 1))
    append(scan, text, whole ? length : room - 1);
  return whole;
}

/* False if the window ends. last: the line is the last one and has no line end. */
static bool
take_line(Scan *scan, const Line *line, bool last)
{
  bool boundary = line->length >= 2 && line->text[0] == '-' && line->text[1] == '-';
  if (!count_line(scan, line)) {
    scan->notes |= NOTE_PARTS_CUT;
    return false;
  }
  size_t length = line->length;
  if (scan->in_header && length == 0) {
    bool again = scan->header_after_blank;
    scan->in_header = scan->first_block = false;
    if (!append_bounded(scan, line->text, 0))
      return false;
    if (again)
      begin_header(scan);
    return true;
  }
  if (scan->in_header) {
    /* GMime rejects a message that ends within a field name. */
    if (last && scan->first_block && line->text[0] != ' ' && line->text[0] != '\t' &&
        !scan_is_field(line->text, length))
      return false;
    length = header_line(scan, line);
    if (length == 0)
      return true;
  }
  bool more = append_bounded(scan, line->text, length);
  if (boundary)
    scan->in_header = true;
  return more;
}

GString *
scan_window(const char *raw, size_t length, size_t max, unsigned *notes)
{
  size_t probe = MIN(length, CR_PROBE);
  Scan scan = {
      .window = g_string_sized_new(MIN(length, max) + 2),
      .max = max,
      .cr_ends_line = length > 0 && memchr(raw, '\n', probe) == NULL,
  };
  size_t at = skip_lead(&scan, raw, length);
  if (at < length) {
    Line first = next_line(&scan, raw + at, length - at);
    scan.in_header = scan.first_block = scan_is_field(first.text, first.length);
  }
  while (at < length) {
    Line line = next_line(&scan, raw + at, length - at);
    at += line.taken;
    if (!take_line(&scan, &line, at == length && raw[at - 1] != '\n'))
      break;
  }
  *notes |= scan.notes;
  return scan.window;
}
