#include "config.h"

#include "intake/trust.h"

#include "mail/address.h"
#include "verp/verp-plain.h"
#include "store/store-sent.h"

unsigned
trust_counting(TrustPolicy policy, bool proven)
{
  enum {
    SIGNED = 1 << TRUST_VERIFIED,
    PROVEN = SIGNED | 1 << TRUST_MATCHED,
    WRITTEN = PROVEN | 1 << TRUST_SENT,
    ANY = (1 << N_TRUSTS) - 1,
    WRONG = 1 << TRUST_BAD_TAG | 1 << TRUST_EXPIRED,
  };
  static const unsigned bits[N_POLICIES] = {[POLICY_OFF] = ANY,
                                            [POLICY_PREFER] = ANY & ~WRONG,
                                            [POLICY_SENT] = WRITTEN,
                                            [POLICY_REQUIRE] = SIGNED};
  return proven ? bits[policy] & PROVEN : bits[policy];
}

/* --- finding the token -------------------------------------------------------------------------*/

/* Looks for a token in one more place. One that is genuine and has not expired wins; otherwise the
 * first that looks like a token counts. */
static void
look_at(const TrustBasis *basis, const char *address, VerpResult *result, VerpToken *token)
{
  VerpToken found;
  if (address == NULL || *result == VERP_GOOD)
    return;
  VerpResult one = verp_check(basis->keys, address, basis->now, &found);
  if (one == VERP_GOOD || *result == VERP_NONE)
    *result = one;
  if (one == VERP_GOOD)
    *token = found;
  else
    verp_token_clear(&found);
}

/* Besides the addresses, a token may return as the envelope id that the sender gave with the
 * message (RFC 3461 4.4), or as the envelope sender that a complaint quotes (RFC 5965 3.2). */
static VerpResult
find_token(const TrustBasis *basis, const Report *report, VerpToken *token)
{
  VerpResult result = VERP_NONE;
  g_autofree char *id =
      report->envelope_id != NULL ? address_decode_xtext(report->envelope_id) : NULL;
  for (guint i = 0; i < basis->addresses->len; i++)
    look_at(basis, g_ptr_array_index(basis->addresses, i), &result, token);
  look_at(basis, id, &result, token);
  if (report->kind == KIND_COMPLAINT)
    look_at(basis, report->return_path, &result, token);
  return result;
}

/* --- charging ----------------------------------------------------------------------------------*/

static bool
is_about(const Recipient *recipient, const char *address)
{
  return address_equal(recipient->recipient, address) ||
         address_equal(recipient->original_recipient, address) ||
         address_equal(recipient->final_recipient, address);
}

static void
charge(Recipient *recipient, const char *address)
{
  recipient->trust = TRUST_VERIFIED;
  if (address_equal(recipient->recipient, address))
    return;
  if (recipient->final_recipient == NULL)
    bounce_set(&recipient->final_recipient, recipient->recipient, BOUNCE_ADDRESS_MAX);
  bounce_set(&recipient->recipient, address, BOUNCE_ADDRESS_MAX);
}

/* The message had this one recipient. If the report names others, it was forwarded; then the first
 * of them that failed stands for it. */
static void
charge_one(Report *report, const char *address)
{
  Recipient *stand_in = NULL;
  bool named = false;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    if (is_about(recipient, address)) {
      charge(recipient, address);
      named = true;
    } else if (stand_in == NULL ||
               (recipient->action == ACTION_FAILED && stand_in->action != ACTION_FAILED)) {
      stand_in = recipient;
    }
  }
  if (named)
    return;
  if (stand_in == NULL)
    stand_in = report_name_recipient(report, address);
  if (stand_in == NULL && report->kind == KIND_COMPLAINT) /* with the address blacked out */
    stand_in = report_add_recipient(report);
  if (stand_in != NULL)
    charge(stand_in, address);
}

static void
mark_all(Report *report, Trust trust)
{
  report->trust = trust;
  for (guint i = 0; i < report->recipients->len; i++)
    report_recipient(report, i)->trust = trust;
}

/* A number that is no longer in the database counts as expired. */
static bool
apply_token(Store *store, const VerpToken *token, Report *report, GError **error)
{
  g_autofree char *found = NULL;
  if (token->id != 0 && !store_return_path_find(store, token->id, &found, error))
    return false;
  const char *address = token->id != 0 ? found : token->recipient;
  if (address == NULL) {
    mark_all(report, TRUST_EXPIRED);
    return true;
  }
  report->trust = TRUST_VERIFIED;
  charge_one(report, address);
  return true;
}

/* --- the rest ----------------------------------------------------------------------------------*/

static void
name_by_plain_path(const TrustBasis *basis, Report *report)
{
  for (guint i = 0; report->nameless != NULL && i < basis->addresses->len; i++) {
    g_autofree char *address =
        verp_plain_recipient(g_ptr_array_index(basis->addresses, i), basis->base);
    if (address != NULL)
      report_name_recipient(report, address);
  }
}

/* What was sent proves a report about the recipient of a message whose Message-ID it returns, and
 * speaks for one about an address that was written to. */
static bool
mark_sent(Store *store, const TrustBasis *basis, Report *report, GError **error)
{
  static const Trust trusts[] = {[SENT_NOTHING] = TRUST_UNSIGNED,
                                 [SENT_SOMETHING] = TRUST_SENT,
                                 [SENT_MESSAGE] = TRUST_MATCHED};
  gint64 message;
  if (!store_sent_find_message(store, report->original_message_id, &message, error))
    return false;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    StoreSent sent;
    if (recipient->trust != TRUST_UNSIGNED || recipient->recipient == NULL)
      continue;
    if (!store_sent_knows(store, recipient->recipient, message, basis->sent_since, &sent, error))
      return false;
    recipient->trust = trusts[sent];
    if (report->trust == TRUST_UNSIGNED || (report->trust == TRUST_SENT && sent == SENT_MESSAGE))
      report->trust = trusts[sent];
  }
  return true;
}

bool
trust_report(Store *store, const TrustBasis *basis, Report *report, char token[VERP_TOKEN_SIZE],
             GError **error)
{
  g_auto(VerpToken) good = {0};
  VerpResult result = find_token(basis, report, &good);
  bool checked = basis->keys->n > 0;
  g_strlcpy(token, "", VERP_TOKEN_SIZE);
  switch (result) {
  case VERP_NONE:
    name_by_plain_path(basis, report);
    break;
  case VERP_BAD_TAG:
    mark_all(report, checked ? TRUST_BAD_TAG : TRUST_UNSIGNED);
    break;
  case VERP_EXPIRED:
    mark_all(report, TRUST_EXPIRED);
    break;
  case VERP_GOOD:
    if (!apply_token(store, &good, report, error))
      return false;
    g_strlcpy(token, report->trust == TRUST_VERIFIED ? good.text : "", VERP_TOKEN_SIZE);
    break;
  }
  if (basis->vouched)
    mark_all(report, TRUST_VERIFIED);
  if (report->trust != TRUST_VERIFIED) /* anyone can have written it */
    g_clear_pointer(&report->subscriber, g_free);
  return mark_sent(store, basis, report, error);
}
