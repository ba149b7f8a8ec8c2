/* A body or a file with events, all the way through parent and worker. The first octet chooses
 * whether the service is known, so that it may be CSV, and how much of the input has been read
 * before. */
#include "config.h"

#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "mail/message.h"
#include "mail/scan.h"
#include "mail/service-names.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "judge/rules.h"
#include "worker/wire.h"
#include "intake/events.h"

enum { WINDOW = 64 << 10 };

static void
check_event(const Spool *spool)
{
  static Rules *rules;
  unsigned notes = 0;
  if (rules == NULL)
    rules = rules_load(NULL, NULL);
  g_autoptr(GString) window = scan_window(spool->head->str, spool->head->len, WINDOW, &notes);
  g_autoptr(Message) message = message_new(window->str, window->len);
  g_autoptr(Report) report = readers_read(message, NULL);
  classify_report(rules, report);
  fuzz_check_stored(report->event, BOUNCE_TEXT_MAX);
  fuzz_check_stored(report->signature, BOUNCE_TEXT_MAX);
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  g_autoptr(Report) received = wire_decode(record->str, record->len, rules);
  g_assert_nonnull(received);
  g_assert_cmpstr(received->event, ==, report->event);
  g_assert_cmpstr(received->signature, ==, report->signature);
}

FUZZ_TARGET(events)
{
  static FILE *stream;
  if (stream == NULL)
    stream = tmpfile();
  if (size < 1)
    return 0;
  guint n = g_strv_length((char **)service_names);
  const char *service = data[0] % 16 < n ? service_names[data[0] % 16] : NULL;
  size_t peeked = MIN(size - 1, (size_t)(data[0] / 16 * 8 + 32));
  int fd = fileno(stream);
  ssize_t rest = (ssize_t)(size - 1 - peeked);
  g_assert_true(ftruncate(fd, 0) == 0 && pwrite(fd, data + 1 + peeked, (size_t)rest, 0) == rest);
  lseek(fd, 0, SEEK_SET);
  g_auto(Spool) spool = {0};
  spool_init(&spool, WINDOW + 1);
  g_autoptr(Events) events = events_new(fd, (const char *)data + 1, peeked, service);
  for (bool found = true; found;) {
    g_assert_true(events_next(events, &spool, &found, NULL));
    if (found)
      check_event(&spool);
  }
  return 0;
}
