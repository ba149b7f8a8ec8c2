#include "config.h"

#include "record/delivery.h"

#include "store/store-tries.h"
#include "intake/keep-room.h"
#include "record/log.h"
#include "record/reading.h"

enum { STOPPED_MAX = 3 }; /* tries within a day */

void
delivery_clear(Delivery *delivery)
{
  report_free(delivery->report);
  kept_message_free(delivery->copy);
  g_free(delivery->kept);
  if (delivery->arrival.addresses != NULL)
    arrival_clear(&delivery->arrival);
}

void
delivery_take(Delivery *delivery, Report *report, const Settings *settings)
{
  delivery->report = report;
  if (!settings->subject)
    g_clear_pointer(&report->subject, g_free);
}

/* --- keeping -----------------------------------------------------------------------------------*/

static bool
is_kept(Kind kind)
{
  return kind == KIND_OTHER || kind == KIND_CHALLENGE || kind == KIND_UNREADABLE;
}

bool
delivery_begin_copy(Delivery *delivery, const GString *head, const Settings *settings,
                    GError **error)
{
  if (!is_kept(delivery->report->kind))
    return true;
  delivery->copy = keep_begin(settings->keep, error);
  if (delivery->copy == NULL)
    return false;
  if ((delivery->report->notes & NOTE_MAILBOX) == 0) /* whose messages are still to be read */
    keep_limit(delivery->copy, settings->keep_size);
  return delivery_append(delivery, head->str, head->len, error);
}

bool
delivery_append(Delivery *delivery, const char *bytes, size_t length, GError **error)
{
  return delivery->copy == NULL || keep_append(delivery->copy, bytes, length, error);
}

bool
delivery_finish_copy(Delivery *delivery, GError **error)
{
  return delivery->copy == NULL || keep_finish(delivery->copy, error);
}

/* --- recording ---------------------------------------------------------------------------------*/

bool
delivery_may_give_up(const Delivery *delivery, Store *store, const guint8 digest[DIGEST_SIZE],
                     gint64 now, GError **error)
{
  gint64 tries;
  if (!reading_was_stopped(delivery->report))
    return true;
  if (!store_note_try(store, digest, now, &tries, error))
    return false;
  return tries >= STOPPED_MAX || throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s", reading_stopped);
}

void
delivery_arrive(Delivery *delivery, const Spool *spool, const guint8 digest[DIGEST_SIZE],
                const ArrivalOptions *options, gint64 now)
{
  arrival_init(&delivery->arrival, spool, digest, options, now);
  if (delivery->event)
    arrival_be_event(&delivery->arrival, delivery->report);
  if (delivery->copy != NULL)
    delivery->kept = keep_path(keep_folder(delivery->copy), delivery->arrival.message.digest);
  delivery->arrival.message.kept = delivery->kept;
}

bool
delivery_judge(Delivery *delivery, const Settings *settings, const VerpKeys *keys, Store *store,
               gint64 now, GError **error)
{
  TrustBasis basis = settings_trust_basis(settings, keys, now);
  basis.vouched = basis.vouched || delivery->proven;
  return arrival_judge(&delivery->arrival, basis, store, delivery->report, error);
}

bool
delivery_record(Delivery *delivery, const Settings *settings, Store *store, GError **error)
{
  StoreMessage *message = &delivery->arrival.message;
  KeptMessage *copy = delivery->copy;
  bool known, room = true;
  if (copy != NULL &&
      (!store_knows(store, message->digest, &known, error) ||
       (!known && !keep_make_room(store, settings->keep, settings->keep_total,
                                  delivery->report->kind, keep_size(copy), &room, error))))
    return false;
  if (!room)
    message->kept = NULL;
  return store_record(store, delivery->report, message, &delivery->recorded, error) &&
         (copy == NULL || !room || delivery->recorded.duplicate ||
          keep_publish(copy, message->digest, error));
}

/* --- after the commit --------------------------------------------------------------------------*/

void
delivery_log(const Delivery *delivery, const Settings *settings)
{
  const Recorded *recorded = &delivery->recorded;
  if (!settings->syslog)
    return;
  log_report(delivery->report, recorded);
  if (delivery->report->notes & NOTE_WORKER_FORBIDDEN)
    log_forbidden(recorded->message_id);
  if (recorded->warn)
    log_held();
}

void
delivery_update_lists(Store *store, const Settings *settings)
{
  g_autoptr(GError) error = NULL;
  if (!list_files_update(store, settings->lists, &error) && settings->syslog)
    log_warning(error->message);
}
