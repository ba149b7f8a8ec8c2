#include "config.h"

#include "readers/returned.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/lines.h"

typedef enum {
  NO_FIELD,
  SOME_FIELD,
  COMMON_FIELD,  /* proves little on its own: notices list such fields too */
  TELLING_FIELD, /* only mail systems write it */
} FieldKind;

static FieldKind
field_kind(const char *line, size_t length)
{
  /* Some systems quote the message that they return. */
  if (length > 0 && *line == '>') {
    size_t skip = 1 + (length > 1 && line[1] == ' ');
    line += skip;
    length -= skip;
  }
  static const char *const telling[] = {"received",     "return-path",    "message-id",
                                        "delivered-to", "dkim-signature", "x-mailer",
                                        "in-reply-to",  "references",     "list-id"};
  static const char *const common[] = {"from",   "to",       "subject", "date",
                                       "sender", "reply-to", "cc",      "mime-version"};
  size_t n = 0;
  while (n < length && (g_ascii_isalnum(line[n]) || line[n] == '-' || line[n] == '_'))
    n++;
  if (n == 0 || n >= length || line[n] != ':' || !g_ascii_isalpha(*line))
    return NO_FIELD;
  for (size_t i = 0; i < G_N_ELEMENTS(telling); i++)
    if (strlen(telling[i]) == n && g_ascii_strncasecmp(line, telling[i], n) == 0)
      return TELLING_FIELD;
  for (size_t i = 0; i < G_N_ELEMENTS(common); i++)
    if (strlen(common[i]) == n && g_ascii_strncasecmp(line, common[i], n) == 0)
      return COMMON_FIELD;
  return memchr(line, '-', n) != NULL ? SOME_FIELD : NO_FIELD;
}

typedef struct {
  int fields, common, telling;
} Run;

/* Counts the header fields, continuation lines included, from text to the first other line. */
static Run
measure_run(const char *text)
{
  enum { ENOUGH = 8 };
  Run run = {0};
  for (const char *line = text; *line != '\0' && run.fields < ENOUGH; line = line_next(line)) {
    size_t length = line_length(line);
    if (run.fields > 0 && length > 0 && (*line == ' ' || *line == '\t') &&
        !line_is_blank(line, length))
      continue;
    FieldKind kind = field_kind(line, length);
    if (kind == NO_FIELD)
      break;
    run.fields++;
    run.common += kind == COMMON_FIELD || kind == TELLING_FIELD;
    run.telling += kind == TELLING_FIELD;
  }
  return run;
}

/* How clearly a line announces the returned message. */
typedef enum {
  NO_ANNOUNCEMENT,
  VAGUE_ANNOUNCEMENT, /* words that may announce it */
  ANNOUNCEMENT,       /* a rule of dashes, or words that do announce it */
  CLEAR_ANNOUNCEMENT, /* both: whatever follows is the returned message */
} Announcement;

static Announcement
announces(const char *line, size_t length)
{
  static const char *const clear[] = {"original message", "returned message",    "copy of",
                                      "message follows",  "headers follow",      "header follows",
                                      "unsent message",   "message header",      "below this line",
                                      "original mail",    "undelivered message", NULL};
  static const char *const vague[] = {"headers of",   "begin",     "forwarded message",
                                      "your message", "header of", NULL};
  bool ornament = length >= 3 && strspn(line, "-=*_#+~ ") >= 3 && strpbrk(line, "-=*_#+~") != NULL;
  if (line_has_any(line, length, clear))
    return ornament && *line != '=' ? CLEAR_ANNOUNCEMENT : ANNOUNCEMENT;
  if (ornament)
    return ANNOUNCEMENT;
  return line_has_any(line, length, vague) ? VAGUE_ANNOUNCEMENT : NO_ANNOUNCEMENT;
}

const char *
returned_find(const char *text)
{
  Announcement announced = NO_ANNOUNCEMENT;
  bool gap = true;
  for (const char *line = text; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    if (line_is_blank(line, length)) {
      gap = true;
      continue;
    }
    if (announced == CLEAR_ANNOUNCEMENT)
      return line;
    if (gap || announced) {
      Run run = measure_run(line);
      if (run.telling > 0 && run.fields >= (announced ? 1 : 3))
        return line;
      if (announced >= ANNOUNCEMENT && run.common >= 2)
        return line;
    }
    announced = announces(line, length);
    gap = false;
  }
  return NULL;
}
