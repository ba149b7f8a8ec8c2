/* Accepted deliveries and other signs of life: what they lift, and what they must not. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-alive.h"
#include "store/store-decisions.h"
#include "store/store-row.h"

static const char ada[] = "Ada@school.example";

static void
accepted(Store *store, const char *address, gint64 at)
{
  assert_true(store_begin(store, NULL));
  assert_true(store_accepted(store, address, at, NULL));
  assert_true(store_commit(store, NULL));
}

static void
fails(Fixture *f, Store *store, Reason reason, gint64 at)
{
  g_autoptr(Report) report = bounce_of(ada, reason);
  record(f, store, report, at);
}

/* What happens, a letter and a day each: F full, U user unknown, B blocked, A accepted. Hours after
 * a colon. */
static void
play(Fixture *f, Store *store, const char *events)
{
  g_auto(GStrv) list = g_strsplit(events, " ", 0);
  for (char **event = list; *event != NULL; event++) {
    char *end;
    gint64 at = NOON + g_ascii_strtoll(*event + 1, &end, 10) * DAY;
    if (*end == ':')
      at += g_ascii_strtoll(end + 1, NULL, 10) * 3600;
    if (**event == 'A')
      accepted(store, ada, at);
    else
      fails(f, store,
            **event == 'F'   ? REASON_MAILBOX_FULL
            : **event == 'U' ? REASON_USER_UNKNOWN
                             : REASON_BLOCKED,
            at);
  }
}

static void
test_acceptances(void **state)
{
  static const struct {
    const char *events, *since; /* the day of the entry; NULL = none */
  } cases[] = {
      {"F0 F4 F8 F12 F20", "20"},
      {"F0 F4 F8 F12 A14 F20", NULL},
      {"F0 F4 F8 F12 A14 F20 F24 F28 F32 F36", "36"},
      /* every message is accepted and comes back */
      {"A0 F0:3 A4 F4:3 A8 F8:3 A12 F12:3 A16 F16:3", "16"},
      {"A0 F1 A4 F5 A8 F9 A12 F13 A16 F17", "17"},
      {"A0 F2 A4 F6 A8 F10 A12 F14 A16 F18", "18"},
      /* every second one only */
      {"F0 A1 F2 A3 F4 A5 F6 A7 F8 A9 F14", NULL},
      {"A0 F1 F5 F9 F13 F17", "17"},
      /* the latest acceptances come back, an earlier one stood */
      {"F0 F4 F8 F12 A14 A19:22 F20", NULL},
      {"F0 F4 F8 F12 A14 A15 A16 A17 A18 A19 A20 F20:3", NULL},
      /* the log is read again, and in the wrong order */
      {"F0 F4 F8 F12 A14 A14 A13:20 F20", NULL},
      {"F0 F4 F8 F12 A19:22 A14 F20", NULL},
      /* a failure that is the sender's fault also shows that acceptance means little */
      {"F0 F4 F8 F12 A14 B15 F20", "20"},
      /* one failure is enough: it is on the list, and stays there */
      {"F0 F4 F8 F12 F16 A18 F30", "16"},
      {"U0 A5 U9", "0"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    void *own;
    fixture_setup(&own);
    Fixture *f = own;
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    play(f, store, cases[i].events);
    g_autofree char *got = sql_text(f, "SELECT (since - 1767268800) / 86400 FROM suppression");
    check_string(cases[i].events, got, cases[i].since);
    fixture_teardown(&own);
  }
  (void)state;
}

/* Nothing is kept about addresses that have not failed. */
static void
test_of_interest(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  accepted(store, "new@school.example", NOON);
  accepted(store, ada, NOON);
  fails(f, store, REASON_MAILBOX_FULL, NOON + DAY);
  check_sql(f, "SELECT count(*) FROM alive", "0");
  accepted(store, "ada@SCHOOL.example", NOON + 5 * DAY);
  check_sql(f, "SELECT address || ((accepted_at - 1767268800) / 86400) FROM alive",
            "ada@school.example5");
  assert_true(store_begin(store, NULL));
  assert_true(store_alive_prune(store, NOON + 100 * DAY, NULL));
  assert_true(store_commit(store, NULL));
  check_sql(f, "SELECT count(*) FROM alive", "1");
  assert_true(store_begin(store, NULL));
  assert_true(store_alive_prune(store, NOON + 190 * DAY, NULL));
  assert_true(store_commit(store, NULL));
  check_sql(f, "SELECT count(*) FROM alive", "0");
}

static bool
tell(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  g_string_append_printf(data, "%s %d %d;", store_cell(cells, n, "recipient"),
                         store_cell(cells, n, "accepted_at") != NULL,
                         store_cell(cells, n, "wrote_at") != NULL);
  return true;
}

static void
wrote(Fixture *f, Store *store, Kind kind, const char *sender, const char *author, gint64 at)
{
  g_autoptr(Report) report = report_of(kind);
  report->author = g_strdup(author);
  StoreMessage message = message_of(++f->letters, at);
  message.sender = sender;
  record_message(store, report, &message);
}

/* A complaint and what a person decided stay whatever is accepted, but somebody is told. */
static void
test_suppressed(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const Decision decision = {.command = "suppress", .now = NOON};
  bool changed;
  assert_true(store_begin(store, NULL));
  assert_true(store_override(store, "bob@a.example", OVERRIDE_SUPPRESS, &decision, &changed, NULL));
  assert_true(store_commit(store, NULL));
  g_autoptr(Report) complaint = report_of(KIND_COMPLAINT);
  bounce_set(&report_add_recipient(complaint)->recipient, "cyd@a.example", BOUNCE_ADDRESS_MAX);
  record(f, store, complaint, NOON);
  fails(f, store, REASON_USER_UNKNOWN, NOON);
  accepted(store, "bob@a.example", NOON + 5 * DAY);
  accepted(store, "cyd@a.example", NOON - DAY); /* before: it tells nothing */
  wrote(f, store, KIND_OTHER, "CYD@a.example", "someone@else.example", NOON + 6 * DAY);
  wrote(f, store, KIND_AUTO_REPLY, "", "ada@school.example", NOON + 6 * DAY);
  wrote(f, store, KIND_BOUNCE, "bob@a.example", NULL, NOON + 7 * DAY);
  g_autoptr(GString) text = g_string_new(NULL);
  assert_true(store_alive_suppressed(store, tell, text, NULL));
  check_string("signs of life", text->str,
               "Ada@school.example 0 1;bob@a.example 1 0;cyd@a.example 0 1;");
  check_sql(f, "SELECT count(*) FROM suppression", "3");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_acceptances),
      cmocka_unit_test_setup_teardown(test_of_interest, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_suppressed, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests_name("alive", tests, NULL, NULL);
}
