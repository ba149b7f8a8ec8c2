/* An SMTP reply, and how to find it in what others wrote round it. */
#pragma once

#include "mail/bounce.h"

typedef struct {
  int code;      /* 200..599; 0 = none */
  Status status; /* enhanced status code of the reply itself */
  Stage stage;   /* "(in reply to RCPT TO command)" and its like */
  char *host;    /* who said it: "host mx.example.net[192.0.2.1] said"; NULL = unknown */
  char *text;    /* the words alone, multi-line replies joined, codes removed; never NULL */
} Reply;

/* The innermost remote reply in a diagnostic: unwraps "host X said:", "Remote Server returned
 * '...'", "SMTP error from remote mail server after ...:", "the mta server of ... reply:", LED=,
 * nested quotes and repeated codes. Where nothing is quoted the whole text is the reply.
 *
 * It goes by structure: a reply code that stands behind a colon, a quotation mark, an arrow or a
 * verb of speech is where somebody else's words begin, and the last such place is the innermost.
 * Linear in the length of diagnostic, which may be NULL. */
void reply_unwrap(const char *diagnostic, Reply *out);
void reply_clear(Reply *reply);

/* A reply code (200..599) at text that stands free, as in "550 no", "550-5.1.1 no", "550". Returns
 * it, or 0; text may be NULL. */
int reply_code_at(const char *text);

/* text (may be NULL) quotes a refusal: a reply code of 4xx or 5xx, or an enhanced code 4.x.x or
 * 5.x.x. */
bool reply_is_refusal(const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reply, reply_clear)
