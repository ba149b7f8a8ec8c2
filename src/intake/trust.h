/* How far a report can be believed, and whom it is about then.
 *
 * Anybody can write to the address that bounces come to. Only a token that we signed (verp.h)
 * proves that a report answers something that was sent, and to whom: the failure is charged to the
 * recipient in the token, whatever the report says, and to nobody else. A token proves itself, so
 * it does not matter by which way it came, as long as it came by the envelope: what stands in the
 * text of a letter, or in its To, is in every archive of that letter. */
#pragma once

#include "mail/bounce.h"
#include "verp/verp.h"
#include "store/store.h"

/* What a report has to be, to count towards a suppression (bouncedb.conf(5), [verp] policy). */
typedef enum {
  POLICY_OFF,     /* anything */
  POLICY_PREFER,  /* anything but a bad or an expired token */
  POLICY_SENT,    /* about an address that was written to lately, or verified */
  POLICY_REQUIRE, /* verified */
  N_POLICIES
} TrustPolicy;

/* The bits 1 << Trust of what counts. */
unsigned trust_counting(TrustPolicy policy);

/* What the trust in a report is based on. All borrowed. */
typedef struct {
  const VerpKeys *keys;
  const char *base;           /* the address that bounces are sent to; NULL = not known */
  const GPtrArray *addresses; /* envelope_recipients */
  TrustPolicy policy;
  gint64 now;        /* Unix seconds; decides whether a token has expired */
  gint64 sent_since; /* only messages sent at this time or later make a recipient a known one */
} TrustBasis;

/* Fills in trust in the report and its recipients, and charges the right one. Without a token, and
 * where the report itself names nobody, an unsigned return path is believed to say whose it is.
 * token: of the one that verified it; "" = none. The database is only read, outside of a
 * transaction or in one. */
bool trust_report(Store *store, const TrustBasis *basis, Report *report,
                  char token[VERP_TOKEN_SIZE], GError **error);
