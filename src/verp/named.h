/* Whether a text names a mailbox: as a whole address, never as a part of a longer one.
 *
 * "joann@example.net" and "ann@example.network" do not name ann@example.net, and "information" does
 * not name info. The return path "bounces+ann=example.net@lists.example.org" does name it, signed
 * or not, and so do "rfc822;ann+2Bnews@..." (xtext, RFC 3461) and a link with "?u=ann%40...". */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Named Named;

/* address: as address_parse() returns it. A local part alone is named by a text that consists of
 * it, or has it in angle brackets. (transfer full) */
Named *named_new(const char *address);
void named_free(Named *named);

/* What to look for where there are no texts, only octets: the address in all its spellings
 * (element-type utf8), and a piece of the local part that every text has, or NULL. Borrowed. */
const GPtrArray *named_spellings(const Named *named);
const char *named_word(const Named *named);

/* text: need not be UTF-8. The case of ASCII letters does not matter, nor whether the domain is in
 * A-labels or U-labels. Linear in the length of text. */
bool named_in(const Named *named, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Named, named_free)
