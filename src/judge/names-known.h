/* The addresses that are known before a reply is read: the recipient's, and the sender's. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { KNOWN_RECIPIENTS_MAX = 3, KNOWN_SENDERS_MAX = 6 };

typedef struct {
  char *address;        /* folded */
  size_t length, local; /* octets; of the local part */
  bool alone;           /* a sender whose domain, too, is the sender's alone */
  bool named;           /* a sender that a text named */
} Known;

/* The recipients come first. */
typedef struct NamesKnown {
  Known all[KNOWN_RECIPIENTS_MAX + KNOWN_SENDERS_MAX];
  gsize n, n_recipients;
} NamesKnown;

/* recipients: n addresses in any case, of which any may be NULL. senders: addresses separated by
 * blanks; NULL = unknown. A sender that is also a recipient counts as a recipient, and a domain
 * that the two share says nothing of the sender. */
void names_known_init(NamesKnown *known, const char *const *recipients, gsize n,
                      const char *senders);
void names_known_clear(NamesKnown *known);

/* Those of the senders that were named in a text since, in the same form; NULL = none. (transfer
 * full) (nullable) */
char *names_known_named(const NamesKnown *known);

/* What the address at this place of folded text becomes: RECIPIENT, SENDER or ADDRESS. */
const char *known_placeholder(NamesKnown *known, const char *at, size_t length);

/* The octets of a domain of the sender's that stands here by itself; 0 = none does. */
size_t known_sender_domain(NamesKnown *known, const char *at);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NamesKnown, names_known_clear)
