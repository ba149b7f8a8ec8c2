/* Pruning random histories changes neither the suppression list nor what becomes of it. */
#include "config.h"

#include "lib/histories.h"

#include "store/store-admin.h"
#include "store/store-alive.h"
#include "store/store-prune.h"
#include "store/store-thresholds.h"

enum { SEEDS = 30, HISTORIES = 24, EVENTS = 14, LATER = 6 };

static char *
entries_of(const Fixture *f)
{
  return sql_text(f, "SELECT group_concat(address || ' ' || reason || ' ' || state, char(10))"
                     " FROM (SELECT * FROM entry ORDER BY address)");
}

static char *
counts_of(const Fixture *f)
{
  return sql_text(f, "SELECT group_concat(day || class || reason || provider || failures)"
                     " FROM daily");
}

/* One database is pruned, the other is not; both get the same events. */
typedef struct {
  Fixture *f[2];
  Event last[HISTORIES];
  gint64 now;
} Pair;

static void
play(Pair *pair, GRand *random, int events)
{
  static const char *const providers[2] = {"p", "q"};
  Store *stores[2] = {fixture_open(pair->f[0], STORE_WRITE), fixture_open(pair->f[1], STORE_WRITE)};
  for (int side = 0; side < 2; side++)
    assert_true(store_begin(stores[side], NULL));
  for (int i = 0; i < events * HISTORIES; i++) {
    int history = i % HISTORIES;
    const Event *before = pair->last[history].at != 0 ? &pair->last[history] : NULL;
    Event event = random_event(random, before, providers);
    bool accepted = g_rand_int_range(random, 0, 10) == 0;
    g_autofree char *address = name_of(history, event.address);
    for (int side = 0; side < 2; side++) {
      play_event(pair->f[side], stores[side], &event, history);
      if (accepted)
        assert_true(store_accepted(stores[side], address, event.at - DAY, NULL));
    }
    pair->last[history] = event;
    pair->now = MAX(pair->now, event.at);
  }
  for (int side = 0; side < 2; side++) {
    assert_true(store_commit(stores[side], NULL));
    store_free(stores[side]);
  }
}

/* Withdraws what people have decided about addresses: what was lifted may count again. */
static void
undo_all(Fixture *f, gint64 now)
{
  Decision decision = {.command = "test", .now = now};
  bool changed;
  Store *store = fixture_open(f, STORE_WRITE);
  assert_true(store_begin(store, NULL));
  for (int i = 0; i < HISTORIES * ADDRESSES; i++) {
    g_autofree char *address = name_of(i / ADDRESSES, i % ADDRESSES);
    assert_true(store_override(store, address, OVERRIDE_NONE, &decision, &changed, NULL));
  }
  assert_true(store_commit(store, NULL));
  store_free(store);
}

static void
reweigh(Fixture *f, gint64 now)
{
  Decision decision = {.command = "test", .now = now};
  gint64 lifted, added;
  Store *store = fixture_open(f, STORE_WRITE);
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
  store_free(store);
}

static gint64
prune(Fixture *f, gint64 now, int days)
{
  Pruning what = {.before = (now - days * (gint64)DAY) / DAY * DAY, .now = now};
  Decision decision = {.command = "prune", .now = now};
  Pruned would = {0}, done;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
  Store *store = fixture_open(f, STORE_WRITE);
  if (!store_count_prunable(store, &what, &would, &error) ||
      !store_prune(store, &what, &decision, &done, &error) || !store_check(store, findings, &error))
    fail_msg("%s", error->message);
  store_free(store);
  check_int("messages", done.messages, would.messages);
  check_int("failures", done.failures, would.failures);
  check_int("deliveries", done.deliveries, would.deliveries);
  check_int("complaints", done.complaints, would.complaints);
  check_int("stay", done.stay, would.stay);
  if (findings->len > 0)
    fail_msg("%s", (const char *)g_ptr_array_index(findings, 0));
  return done.failures;
}

static void
compare(const Pair *pair, guint32 seed, const char *when)
{
  g_autofree char *want = entries_of(pair->f[0]), *got = entries_of(pair->f[1]);
  if (g_strcmp0(want, got) != 0)
    fail_msg("seed %u, %s: without pruning\n%s\nwith it\n%s", seed, when, want, got);
}

static gint64
try_seed(guint32 seed)
{
  Pair pair = {0};
  GRand *random = g_rand_new_with_seed(seed);
  for (int side = 0; side < 2; side++) {
    void *state;
    fixture_setup(&state);
    pair.f[side] = state;
    if (seed % 3 == 0) /* unproven failures need two days */
      sql_run(pair.f[side], "UPDATE threshold SET least = 2 WHERE reason <> 'complaint'");
  }
  play(&pair, random, EVENTS);
  g_autofree char *before = counts_of(pair.f[1]);
  gint64 pruned = prune(pair.f[1], pair.now, g_rand_int_range(random, 5, 400));
  g_autofree char *after = counts_of(pair.f[1]);
  check_string("the counts", after, before);
  compare(&pair, seed, "after pruning");
  for (int history = 0; history < HISTORIES; history++)
    pair.last[history].at = pair.now;
  play(&pair, random, LATER);
  compare(&pair, seed, "after later events");
  for (int side = 0; side < 2; side++)
    undo_all(pair.f[side], pair.now);
  compare(&pair, seed, "after decisions are withdrawn");
  for (int side = 0; side < 2; side++)
    reweigh(pair.f[side], pair.now);
  compare(&pair, seed, "after reweigh");
  check_sql(pair.f[1], "SELECT named - (SELECT count(DISTINCT address) FROM failure) FROM guard",
            "0");
  prune(pair.f[1], pair.now, 5);
  compare(&pair, seed, "after pruning again");
  for (int side = 0; side < 2; side++)
    fixture_teardown((void **)&pair.f[side]);
  g_rand_free(random);
  return pruned;
}

static void
test_list_stays(void **state)
{
  (void)state;
  gint64 pruned = 0;
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    pruned += try_seed(seed);
  assert_in_range(pruned, SEEDS * 5, SEEDS * HISTORIES * EVENTS);
}

/* Deleting is done in many transactions, each of which leaves the database sound. */
static void
test_many(void **state)
{
  Fixture *f = *state;
  Store *store = fixture_open(f, STORE_WRITE);
  assert_true(store_begin(store, NULL));
  for (int i = 0; i < 1500; i++) {
    g_autofree char *address = g_strdup_printf("a%d@h.example", i);
    g_autoptr(Report) report = bounce_of(address, i % 3 == 0 ? REASON_USER_UNKNOWN : REASON_SPF);
    StoreMessage message = message_of(++f->letters, NOON + i);
    Recorded recorded;
    assert_true(store_record(store, report, &message, &recorded, NULL));
  }
  assert_true(store_commit(store, NULL));
  store_free(store);
  check_int("failures", prune(f, NOON + 400 * (gint64)DAY, 10), 1000);
  check_sql(f, "SELECT count(*) FROM message", "500");
  check_sql(f, "SELECT count(*) FROM suppression", "500");
  check_sql(f, "SELECT sum(failures) FROM daily", "1500");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_list_stays),
      cmocka_unit_test_setup_teardown(test_many, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
