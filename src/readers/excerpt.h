/* What a notice says about an address: the lines around it, in the reporting system's words.
 *
 * The addresses are located once, so the cost of an excerpt does not depend on the length of the
 * notice. All text is UTF-8, and is cut between characters (base/text.h). */
#pragma once

#include <stdbool.h>

#include "readers/mention.h"

typedef struct Excerpts Excerpts;

/* notice is borrowed and must outlive the excerpts. Never NULL. */
Excerpts *excerpts_new(const char *notice);
void excerpts_free(Excerpts *excerpts);

/* All mentions in order. (element-type Mention) (transfer none) */
const GPtrArray *excerpts_mentions(const Excerpts *excerpts);

/* The words about address as one line: the rest of the line that names it and the lines that belong
 * to it. NULL if the notice does not name it, or says nothing else. (transfer full) (nullable) */
char *excerpts_about(const Excerpts *excerpts, const char *address);

/* The words attached to address where it heads an entry: the rest of its line and the lines right
 * below it; or the fields below "Recipient: <address>". NULL if there is no such entry. (transfer
 * full) (nullable) */
char *excerpts_entry(const Excerpts *excerpts, const char *address);

/* The words of the notice as one line of about max octets, without lines that repeat the subject of
 * the returned message, or quote anything but a reply. (transfer full) */
char *excerpts_words(const Excerpts *excerpts, size_t max);

/* Some servers put only the first line of a reply into the diagnostic ("550-5.7.1 see") and quote
 * the whole reply in the notice. Returns all lines of that reply as one; NULL if diagnostic is
 * complete or the notice does not quote it. (transfer full) (nullable) */
char *excerpts_complete(Excerpts *excerpts, const char *diagnostic);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Excerpts, excerpts_free)
