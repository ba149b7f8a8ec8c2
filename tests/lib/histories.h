/* Random histories of addresses: failures, deliveries, complaints, and what people decide. */
#pragma once

#include "lib/store-fixture.h"

#include "store/store-decisions.h"

enum { ADDRESSES = 2 }; /* of a history */

typedef enum { FAILS, DELIVERED, RELAYED, COMPLAINS, ALLOWED, SUPPRESSED, UNDONE, RELEASED } What;

typedef struct {
  What what;
  int address;
  gint64 at, until; /* until: only RELEASED */
  Reason reason;
  const char *provider;
} Event;

static inline char *
name_of(int history, int address)
{
  return g_strdup_printf("%c%d@h%d.example", 'A' + address, history, history % 7);
}

static inline void
play_report(Fixture *f, Store *store, const Event *event, const char *address)
{
  g_autoptr(Report) report = report_of(event->what == FAILS       ? KIND_BOUNCE
                                       : event->what == COMPLAINS ? KIND_COMPLAINT
                                                                  : KIND_SUCCESS);
  Recipient *recipient = report_fails(report, address, event->reason);
  recipient->action = event->what == FAILS     ? ACTION_FAILED
                      : event->what == RELAYED ? ACTION_RELAYED
                                               : ACTION_DELIVERED;
  bounce_set(&recipient->verdict.provider, event->provider, BOUNCE_TEXT_MAX);
  StoreMessage message = message_of(++f->letters, event->at);
  Recorded recorded;
  assert_true(store_record(store, report, &message, &recorded, NULL));
}

static inline void
play_event(Fixture *f, Store *store, const Event *event, int history)
{
  static const Override verdicts[] = {
      [ALLOWED] = OVERRIDE_ALLOW, [SUPPRESSED] = OVERRIDE_SUPPRESS, [UNDONE] = OVERRIDE_NONE};
  Decision decision = {.command = "test", .uid = 1000, .now = event->at};
  Span span = {.provider = event->provider, .since = event->at, .until = event->until};
  g_autofree char *address = name_of(history, event->address);
  bool changed;
  gint64 rows;
  if (event->what <= COMPLAINS)
    play_report(f, store, event, address);
  else if (event->what == RELEASED)
    assert_true(store_release(store, &span, &decision, &rows, NULL));
  else
    assert_true(store_override(store, address, verdicts[event->what], &decision, &changed, NULL));
}

static inline Event
random_event(GRand *random, const Event *before, const char *const providers[2])
{
  static const Reason frequent[] = {REASON_MAILBOX_FULL, REASON_UNDEFINED, REASON_EXPIRED};
  static const What others[] = {DELIVERED, DELIVERED,  RELAYED, COMPLAINS,
                                ALLOWED,   SUPPRESSED, UNDONE,  RELEASED};
  int step = g_rand_int_range(random, -3, g_rand_boolean(random) ? 8 : 60);
  Event event = {.what = FAILS,
                 .address = g_rand_int_range(random, 0, ADDRESSES),
                 .at = MAX(NOON, (before != NULL ? before->at : NOON) + step * (gint64)DAY),
                 .provider = providers[g_rand_int_range(random, 0, 2)]};
  if (g_rand_int_range(random, 0, 8) == 0)
    event.what = others[g_rand_int_range(random, 0, G_N_ELEMENTS(others))];
  if (event.what == FAILS)
    event.reason = g_rand_int_range(random, 0, 12) == 0
                       ? (Reason)g_rand_int_range(random, REASON_NONE + 1, N_REASONS)
                       : frequent[g_rand_int_range(random, 0, G_N_ELEMENTS(frequent))];
  if (event.what == RELEASED)
    event.until = event.at + g_rand_int_range(random, 0, 20) * (gint64)DAY;
  return event;
}
