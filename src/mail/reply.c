#include "config.h"

#include "mail/reply.h"

#include <string.h>

/* A place in the text where a reply seems to begin. */
typedef struct {
  const char *at;   /* the first digit, or the first word where no code is given */
  const char *text; /* behind code and enhanced status */
  int code;
  Status status;
} Start;

/* --- codes --- */

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

/* Reads code and enhanced status at p. */
static bool
read_start(const char *p, Start *out)
{
  *out = (Start){.at = p, .code = reply_code_at(p)};
  if (out->code == 0)
    return false;
  p += 3 + strspn(p + 3, " -:,\t\n");
  const char *status = p + strspn(p, "(#[");
  size_t n = status_parse(status, strnlen(status, 12), &out->status);
  if (n > 0 && out->status.klass == out->code / 100)
    p = status + n + strspn(status + n, ")]:, \t\n");
  else
    out->status = (Status){0};
  out->text = p;
  return true;
}

/* --- what stands in front --- */

/* The word that ends at end, not before begin, compared without case. */
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

static const char *
skip_blanks_back(const char *begin, const char *p)
{
  while (p > begin && g_ascii_isspace(p[-1]))
    p--;
  return p;
}

/* Labels of a number that is no reply at all, and of one that a reply itself names ("550 refused
 * (error code: 554)"). */
static const char *const number_words[] = {"id",   "line",  "size",    "number", "port", "ip",
                                           "time", "bytes", "session", "rule",   NULL};
static const char *const label_words[] = {"code", "error", NULL};
static const char *const speech_words[] = {"said",     "says",      "reply",    "replied",
                                           "response", "responded", "returned", "answered",
                                           "answer",   NULL};
static const char *const weak_words[] = {"error",   "rejected", "with",   "was",
                                         "smtp",    "status",   "reason", "code",
                                         "problem", "message",  NULL};

/* A reply may begin at p: at the start, or behind what introduces somebody's words. Inside another
 * reply weak words introduce none. */
static bool
introduced(const char *begin, const char *p, bool inside)
{
  const char *before = skip_blanks_back(begin, p);
  if (before == begin)
    return true;
  char c = before[-1];
  if (strchr(";<'\"`{=>", c) != NULL || (guchar)c >= 0x80)
    return true;
  if (c == ':') {
    const char *label = skip_blanks_back(begin, before - 1);
    return !ends_with_word(begin, label, number_words) &&
           !(inside && ends_with_word(begin, label, label_words));
  }
  if (c == '(' || c == '[')
    return before == p;
  return ends_with_word(begin, before, speech_words) ||
         (!inside && ends_with_word(begin, before, weak_words));
}

/* Three letters, soon: the bound keeps a text of nothing but numbers linear. end may be NULL. */
static bool
has_words(const char *text, const char *end)
{
  enum { LOOK_AHEAD = 200 };
  int letters = 0;
  for (int i = 0; i < LOOK_AHEAD && text[i] != '\0' && text + i != end && letters < 3; i++)
    letters += g_ascii_isalpha(text[i]) || (guchar)text[i] >= 0x80;
  return letters >= 3;
}

static bool
has_letter(const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_isalpha(*text) || (guchar)*text >= 0x80)
      return true;
  return false;
}

/* --- the innermost --- */

static bool
same_status(Status a, Status b)
{
  return a.klass == b.klass && a.subject == b.subject && a.detail == b.detail;
}

/* "550-5.1.1 no 550 5.1.1 such user" is one reply of two lines, not one quoting another. A line
 * may end in a colon (Gmail's do), but then the first line has to say that more follow. */
static bool
continues(const Start *outer, const Start *inner)
{
  if (outer->code != inner->code)
    return false;
  if (outer->at[3] == '-' &&
      (!status_present(inner->status) || same_status(outer->status, inner->status)))
    return true;
  const char *before = skip_blanks_back(outer->text, inner->at);
  return before > outer->text && strchr(":;'\"<{=>", before[-1]) == NULL;
}

/* What is quoted behind these words is what somebody said about the sender's address, and must not
 * be taken for the recipient's. */
static const char *
find_sender_check(const char *text)
{
  static const char *const words[] = {
      "sender address rejected", "sender verif", "verify sender",
      "sender callout",          "sender check", "verification failed for <"};
  for (; *text != '\0'; text++)
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
      if (g_ascii_strncasecmp(text, words[i], strlen(words[i])) == 0)
        return text;
  return NULL;
}

/* The last place where a reply begins, in front of the tail that the reporting server appended;
 * false where the text holds no code. */
static bool
find_innermost(const char *begin, const char *tail, Start *out)
{
  bool found = false;
  const char *sender_check = find_sender_check(begin);
  for (const char *p = begin; *p != '\0'; p++) {
    if (found && sender_check != NULL && sender_check > out->at && sender_check < p)
      break;
    bool free_before = p == begin || !(g_ascii_isalnum(p[-1]) || strchr("._-/", p[-1]) != NULL);
    Start start;
    if (!free_before || !g_ascii_isdigit(*p) || !read_start(p, &start))
      continue;
    bool coded = status_present(start.status);
    if (!coded && !introduced(begin, p, found))
      continue;
    if (found && (continues(out, &start) || !has_words(start.text, tail))) {
      if (!status_present(out->status))
        out->status = start.status;
      continue;
    }
    if (found && start.code == 503)
      continue; /* the answer to DATA when every recipient was refused before */
    *out = start;
    found = true;
  }
  return found;
}

/* Verbs that introduce a reply that has no code. */
static const char *
behind_speech(const char *text)
{
  static const char *const verbs[] = {
      "reply:",        "said:",         "replied:", "responded:", "response:",
      "response was:", "returned was:", "reason:",  "says:"};
  const char *best = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    size_t n = strlen(verbs[i]);
    for (const char *p = strchr(text, ':'); p != NULL; p = strchr(p + 1, ':'))
      if ((size_t)(p - text) + 1 >= n && g_ascii_strncasecmp(p + 1 - n, verbs[i], n) == 0 &&
          (best == NULL || p + 1 > best) && has_words(p + 1, NULL))
        best = p + 1;
  }
  return best;
}

/* --- stage and host --- */

static bool
contains(const char *text, size_t length, const char *word)
{
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= length; i++)
    if (g_ascii_strncasecmp(text + i, word, n) == 0)
      return true;
  return false;
}

/* The words of servers for the command that was refused, most telling first. */
static Stage
stage_of(const char *text, size_t length)
{
  static const struct {
    const char *word;
    Stage stage;
  } words[] = {
      {"end of data", STAGE_EOM},
      {"end of message", STAGE_EOM},
      {"message body", STAGE_EOM},
      {"after i sent the message", STAGE_EOM},
      {"end-of-data", STAGE_EOM},
      {"pipelined data", STAGE_EOM},
      {"rcpt to", STAGE_RCPT},
      {"rcpt_to", STAGE_RCPT},
      {"rcpt", STAGE_RCPT},
      {"does not like recipient", STAGE_RCPT},
      {"recipient was rejected", STAGE_RCPT},
      {"mail from", STAGE_MAIL},
      {"mail_from", STAGE_MAIL},
      {"sender was rejected", STAGE_MAIL},
      {"my name was rejected", STAGE_EHLO},
      {"data command", STAGE_DATA},
      {"sending data", STAGE_DATA},
      {"after data", STAGE_DATA},
      {"to data", STAGE_DATA},
      {"[data]", STAGE_DATA},
      {"failed on data", STAGE_DATA},
      {">>> data", STAGE_DATA},
      {"helo", STAGE_EHLO},
      {"ehlo", STAGE_EHLO},
      {"starttls", STAGE_EHLO},
      {"initial connection", STAGE_CONNECT},
      {"greeting", STAGE_CONNECT},
      {"banner", STAGE_CONNECT},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (contains(text, length, words[i].word))
      return words[i].stage;
  return STAGE_NONE;
}

/* Where what the reporting server appended begins: "(in reply to RCPT TO command)", "[RCPT_TO]". */
static const char *
find_tail(const char *text)
{
  static const char *const tails[] = {"(in reply to ",
                                      "(in response to ",
                                      "[RCPT_TO]",
                                      "[MAIL_FROM]",
                                      "[DATA]",
                                      "(delivery attempts",
                                      "Giving up on ",
                                      ": retry timeout exceeded",
                                      "I'm not going to try again"};
  for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
    const char *p = strstr(text, tails[i]);
    if (p != NULL)
      return p;
  }
  return NULL;
}

/* The stage is told behind the reply or, failing that, in front of it; a reply's own words are not
 * asked, for they name commands too. */
static Stage
find_stage(const char *begin, const char *reply, const char *tail)
{
  if (tail != NULL) {
    Stage stage = stage_of(tail, strlen(tail));
    if (stage != STAGE_NONE)
      return stage;
  }
  return stage_of(begin, (size_t)(reply - begin));
}

/* Four numbers; three are an enhanced status code. */
static bool
is_ip(const char *host)
{
  int dots = 0;
  for (const char *p = host; *p != '\0'; p++) {
    if (!g_ascii_isdigit(*p) && *p != '.')
      return false;
    dots += *p == '.';
  }
  return dots == 3;
}

/* A host name with a dot and no number as its last label. */
static bool
is_host_name(const char *host)
{
  const char *dot = strrchr(host, '.');
  return dot != NULL && strstr(host, "..") == NULL && g_ascii_isalpha(dot[1]);
}

/* "mx.example.net", "mx.example.net[192.0.2.1]", "[192.0.2.1]" or "(192.0.2.1)" at token; the name
 * is preferred to the address. */
static char *
host_in_token(const char *token, size_t length)
{
  if (memchr(token, '@', length) != NULL)
    return NULL;
  size_t skip = 0;
  while (skip < length && strchr("[(<'\"", token[skip]) != NULL)
    skip++;
  size_t n = skip;
  while (n < length && (g_ascii_isalnum(token[n]) || strchr("-._", token[n]) != NULL))
    n++;
  while (n > skip && strchr(".-_", token[n - 1]) != NULL)
    n--;
  if (n - skip < 4 || n - skip > 255 || !g_ascii_isalnum(token[skip]))
    return NULL;
  g_autofree char *host = g_strndup(token + skip, n - skip);
  return is_ip(host) || is_host_name(host) ? g_steal_pointer(&host) : NULL;
}

/* The last host named in front of the reply; a name wins over the address beside it. */
static char *
find_host(const char *begin, const char *end)
{
  enum { LOOK_BACK = 512 };
  if (end - begin > LOOK_BACK)
    begin = end - LOOK_BACK;
  g_autofree char *address = NULL;
  for (const char *p = end; p > begin;) {
    const char *stop = skip_blanks_back(begin, p);
    p = stop;
    while (p > begin && !g_ascii_isspace(p[-1]))
      p--;
    g_autofree char *host = host_in_token(p, (size_t)(stop - p));
    if (host != NULL && !is_ip(host))
      return g_steal_pointer(&host);
    if (address != NULL)
      break; /* the name stands right beside its address or not at all */
    address = g_steal_pointer(&host);
  }
  return g_steal_pointer(&address);
}

/* Exchange: "[{LED=450 ...};{MSG=...};{FQDN=mx.example.net};{IP=192.0.2.1};...]" */
static char *
find_fqdn(const char *text)
{
  const char *p = strstr(text, "{FQDN=");
  if (p == NULL)
    return NULL;
  p += strlen("{FQDN=");
  size_t n = strcspn(p, "} ");
  return n > 0 && n <= 255 ? g_strndup(p, n) : NULL;
}

/* --- the words --- */

/* Copies the words of a reply, leaving out the codes that begin its further lines. */
static char *
copy_words(const char *text, const char *end, int code)
{
  GString *out = g_string_new(NULL);
  for (const char *p = text; p < end;) {
    bool free_before = p == text || g_ascii_isspace(p[-1]);
    Start start;
    if (code != 0 && free_before && g_ascii_isdigit(*p) && end - p >= 4 && read_start(p, &start) &&
        start.code == code) {
      p = start.text;
      continue;
    }
    g_string_append_c(out, *p++);
  }
  g_strstrip(out->str);
  return g_string_free(out, FALSE);
}

/* Has c more closing marks than opening ones in front of end? A quotation mark closes where it
 * stands in odd number. */
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

/* Cuts blanks, and closing marks that were opened in front of the reply. */
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

/* What ends a quoted reply: the mark that closes what was opened in front of it. */
static const char *
find_end(const char *begin, const Start *start, const char *tail)
{
  const char *end = tail != NULL ? tail : start->text + strlen(start->text);
  const char *next = strstr(start->text, ">>> "); /* a transcript: the next command */
  if (next != NULL && next < end)
    end = next;
  const char *before = skip_blanks_back(begin, start->at);
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

/* No code: an enhanced status in front ("5.1.1 unknown"), or one in brackets ("(#5.1.1)"). */
static void
read_bare(const char *text, Reply *out)
{
  const char *words = behind_speech(text);
  const char *reply = words != NULL ? words : text;
  const char *tail = find_tail(reply);
  out->stage = find_stage(text, reply, tail);
  out->host = words != NULL ? find_host(text, words) : NULL;
  const char *p = reply + strspn(reply, " \t\n#<(['\"");
  size_t n = status_parse(p, strnlen(p, 12), &out->status);
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
  Start start = {0};
  if (!find_innermost(text, find_tail(text), &start)) {
    read_bare(text, out);
    if (!status_present(out->status))
      status_find(text, &out->status);
    return;
  }
  const char *tail = find_tail(start.text);
  out->code = start.code;
  out->status = start.status;
  out->stage = find_stage(text, start.at, tail);
  out->host = find_fqdn(start.at);
  if (out->host == NULL)
    out->host = find_host(text, start.at);
  out->text = copy_words(start.text, find_end(text, &start, tail), start.code);
  /* "... [SMTP Error Code 550]": the code comes last, and the words stand in front of it. */
  if (tail == NULL && !has_letter(out->text) && start.at > text && has_words(text, NULL)) {
    g_free(out->text);
    out->text = g_strndup(text, (size_t)(start.at - text));
    char *bracket = strrchr(out->text, '[');
    if (bracket != NULL && bracket > out->text)
      *bracket = '\0';
    g_strstrip(out->text);
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
