/* Phrases by which a person recognises a failure, a delay, an automatic reply or a challenge, in
 * the languages that mail systems write. */
#pragma once

#include <stdbool.h>

typedef enum {
  PHRASE_NOTICE,     /* the message is about a delivery, whatever the outcome */
  PHRASE_FAILURE,    /* it was not delivered */
  PHRASE_FINAL,      /* and will not be tried again */
  PHRASE_ENDED,      /* the same, and in no sentence with "if" */
  PHRASE_DELAY,      /* it is late, and perhaps still being tried */
  PHRASE_PROMISE,    /* it will be tried again */
  PHRASE_SUCCESS,    /* it was delivered */
  PHRASE_AUTO_REPLY, /* somebody is away, or confirms receipt */
  PHRASE_CHALLENGE,  /* prove that you are human */
  PHRASE_SENT,       /* the message that the reader sent, as opposed to one that he got */
  PHRASE_MAILBOX,    /* the reader's own mailbox or account */
  PHRASE_GOODS,      /* parcels and orders, which fail to be delivered too */
  N_PHRASE_KINDS
} PhraseKind;

/* Whether text, folded by fold(), contains a phrase of that kind. Linear. */
bool phrases_find(PhraseKind kind, const char *folded);

/* The same, unless the word before the phrase negates it. */
bool phrases_affirm(PhraseKind kind, const char *folded);

/* Whether text contains one of the caller's own words, NULL-terminated. */
bool phrases_any(const char *folded, const char *const *words);

/* Whether text begins with a phrase of that kind. */
bool phrases_begin(PhraseKind kind, const char *folded);
