/* The dialogue with an LMTP client. The first octet chooses the pieces in which the rest comes. It
 * is taken as commands, and as content and what follows it. What comes out must not depend on the
 * pieces, and content must be what a plain search for its end finds. */
#include "config.h"

#include "fuzz.h"

#include <stdbool.h>

#include "lmtp/dialogue.h"

#define BEGIN "LHLO client\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n"

/* Replies and messages in the order in which they come. */
static GString *
talk(const char *bytes, size_t length, size_t piece)
{
  g_autoptr(Dialogue) dialogue = dialogue_new("mx");
  g_autoptr(GString) content = g_string_new(NULL);
  GString *all = g_string_new(NULL);
  DialogueEvent event = DIALOGUE_MORE;
  while (length > 0 && event != DIALOGUE_CLOSED) {
    size_t rest = MIN(length, piece), before = rest;
    event = dialogue_take(dialogue, &bytes, &rest, content);
    length -= before - rest;
    g_assert_cmpuint(dialogue_recipients(dialogue)->len, <=, DIALOGUE_RECIPIENTS_MAX);
    if (event != DIALOGUE_MESSAGE)
      continue;
    g_assert_cmpuint(dialogue_recipients(dialogue)->len, >, 0);
    g_assert_nonnull(dialogue_sender(dialogue));
    g_string_append_printf(all, "<%s>", dialogue_sender(dialogue));
    for (guint i = 0; i < dialogue_recipients(dialogue)->len; i++)
      g_string_append_printf(all, "<%s>",
                             (char *)g_ptr_array_index(dialogue_recipients(dialogue), i));
    g_string_append_len(all, content->str, (gssize)content->len);
    g_string_truncate(content, 0);
    dialogue_answer(dialogue, 250, "2.0.0", "Recorded");
  }
  g_string_append_len(all, dialogue_replies(dialogue)->str,
                      (gssize)dialogue_replies(dialogue)->len);
  return all;
}

static void
check_pieces(const char *bytes, size_t length, size_t piece)
{
  g_autoptr(GString) whole = talk(bytes, length, SIZE_MAX);
  g_autoptr(GString) pieces = talk(bytes, length, piece);
  g_assert_cmpmem(pieces->str, pieces->len, whole->str, whole->len);
}

/* What the first message is, line by line; false if it does not end. */
static bool
plain_content(const char *bytes, size_t length, GString *out, size_t *taken)
{
  const char *end = bytes + length, *line = bytes;
  for (;;) {
    const char *crlf = memmem(line, (size_t)(end - line), "\r\n", 2);
    if (crlf == NULL)
      return false;
    *taken = (size_t)(crlf + 2 - bytes);
    if (crlf - line == 1 && *line == '.')
      return true;
    if (*line == '.')
      line++;
    g_string_append_len(out, line, crlf - line);
    g_string_append_c(out, '\n');
    line = crlf + 2;
  }
}

static void
check_content(const char *bytes, size_t length, size_t piece)
{
  g_autoptr(Dialogue) dialogue = dialogue_new("mx");
  g_autoptr(GString) content = g_string_new(NULL), want = g_string_new(NULL);
  const char *begin = BEGIN;
  size_t rest = strlen(begin), taken = 0, left = length;
  const char *at = bytes;
  g_assert_cmpint(dialogue_take(dialogue, &begin, &rest, content), ==, DIALOGUE_MORE);
  bool ends = plain_content(bytes, length, want, &taken);
  DialogueEvent event = DIALOGUE_MORE;
  while (left > 0 && event == DIALOGUE_MORE) {
    size_t part = MIN(left, piece), before = part;
    event = dialogue_take(dialogue, &at, &part, content);
    left -= before - part;
  }
  g_assert_cmpint(event, ==, ends ? DIALOGUE_MESSAGE : DIALOGUE_MORE);
  g_assert_cmpuint(content->len, <=, length);
  if (!ends)
    return;
  g_assert_cmpmem(content->str, content->len, want->str, want->len);
  g_assert_cmpuint((size_t)(at - bytes), ==, taken);
}

FUZZ_TARGET(lmtp)
{
  if (size < 1)
    return 0;
  const char *bytes = (const char *)data + 1;
  size_t length = size - 1, piece = 1 + data[0] % 64;
  check_pieces(bytes, length, piece);
  check_content(bytes, length, piece);
  g_autoptr(GString) message = g_string_new(BEGIN);
  g_string_append_len(message, bytes, (gssize)length);
  check_pieces(message->str, message->len, piece);
  return 0;
}
