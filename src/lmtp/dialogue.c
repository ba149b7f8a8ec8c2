#include "config.h"

#include "lmtp/dialogue.h"

#include <string.h>

#include "mail/bounce.h"

enum { REPLY_MAX = 400 }; /* octets of the text; with the rest, RFC 5321 4.5.3.1.5 allows 512 */

typedef enum { STATE_COMMAND, STATE_CONTENT, STATE_ANSWER, STATE_CLOSED } State;

/* Where in a line of content the next octet is. */
typedef enum { AT_START, AFTER_DOT, AFTER_DOT_CR, WITHIN, AFTER_CR } Place;

struct Dialogue {
  char *host;
  GString *replies;
  GString *line; /* the command so far */
  bool overlong; /* and only its end is in line */
  bool greeted;  /* LHLO was accepted */
  State state;
  Place place;
  char *sender; /* NULL = no message has begun */
  GPtrArray *recipients;
  guint errors, commands;
};

Dialogue *
dialogue_new(const char *host)
{
  Dialogue *dialogue = g_new0(Dialogue, 1);
  dialogue->host = g_strdup(host);
  dialogue->replies = g_string_new(NULL);
  dialogue->line = g_string_new(NULL);
  dialogue->recipients = g_ptr_array_new_with_free_func(g_free);
  g_string_append_printf(dialogue->replies, "220 %s LMTP bouncedb\r\n", host);
  return dialogue;
}

void
dialogue_free(Dialogue *dialogue)
{
  if (dialogue == NULL)
    return;
  g_free(dialogue->host);
  g_free(dialogue->sender);
  g_string_free(dialogue->replies, TRUE);
  g_string_free(dialogue->line, TRUE);
  g_ptr_array_unref(dialogue->recipients);
  g_free(dialogue);
}

GString *
dialogue_replies(Dialogue *dialogue)
{
  return dialogue->replies;
}

const char *
dialogue_sender(const Dialogue *dialogue)
{
  return dialogue->sender;
}

const GPtrArray *
dialogue_recipients(const Dialogue *dialogue)
{
  return dialogue->recipients;
}

bool
dialogue_has_message(const Dialogue *dialogue)
{
  return dialogue->sender != NULL;
}

/* --- replies -----------------------------------------------------------------------------------*/

static void
reply(Dialogue *dialogue, int code, const char *status, const char *text)
{
  g_string_append_printf(dialogue->replies, "%d %s ", code, status);
  for (size_t i = 0; i < REPLY_MAX && text[i] != '\0'; i++)
    g_string_append_c(dialogue->replies, g_ascii_isprint(text[i]) ? text[i] : '?');
  g_string_append(dialogue->replies, "\r\n");
}

static void
accept(Dialogue *dialogue, const char *status, const char *text)
{
  reply(dialogue, 250, status, text);
}

void
dialogue_close(Dialogue *dialogue, const char *status, const char *text)
{
  if (dialogue->state == STATE_CLOSED)
    return;
  reply(dialogue, 421, status, text);
  dialogue->state = STATE_CLOSED;
}

static void
refuse(Dialogue *dialogue, int code, const char *status, const char *text)
{
  reply(dialogue, code, status, text);
  if (++dialogue->errors >= DIALOGUE_ERRORS_MAX)
    dialogue_close(dialogue, "4.7.0", "Too many errors");
}

static void
reset(Dialogue *dialogue)
{
  g_clear_pointer(&dialogue->sender, g_free);
  g_ptr_array_set_size(dialogue->recipients, 0);
}

void
dialogue_answer(Dialogue *dialogue, int code, const char *status, const char *text)
{
  if (dialogue->state != STATE_ANSWER)
    return;
  for (guint i = 0; i < dialogue->recipients->len; i++)
    reply(dialogue, code, status, text);
  reset(dialogue);
  dialogue->commands = 0;
  dialogue->state = STATE_COMMAND;
}

/* --- commands ----------------------------------------------------------------------------------*/

static void
on_lhlo(Dialogue *dialogue, const char *argument)
{
  if (*argument == '\0') {
    refuse(dialogue, 501, "5.5.4", "LHLO needs a name");
    return;
  }
  reset(dialogue);
  dialogue->greeted = true;
  g_string_append_printf(dialogue->replies,
                         "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                         "250-ENHANCEDSTATUSCODES\r\n250 SIZE\r\n",
                         dialogue->host);
}

/* What follows the path at text ('<'); NULL if it does not end. A quoted local part may contain any
 * character. */
static const char *
path_end(const char *text)
{
  bool quoted = false;
  for (const char *at = text + 1; *at != '\0'; at++)
    if (*at == '\\' && quoted && at[1] != '\0')
      at++;
    else if (*at == '"')
      quoted = !quoted;
    else if (*at == '>' && !quoted)
      return at + 1;
  return NULL;
}

/* "FROM:<a@b> SIZE=9": the address. Parameters are not looked at: they change nothing about what is
 * recorded. An address that is too long for any mailbox counts as unknown ("").
 * *null: the path is "<>". (transfer full) (nullable) */
static char *
parse_path(const char *argument, const char *keyword, bool *null)
{
  size_t n = strlen(keyword);
  if (g_ascii_strncasecmp(argument, keyword, n) != 0)
    return NULL;
  const char *path = argument + n + strspn(argument + n, " ");
  const char *end = *path == '<' ? path_end(path) : NULL;
  if (end == NULL || (*end != '\0' && *end != ' '))
    return NULL;
  size_t length = (size_t)(end - path) - 2;
  *null = length == 0;
  return g_strndup(path + 1, length <= BOUNCE_ADDRESS_MAX ? length : 0);
}

static void
on_mail(Dialogue *dialogue, const char *argument)
{
  bool null;
  if (!dialogue->greeted) {
    refuse(dialogue, 503, "5.5.1", "Say LHLO first");
    return;
  }
  if (dialogue->sender != NULL) {
    refuse(dialogue, 503, "5.5.1", "There is a sender already");
    return;
  }
  dialogue->sender = parse_path(argument, "FROM:", &null);
  if (dialogue->sender == NULL)
    refuse(dialogue, 501, "5.5.4", "MAIL FROM:<address> is expected");
  else
    accept(dialogue, "2.1.0", "Sender accepted");
}

static void
on_rcpt(Dialogue *dialogue, const char *argument)
{
  bool null;
  if (dialogue->sender == NULL) {
    refuse(dialogue, 503, "5.5.1", "Say MAIL first");
    return;
  }
  g_autofree char *address = parse_path(argument, "TO:", &null);
  if (address == NULL || null) {
    refuse(dialogue, 501, "5.5.4", "RCPT TO:<address> is expected");
    return;
  }
  if (dialogue->recipients->len == DIALOGUE_RECIPIENTS_MAX) {
    reply(dialogue, 452, "4.5.3", "Too many recipients");
    return;
  }
  g_ptr_array_add(dialogue->recipients, g_steal_pointer(&address));
  accept(dialogue, "2.1.5", "Recipient accepted");
}

/* A client that does not wait for this reply sends a message that is then read as commands. So the
 * connection ends. */
static void
on_data(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  if (dialogue->recipients->len == 0) {
    reply(dialogue, 503, "5.5.1", "There are no recipients");
    dialogue_close(dialogue, "4.5.0", "Closing, in case the message follows");
    return;
  }
  g_string_append(dialogue->replies, "354 End with CRLF.CRLF\r\n");
  dialogue->state = STATE_CONTENT;
  dialogue->place = AT_START;
}

static void
on_rset(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  reset(dialogue);
  accept(dialogue, "2.0.0", "Done");
}

static void
on_noop(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  accept(dialogue, "2.0.0", "Done");
}

static void
on_vrfy(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  reply(dialogue, 252, "2.5.0", "Every recipient is accepted");
}

static void
on_quit(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  reply(dialogue, 221, "2.0.0", "Bye");
  dialogue->state = STATE_CLOSED;
}

/* RFC 2033 4.1: it must not be mistaken for SMTP. */
static void
on_smtp(Dialogue *dialogue, const char *argument)
{
  (void)argument;
  refuse(dialogue, 500, "5.5.1", "This is LMTP: say LHLO");
}

typedef struct {
  const char *name;
  void (*run)(Dialogue *dialogue, const char *argument);
} Verb;

static const Verb verbs[] = {
    {"LHLO", on_lhlo}, {"MAIL", on_mail}, {"RCPT", on_rcpt}, {"DATA", on_data}, {"RSET", on_rset},
    {"NOOP", on_noop}, {"VRFY", on_vrfy}, {"QUIT", on_quit}, {"EHLO", on_smtp}, {"HELO", on_smtp},
};

/* NULL if there is no such verb. *argument: what follows it and a blank. */
static const Verb *
find_verb(const char *line, const char **argument)
{
  size_t length = strcspn(line, " ");
  *argument = line + length + strspn(line + length, " ");
  for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
    if (strlen(verbs[i].name) == length && g_ascii_strncasecmp(line, verbs[i].name, length) == 0)
      return &verbs[i];
  return NULL;
}

static bool
has_controls(const GString *line)
{
  for (size_t i = 0; i < line->len; i++)
    if (g_ascii_iscntrl(line->str[i]))
      return true;
  return false;
}

/* A client that speaks another protocol, such as a browser that a page has sent here, could still
 * have commands in what it says later. It does not begin with LHLO. */
static void
refuse_unknown(Dialogue *dialogue)
{
  if (dialogue->greeted)
    refuse(dialogue, 500, "5.5.2", "Unknown command");
  else
    dialogue_close(dialogue, "4.7.0", "This is LMTP");
}

static void
obey(Dialogue *dialogue)
{
  const char *argument;
  GString *line = dialogue->line;
  const Verb *verb = NULL;
  g_string_truncate(line, line->len - 2);
  while (line->len > 0 && line->str[line->len - 1] == ' ')
    g_string_truncate(line, line->len - 1);
  if (dialogue->overlong)
    refuse(dialogue, 500, "5.5.2", "Line too long");
  else if (has_controls(line))
    refuse(dialogue, 500, "5.5.2", "Control characters in a command; a line ends with CRLF");
  else if ((verb = find_verb(line->str, &argument)) == NULL)
    refuse_unknown(dialogue);
  else
    verb->run(dialogue, argument);
  if (++dialogue->commands >= DIALOGUE_COMMANDS_MAX && dialogue->state == STATE_COMMAND)
    dialogue_close(dialogue, "4.7.0", "Too many commands without a message");
  g_string_truncate(line, 0);
  dialogue->overlong = false;
}

/* Takes octets to the end of the command. */
static void
take_command(Dialogue *dialogue, const char **bytes, size_t *length)
{
  GString *line = dialogue->line;
  const char *lf = memchr(*bytes, '\n', *length);
  size_t n = lf != NULL ? (size_t)(lf - *bytes) + 1 : *length;
  g_string_append_len(line, *bytes, (gssize)n);
  *bytes += n;
  *length -= n;
  bool ends = line->len >= 2 && memcmp(line->str + line->len - 2, "\r\n", 2) == 0;
  if (line->len > DIALOGUE_LINE_MAX) {
    dialogue->overlong = true;
    g_string_erase(line, 0, (gssize)line->len - 2);
  }
  if (ends)
    obey(dialogue);
}

/* --- content -----------------------------------------------------------------------------------*/

/* The octet that decides how the line goes on. What has been held back of it (a CR, or a dot and a
 * CR) comes out as soon as it is content. Returns false at the end of the message. */
static bool
take_octet(Dialogue *dialogue, char c, GString *content)
{
  Place place = dialogue->place;
  if (place == AFTER_DOT_CR && c == '\n')
    return false;
  if (place == AT_START && c == '.') {
    dialogue->place = AFTER_DOT;
    return true;
  }
  if (place == AFTER_DOT_CR || (place == AFTER_CR && c != '\n'))
    g_string_append_c(content, '\r');
  if (c == '\r') {
    dialogue->place = place == AFTER_DOT ? AFTER_DOT_CR : AFTER_CR;
    return true;
  }
  g_string_append_c(content, c);
  dialogue->place = place == AFTER_CR && c == '\n' ? AT_START : WITHIN;
  return true;
}

/* Takes octets to the end of the message. Returns false if it has not come yet. */
static bool
take_content(Dialogue *dialogue, const char **bytes, size_t *length, GString *content)
{
  while (*length > 0) {
    const char *cr = dialogue->place == WITHIN ? memchr(*bytes, '\r', *length) : *bytes;
    size_t n = cr != NULL ? (size_t)(cr - *bytes) : *length;
    g_string_append_len(content, *bytes, (gssize)n);
    *bytes += n;
    *length -= n;
    if (*length == 0)
      return false;
    char c = **bytes;
    (*bytes)++;
    (*length)--;
    if (!take_octet(dialogue, c, content))
      return true;
  }
  return false;
}

DialogueEvent
dialogue_take(Dialogue *dialogue, const char **bytes, size_t *length, GString *content)
{
  while (*length > 0 && (dialogue->state == STATE_COMMAND || dialogue->state == STATE_CONTENT))
    if (dialogue->state == STATE_COMMAND)
      take_command(dialogue, bytes, length);
    else if (take_content(dialogue, bytes, length, content))
      dialogue->state = STATE_ANSWER;
  switch (dialogue->state) {
  case STATE_ANSWER:
    return DIALOGUE_MESSAGE;
  case STATE_CLOSED:
    return DIALOGUE_CLOSED;
  case STATE_COMMAND:
  case STATE_CONTENT:
    break;
  }
  return DIALOGUE_MORE;
}
