#include "config.h"

#include "readers/mention.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"

static void
mention_free(Mention *mention)
{
  g_free(mention->address);
  g_free(mention);
}

/* "1. ", "2) ", or the mark of an item in a list. */
static size_t
item_length(const char *line, size_t length)
{
  static const char *const marks[] = {"•", "・", "·", "■", "□", "●", "○", "◆", "※", "–"};
  enum { DIGITS_MAX = 4 };
  size_t n = strspn(line, "0123456789");
  if (n > 0 && n <= DIGITS_MAX && n + 1 < length && strchr(".)", line[n]) != NULL &&
      strchr(" \t", line[n + 1]) != NULL)
    return n + 1;
  for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
    if (length >= strlen(marks[i]) && memcmp(line, marks[i], strlen(marks[i])) == 0)
      return strlen(marks[i]);
  return 0;
}

size_t
mention_skip_marks(const char *line, size_t length)
{
  size_t skip = 0;
  while (skip < length && strchr(" \t<>'\"*-(", line[skip]) != NULL)
    skip++;
  skip += item_length(line + skip, length - skip);
  while (skip < length && strchr(" \t<>'\"*-(", line[skip]) != NULL)
    skip++;
  return skip;
}

enum { LABELS_MAX = 8, LABEL_MAX = 40 };

/* The labelled mentions before a mention, in a ring. */
typedef struct {
  Mention *last[LABELS_MAX];
  guint n;
} Labels;

static size_t
label_length(const Mention *mention)
{
  size_t length = (size_t)(mention->begin - mention->line);
  return length <= LABEL_MAX && memchr(mention->line, ':', length) != NULL ? length : 0;
}

bool
mention_has_label(const Mention *entry, const char *line, size_t length)
{
  size_t n = label_length(entry);
  return n > 0 && length >= n && memcmp(line, entry->line, n) == 0;
}

/* Marks the mention, and the one before it that has the same label, as entries. */
static void
find_entry(Labels *labels, Mention *mention)
{
  size_t length = mention->heading ? 0 : label_length(mention);
  if (length == 0)
    return;
  for (guint i = 0; i < MIN(labels->n, LABELS_MAX); i++) {
    Mention *other = labels->last[i];
    if (label_length(other) != length || memcmp(other->line, mention->line, length) != 0)
      continue;
    other->entry = mention->entry = true;
    labels->last[i] = mention;
    return;
  }
  labels->last[labels->n++ % LABELS_MAX] = mention;
}

GPtrArray *
mentions_find(const char *notice)
{
  GPtrArray *mentions = g_ptr_array_new_with_free_func((GDestroyNotify)mention_free);
  Labels labels = {0};
  const char *cursor = notice;
  const char *line = cursor, *line_end = cursor + line_length(cursor), *begin;
  for (char *address; (address = address_next(&cursor, &begin)) != NULL;) {
    while (begin > line_end) {
      line = line_end + 1;
      line_end = line + line_length(line);
    }
    Mention *mention = g_new0(Mention, 1);
    mention->address = address;
    mention->begin = begin;
    mention->end = cursor;
    mention->line = line;
    mention->line_end = line_end;
    size_t before = (size_t)(begin - line);
    mention->heading = mention_skip_marks(line, before) == before;
    find_entry(&labels, mention);
    g_ptr_array_add(mentions, mention);
    if (mentions->len >= MENTIONS_MAX)
      break;
  }
  return mentions;
}

bool
mention_is_labelled(const Mention *mention, const char *notice, const char *const *words)
{
  enum { LOOK_BACK = 48 };
  const char *p = mention->begin;
  for (int n = 0; n < LOOK_BACK && p > notice && p[-1] != '>' && p[-1] != '@'; n++) {
    if (p[-1] == '\n' && (p - 1 == notice || p[-2] == '\n'))
      break;
    p--;
  }
  return line_has_any(p, (size_t)(mention->begin - p), words);
}

bool
mention_is_called_recipient(const Mention *mention, const char *notice)
{
  static const char *const labels[] = {"recipient", "rcpt to",   "address", "to:",       "user",
                                       "failed",    "deliver",   "mailbox", "받는 사람", "수신자",
                                       "收件人",    "odbiorc",   "empf",    "destin",    "adressat",
                                       "宛先",      "получател", "account", "for:",      NULL};
  return mention_is_labelled(mention, notice, labels);
}

bool
mention_is_called_other(const Mention *mention, const char *notice)
{
  static const char *const labels[] = {
      "mail from",  "from:",       "sender",        "contact",   "please mail", "please send",
      "write to",   "help",        "support",       "questions", "message-id",  "message id",
      "reply-to",   "absender",    "http",          "helo",      "ehlo",        "complain",
      "identifier", "mail to the", "e-mail to the", "message <", NULL};
  return mention_is_labelled(mention, notice, labels);
}

bool
mention_is_contact(const Mention *mention)
{
  static const char *const words[] = {"contact",
                                      "write to",
                                      "mail to",
                                      "call",
                                      "ask",
                                      "questions",
                                      "wenden sie sich an",
                                      "schreiben sie an",
                                      "contactez",
                                      "contacte",
                                      "contattare",
                                      "neem contact",
                                      NULL};
  enum { NEAR = 24 };
  size_t before = (size_t)(mention->begin - mention->line);
  const char *from = mention->begin - MIN(before, NEAR);
  return line_has_any(from, (size_t)(mention->begin - from), words);
}

static bool
begins_with(const char *line, const char *const *names)
{
  line += strspn(line, " \t>");
  for (; *names != NULL; names++)
    if (g_ascii_strncasecmp(line, *names, strlen(*names)) == 0)
      return true;
  return false;
}

/* The next line, unless this one is longer than a header line; NULL then. */
static const char *
next_field(const char *line)
{
  enum { FIELD_MAX = 1000 };
  size_t length = strnlen(line, FIELD_MAX);
  const char *end = memchr(line, '\n', length);
  return end != NULL ? end + 1 : NULL;
}

bool
mention_in_summary(const Mention *mention)
{
  enum { LINES = 3 };
  static const char *const to[] = {"to:", "cc:", "an:", NULL};
  static const char *const names[] = {"subject:", "betreff:", "objet :", "asunto:", "sent:", NULL};
  const char *line = mention->line;
  if (line[strspn(line, " \t")] == '>' && begins_with(line, to))
    return true;
  if (!begins_with(line, to))
    return false;
  for (int n = 0; n < LINES && line != NULL && *line != '\0'; n++) {
    line = n == 0 && *mention->line_end != '\0' ? mention->line_end + 1 : next_field(line);
    if (line != NULL && begins_with(line, names))
      return true;
  }
  return false;
}

static bool
begins_with_refusal(const Mention *mention)
{
  return reply_code_at(mention->line + strspn(mention->line, " \t<>")) >= 400;
}

bool
mention_is_next_to_reply(const Mention *mention)
{
  const char *rest = mention->end + strspn(mention->end, ">'\")*: \t,;");
  return begins_with_refusal(mention) || reply_code_at(rest) >= 400;
}

bool
mention_is_refused_sender(const Mention *mention)
{
  enum { LOOK_AHEAD = 200 };
  size_t length = MIN((size_t)(mention->line_end - mention->line), LOOK_AHEAD);
  return begins_with_refusal(mention) && line_find(mention->line, length, "sender") != NULL;
}

bool
mention_is_entry(const Mention *mention)
{
  return mention->begin == mention->line + 1 && *mention->line == '<' && mention->end[0] == '>' &&
         mention->end[1] == ':';
}

/* A sentence begins in the line above and goes on in lower case after the address. */
bool
mention_heads_line(const Mention *mention, const char *notice)
{
  bool first = mention->line - notice < 2 || mention->line[-2] == '\n';
  const char *rest = mention->end + strspn(mention->end, ">\"', ");
  bool goes_on = rest > mention->end && g_ascii_islower(*rest);
  return mention->heading && (first || !goes_on);
}
