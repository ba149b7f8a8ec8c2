/* Names in a reply: what stands in it by its form, and is never the cause of a failure. A mailbox
 * may be called "spam" and a host "blacklist.example". */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "judge/names-known.h"

/* folded (as fold() gives it) with its names replaced by placeholders, words in capitals that
 * folded text does not have:
 *
 *   RECIPIENT   an address of recipients, or its local part where a name stands
 *   SENDER      an address of the sender's, or its domain alone; not the domain of a host that was
 *               spoken to, nor one that the recipient has too
 *   ADDRESS     any other address or Message-ID, and the word before "..." that begins a reply of
 *               Sendmail's form
 *   HOST        a host or domain name
 *   URL         http, https, ftp, mailto or www.
 *   PATH        a file, or a quoted command
 *   QUOTE       what a file, a header field or a message is called, or says, in quotes
 *   ID          what a server calls the message
 *
 * Network addresses and codes stay. known (nullable): whose addresses are known; those of the
 * sender that are found are marked there. *plain (nullable, transfer full) gets the text without
 * those names only that never tell anything: the recipient's, the host spoken to, files, quotes and
 * ids. Linear. (transfer full) */
char *names_hide(const char *folded, NamesKnown *known, char **plain);

/* fold(), but a placeholder stays: for patterns that ask for one. (transfer full) */
char *names_fold(const char *utf8);

/* Whether hiding names would change this part of a pattern: it is a name itself, so it has to be
 * looked for in the text as it was. */
bool names_is_name(const char *fragment);
