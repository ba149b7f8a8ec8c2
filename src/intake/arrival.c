#include "config.h"

#include "intake/arrival.h"

#include <string.h>

#include "intake/envelope.h"
#include "intake/events.h"

void
arrival_init(Arrival *arrival, const Spool *spool, const guint8 digest[DIGEST_SIZE],
             const ArrivalOptions *options, gint64 now)
{
  static const ArrivalOptions none = {0};
  const char *head = spool->head->str;
  size_t length = spool->head->len;
  bool archive = options == NULL;
  if (archive)
    options = &none;
  bool environment = !archive && !options->recorded;
  *arrival = (Arrival){
      .sender = envelope_sender(options->sender, environment, head, length),
      .recipient = envelope_recipient(options->recipient, environment, head, length),
      .addresses =
          envelope_recipients(options->recipient, environment, head, length, options->domain),
  };
  if (options->recipients != NULL)
    envelope_add_recipients(arrival->addresses, options->recipients);
  arrival->message = (StoreMessage){.sender = arrival->sender,
                                    .recipient = arrival->recipient,
                                    .token = arrival->token,
                                    .size = spool->size,
                                    .received_at = now,
                                    .archive = archive};
  memcpy(arrival->message.digest, digest, DIGEST_SIZE);
}

void
arrival_clear(Arrival *arrival)
{
  g_free(arrival->sender);
  g_free(arrival->recipient);
  g_clear_pointer(&arrival->addresses, g_ptr_array_unref);
}

void
arrival_be_event(Arrival *arrival, const Report *report)
{
  arrival->event = true;
  if (report->event != NULL)
    events_digest(report->event, arrival->message.digest);
}

/* In an archive a token was good or expired on the day of the report. */
bool
arrival_judge(Arrival *arrival, TrustBasis basis, Store *store, Report *report, GError **error)
{
  if (arrival->message.archive && report->reported_at > 0 && report->reported_at < basis.now)
    basis.now = report->reported_at;
  basis.addresses = arrival->addresses;
  basis.vouched = basis.vouched && arrival->event;
  arrival->message.counting = trust_counting(basis.policy, basis.proven);
  return trust_report(store, &basis, report, arrival->token, error);
}
