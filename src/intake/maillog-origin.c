#include "config.h"

#include "intake/maillog-origin.h"

#include <string.h>

#include "intake/maillog-accepted.h"

static MailLogOrigin
origin(bool ours)
{
  return ours ? ORIGIN_OURS : ORIGIN_STRANGER;
}

/* "host[address]" or "[address]:port": whether the address is one of a private network. */
static bool
is_private(const char *text, size_t length)
{
  const char *open = memchr(text, '[', length);
  const char *close = open != NULL ? memchr(open, ']', length - (size_t)(open - text)) : NULL;
  if (close == NULL)
    return false;
  g_autofree char *address = g_strndup(open + 1, (gsize)(close - open - 1));
  return maillog_is_address(address) && maillog_is_internal(address);
}

/* --- Postfix --- */

static bool
is_program(const char *program, const char *name)
{
  return g_strstr_len(program, (gssize)strcspn(program, " "), name) != NULL;
}

/* "client=host[address], sasl_method=..., sasl_username=..., sasl_sender=...". A content filter
 * that passes a message back may name the client that it came from (orig_client). sasl_sender is
 * what the client says. */
static bool
is_own_client(const char *client)
{
  static const char original[] = ", orig_client=";
  const char *end = strstr(client, ", sasl_sender=");
  g_autofree char *own = g_strndup(client, end != NULL ? (gsize)(end - client) : strlen(client));
  const char *before = strstr(own, original);
  return strstr(own, ", sasl_username=") != NULL ||
         (is_private(own, strcspn(own, ",")) &&
          (before == NULL ||
           is_private(before + strlen(original), strcspn(before + strlen(original), ","))));
}

MailLogOrigin
maillog_origin_postfix(const char *program, const char *fields)
{
  if (is_program(program, "/pickup["))
    return g_str_has_prefix(fields, "uid=") ? ORIGIN_OURS : ORIGIN_UNKNOWN;
  if (!is_program(program, "/smtpd[") || !g_str_has_prefix(fields, "client="))
    return ORIGIN_UNKNOWN;
  return origin(is_own_client(fields + strlen("client=")));
}

/* --- Exim --- */

/* The end of a word, of which parts in quotation marks or brackets may contain blanks: both contain
 * what strangers say. */
static const char *
end_of_word(const char *text)
{
  while (*text != '\0' && *text != ' ') {
    const char *close = *text == '(' ? ")" : *text == '"' ? "\"" : NULL;
    text++;
    while (close != NULL && *text != '\0' && *text != *close)
      text += *text == '\\' && text[1] != '\0' ? 2 : 1;
    if (close != NULL && *text != '\0')
      text++;
  }
  return text;
}

/* Calls of next_word() give one word after the other; false at the end. */
static bool
next_word(const char **text, const char **word, size_t *length)
{
  *word = *text + strspn(*text, " ");
  *text = end_of_word(*word);
  *length = (size_t)(*text - *word);
  return *length > 0;
}

static bool
begins(const char *word, size_t length, const char *prefix)
{
  return length >= strlen(prefix) && strncmp(word, prefix, strlen(prefix)) == 0;
}

/* H=host (helo) [address] P=esmtpsa A=plain:user, or U=user P=local */
MailLogOrigin
maillog_origin_exim(const char *fields)
{
  const char *word;
  size_t length;
  bool host = false, ours = false;
  while (next_word(&fields, &word, &length)) {
    host |= begins(word, length, "H=");
    ours |= begins(word, length, "A=") || (!host && begins(word, length, "P=local"));
    ours |= host && *word == '[' && is_private(word, length);
  }
  return origin(ours);
}

char *
maillog_message_id_exim(const char *fields)
{
  const char *word;
  size_t length;
  while (next_word(&fields, &word, &length))
    if (begins(word, length, "id="))
      return g_strndup(word + 3, length - 3);
  return NULL;
}
