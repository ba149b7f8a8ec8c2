/* What mail systems write round a cause: greetings, explanations, footers. */
#pragma once

#include <glib.h>

/* folded (by fold_lines) without the sentences that every notice of its kind has, whatever
 * happened: what they say is not evidence. May become empty. Linear. (transfer full) */
char *frames_cut(const char *folded);

/* The octets of a general phrase that begins a reply, and of what separates it from the rest:
 * "requested action not taken: ". 0 = there is none, or nothing follows. folded may have
 * placeholders. */
size_t frames_lead(const char *folded);

/* The octets up to the first colon that is near the beginning, with the blank after it: "access
 * policy: ". 0 = there is none, or nothing follows. folded may have placeholders. */
size_t frames_colon(const char *folded);

/* Cuts what a reply says to have passed ("spf=pass", "sender <ADDRESS> ok,"), in place: it did not
 * cause the failure. A line feed is left where a sentence goes on. text may have placeholders. */
void frames_drop_passed(char *text);
