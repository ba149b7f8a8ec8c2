/* Names in a reply: what stands in it by its form, and is never the cause of a failure. A mailbox
 * may be called "spam" and a host "blacklist.example". */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* folded (as fold() gives it) with its names replaced by placeholders, words in capitals that
 * folded text does not have:
 *
 *   RECIPIENT   an address of recipients, or its local part where a name stands
 *   ADDRESS     any other address or Message-ID, and the word before "..." that begins a reply of
 *               Sendmail's form
 *   HOST        a host or domain name
 *   URL         http, https, ftp, mailto or www.
 *   PATH        a file, or a quoted command
 *   QUOTE       what a file, a header field or a message is called, in quotes
 *   ID          what a server calls the message
 *
 * Network addresses and codes stay. recipients: n addresses in any case, of which any may be NULL.
 * *plain (nullable, transfer full) gets the text without those names only that never tell anything:
 * the recipient's, the host spoken to, files, quotes and ids. Linear. (transfer full) */
char *names_hide(const char *folded, const char *const *recipients, gsize n, char **plain);

/* fold(), but a placeholder stays: for patterns that ask for one. (transfer full) */
char *names_fold(const char *utf8);

/* Whether hiding names would change this part of a pattern: it is a name itself, so it has to be
 * looked for in the text as it was. */
bool names_is_name(const char *fragment);
