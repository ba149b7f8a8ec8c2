/* The server's side of LMTP (RFC 2033), without any input or output: octets go in, and replies and
 * the content of messages come out.
 *
 * A line ends with CRLF, and content with CRLF "." CRLF, whatever the octets are cut into. No other
 * form ends anything, so that two programs cannot disagree about where a message ends. Content
 * comes out as a mail server passes it to a pipe: lines end with LF, and the dots that were added
 * for the transfer are gone. Everything else in it (bare CR and LF, NUL) stays as it is.
 *
 * What is refused for good could never be recorded: commands that are malformed or out of order.
 * The caller decides about messages. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Dialogue Dialogue;

typedef enum {
  DIALOGUE_MORE,    /* everything has been taken */
  DIALOGUE_MESSAGE, /* a message is complete: dialogue_answer() has to come next */
  DIALOGUE_CLOSED,  /* nothing more is taken; after the replies, the connection ends */
} DialogueEvent;

enum {
  DIALOGUE_LINE_MAX = 2048, /* octets of a command; RFC 5321 4.5.3.1.4 and extensions need 1100 */
  DIALOGUE_RECIPIENTS_MAX = 100, /* of a message; RFC 5321 4.5.3.1.8 */
  DIALOGUE_ERRORS_MAX = 20,      /* commands that were refused, in a connection */
  DIALOGUE_COMMANDS_MAX = 1000,  /* commands without a message */
};

/* Begins with the greeting, which names the host. */
Dialogue *dialogue_new(const char *host);
void dialogue_free(Dialogue *dialogue);

/* Takes octets until something happens; *bytes and *length then are the rest. Appends to content
 * what of them is the content of a message. */
DialogueEvent dialogue_take(Dialogue *dialogue, const char **bytes, size_t *length,
                            GString *content);

/* The envelope, from the end of a message until its answer. The sender is "" for the null sender;
 * recipients are as they came, without the angle brackets (element-type char*). */
const char *dialogue_sender(const Dialogue *dialogue);
const GPtrArray *dialogue_recipients(const Dialogue *dialogue);

/* Answers the message, with one reply for each recipient. text: any; what is not printable ASCII is
 * replaced, and a long text is cut. */
void dialogue_answer(Dialogue *dialogue, int code, const char *status, const char *text);

/* Ends the connection with 421, unless it has ended. status: such as "4.3.2". */
void dialogue_close(Dialogue *dialogue, const char *status, const char *text);

/* Whether the client has begun a message that is not answered: from MAIL on. */
bool dialogue_has_message(const Dialogue *dialogue);

/* What has to be sent. The caller removes what it has sent. (transfer none) */
GString *dialogue_replies(Dialogue *dialogue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dialogue, dialogue_free)
