/* An SMTP reply, and how to extract it from what others wrote around it. */
#pragma once

#include "mail/bounce.h"

typedef struct {
  int code;      /* 200..599; 0 = none */
  Status status; /* the reply's own enhanced status code */
  Stage stage;   /* from "(in reply to RCPT TO command)" and similar text */
  char *host;    /* that gave it: "host mx.example.net[192.0.2.1] said"; NULL = unknown */
  char *text;    /* the words alone, lines joined, codes removed; never NULL */
} Reply;

/* Finds the innermost remote reply in a diagnostic: unwraps "host X said:", "Remote Server returned
 * '...'", "SMTP error from remote mail server after ...:", "the mta server of ... reply:", LED=,
 * nested quotes and repeated codes. If nothing is quoted, the whole text is the reply.
 *
 * Goes by structure: somebody else's words begin at a reply code after a colon, a quotation mark,
 * an arrow or a verb of speech, and the last such place is the innermost. Linear in the length of
 * diagnostic, which may be NULL. */
void reply_unwrap(const char *diagnostic, Reply *out);
void reply_clear(Reply *reply);

/* The reply code (200..599) at text, if it stands alone as in "550 no", "550-5.1.1 no", "550";
 * otherwise 0. text may be NULL. */
int reply_code_at(const char *text);

/* Whether text (may be NULL) quotes a refusal: a reply code of 4xx or 5xx, or an enhanced status
 * code of 4.x.x or 5.x.x. */
bool reply_is_refusal(const char *text);

/* A diagnostic for people: without the codes at the beginning of the further lines of a reply,
 * which are in the middle of the text once the lines are joined. (transfer full) */
char *reply_plain(const char *diagnostic);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reply, reply_clear)
