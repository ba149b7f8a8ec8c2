/* The parts of reply_unwrap(): shared by reply*.c only. */
#pragma once

#include "mail/reply.h"

/* A place in a text where a reply begins. */
typedef struct {
  const char *at;   /* the first digit */
  const char *text; /* after the code and the enhanced status code */
  int code;
  Status status;
} ReplyStart;

/* Reads the reply code at p and the enhanced status code that may follow. False if there is no
 * code. */
bool reply_start_read(const char *p, ReplyStart *out);

/* The last place in begin where a reply begins. tail (nullable) is what the reporting server
 * appended. False if the text has no reply code. */
bool reply_find_innermost(const char *begin, const char *tail, ReplyStart *out);

/* What follows a verb that introduces a reply without a code ("said:"); NULL if there is none. */
const char *reply_after_speech(const char *text);

/* Whether there are three letters within 200 octets of text and before end (nullable). */
bool reply_has_words(const char *text, const char *end);

/* The place after the last character between begin and p that is not white space. */
const char *reply_skip_blanks_back(const char *begin, const char *p);

/* What the reporting server appended to a reply: "(in reply to RCPT TO command)", "[RCPT_TO]". NULL
 * if there is nothing. */
const char *reply_find_tail(const char *text);

/* The stage, from tail (nullable) or else from the text between begin and the reply. The reply
 * itself does not count, since replies mention commands too. */
Stage reply_find_stage(const char *begin, const char *reply, const char *tail);

/* The last host named between begin and end; a name wins over the address next to it. (transfer
 * full) (nullable) */
char *reply_find_host(const char *begin, const char *end);

/* The host in Exchange's "[{LED=450 ...};{MSG=...};{FQDN=mx.example.net};{IP=192.0.2.1};...]".
 * (transfer full) (nullable) */
char *reply_find_fqdn(const char *text);
