/* From a message to its rows: whatever the readers make of it, the database accepts it, and knows
 * it the second time. */
#include "config.h"

#include "fuzz.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "mail/message.h"
#include "mail/scan.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "store/store-record.h"

enum { WINDOW = 1 << 20 };

static char *folder;

static void
remove_folder(void)
{
  static const char *const names[] = {"", "-wal", "-shm", ".lock"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_strdup_printf("%s/bounces.db%s", folder, names[i]);
    g_unlink(path);
  }
  g_rmdir(folder);
}

static Store *
open_store(void)
{
  folder = g_dir_make_tmp("fuzz-store.XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "bounces.db", NULL);
  atexit(remove_folder);
  g_assert_true(store_create(path, NULL));
  return store_open(path, STORE_WRITE, NULL);
}

static Report *
read_report(const uint8_t *data, size_t size)
{
  static Rules *rules;
  if (rules == NULL)
    rules = rules_load(NULL, NULL);
  unsigned notes = 0;
  g_autoptr(GString) window = scan_window((const char *)data, size, WINDOW, &notes);
  g_autoptr(Message) message = message_new(window->str, window->len);
  Report *report = readers_read(message, NULL);
  classify_report(rules, report);
  return report;
}

static void
record(Store *store, const Report *report, const StoreMessage *message, bool again)
{
  Recorded recorded = {0};
  g_autoptr(GError) error = NULL;
  bool ok = store_record(store, report, message, &recorded, &error);
  g_assert_no_error(error);
  g_assert_true(ok && recorded.duplicate == again);
}

FUZZ_TARGET(store)
{
  static Store *store;
  if (store == NULL)
    store = open_store();
  g_autoptr(Report) report = read_report(data, size);
  const StoreMessage message = {.size = (gint64)size, .received_at = 1790000000};
  g_assert_true(store_begin(store, NULL));
  record(store, report, &message, false);
  record(store, report, &message, true);
  store_rollback(store);
  return 0;
}
