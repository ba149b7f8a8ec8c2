/* Forgetting one address of a random address book: every trace of it goes, and nobody else loses
 * anything. The addresses are prefixes, suffixes and spellings of each other. */
#include "config.h"

#include "lib/store-fixture.h"

#include <string.h>

#include "mail/address.h"
#include "verp/named.h"
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

static GPtrArray *
named_of(const char *address)
{
  GPtrArray *named = g_ptr_array_new_with_free_func((GDestroyNotify)named_free);
  g_ptr_array_add(named, named_new(address));
  return named;
}

static void
search(Store *store, const char *address)
{
  g_autoptr(GPtrArray) named = named_of(address);
  g_autoptr(GError) error = NULL;
  if (!store_forget_search(store, named, &error))
    fail_msg("%s", error->message);
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
  g_autofree char *address = address_parse(book[0], false), *victim = mailbox(book[0]);
  int searched = g_rand_int_range(random, 0, ROWS + 1); /* rows that come before the search */
  for (int i = 0; i < ROWS; i++) {
    if (i == searched)
      search(store, address);
    rows[i] = record_row(f, store, random, book);
  }
  g_autofree char *first = sql_text(f, "SELECT min(failure_id) FROM failure");
  gint64 number = g_ascii_strtoll(first, NULL, 10);
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

static void
forget(Store *store, const char *address)
{
  bool found;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) named = named_of(address);
  if (!store_begin(store, &error) || !store_forget(store, address, &by_me, &found, &error) ||
      !store_commit(store, &error) || !store_forget_finish(store, named, &error))
    fail_msg("%s", error->message);
}

#define DELETED "PRAGMA secure_delete = OFF; DELETE FROM %s WHERE message_id = %d"
#define MESSAGE                                                                                    \
  "INSERT INTO message (message_id, digest, kind, received_at, size, notes, recipients, repeated)" \
  " VALUES (%d, randomblob(32), 'delay', 1, 1, 0, 1, 0);"
#define NOTICE                                                                                     \
  MESSAGE "INSERT INTO delay (delay_id, message_id, failed_at, notice) VALUES (%d, %d, 1, '%s')"

static void G_GNUC_PRINTF(2, 3) run_sql(const Fixture *f, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  g_autofree char *sql = g_strdup_vprintf(format, values);
  va_end(values);
  check_int(sql, sql_run(f, sql), SQLITE_OK);
}

/* The last rows are deleted after the search, and others get their numbers. */
static void
test_numbers(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  run_sql(f, NOTICE, 1, 1, 1, "later");
  run_sql(f, NOTICE, 2, 2, 2, "later");
  search(store, "ann@example.net");
  run_sql(f, "DELETE FROM delay WHERE message_id = 2; DELETE FROM message WHERE message_id = 2");
  run_sql(f, NOTICE, 2, 2, 2, "<ann@example.net>: later");
  run_sql(f, NOTICE, 3, 3, 3, "to ann@example.net");
  forget(store, "ann@example.net");
  check_sql(f, "SELECT group_concat(coalesce(notice, '-')) FROM delay", "later,-,-");
}

/* Whether a file of the database has the text. */
static bool
has_octets(const Fixture *f, const char *text)
{
  gsize length;
  g_autofree char *octets = NULL;
  assert_true(g_file_get_contents(f->path, &octets, &length, NULL));
  return memmem(octets, length, text, strlen(text)) != NULL;
}

/* The file is rewritten only if anything is left in it. A table that is dropped leaves free pages,
 * which show that it was not. */
static void
test_rewriting(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  run_sql(f, NOTICE, 1, 1, 1, "<ann@example.net>: later");
  run_sql(f, NOTICE, 2, 2, 2, "<joann@example.org>: later");
  run_sql(f, "CREATE TABLE bulk (text TEXT) STRICT; INSERT INTO bulk VALUES (hex(zeroblob(5000)));"
             " DROP TABLE bulk");
  forget(store, "ann@example.net");
  check_sql(f, "SELECT freelist_count > 0 FROM pragma_freelist_count", "1");
  assert_false(has_octets(f, "ann@example.net"));
  run_sql(f, DELETED, "delay", 2);
  run_sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
  assert_true(has_octets(f, "joann@example.org"));
  forget(store, "joann@example.org");
  check_sql(f, "SELECT freelist_count FROM pragma_freelist_count", "0");
  assert_false(has_octets(f, "joann@example.org"));
}

/* What is left is divided among two pages, at any octet. */
static void
test_divided(void **state)
{
  enum { LENGTH = 2600, FIRST = 480, LAST = 590 };
  static const char address[] = "annabel.whitfield@example.net";
  int divided = 0;
  for (int at = FIRST; at <= LAST; at++) {
    fixture_setup(state);
    Fixture *f = *state;
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    g_autofree char *before = g_strnfill((gsize)at, '-'),
                    *after = g_strnfill((gsize)(LENGTH - at), '-');
    g_autofree char *notice = g_strconcat(before, address, after, NULL);
    run_sql(f, NOTICE, 1, 1, 1, notice);
    run_sql(f, DELETED "; PRAGMA wal_checkpoint(TRUNCATE)", "delay", 1);
    divided += !has_octets(f, address);
    forget(store, address);
    g_autofree char *name = g_strdup_printf("at %d", at);
    check_int(name, has_octets(f, "------------"), false);
    g_clear_pointer(&store, store_free);
    fixture_teardown(state);
  }
  assert_true(divided > 20); /* or this tests nothing */
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_books),
      cmocka_unit_test_setup_teardown(test_notes, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_numbers, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_rewriting, fixture_setup, fixture_teardown),
      cmocka_unit_test(test_divided),
  };
  return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
