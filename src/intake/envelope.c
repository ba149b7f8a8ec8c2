#include "config.h"

#include "intake/envelope.h"

#include <stdbool.h>
#include <string.h>

#include "mail/address.h"
#include "mail/bounce.h"

enum {
  TRACE_MAX = 16 << 10, /* octets at the beginning that are searched for the fields */
  CANDIDATES_MAX = 20,  /* addresses that may be a signed return path */
};

static const char *const sender_fields[] = {"Return-Path", NULL};
static const char *const sender_variables[] = {"SENDER", NULL};

/* In Delivered-To, Postfix, qmail and Courier write the address after aliases. What the message was
 * originally sent to says more. */
static const char *const recipient_fields[] = {"X-Original-To", "Envelope-To", "Delivered-To",
                                               NULL};
static const char *const recipient_variables[] = {"ORIGINAL_RECIPIENT", "RECIPIENT", NULL};

static bool
has_controls(const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar)*text < 0x20 || *text == 0x7f)
      return true;
  return false;
}

/* A valid address, "" for the null sender if that is allowed, or NULL. */
static char *
check(const char *text, bool null_ok)
{
  if (text == NULL || strnlen(text, BOUNCE_ADDRESS_MAX + 3) > BOUNCE_ADDRESS_MAX + 2 ||
      has_controls(text) || !g_utf8_validate(text, -1, NULL))
    return NULL;
  g_autofree char *bare = g_strstrip(g_strdup(text));
  if (*bare == '\0' || strcmp(bare, "<>") == 0)
    return null_ok ? g_strdup("") : NULL;
  return address_parse(bare, false);
}

/* The length of the line at text, without its line ending; *next is the line after it. */
static size_t
line_length(const char *text, size_t length, const char **next)
{
  const char *lf = memchr(text, '\n', length);
  size_t n = lf != NULL ? (size_t)(lf - text) : length;
  *next = lf != NULL ? lf + 1 : text + length;
  return n > 0 && text[n - 1] == '\r' ? n - 1 : n;
}

/* Whether the line is that field; *value is what follows its colon. */
static bool
is_field(const char *line, size_t length, const char *name, const char **value)
{
  size_t n = strlen(name);
  if (length <= n || line[n] != ':' || g_ascii_strncasecmp(line, name, n) != 0)
    return false;
  *value = line + n + 1;
  return true;
}

/* The next field of that name, from *at to end; *at moves to what follows it. Only fields above the
 * first Received field count, and none of interest is ever folded. (transfer full) (nullable) */
static char *
next_field(const char **at, const char *end, const char *name)
{
  while (*at < end) {
    const char *line = *at, *value;
    size_t n = line_length(line, (size_t)(end - line), at);
    if (n == 0 || is_field(line, n, "Received", &value))
      *at = end;
    else if (is_field(line, n, name, &value) && memchr(line, '\0', n) == NULL)
      return g_strndup(value, n - (size_t)(value - line));
  }
  return NULL;
}

static char *
from_fields(const char *const *names, const char *head, size_t length, bool null_ok)
{
  for (; *names != NULL; names++) {
    const char *at = head;
    g_autofree char *value = next_field(&at, head + MIN(length, TRACE_MAX), *names);
    char *address = check(value, null_ok);
    if (address != NULL)
      return address;
  }
  return NULL;
}

static char *
from_environment(const char *const *names, bool null_ok)
{
  for (; *names != NULL; names++) {
    char *address = check(g_getenv(*names), null_ok);
    if (address != NULL)
      return address;
  }
  return NULL;
}

/* "From user@host  Sat Nov 21 ..."; servers write MAILER-DAEMON for the null sender. */
static char *
from_line(const char *head, size_t length)
{
  const char *next;
  size_t n = line_length(head, MIN(length, TRACE_MAX), &next);
  if (n < 6 || memcmp(head, "From ", 5) != 0)
    return NULL;
  g_autofree char *line = g_strndup(head + 5, n - 5);
  line[strcspn(line, " ")] = '\0';
  if (g_ascii_strcasecmp(line, "MAILER-DAEMON") == 0)
    return g_strdup("");
  return check(line, false);
}

char *
envelope_sender(const char *option, bool environment, const char *head, size_t length)
{
  char *sender = check(option, true);
  if (sender == NULL)
    sender = from_fields(sender_fields, head, length, true);
  if (sender == NULL && environment)
    sender = from_environment(sender_variables, true);
  return sender != NULL ? sender : from_line(head, length);
}

char *
envelope_recipient(const char *option, bool environment, const char *head, size_t length)
{
  char *recipient = check(option, false);
  if (recipient == NULL)
    recipient = from_fields(recipient_fields, head, length, false);
  if (recipient == NULL && environment)
    recipient = from_environment(recipient_variables, false);
  return recipient;
}

/* Of Postfix, Exim, qmail, Courier and OpenSMTPD; Sendmail's smrsh sets AGENT. */
bool
envelope_in_environment(void)
{
  static const char *const variables[] = {
      "SENDER", "RECIPIENT", "ORIGINAL_RECIPIENT", "LOCAL", "EXTENSION", "LOCAL_PART", "AGENT"};
  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++)
    if (g_getenv(variables[i]) != NULL)
      return true;
  return false;
}

/* qmail and Postfix put the whole local part into LOCAL; with others, EXTENSION is what followed
 * the
 * "+". */
static char *
from_extension(const char *domain)
{
  const char *local = g_getenv("LOCAL"), *extension = g_getenv("EXTENSION");
  const char *host = g_getenv("DOMAIN") != NULL ? g_getenv("DOMAIN") : g_getenv("HOST");
  if (host == NULL)
    host = domain;
  if (local == NULL || host == NULL || strnlen(local, BOUNCE_ADDRESS_MAX) == BOUNCE_ADDRESS_MAX)
    return NULL;
  bool whole = extension == NULL || *extension == '\0' || g_str_has_suffix(local, extension);
  g_autofree char *text = whole ? g_strdup_printf("%s@%s", local, host)
                                : g_strdup_printf("%s+%s@%s", local, extension, host);
  return check(text, false);
}

static void
add_candidate(GPtrArray *candidates, char *address)
{
  if (address != NULL)
    g_ptr_array_add(candidates, address);
}

/* All fields of that name: each alias on the way adds one. */
static void
add_fields(GPtrArray *candidates, const char *head, size_t length, const char *name)
{
  const char *end = head + MIN(length, TRACE_MAX);
  while (head < end && candidates->len < CANDIDATES_MAX) {
    g_autofree char *text = next_field(&head, end, name);
    add_candidate(candidates, check(text, false));
  }
}

GPtrArray *
envelope_recipients(const char *option, bool environment, const char *head, size_t length,
                    const char *domain)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func(g_free);
  add_candidate(candidates, check(option, false));
  for (const char *const *name = recipient_variables; environment && *name != NULL; name++)
    add_candidate(candidates, check(g_getenv(*name), false));
  if (environment)
    add_candidate(candidates, from_extension(domain));
  for (const char *const *name = recipient_fields; *name != NULL; name++)
    add_fields(candidates, head, length, *name);
  return candidates;
}

void
envelope_add_recipients(GPtrArray *candidates, const GPtrArray *recipients)
{
  for (guint i = 0; i < recipients->len; i++)
    add_candidate(candidates, check(g_ptr_array_index(recipients, i), false));
}
