/* A message as it came in: what its envelope says, what that proves, and what the store is to know
 * about it besides its report. */
#pragma once

#include "store/store-record.h"
#include "intake/spool.h"
#include "intake/trust.h"

typedef struct {
  StoreMessage message; /* points into the rest, so an Arrival must not be copied */
  char *sender, *recipient;
  GPtrArray *addresses; /* envelope_recipients */
  char token[VERP_TOKEN_SIZE];
  bool event; /* arrival_be_event */
} Arrival;

/* What is known about the envelope besides the message. All nullable and borrowed. */
typedef struct {
  const char *sender, *recipient; /* from the command line, or recorded when the message came */
  const GPtrArray *recipients;    /* all of them, if there may be several */
  const char *domain;             /* of the address that bounces are sent to */
  bool recorded;                  /* it came earlier: the environment says nothing about it */
} ArrivalOptions;

/* The message is in spool, read to its end. options: NULL for a message from an archive, whose
 * environment says nothing about it. */
void arrival_init(Arrival *arrival, const Spool *spool, const guint8 digest[DIGEST_SIZE],
                  const ArrivalOptions *options, gint64 now);
void arrival_clear(Arrival *arrival);

/* What came is not a message but an event of a sending service (events.h): it is known by its id,
 * and the basis of trust may vouch for it. The id that a message claims means nothing: anyone can
 * write it. */
void arrival_be_event(Arrival *arrival, const Report *report);

/* Judges how far the report can be believed (trust_report), and which recipient it is about. Of
 * basis, addresses is not used, vouched only for events, and now only if the archive does not date
 * the report. */
bool arrival_judge(Arrival *arrival, TrustBasis basis, Store *store, Report *report,
                   GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arrival, arrival_clear)
