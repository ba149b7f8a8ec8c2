/* The address that a notice announces before it quotes the reply: "There was an error delivering
 * your mail to <a@b>.", and then "551 <c@d> is the new address". Whatever the reply names, it is
 * about a@b.
 */
#pragma once

#include "readers/letter.h"

typedef struct {
  const Mention *mention; /* NULL if there is none */
  const char *end;        /* of the paragraph with the reply */
} Announced;

/* Moves on to mentions[at] if that is announced. The mentions are asked about in order. */
void announced_follow(Announced *announced, const Letter *letter, const GPtrArray *mentions,
                      guint at);

/* Whether mention is in the reply to another address, and not an addressee itself. */
bool announced_covers(const Announced *announced, const Letter *letter, const Mention *mention);
