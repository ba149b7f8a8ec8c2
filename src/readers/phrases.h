/* What notices say, in the languages that mail systems speak: the phrases by which a person would
 * know a failure, a delay, an automatic reply or a challenge. */
#pragma once

#include <stdbool.h>

typedef enum {
  PHRASE_NOTICE,     /* the letter is about a delivery, whatever became of it */
  PHRASE_FAILURE,    /* it was not delivered */
  PHRASE_FINAL,      /* and no further try is made */
  PHRASE_DELAY,      /* it is still being tried */
  PHRASE_SUCCESS,    /* it was delivered */
  PHRASE_AUTO_REPLY, /* somebody is away, or has got it */
  PHRASE_CHALLENGE,  /* prove that you are a person */
  N_PHRASE_KINDS
} PhraseKind;

/* Does folded text (fold.h) hold a phrase of that kind? Linear. */
bool phrases_find(PhraseKind kind, const char *folded);
