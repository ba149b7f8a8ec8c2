/* A message of a mail server between being read and being committed: deliver has one, and the
 * service many. Whichever way it came, the same is kept, believed, recorded and logged. */
#pragma once

#include "intake/arrival.h"
#include "intake/keep.h"
#include "settings/settings.h"

typedef struct {
  bool event;  /* of a sending service, not a message */
  bool proven; /* by what the service itself has signed (webhook.h) */
  Report *report;
  KeptMessage *copy; /* NULL = not kept */
  char *kept;        /* the path of the copy */
  Arrival arrival;   /* once delivery_arrive() was called */
  Recorded recorded; /* once it was recorded */
} Delivery;

void delivery_clear(Delivery *delivery);

/* Takes what was read, and leaves out of it what the settings do not want to be stored. */
void delivery_take(Delivery *delivery, Report *report, const Settings *settings);

/* If no report can take the place of the message, begins a copy of it with head: what has come of
 * it so far. delivery_append() and delivery_finish() do nothing for other messages. */
bool delivery_begin_copy(Delivery *delivery, const GString *head, const Settings *settings,
                         GError **error);
bool delivery_append(Delivery *delivery, const char *bytes, size_t length, GError **error);
bool delivery_finish_copy(Delivery *delivery, GError **error);

/* A worker that was killed from outside, or late by the clock on the wall, says nothing about the
 * message: the mail server tries again, and this is an error (TEMPFAIL). But if that happens each
 * time, the message must be recorded in the end. Commits. now: Unix seconds. */
bool delivery_may_give_up(const Delivery *delivery, Store *store, const guint8 digest[DIGEST_SIZE],
                          gint64 now, GError **error);

/* The message is complete. spool: its head and its size. options: of arrival_init(). */
void delivery_arrive(Delivery *delivery, const Spool *spool, const guint8 digest[DIGEST_SIZE],
                     const ArrivalOptions *options, gint64 now);

/* How far the report can be believed. keys: of the settings. */
bool delivery_judge(Delivery *delivery, const Settings *settings, const VerpKeys *keys,
                    Store *store, gint64 now, GError **error);

/* In a transaction. The copy appears in the Maildir before the commit. So no message is recorded
 * without being kept, and a duplicate is not kept again, wherever the first copy is by now. */
bool delivery_record(Delivery *delivery, const Settings *settings, Store *store, GError **error);

/* After the commit. */
void delivery_log(const Delivery *delivery, const Settings *settings);

/* List files are derived from the database: if one cannot be written, the messages are recorded
 * nevertheless, and the next delivery tries again. */
void delivery_update_lists(Store *store, const Settings *settings);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Delivery, delivery_clear)
