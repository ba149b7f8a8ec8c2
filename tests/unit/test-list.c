/* Lists against plain SQL: what store_list finds by counts and by sections is what reading every
 * row finds, in the same order. */
#include "config.h"

#include "lib/store-fixture.h"

#include <string.h>

#include "store/store-list.h"
#include "store/store-prune.h"

enum { DAYS = 40, FAILURES = 700 };

/* Imports record old messages later than new ones, and several at the same second. */
static void
fill(Fixture *f, Store *store, GRand *random)
{
  static const Reason reasons[] = {REASON_USER_UNKNOWN, REASON_USER_UNKNOWN, REASON_USER_UNKNOWN,
                                   REASON_MAILBOX_FULL, REASON_BLOCKED,      REASON_SPF};
  static const char *const providers[] = {NULL, "gmail", "gmail", "yahoo"};
  for (guint i = 0; i < FAILURES; i++) {
    g_autofree char *address = g_strdup_printf("u%d@d%d.example", g_rand_int_range(random, 0, 50),
                                               g_rand_int_range(random, 0, 12));
    g_autoptr(Report) report =
        bounce_of(address, reasons[g_rand_int_range(random, 0, G_N_ELEMENTS(reasons))]);
    Recipient *recipient = g_ptr_array_index(report->recipients, 0);
    bounce_set(&recipient->verdict.provider,
               providers[g_rand_int_range(random, 0, G_N_ELEMENTS(providers))], BOUNCE_TEXT_MAX);
    gint64 at = NOON - g_rand_int_range(random, 0, DAYS) * DAY + g_rand_int_range(random, -2, 3);
    record(f, store, report, i % 5 == 0 ? NOON - g_rand_int_range(random, 0, 3) : at);
  }
}

static StoreFilter
choose(GRand *random)
{
  static const char *const classes[] = {NULL, NULL, "spf", "permanent,quota", "auth"};
  static const char *const reasons[] = {NULL, NULL, NULL, "blocked", "user_unknown,spf"};
  static const char *const providers[] = {NULL, NULL, "gmail", "yahoo,gmail", "nosuch"};
  static const char *const domains[] = {NULL, NULL, "d1.example", "d2.example,d3.example", "no"};
  static const int limits[] = {0, 1, 3, 20, 5000};
  StoreFilter filter = {
      .classes = classes[g_rand_int_range(random, 0, G_N_ELEMENTS(classes))],
      .reasons = reasons[g_rand_int_range(random, 0, G_N_ELEMENTS(reasons))],
      .providers = providers[g_rand_int_range(random, 0, G_N_ELEMENTS(providers))],
      .domains = domains[g_rand_int_range(random, 0, G_N_ELEMENTS(domains))],
      .address = g_rand_int_range(random, 0, 8) == 0 ? "U1@d1.example" : NULL,
      .limit = limits[g_rand_int_range(random, 0, G_N_ELEMENTS(limits))],
      .oldest_first = g_rand_boolean(random),
  };
  if (g_rand_boolean(random))
    filter.since = NOON - g_rand_int_range(random, 0, DAYS * DAY);
  if (g_rand_boolean(random))
    filter.until = NOON - g_rand_int_range(random, 0, DAYS * DAY);
  return filter;
}

/* --- the other way ---*/

static void
add_words(GString *sql, const char *column, const char *words)
{
  if (words != NULL)
    g_string_append_printf(sql, " AND instr(',%s,', ',' || %s || ',') > 0", words, column);
}

static char *
wanted_rows(const Fixture *f, const StoreFilter *filter, bool count)
{
  g_autoptr(GString) sql = g_string_new("SELECT failure_id, failed_at FROM failure NOT INDEXED"
                                        " WHERE 1");
  add_words(sql, "class", filter->classes);
  add_words(sql, "reason", filter->reasons);
  add_words(sql, "provider", filter->providers);
  add_words(sql, "recipient_domain", filter->domains);
  if (filter->address != NULL)
    g_string_append_printf(sql, " AND address = lower('%s')", filter->address);
  if (filter->since != 0)
    g_string_append_printf(sql, " AND failed_at >= %" G_GINT64_FORMAT, filter->since);
  if (filter->until != 0)
    g_string_append_printf(sql, " AND failed_at <= %" G_GINT64_FORMAT, filter->until);
  if (count) {
    g_string_prepend(sql, "SELECT count(*) FROM (");
    g_string_append(sql, ")");
  } else {
    g_string_prepend(sql, "SELECT group_concat(failure_id, ' ') FROM (SELECT failure_id FROM (");
    g_string_append_printf(sql,
                           " ORDER BY failed_at DESC, failure_id DESC LIMIT %" G_GINT64_FORMAT ")"
                           " ORDER BY failed_at %s, failure_id %s)",
                           filter->limit > 0 ? filter->limit : -1,
                           filter->oldest_first ? "" : "DESC", filter->oldest_first ? "" : "DESC");
  }
  char *text = sql_text(f, sql->str);
  return text != NULL ? text : g_strdup("");
}

static bool
add_id(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  GString *ids = data;
  g_string_append_printf(ids, "%s%s", ids->len > 0 ? " " : "", store_cell(cells, n, "failure_id"));
  return true;
}

static void
compare(const Fixture *f, Store *store, const StoreFilter *filter)
{
  gint64 rows = -1;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) ids = g_string_new(NULL);
  g_autofree char *want = wanted_rows(f, filter, false), *number = wanted_rows(f, filter, true);
  g_autofree char *label = g_strdup_printf(
      "class %s reason %s provider %s domain %s address %s since %" G_GINT64_FORMAT
      " until %" G_GINT64_FORMAT " limit %" G_GINT64_FORMAT " oldest first %d",
      filter->classes, filter->reasons, filter->providers, filter->domains, filter->address,
      filter->since, filter->until, filter->limit, filter->oldest_first);
  if (!store_list(store, filter, add_id, ids, &error) ||
      !store_list_count(store, filter, &rows, &error))
    fail_msg("%s: %s", label, error->message);
  check_string(label, ids->str, want);
  check_int(label, rows, g_ascii_strtoll(number, NULL, 10));
}

static void
test_lists(void **state)
{
  Fixture *f = *state;
  GRand *random = g_rand_new_with_seed(20260101);
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fill(f, store, random);
  for (guint i = 0; i < 1500; i++) {
    StoreFilter filter = choose(random);
    compare(f, store, &filter);
  }
  g_rand_free(random);
}

/* The counts of days that prune has thinned out tell more failures than there are. */
static void
test_pruned(void **state)
{
  Fixture *f = *state;
  Pruned pruned;
  GRand *random = g_rand_new_with_seed(1);
  const Pruning what = {.before = NOON - 12 * DAY - NOON % DAY, .now = NOON};
  const Decision decision = {.command = "prune", .now = NOON};
  g_autoptr(GError) error = NULL;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fill(f, store, random);
  if (!store_prune(store, &what, &decision, &pruned, &error))
    fail_msg("%s", error->message);
  assert_true(pruned.failures > 0 && pruned.stay > 0);
  for (guint i = 0; i < 500; i++) {
    StoreFilter filter = choose(random);
    compare(f, store, &filter);
  }
  g_rand_free(random);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_lists, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_pruned, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
