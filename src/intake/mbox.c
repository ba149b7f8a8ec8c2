#include "config.h"

#include "intake/mbox.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  BUFFER = MBOX_PEEK_MAX,
  FROM_LINE_MAX = 1000,      /* octets; a longer line is not a From_ line */
  KEEP = FROM_LINE_MAX + 16, /* octets at the end of the buffer that may be part of one */
};

struct Mbox {
  int fd;
  bool split; /* becomes false if the first line is not a From_ line */
  bool begun; /* the first line has been read */
  bool eof;
  size_t start, end; /* what is in the buffer and not yet in a spool */
  char buffer[BUFFER];
};

Mbox *
mbox_new(int fd, bool split)
{
  Mbox *mbox = g_malloc(sizeof *mbox);
  memset(mbox, 0, offsetof(Mbox, buffer));
  mbox->fd = fd;
  mbox->split = split;
  return mbox;
}

void
mbox_free(Mbox *mbox)
{
  g_free(mbox);
}

/* The next word of the line, "" at its end. */
static const char *
next_word(const char **line, const char *end, size_t *length)
{
  while (*line < end && **line == ' ')
    (*line)++;
  const char *word = *line;
  while (*line < end && **line != ' ')
    (*line)++;
  *length = (size_t)(*line - word);
  return word;
}

static bool
is_name(const char *word, size_t length, const char *names)
{
  if (length != 3)
    return false;
  for (; *names != '\0'; names += 3)
    if (g_ascii_strncasecmp(word, names, 3) == 0)
      return true;
  return false;
}

/* 'd' in the shape stands for a digit. */
static bool
has_shape(const char *word, size_t length, const char *shape)
{
  if (strlen(shape) != length)
    return false;
  for (size_t i = 0; i < length; i++)
    if (shape[i] == 'd' ? !g_ascii_isdigit(word[i]) : word[i] != shape[i])
      return false;
  return true;
}

static bool
has_any_shape(const char *word, size_t length, const char *const *shapes)
{
  for (; *shapes != NULL; shapes++)
    if (has_shape(word, length, *shapes))
      return true;
  return false;
}

/* What follows the weekday: "Nov 21 10:00:00 2026", with a time zone before or after the year. */
static bool
is_date(const char *line, const char *end)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static const char *const days[] = {"d", "dd", NULL};
  static const char *const times[] = {"dd:dd:dd", "dd:dd", "d:dd:dd", "d:dd", NULL};
  size_t n;
  const char *word = next_word(&line, end, &n);
  if (!is_name(word, n, months))
    return false;
  word = next_word(&line, end, &n);
  if (!has_any_shape(word, n, days))
    return false;
  word = next_word(&line, end, &n);
  if (!has_any_shape(word, n, times))
    return false;
  for (int i = 0; i < 3; i++) {
    word = next_word(&line, end, &n);
    if (has_shape(word, n, "dddd"))
      return true;
  }
  return false;
}

bool
mbox_is_from_line(const char *line, size_t length)
{
  static const char weekdays[] = "SunMonTueWedThuFriSat";
  if (length < 5 || length > FROM_LINE_MAX || memcmp(line, "From ", 5) != 0)
    return false;
  const char *end = line + length;
  line += 5;
  while (line < end) {
    size_t n;
    const char *word = next_word(&line, end, &n);
    if (is_name(word, n, weekdays) && is_date(line, end))
      return true;
  }
  return false;
}

/* Moves what is left to the beginning of the buffer, and reads more. */
static bool
refill(Mbox *mbox, GError **error)
{
  memmove(mbox->buffer, mbox->buffer + mbox->start, mbox->end - mbox->start);
  mbox->end -= mbox->start;
  mbox->start = 0;
  for (;;) {
    ssize_t n = read(mbox->fd, mbox->buffer + mbox->end, BUFFER - mbox->end);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot read");
    mbox->end += (size_t)n;
    mbox->eof = n == 0;
    return true;
  }
}

typedef enum { LINE_FROM, LINE_OTHER, LINE_CUT } LineKind;

/* What kind of line begins there; LINE_CUT if its end has not been read yet. */
static LineKind
line_kind(const Mbox *mbox, size_t at)
{
  const char *line = mbox->buffer + at;
  size_t length = mbox->end - at;
  const char *lf = memchr(line, '\n', MIN(length, FROM_LINE_MAX + 2));
  if (lf == NULL && length < FROM_LINE_MAX && !mbox->eof)
    return LINE_CUT;
  size_t n = lf != NULL ? (size_t)(lf - line) : length;
  if (n > 0 && line[n - 1] == '\r')
    n--;
  return mbox_is_from_line(line, n) ? LINE_FROM : LINE_OTHER;
}

/* Whether the line that ends with this line feed is blank. */
static bool
after_blank_line(const Mbox *mbox, size_t lf)
{
  const char *b = mbox->buffer;
  size_t before = lf - mbox->start;
  return (before >= 1 && b[lf - 1] == '\n') ||
         (before >= 2 && b[lf - 1] == '\r' && b[lf - 2] == '\n');
}

/* The line feed before the next From_ line, at or after *at. NULL if the buffer has none; then all
 * before *at belongs to the message. */
static const char *
find_end(const Mbox *mbox, size_t *at)
{
  const char *end = mbox->buffer + mbox->end;
  const char *p = mbox->buffer + *at;
  while ((p = memmem(p, (size_t)(end - p), "\nFrom ", 6)) != NULL) {
    size_t lf = (size_t)(p - mbox->buffer);
    LineKind kind = after_blank_line(mbox, lf) ? line_kind(mbox, lf + 1) : LINE_OTHER;
    if (kind == LINE_FROM)
      return p;
    if (kind == LINE_CUT) {
      *at = lf;
      return NULL;
    }
    p++;
  }
  *at = mbox->end;
  return NULL;
}

static void
hand_out(Mbox *mbox, Spool *spool, size_t end)
{
  spool_update(spool, mbox->buffer + mbox->start, end - mbox->start);
  mbox->start = end;
}

const char *
mbox_peek(Mbox *mbox, size_t wanted, size_t *length, GError **error)
{
  while (!mbox->eof && mbox->end < MIN(wanted, BUFFER))
    if (!refill(mbox, error))
      return NULL;
  *length = mbox->end;
  return mbox->buffer;
}

void
mbox_set_split(Mbox *mbox, bool split)
{
  mbox->split = split;
}

static bool
first_line(Mbox *mbox, GError **error)
{
  mbox->begun = true;
  while (!mbox->eof && mbox->end < KEEP)
    if (!refill(mbox, error))
      return false;
  mbox->split = mbox->split && line_kind(mbox, 0) == LINE_FROM;
  return true;
}

bool
mbox_next(Mbox *mbox, Spool *spool, bool *found, GError **error)
{
  if (!mbox->begun && !first_line(mbox, error))
    return false;
  *found = mbox->start < mbox->end;
  size_t at = mbox->start;
  for (;;) {
    const char *lf = mbox->split ? find_end(mbox, &at) : NULL;
    if (lf != NULL) {
      hand_out(mbox, spool, (size_t)(lf - mbox->buffer) + 1);
      return true;
    }
    /* The last octets may be the beginning of a From_ line, or the blank line before one. */
    size_t kept = mbox->eof || !mbox->split ? 0 : KEEP;
    size_t certain = mbox->end - MIN(mbox->end - mbox->start, kept);
    hand_out(mbox, spool, mbox->eof ? mbox->end : certain);
    if (mbox->eof)
      return true;
    size_t seen = mbox->split ? MIN(at, mbox->end - MIN(mbox->end - mbox->start, 5)) : mbox->end;
    seen -= mbox->start;
    if (!refill(mbox, error))
      return false;
    at = seen;
  }
}
