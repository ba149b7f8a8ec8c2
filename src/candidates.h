/* Which of the addresses that a notice names failed? */
#pragma once

#include "bounce.h"
#include "letter.h"

enum { CANDIDATES_MAX = 2000 }; /* mentions that are ranked; the rest sets NOTE_RECIPIENTS_CUT */

/* Ranks every address of the notice by what surrounds it, and adds those of the highest rank as
 * failed. sure: a mail system wrote the letter; otherwise an address that is only named in passing
 * is taken for nobody. */
void candidates_add(const Letter *letter, bool sure, Report *report);
