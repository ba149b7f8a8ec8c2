/* What a notice says about an address: the lines round it, in the words of the reporting system.
 *
 * The addresses of a notice are looked for once; after that the cost of an excerpt does not depend
 * on the length of the notice. */
#pragma once

#include <stdbool.h>

#include "readers/mention.h"

typedef struct Excerpts Excerpts;

/* notice is borrowed and has to outlive the excerpts. Never NULL. */
Excerpts *excerpts_new(const char *notice);
void excerpts_free(Excerpts *excerpts);

/* All mentions in order. (element-type Mention) (transfer none) */
const GPtrArray *excerpts_mentions(const Excerpts *excerpts);

/* The words about address: the rest of the line that names it and the lines that belong to it,
 * joined to one; NULL where the notice does not name it or says no more than its name. (transfer
 * full) (nullable) */
char *excerpts_about(const Excerpts *excerpts, const char *address);

/* What the transcript of the SMTP session says about address, or all of it where that is the only
 * recipient (alone) and the transcript does not name it; NULL where there is none. (transfer full)
 * (nullable) */
char *excerpts_transcript(const Excerpts *excerpts, const char *address, bool alone);

/* The words of the notice as one line, at most max octets, without those that only repeat the
 * subject of the letter that it is about. (transfer full) */
char *excerpts_words(const Excerpts *excerpts, size_t max);

/* Servers that put only the first line of a reply into a diagnostic ("550-5.7.1 see") quote all
 * its lines in the notice: those lines as one, where they begin with what diagnostic holds; NULL
 * where diagnostic is whole or the notice does not have it. (transfer full) (nullable) */
char *excerpts_complete(Excerpts *excerpts, const char *diagnostic);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Excerpts, excerpts_free)
