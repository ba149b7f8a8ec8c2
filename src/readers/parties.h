/* Who sent the returned message, and to which addresses: what its header says and what it proves.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/message.h"

typedef struct Parties Parties;

/* The header of the returned message (element-type Field), and the notice it came in, whose own
 * addressee is the sender. Both are borrowed and must outlive the result. Never NULL. */
Parties *parties_new(const Message *notice, const GPtrArray *returned);
void parties_free(Parties *parties);

/* Whether the message names address as an addressee: in To, Cc, Bcc, or in the envelope. */
bool parties_is_addressee(const Parties *parties, const char *address);

/* Whether To, Cc or Bcc name address. */
bool parties_is_written_to(const Parties *parties, const char *address);

/* Whether host is the domain of an addressee of the message, or below it. */
bool parties_is_in_domain(const Parties *parties, const char *host);

/* Whether the header proves that the message was sent to address: by a delivery field, or by the
 * envelope recipient that a server noted in Received ("for <a@b>"). */
bool parties_was_sent_to(const Parties *parties, const char *address);

/* Whether the last server that noted anything, which is the one that returns the message, took it
 * for address. */
bool parties_was_taken_for(const Parties *parties, const char *address);

/* Whether address is one of the sender's, in From, Sender, Return-Path or Reply-To, or an end of
 * the notice. */
bool parties_is_sender(const Parties *parties, const char *address);

/* The sender's addresses as the returned message and the notice name them: From, Sender,
 * Return-Path, and those that the notice came to. Separated by blanks, at most limit octets; NULL
 * if it names nobody. (transfer full) (nullable) */
char *parties_senders(const Parties *parties, size_t limit);

/* Whether address is neither the sender's, nor a list's, nor in a domain of the sender's. */
bool parties_may_be_subscriber(const Parties *parties, const char *address);

/* Whether To, Cc or Bcc name anybody but the sender. */
bool parties_has_addressee(const Parties *parties);

/* The envelope recipient that the first server noted: the address that was mailed, wherever the
 * message went afterwards. NULL if none did, or if it is the sender's own, a list, or in a domain
 * of the sender's, which is more often a list than a subscriber. (transfer none) (nullable) */
const char *parties_mailed(const Parties *parties);

/* Whether the returned message carries the return path of another domain than the notice came to:
 * somebody else sent it, and it came to the reader, whose own system passed it on. */
bool parties_is_passed_on(const Parties *parties);

/* The same as parties_mailed; or if the message proves nothing but is addressed to one person only,
 * that address: one in To, none in Cc and Bcc, and no group. (transfer none) (nullable) */
const char *parties_only_addressee(const Parties *parties);

/* The only addressee, of the first hundred, whose display name stands in text, folded: the name has
 * two words at least. NULL if there is none, or more than one. (transfer full) (nullable) */
char *parties_called(const Parties *parties, const char *folded);

/* The envelope recipient of a Received field; NULL if it has none, or several. (transfer full)
 * (nullable) */
char *parties_received_for(const char *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Parties, parties_free)
