/* The transcript of an SMTP session in a notice: who said what about which recipient. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Transcript Transcript;

/* What follows "Transcript of session follows" in notice, or "--- Session Transcript ---", up to an
 * empty line; NULL if there is no such heading. Linear. (transfer full) (nullable) */
Transcript *transcript_new(const char *notice);
void transcript_free(Transcript *transcript);

/* What was said about address: the other server's replies, or the words of the delivery agent, or
 * else the line that sums them up. The last reply counts, except the consequences of an earlier one
 * ("no valid recipients"). NULL if nothing was said. (transfer none) (nullable) */
const char *transcript_about(const Transcript *transcript, const char *address);

/* Whether the line of a dialogue has a command: "--> RCPT To:<ann@example.net>". */
bool transcript_is_command(const char *line, size_t length);

/* What was said about nobody by name, for a notice with a single recipient, or where all that was
 * said is the same. (transfer none) (nullable) */
const char *transcript_first(const Transcript *transcript);
const char *transcript_common(const Transcript *transcript);

/* The addresses in lines that say "Deferred". (element-type utf8) (transfer none) */
const GPtrArray *transcript_deferred(const Transcript *transcript);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transcript, transcript_free)
