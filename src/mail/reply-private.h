/* The parts of reply_unwrap: shared by reply*.c only. */
#pragma once

#include "mail/reply.h"

/* A place in the text where a reply seems to begin. */
typedef struct {
  const char *at;   /* the first digit, or the first word where no code is given */
  const char *text; /* behind code and enhanced status */
  int code;
  Status status;
} ReplyStart;

/* Reads a reply code, and the enhanced status code that may follow it, at p. False where there is
 * no code. */
bool reply_start_read(const char *p, ReplyStart *out);

/* The last place in begin where a reply begins, before tail (nullable), which is what the reporting
 * server appended. False where the text holds no code. */
bool reply_find_innermost(const char *begin, const char *tail, ReplyStart *out);

/* What follows a verb that introduces a reply without a code ("said:"); NULL where there is none.
 */
const char *reply_after_speech(const char *text);

/* Whether three letters stand soon after text, before end (nullable). */
bool reply_has_words(const char *text, const char *end);

/* The place after the last character before p that is not white space; not before begin. */
const char *reply_skip_blanks_back(const char *begin, const char *p);

/* Where the text that the reporting server appended begins: "(in reply to RCPT TO command)",
 * "[RCPT_TO]". NULL where there is none. */
const char *reply_find_tail(const char *text);

/* The stage, from tail (nullable) or else from the text between begin and the reply. A reply's own
 * words are not asked, since they name commands too. */
Stage reply_find_stage(const char *begin, const char *reply, const char *tail);

/* The last host named between begin and end; a name wins over the address beside it. (transfer
 * full) (nullable) */
char *reply_find_host(const char *begin, const char *end);

/* The host in Exchange's "[{LED=450 ...};{MSG=...};{FQDN=mx.example.net};{IP=192.0.2.1};...]".
 * (transfer full) (nullable) */
char *reply_find_fqdn(const char *text);
