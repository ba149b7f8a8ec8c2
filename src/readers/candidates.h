/* Which of the addresses that a notice names failed? */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

enum { CANDIDATES_MAX = 2000 }; /* mentions that are ranked; more of them set NOTE_RECIPIENTS_CUT */

/* How much must the surroundings of an address say? */
typedef enum {
  NEED_NAME,      /* this is a notice: an address that is named will do */
  NEED_LABEL,     /* a person may have written it, and mentioned somebody */
  NEED_ADDRESSEE, /* a report without an address: it is an addressee, or the next two */
  NEED_REPLY,     /* next to a server's reply, or the next */
  NEED_LIST,      /* from a mail system, in a language that phrases.c does not know */
} Need;

/* Ranks the addresses in the notice by what surrounds them, and returns those of the highest rank
 * if that rank meets need; empty otherwise. (element-type utf8) (transfer full) */
GPtrArray *candidates_find(const Letter *letter, Need need);

/* Adds them as failed recipients. */
void candidates_add(const Letter *letter, Need need, Report *report);
