/* Which of the addresses that a notice names failed? */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

enum { CANDIDATES_MAX = 2000 }; /* mentions that are ranked; more of them set NOTE_RECIPIENTS_CUT */

/* How much must the surroundings of an address say? */
typedef enum {
  NEED_NAME,  /* this is a notice: an address that is named will do */
  NEED_LABEL, /* a person may have written it, and mentioned somebody */
  NEED_LIST,  /* from a mail system, in a language that phrases.c does not know */
} Need;

/* Ranks the addresses in the notice by what surrounds them, and adds those of the highest rank as
 * failed recipients if that rank meets need. */
void candidates_add(const Letter *letter, Need need, Report *report);
