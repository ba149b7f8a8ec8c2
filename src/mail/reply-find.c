/* Where the innermost reply begins in a diagnostic. */
#include "config.h"

#include <string.h>

#include "mail/reply-private.h"

int
reply_code_at(const char *text)
{
  if (text == NULL || text[0] < '2' || text[0] > '5' || !g_ascii_isdigit(text[1]) ||
      text[1] > '7' || !g_ascii_isdigit(text[2]))
    return 0;
  char next = text[3];
  bool ends = next == '\0' || strchr(" \t\n-,:;)]'\"}>", next) != NULL ||
              (next == '.' && !g_ascii_isdigit(text[4]));
  if (!ends)
    return 0;
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

bool
reply_start_read(const char *p, ReplyStart *out)
{
  *out = (ReplyStart){.at = p, .code = reply_code_at(p)};
  if (out->code == 0)
    return false;
  p += 3 + strspn(p + 3, " -:,\t\n");
  const char *status = p + strspn(p, "(#['\"");
  size_t n = status_parse(status, strnlen(status, STATUS_REACH), &out->status);
  if (n > 0 && out->status.klass == out->code / 100)
    p = status + n + strspn(status + n, ")]:, \t\n");
  else
    out->status = (Status){0};
  out->text = p;
  return true;
}

/* Whether the word that ends at end, but begins not before begin, is one of words, in any case. */
static bool
ends_with_word(const char *begin, const char *end, const char *const *words)
{
  for (; *words != NULL; words++) {
    size_t n = strlen(*words);
    if ((size_t)(end - begin) < n || g_ascii_strncasecmp(end - n, *words, n) != 0)
      continue;
    if (end - n == begin || !g_ascii_isalpha(end[-1 - (ptrdiff_t)n]))
      return true;
  }
  return false;
}

const char *
reply_skip_blanks_back(const char *begin, const char *p)
{
  while (p > begin && g_ascii_isspace(p[-1]))
    p--;
  return p;
}

/* Labels of numbers that are not replies, and of those that a reply mentions ("550 refused (error
 * code: 554)"). */
static const char *const number_words[] = {"id",   "line",  "size",    "number", "port", "ip",
                                           "time", "bytes", "session", "rule",   NULL};
static const char *const label_words[] = {"code", "error", NULL};
static const char *const speech_words[] = {"said",     "says",      "reply",    "replied",
                                           "response", "responded", "returned", "answered",
                                           "answer",   NULL};
static const char *const weak_words[] = {"error",   "rejected", "with",   "was",
                                         "smtp",    "status",   "reason", "code",
                                         "problem", "message",  NULL};

/* What has a name that can look like a reply: attachment "550 user unknown.doc". */
static const char *const named_words[] = {"attachment", "file",   "filename", "name",
                                          "named",      "called", "subject",  NULL};

/* Whether a reply may begin at p: at the beginning of the text, or after something that introduces
 * another's words. Within another reply, weak words do not introduce one. */
static bool
introduced(const char *begin, const char *p, bool inside)
{
  const char *before = reply_skip_blanks_back(begin, p);
  if (before == begin)
    return true;
  char c = before[-1];
  if (c == '"' && ends_with_word(begin, reply_skip_blanks_back(begin, before - 1), named_words))
    return false;
  if (strchr(";<'\"`{=>", c) != NULL || (guchar)c >= 0x80)
    return true;
  if (c == ':') {
    const char *label = reply_skip_blanks_back(begin, before - 1);
    return !ends_with_word(begin, label, number_words) &&
           !(inside && ends_with_word(begin, label, label_words));
  }
  if (c == '(' || c == '[')
    return before == p;
  return ends_with_word(begin, before, speech_words) ||
         (!inside && ends_with_word(begin, before, weak_words));
}

/* The limit keeps a text of numbers only linear. */
bool
reply_has_words(const char *text, const char *end)
{
  enum { LOOK_AHEAD = 200 };
  int letters = 0;
  for (int i = 0; i < LOOK_AHEAD && text[i] != '\0' && text + i != end && letters < 3; i++)
    letters += g_ascii_isalpha(text[i]) || (guchar)text[i] >= 0x80;
  return letters >= 3;
}

static bool
same_status(Status a, Status b)
{
  return a.klass == b.klass && a.subject == b.subject && a.detail == b.detail;
}

/* "550-5.1.1 no 550 5.1.1 such user" is one reply of two lines, not a reply within another. A line
 * may end in a colon, as Gmail's do, if the first line says that more follow. */
static bool
continues(const ReplyStart *outer, const ReplyStart *inner)
{
  if (outer->code != inner->code)
    return false;
  if (outer->at[3] == '-' &&
      (!status_present(inner->status) || same_status(outer->status, inner->status)))
    return true;
  const char *before = reply_skip_blanks_back(outer->text, inner->at);
  return before > outer->text && strchr(":;'\"<{=>", before[-1]) == NULL;
}

/* What follows these words was said about the sender's address, not about the recipient's. */
static const char *
find_sender_check(const char *text)
{
  static const char *const words[] = {
      "sender address rejected", "sender verif", "verify sender", "sender callout",
      "sender callback",         "sender <",     "sender check",  "verification failed for <"};
  while ((text = strpbrk(text, "SsVv")) != NULL) {
    for (size_t i = 0; g_ascii_tolower(text[1]) == 'e' && i < G_N_ELEMENTS(words); i++)
      if (g_ascii_strncasecmp(text, words[i], strlen(words[i])) == 0)
        return text;
    text++;
  }
  return NULL;
}

/* "452-'mailbox full'": how Cisco quotes a reply. */
static bool
is_quoted_line(const char *reply)
{
  return reply[3] == '-' && (reply[4] == '\'' || reply[4] == '"');
}

static bool
is_free_before(const char *begin, const char *p)
{
  return p == begin || !(g_ascii_isalnum(p[-1]) || strchr("._-/", p[-1]) != NULL);
}

bool
reply_find_innermost(const char *begin, const char *tail, ReplyStart *out)
{
  bool found = false;
  const char *sender_check = find_sender_check(begin);
  for (const char *p = begin; *p != '\0'; p++) {
    if (found && sender_check != NULL && sender_check > out->at && sender_check < p)
      break;
    ReplyStart start;
    if (!g_ascii_isdigit(*p) || !is_free_before(begin, p) || !reply_start_read(p, &start))
      continue;
    if (found && out->code >= 400 && start.code < 400)
      continue; /* a number, or what was accepted before: "mailbox quota (200 MB) exceeded" */
    bool coded = status_present(start.status) || is_quoted_line(p);
    if (!coded && !introduced(begin, p, found))
      continue;
    if (found && (continues(out, &start) || !reply_has_words(start.text, tail))) {
      if (!status_present(out->status))
        out->status = start.status;
      continue;
    }
    if (found && start.code == 503)
      continue; /* answers DATA after every recipient was refused */
    if (found && out->code >= 500 && start.code == 421 && !introduced(begin, p, true))
      continue; /* closes the session after the reply, whatever that was (RFC 5321, 3.8) */
    *out = start;
    found = true;
  }
  return found;
}

const char *
reply_after_speech(const char *text)
{
  static const char *const verbs[] = {
      "reply:",        "said:",         "replied:", "responded:", "response:",
      "response was:", "returned was:", "reason:",  "says:"};
  const char *best = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    size_t n = strlen(verbs[i]);
    for (const char *p = strchr(text, ':'); p != NULL; p = strchr(p + 1, ':'))
      if ((size_t)(p - text) + 1 >= n && g_ascii_strncasecmp(p + 1 - n, verbs[i], n) == 0 &&
          (best == NULL || p + 1 > best) && reply_has_words(p + 1, NULL))
        best = p + 1;
  }
  return best;
}
