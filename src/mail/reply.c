#include "config.h"

#include "mail/reply.h"

#include <string.h>

#include "mail/reply-private.h"

/* Copies the words of a reply without the codes at the beginning of its further lines. */
static char *
copy_words(const char *text, const char *end, int code)
{
  GString *out = g_string_new(NULL);
  for (const char *p = text; p < end;) {
    bool free_before = p == text || g_ascii_isspace(p[-1]);
    ReplyStart start;
    if (code != 0 && free_before && g_ascii_isdigit(*p) && end - p >= 4 &&
        reply_start_read(p, &start) && start.code == code) {
      p = start.text;
      continue;
    }
    g_string_append_c(out, *p++);
  }
  g_strstrip(out->str);
  return g_string_free(out, FALSE);
}

/* Whether c closes something that was not opened between text and end. */
static bool
is_unmatched(const char *text, const char *end, char c)
{
  static const char closers[] = ">])}'\"";
  static const char openers[] = "<[({'\"";
  const char *at = c != '\0' ? strchr(closers, c) : NULL;
  if (at == NULL)
    return false;
  char open = openers[at - closers];
  int balance = 0;
  for (const char *p = text; p < end; p++)
    balance += open == c ? *p == c : (*p == open) - (*p == c);
  return open == c ? balance % 2 == 1 : balance < 0;
}

/* Cuts blanks, and closing marks of what was opened before the reply. */
static const char *
trim_closers(const char *text, const char *end)
{
  enum { CLOSERS_MAX = 8 };
  for (int n = 0; end > text && n < CLOSERS_MAX; end--)
    if (!g_ascii_isspace(end[-1])) {
      if (!is_unmatched(text, end, end[-1]))
        break;
      n++;
    }
  return end;
}

/* The end of a quoted reply: the mark that closes what was opened before it. */
static const char *
find_end(const char *begin, const ReplyStart *start, const char *tail)
{
  const char *end = tail != NULL ? tail : start->text + strlen(start->text);
  const char *next = strstr(start->text, ">>> "); /* the next command of a transcript */
  if (next != NULL && next < end)
    end = next;
  const char *before = reply_skip_blanks_back(begin, start->at);
  char open = before > begin ? before[-1] : '\0';
  const char *close = NULL;
  if (open == '\'' || open == '"')
    close = strrchr(start->text, open);
  else if (open == '=')
    close = strchr(start->text, '}');
  if (close != NULL && close > start->text && close < end)
    end = close;
  return trim_closers(start->text, end);
}

static bool
has_letter(const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_isalpha(*text) || (guchar)*text >= 0x80)
      return true;
  return false;
}

/* The words in "... [SMTP Error Code 550]", where the code comes last. */
static char *
words_before(const char *text, const ReplyStart *start)
{
  char *words = g_strndup(text, (size_t)(start->at - text));
  char *bracket = strrchr(words, '[');
  if (bracket != NULL && bracket > words)
    *bracket = '\0';
  return g_strstrip(words);
}

static const char *
skip_diagnostic_type(const char *text)
{
  text += strspn(text, " \t\n");
  size_t n = 0;
  while (g_ascii_isalnum(text[n]) || text[n] == '-' || text[n] == '_')
    n++;
  size_t blanks = strspn(text + n, " \t");
  return n > 0 && text[n + blanks] == ';' ? text + n + blanks + 1 : text;
}

/* Without a reply code there may still be an enhanced one: "5.1.1 unknown", "(#5.1.1)". */
static void
read_bare(const char *text, Reply *out)
{
  const char *words = reply_after_speech(text);
  const char *reply = words != NULL ? words : text;
  const char *tail = reply_find_tail(reply);
  out->stage = reply_find_stage(text, reply, tail);
  out->host = words != NULL ? reply_find_host(text, words) : NULL;
  const char *p = reply + strspn(reply, " \t\n#<(['\"");
  size_t n = status_parse(p, strnlen(p, STATUS_REACH), &out->status);
  if (n == 0)
    p = reply + strspn(reply, " \t\n");
  p += n;
  out->text = copy_words(p, tail != NULL && tail > p ? tail : p + strlen(p), 0);
}

void
reply_unwrap(const char *diagnostic, Reply *out)
{
  *out = (Reply){0};
  const char *text = skip_diagnostic_type(diagnostic != NULL ? diagnostic : "");
  ReplyStart start = {0};
  if (!reply_find_innermost(text, reply_find_tail(text), &start)) {
    read_bare(text, out);
    if (!status_present(out->status))
      status_find(text, &out->status);
    return;
  }
  const char *tail = reply_find_tail(start.text);
  out->code = start.code;
  out->status = start.status;
  out->stage = reply_find_stage(text, start.at, tail);
  out->host = reply_find_fqdn(start.at);
  if (out->host == NULL)
    out->host = reply_find_host(text, start.at);
  out->text = copy_words(start.text, find_end(text, &start, tail), start.code);
  if (tail == NULL && !has_letter(out->text) && start.at > text && reply_has_words(text, NULL)) {
    g_free(out->text);
    out->text = words_before(text, &start);
  }
  Status found;
  if (!status_present(out->status) && status_find(out->text, &found) &&
      found.klass == out->code / 100)
    out->status = found;
}

bool
reply_is_refusal(const char *text)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  return reply.code >= 400 || reply.status.klass >= 4;
}

void
reply_clear(Reply *reply)
{
  g_clear_pointer(&reply->host, g_free);
  g_clear_pointer(&reply->text, g_free);
}

/* Whether a further line of the reply that start begins is at p. Every line but the last has a
 * hyphen (RFC 5321 4.2.1); a number among the words has none, and no enhanced status code. */
static bool
repeats(const ReplyStart *start, const char *p, ReplyStart *line)
{
  return reply_start_read(p, line) && line->code == start->code &&
         (status_present(start->status)
              ? memcmp(&line->status, &start->status, sizeof line->status) == 0
              : p[3] == '-' || start->at[3] == '-');
}

char *
reply_plain(const char *diagnostic)
{
  GString *out = g_string_new(NULL);
  ReplyStart start = {0}, line;
  for (const char *p = diagnostic; *p != '\0';) {
    bool begins = (p == diagnostic || g_ascii_isspace(p[-1])) && g_ascii_isdigit(*p);
    if (begins && start.code != 0 && repeats(&start, p, &line)) {
      p = line.text;
      continue;
    }
    if (begins && start.code == 0 && reply_start_read(p, &line))
      start = line;
    bool hyphen = start.code != 0 && p == start.at + 3 && *p == '-';
    g_string_append_c(out, hyphen ? ' ' : *p);
    p++;
  }
  return g_string_free(out, FALSE);
}
