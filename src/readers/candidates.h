/* Which of the addresses that a notice names failed? */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

enum { CANDIDATES_MAX = 2000 }; /* mentions that are ranked; the rest sets NOTE_RECIPIENTS_CUT */

/* How much the surroundings of an address have to say. */
typedef enum {
  NEED_NAME,  /* the letter is a notice: being named alone is enough */
  NEED_LABEL, /* a person may have written it, and name somebody in passing */
  NEED_LIST,  /* it is a mail system's, in a language that nobody here knows */
} Need;

/* Ranks every address of the notice by what surrounds it, and adds those of the highest rank as
 * failed, where it is high enough. */
void candidates_add(const Letter *letter, Need need, Report *report);
