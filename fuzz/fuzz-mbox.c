/* The splitter of mbox files against a plain one that has the whole file in memory. The first two
 * octets of the input choose how far before the end of the splitter's buffer the rest begins, which
 * is slow, or, mostly, that it begins the file. */
#include "config.h"

#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "intake/mbox.h"

enum { BUFFER = 256 << 10 }; /* of mbox.c */

static bool
is_blank(const char *line, size_t length)
{
  return length == 0 || (length == 1 && *line == '\r');
}

/* Where the next message begins after at. */
static size_t
next_message(const GString *file, size_t at)
{
  bool blank = false;
  for (size_t line = at; line < file->len;) {
    const char *begin = file->str + line;
    const char *lf = memchr(begin, '\n', file->len - line);
    size_t length = lf != NULL ? (size_t)(lf - begin) : file->len - line;
    size_t text = length > 0 && begin[length - 1] == '\r' ? length - 1 : length;
    if (line > at && blank && mbox_is_from_line(begin, text))
      return line;
    blank = is_blank(begin, length);
    line += length + 1;
  }
  return file->len;
}

static bool
begins_with_from(const GString *file)
{
  size_t length = strcspn(file->str, "\n");
  size_t text = length > 0 && file->str[length - 1] == '\r' ? length - 1 : length;
  return mbox_is_from_line(file->str, text);
}

static bool
read_next(Mbox *mbox, Spool *spool)
{
  bool found = false;
  spool_reset(spool);
  g_assert_true(mbox_next(mbox, spool, &found, NULL));
  return found;
}

static void
compare(Mbox *mbox, const GString *file)
{
  g_auto(Spool) spool = {0};
  spool_init(&spool, SIZE_MAX / 2);
  bool split = begins_with_from(file);
  size_t at = 0;
  while (read_next(mbox, &spool)) {
    size_t end = split ? next_message(file, at) : file->len;
    g_assert_cmpmem(spool.head->str, spool.head->len, file->str + at, end - at);
    at = end;
  }
  g_assert_cmpuint(at, ==, file->len);
}

static GString *
compose(const uint8_t *data, size_t size)
{
  GString *file = g_string_new(NULL);
  size_t before = (size_t)data[0] << 2 | (data[1] & 3);
  if ((data[1] & 0x1c) == 4) {
    g_string_append(file, "From a@b Sat Nov 21 10:00:00 2026\n");
    size_t from = file->len;
    g_string_set_size(file, BUFFER - before);
    memset(file->str + from, 'x', file->len - from);
  }
  for (size_t i = 2; i < size; i++)
    g_string_append_c(file, data[i] != '\0' ? (char)data[i] : ' ');
  return file;
}

FUZZ_TARGET(mbox)
{
  static FILE *stream;
  if (stream == NULL)
    stream = tmpfile();
  if (size < 2)
    return 0;
  g_autoptr(GString) file = compose(data, size);
  int fd = fileno(stream);
  g_assert_true(ftruncate(fd, 0) == 0 && pwrite(fd, file->str, file->len, 0) == (ssize_t)file->len);
  lseek(fd, 0, SEEK_SET);
  g_autoptr(Mbox) mbox = mbox_new(fd, true);
  compare(mbox, file);
  return 0;
}
