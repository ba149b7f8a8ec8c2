/* Forgetting one address of a random address book: every trace of it goes, and nobody else loses
 * anything. The addresses are prefixes, suffixes and spellings of each other. */
#include "config.h"

#include "lib/store-fixture.h"

#include "mail/address.h"
#include "store/store-forget.h"

enum { ROUNDS = 60, BOOK = 14, NAMED_MAX = 3 };

static const Decision by_me = {.command = "forget", .uid = 1, .now = NOON};

static const char *
pick(GRand *random, const char *const *from)
{
  return from[g_rand_int_range(random, 0, (gint32)g_strv_length((char **)from))];
}

static char *
random_address(GRand *random)
{
  static const char *const before[] = {"", "", "jo", "x.", "mary-", "a+", "\xc3\xa9", NULL};
  static const char *const names[] = {"ann", "Ann", "info", "i", NULL};
  static const char *const after[] = {"", "", "a", "+news", ".b", "-x", NULL};
  static const char *const domains[] = {"example.net",
                                        "Example.NET",
                                        "example.network",
                                        "mail.example.net",
                                        "net.example",
                                        "b\xc3\xbc"
                                        "cher.example",
                                        "xn--bcher-kva.example",
                                        NULL};
  const char *quote = g_rand_int_range(random, 0, 5) == 0 ? "\"" : "";
  const char *blank = *quote != '\0' && g_rand_boolean(random) ? " " : "";
  return g_strdup_printf("%s%s%s%s%s%s@%s", quote, pick(random, before), blank, pick(random, names),
                         pick(random, after), quote, pick(random, domains));
}

/* The mailbox that an address means: written by other code than what is tested. */
static char *
mailbox(const char *address)
{
  g_autofree char *parsed = address_parse(address, false);
  const char *at = strrchr(parsed, '@');
  g_autofree char *domain = g_hostname_to_ascii(at + 1);
  g_autofree char *local = g_strndup(parsed, (gsize)(at - parsed));
  g_autofree char *lower = g_ascii_strdown(local, -1);
  return g_strconcat(lower, "@", domain, NULL);
}

static char *
wrap(GRand *random, const char *address)
{
  static const char *const forms[] = {"<%s>: no", "to %s failed", "rfc822; %s", "%s", "(%s)", NULL};
  g_auto(GStrv) pieces = g_strsplit(pick(random, forms), "%s", 2);
  const char *at = strrchr(address, '@');
  if (g_rand_int_range(random, 0, 4) == 0 && *address != '"')
    return g_strdup_printf("from bounces+%.*s=%s@lists.example", (int)(at - address), address,
                           at + 1);
  return g_strconcat(pieces[0], address, pieces[1], NULL);
}

typedef struct {
  char *address; /* the row's */
  char *diagnostic;
  GPtrArray *named; /* mailboxes in the diagnostic */
} Row;

static Row
record_row(Fixture *f, Store *store, GRand *random, char **book)
{
  Row row = {.named = g_ptr_array_new_with_free_func(g_free)};
  g_autoptr(GString) text = g_string_new("550");
  for (int n = g_rand_int_range(random, 0, NAMED_MAX + 1); n > 0; n--) {
    const char *named = book[g_rand_int_range(random, 0, BOOK)];
    g_autofree char *words = wrap(random, named);
    g_string_append_printf(text, " %s", words);
    g_ptr_array_add(row.named, mailbox(named));
  }
  row.address = address_parse(book[g_rand_int_range(random, 0, BOOK)], false);
  g_autoptr(Report) report = bounce_of(row.address, REASON_USER_UNKNOWN);
  bounce_set(&report_recipient(report, 0)->diagnostic, text->str, BOUNCE_DIAGNOSTIC_MAX);
  row.diagnostic = g_strdup(report_recipient(report, 0)->diagnostic);
  record(f, store, report, NOON);
  return row;
}

static bool
is_named(const Row *row, const char *victim)
{
  for (guint i = 0; i < row->named->len; i++)
    if (strcmp(g_ptr_array_index(row->named, i), victim) == 0)
      return true;
  return false;
}

static void
check_row(const Fixture *f, const Row *row, gint64 number, const char *victim)
{
  g_autofree char *own = mailbox(row->address);
  g_autofree char *sql = g_strdup_printf(
      "SELECT coalesce(diagnostic, '-') FROM failure WHERE failure_id = %d", (int)number);
  g_autofree char *got = sql_text(f, sql);
  g_autofree char *want =
      strcmp(own, victim) == 0 ? NULL : g_strdup(is_named(row, victim) ? "-" : row->diagnostic);
  if (g_strcmp0(got, want) != 0)
    fail_msg("forget %s: row of %s, \"%s\": got %s, want %s", victim, row->address, row->diagnostic,
             got, want);
}

/* Whoever else was suppressed still is. */
static void
check_entry(const Fixture *f, const Row *row, const char *victim)
{
  g_autofree char *own = mailbox(row->address);
  char *sql = sqlite3_mprintf("SELECT count(*) FROM entry WHERE address = %Q", own);
  check_sql(f, sql, strcmp(own, victim) == 0 ? "0" : "1");
  sqlite3_free(sql);
}

static void
test_round(Fixture *f, GRand *random)
{
  enum { ROWS = 20 };
  char *book[BOOK];
  Row rows[ROWS];
  bool found;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (int i = 0; i < BOOK; i++)
    book[i] = random_address(random);
  for (int i = 0; i < ROWS; i++)
    rows[i] = record_row(f, store, random, book);
  g_autofree char *first = sql_text(f, "SELECT min(failure_id) FROM failure");
  gint64 number = g_ascii_strtoll(first, NULL, 10);
  g_autofree char *address = address_parse(book[0], false), *victim = mailbox(book[0]);
  g_autoptr(GError) error = NULL;
  if (!store_begin(store, &error) || !store_forget(store, address, &by_me, &found, &error) ||
      !store_commit(store, &error))
    fail_msg("%s", error->message);
  for (int i = 0; i < ROWS; i++) {
    check_row(f, &rows[i], number + i, victim);
    check_entry(f, &rows[i], victim);
    g_free(rows[i].address);
    g_free(rows[i].diagnostic);
    g_ptr_array_unref(rows[i].named);
  }
  for (int i = 0; i < BOOK; i++)
    g_free(book[i]);
}

static void
test_books(void **state)
{
  g_autoptr(GRand) random = g_rand_new_with_seed(20260101);
  for (int i = 0; i < ROUNDS; i++) {
    fixture_setup(state);
    test_round(*state, random);
    fixture_teardown(state);
  }
}

/* The note about one address names another. */
static void
test_notes(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  bool found;
  assert_int_equal(sql_run(f, "INSERT INTO audit (at, by_uid, command, address, note, rows) VALUES"
                              " (1, 1, 'allow', 'bob@example.net', 'as ann@example.net asked', 0),"
                              " (1, 1, 'allow', 'joann@example.net', 'rang', 0),"
                              " (1, 1, 'allow', 'ann@example.net', 'rang', 0)"),
                   SQLITE_OK);
  assert_true(store_begin(store, NULL) &&
              store_forget(store, "ann@example.net", &by_me, &found, NULL) &&
              store_commit(store, NULL));
  assert_true(found);
  check_sql(f,
            "SELECT group_concat(coalesce(address, '-') || ':' || coalesce(note, '-'), ' ')"
            " FROM audit WHERE command = 'allow'",
            "bob@example.net:- joann@example.net:rang -:-");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_books),
      cmocka_unit_test_setup_teardown(test_notes, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
