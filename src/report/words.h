/* Words that stats and the report have in common. */
#pragma once

#include <glib.h>

#include "mail/taxonomy.h"

/* Who has to act: "You: your sending"; and whose fault it is: "Yours: your sending". */
const char *words_actor(Party party);
const char *words_fault(Party party);

/* The parties in the order in which they are shown. */
enum { WORDS_PARTIES = 5 };
Party words_party(guint index);

/* What follows for the suppression list from failures that nobody's address is to blame for; NULL
 * for others. */
const char *words_list(Party party);

/* A remedy as it is told of many failures: without the advice to keep "the recipient" on the list,
 * which words_list() tells. (transfer full) */
char *words_remedy(const char *remedy);
