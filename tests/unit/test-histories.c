/* Random histories of failures, deliveries, complaints, overrides and releases, against a naive
 * recount: every entry has a reason, every address without an entry reaches no threshold, and no
 * fault of the sender ever suppresses. */
#include "config.h"

#include "lib/histories.h"

enum { HISTORIES = 10000, EVENTS_MAX = 24, BATCH = 200 };

/* --- what should follow --- */

/* An event overtakes the earlier failures of its address. If it is recorded after the failure, the
 * same second is early enough. */
static bool
overtakes(const Event *event, int number, const Event *failure, int failure_number)
{
  if (event->address != failure->address)
    return false;
  return number > failure_number ? event->at >= failure->at : event->at > failure->at;
}

/* The override in force when event number was recorded. */
static What
override_at(const Event *events, int number, int address)
{
  for (int i = number - 1; i >= 0; i--)
    if (events[i].address == address && events[i].what >= ALLOWED && events[i].what <= UNDONE)
      return events[i].what;
  return UNDONE;
}

static bool
is_released(const Event *events, int n, const Event *event)
{
  for (int i = 0; i < n; i++)
    if (events[i].what == RELEASED && event->at >= events[i].at && event->at <= events[i].until &&
        g_strcmp0(events[i].provider, event->provider) == 0)
      return true;
  return false;
}

/* The last time that a decision about the address was withdrawn after event number, which counts
 * again then; number itself if there was none. */
static int
last_undo(const Event *events, int n, int number)
{
  for (int i = n - 1; i > number; i--)
    if (events[i].what == UNDONE && events[i].address == events[number].address)
      return i;
  return number;
}

static bool
is_allowed(const Event *events, int n, int number)
{
  const Event *event = &events[number];
  int undone = last_undo(events, n, number);
  for (int i = undone + 1; i < n; i++) /* allowed later, whatever its time */
    if (events[i].what == ALLOWED && events[i].address == event->address &&
        override_at(events, i, event->address) != ALLOWED)
      return true;
  if (undone > number)
    return false;
  int allowed = number; /* or allowed before it was recorded, at a later time */
  while (--allowed >= 0)
    if (events[allowed].address == event->address && events[allowed].what == ALLOWED &&
        override_at(events, allowed, event->address) != ALLOWED)
      break;
  return allowed >= 0 && override_at(events, number, event->address) == ALLOWED &&
         events[allowed].at > event->at;
}

static bool
is_lifted(const Event *events, int n, int number)
{
  const Event *event = &events[number];
  if (is_released(events, n, event) || is_allowed(events, n, number))
    return true;
  for (int i = 0; event->what == FAILS && i < n; i++)
    if (events[i].what == DELIVERED && overtakes(&events[i], i, event, number))
      return true;
  return false;
}

static gint64
day_of(const Event *event)
{
  return event->at / DAY;
}

/* The rule as a person would state it: enough different days, far enough apart, in the window. */
static bool
reaches(const Event *events, const bool *counting, int n, int address, Reason reason)
{
  const ReasonInfo *info = reason_info(reason);
  for (int last = 0; info->suppress_days > 0 && last < n; last++) {
    bool seen[180] = {false};
    int days = 0;
    gint64 first = 0;
    if (!counting[last] || events[last].address != address || events[last].reason != reason)
      continue;
    for (int i = 0; i < n; i++) {
      gint64 ago = day_of(&events[last]) - day_of(&events[i]);
      if (!counting[i] || events[i].address != address || events[i].reason != reason || ago < 0 ||
          ago >= 180)
        continue;
      days += !seen[ago];
      seen[ago] = true;
      first = MAX(first, ago);
    }
    if (days >= info->suppress_days && first >= info->suppress_span)
      return true;
  }
  return false;
}

/* --- comparing --- */

typedef struct {
  sqlite3_stmt *entry, *counting;
} Reader;

static char *
ask(sqlite3_stmt *statement, const char *address)
{
  g_autofree char *key = g_ascii_strdown(address, -1);
  sqlite3_reset(statement);
  sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
  char *text = sqlite3_step(statement) == SQLITE_ROW
                   ? g_strdup((const char *)sqlite3_column_text(statement, 0))
                   : NULL;
  sqlite3_reset(statement);
  return text;
}

/* What is wrong with the entry, or with its absence; NULL = nothing. */
static const char *
find_fault(const Event *events, const bool *counting, int n, int address, const char *entry)
{
  What verdict = override_at(events, n, address);
  bool complained = false, reached = false;
  Reason reason = REASON_NONE;
  for (int i = 0; i < n; i++)
    complained |= events[i].what == COMPLAINS && counting[i] && events[i].address == address;
  for (int r = REASON_NONE + 1; r < N_REASONS; r++)
    reached |= reaches(events, counting, n, address, (Reason)r);
  if (verdict == SUPPRESSED)
    return g_strcmp0(entry, "manual") != 0 ? "is not suppressed by hand" : NULL;
  if (verdict == ALLOWED)
    return entry != NULL ? "is suppressed although it is allowed" : NULL;
  if (entry == NULL)
    return complained || reached ? "should be suppressed" : NULL;
  if (strcmp(entry, "complaint") == 0)
    return complained ? NULL : "did not complain";
  if (!reason_from_name(entry, &reason) || reason_info(reason)->party == PARTY_SENDER ||
      reason_info(reason)->party == PARTY_MESSAGE)
    return "is suppressed for a fault of the sender or message";
  return reaches(events, counting, n, address, reason) ? NULL : "does not reach the threshold";
}

static int
check_history(const Reader *reader, const Event *events, int n, int history)
{
  bool counting[EVENTS_MAX];
  int suppressed = 0;
  for (int i = 0; i < n; i++)
    counting[i] =
        (events[i].what == FAILS || events[i].what == COMPLAINS) && !is_lifted(events, n, i);
  for (int a = 0; a < ADDRESSES; a++) {
    int want = 0;
    for (int i = 0; i < n; i++)
      want += counting[i] && events[i].what == FAILS && events[i].address == a &&
              reason_info(events[i].reason)->suppress_days > 0;
    g_autofree char *address = name_of(history, a);
    g_autofree char *entry = ask(reader->entry, address);
    g_autofree char *count = ask(reader->counting, address);
    const char *fault = find_fault(events, counting, n, a, entry);
    if (fault != NULL)
      fail_msg("%s, %s: %s", address, entry, fault);
    check_int(address, g_ascii_strtoll(count, NULL, 10), want);
    suppressed += entry != NULL;
  }
  return suppressed;
}

/* The views are sums of counts; this is what they stand for. */
static const char *const recounted[][2] = {
    {"failure_by_day", "SELECT date(failed_at, 'unixepoch') AS date, class, count(*),"
                       " count(DISTINCT address) FROM failure GROUP BY date, class"},
    {"failure_by_provider", "SELECT provider, class, reason, count(*), count(DISTINCT address),"
                            " min(failed_at), max(failed_at) FROM failure"
                            " GROUP BY provider, class, reason"},
    {"(SELECT reason, party, provider, failures, recipients, first_at, last_at FROM sender_fault)",
     "SELECT reason, party, provider, count(*), count(DISTINCT address), min(failed_at),"
     " max(failed_at) FROM failure WHERE party IN ('sender', 'message')"
     " GROUP BY reason, party, provider"},
    {"(SELECT last_failure_id, last_diagnostic FROM sender_fault)",
     "SELECT failure_id, diagnostic FROM failure WHERE failure_id IN (SELECT max(failure_id)"
     " FROM failure WHERE party IN ('sender', 'message') GROUP BY reason, provider)"},
};

static void
check_views(const Fixture *f)
{
  for (gsize i = 0; i < G_N_ELEMENTS(recounted); i++) {
    const char *view = recounted[i][0], *query = recounted[i][1];
    g_autofree char *more = g_strdup_printf(
        "SELECT count(*) FROM (SELECT * FROM %s EXCEPT SELECT * FROM (%s))", view, query);
    g_autofree char *less = g_strdup_printf(
        "SELECT count(*) FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM %s)", query, view);
    check_sql(f, more, "0");
    check_sql(f, less, "0");
  }
}

static int
play_history(Fixture *f, Store *store, GRand *random, int history, GStringChunk *names,
             Event *events)
{
  /* providers of this history only, so that its releases do not touch the others */
  g_autofree char *one = g_strdup_printf("p%d", history), *two = g_strdup_printf("q%d", history);
  const char *const providers[2] = {g_string_chunk_insert(names, one),
                                    g_string_chunk_insert(names, two)};
  int n = g_rand_int_range(random, 1, EVENTS_MAX);
  for (int i = 0; i < n; i++) {
    events[i] = random_event(random, i > 0 ? &events[i - 1] : NULL, providers);
    play_event(f, store, &events[i], history);
  }
  return n;
}

/* In small databases, because a release reads the whole list. */
static int
play_batch(GRand *random, int first)
{
  static Event events[BATCH][EVENTS_MAX];
  void *state;
  sqlite3 *db = NULL;
  Reader reader = {NULL, NULL};
  int n[BATCH], suppressed = 0;
  fixture_setup(&state);
  Fixture *f = state;
  Store *store = fixture_open(f, STORE_WRITE);
  GStringChunk *names = g_string_chunk_new(4096);
  assert_true(store_begin(store, NULL));
  for (int i = 0; i < BATCH; i++)
    n[i] = play_history(f, store, random, first + i, names, events[i]);
  assert_true(store_commit(store, NULL));
  store_free(store);
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  sqlite3_prepare_v2(db, "SELECT reason FROM entry WHERE address = ?", -1, &reader.entry, NULL);
  sqlite3_prepare_v2(db,
                     "SELECT count(*) FROM failure JOIN threshold USING (reason) WHERE address = ? "
                     "AND counting = 1",
                     -1, &reader.counting, NULL);
  for (int i = 0; i < BATCH; i++)
    suppressed += check_history(&reader, events[i], n[i], first + i);
  sqlite3_finalize(reader.entry);
  sqlite3_finalize(reader.counting);
  sqlite3_close(db);
  g_string_chunk_free(names);
  check_sql(f,
            "SELECT count(*) FROM entry JOIN failure USING (failure_id)"
            " WHERE party IN ('sender', 'message') OR counting = 0",
            "0");
  check_sql(f, "SELECT count(*) - (SELECT sum(failures) FROM daily) FROM failure", "0");
  check_views(f);
  fixture_teardown(&state);
  return suppressed;
}

static void
test_histories(void **state)
{
  (void)state;
  int suppressed = 0;
  GRand *random = g_rand_new_with_seed(20260426);
  for (int first = 0; first < HISTORIES; first += BATCH)
    suppressed += play_batch(random, first);
  g_rand_free(random);
  assert_in_range(suppressed, HISTORIES / 4, HISTORIES * 7 / 4); /* both are frequent */
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_histories)};
  return cmocka_run_group_tests_name("histories", tests, NULL, NULL);
}
