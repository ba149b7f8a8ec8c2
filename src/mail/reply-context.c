/* What surrounds a reply in a diagnostic: the command that it answered, the host that gave it. */
#include "config.h"

#include <string.h>

#include "base/lines.h"
#include "mail/reply-private.h"

/* The words by which servers name the refused command, the most telling first. */
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
      {"refused to talk to me", STAGE_CONNECT},
      {"banner", STAGE_CONNECT},
  };
  const LinePairs pairs = line_pairs(text, length);
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (line_may_have(&pairs, words[i].word) && line_find(text, length, words[i].word) != NULL)
      return words[i].stage;
  return STAGE_NONE;
}

const char *
reply_find_tail(const char *text)
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

Stage
reply_find_stage(const char *begin, const char *reply, const char *tail)
{
  if (tail != NULL) {
    Stage stage = stage_of(tail, strlen(tail));
    if (stage != STAGE_NONE)
      return stage;
  }
  return stage_of(begin, (size_t)(reply - begin));
}

/* Four numbers; three would be an enhanced status code. */
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

/* Whether it has a dot, and a last label that is not a number. */
static bool
is_host_name(const char *host)
{
  const char *dot = strrchr(host, '.');
  return dot != NULL && strstr(host, "..") == NULL && g_ascii_isalpha(dot[1]);
}

/* Reads "mx.example.net", "mx.example.net[192.0.2.1]", "[192.0.2.1]" or "(192.0.2.1)"; a name is
 * preferred to an address. (transfer full) (nullable) */
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

char *
reply_find_host(const char *begin, const char *end)
{
  enum { LOOK_BACK = 512 };
  if (end - begin > LOOK_BACK)
    begin = end - LOOK_BACK;
  g_autofree char *address = NULL;
  for (const char *p = end; p > begin;) {
    const char *stop = reply_skip_blanks_back(begin, p);
    p = stop;
    while (p > begin && !g_ascii_isspace(p[-1]))
      p--;
    g_autofree char *host = host_in_token(p, (size_t)(stop - p));
    if (host != NULL && !is_ip(host))
      return g_steal_pointer(&host);
    if (address != NULL)
      break; /* the name is next to the address, or there is none */
    address = g_steal_pointer(&host);
  }
  return g_steal_pointer(&address);
}

char *
reply_find_fqdn(const char *text)
{
  const char *p = strstr(text, "{FQDN=");
  if (p == NULL)
    return NULL;
  p += strlen("{FQDN=");
  size_t n = strcspn(p, "} ");
  return n > 0 && n <= 255 ? g_strndup(p, n) : NULL;
}
