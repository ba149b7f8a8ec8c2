/* How far a report can be believed, and which recipient it is about.
 *
 * Anyone can write to the address that bounces are sent to. A token that we signed (verp.h) proves
 * that a report answers a message of ours, and to which recipient. Then the failure is charged to
 * the recipient in the token, whatever the report says, and to no other. Without a token, a report
 * is proven if it returns the Message-ID of a message that was sent to the recipient that it names:
 * only those who got the message know that. A token proves
 * itself, so it may come in several ways, provided that it comes by the envelope: what is in the
 * text of a message, or in its To field, is in every archive of that message. */
#pragma once

#include "mail/bounce.h"
#include "verp/verp.h"
#include "store/store.h"

/* Which reports count towards a suppression: [verp] policy in bouncedb.conf(5). */
typedef enum {
  POLICY_OFF,     /* all */
  POLICY_PREFER,  /* all but those with a bad or an expired token */
  POLICY_SENT,    /* proven ones, and those about an address that was recently written to */
  POLICY_REQUIRE, /* signed ones */
  N_POLICIES
} TrustPolicy;

/* Which levels of trust count, as bits 1 << Trust. proven: only those that prove a report. */
unsigned trust_counting(TrustPolicy policy, bool proven);

/* What the trust in a report is based on. All borrowed. */
typedef struct {
  const VerpKeys *keys;
  const char *base;           /* the address that bounces are sent to; NULL = not known */
  const GPtrArray *addresses; /* envelope_recipients */
  TrustPolicy policy;
  bool proven;       /* reports that nothing proves do not count ([suppression] unsigned = never) */
  bool vouched;      /* the administrator answers for it: nobody can have sent it by mail */
  gint64 now;        /* Unix seconds; decides whether a token has expired */
  gint64 sent_since; /* Unix seconds; addresses last written to before count as unknown */
} TrustBasis;

/* Sets trust in the report and its recipients, and charges the failure to the right recipient. If
 * there is no token and the report names no recipient, an unsigned return path may name it. token
 * receives the token that verified the report, or "". Without one, the subscriber is removed. The
 * database is only read, in a transaction or outside. */
bool trust_report(Store *store, const TrustBasis *basis, Report *report,
                  char token[VERP_TOKEN_SIZE], GError **error);
