#include "config.h"

#include "lib/check.h"

#include "base/csv.h"
#include "mail/service-names.h"
#include "readers/event.h"
#include "readers/services.h"

static void
test_get(void **state)
{
  (void)state;
  static const struct {
    const char *text, *paths, *want; /* want "none": not JSON, or refused */
  } cases[] = {
      {"{\"a\":1,\"b\":{\"c\":\"d\"}}", "b.c", "d"},
      {"{\"a\":1,\"b\":{\"c\":\"d\"}}", "a", "1"},
      {"{\"a\":1,\"b\":{\"c\":\"d\"}}", "x.y|b.x|b.c", "d"},
      {"{\"a\":\"\",\"b\":\"d\"}", "a|b", "d"},
      {"{\"a\":[\"x\",{\"b\":true}]}", "a.1.b", "true"},
      {"{\"a\":[\"x\"]}", "a.7", NULL},
      {"{\"a\":{\"b\":\"c\"}}", "a.*", "c"},
      {"{\"a\":{}}", "a.*.b", NULL},
      {"{\"a\":null}", "a", NULL},
      {"{\"a\":13792286917004336}", "a", "13792286917004336"},
      {"{\"a\":1521472262.908181}", "a", "1521472262.908"},
      {"{\"a\":\"\\\"\\\\\\/\\n\\u00e9\\ud83d\\udceb\"}", "a", "\"\\/\n\303\251\360\237\223\253"},
      {" {\"a\":\"x\"} rest", "a", "x"},
      {"{\"a\":\"fol!\n ded\nhere!\"}", "a", "foldedhere!"},
      /* envelopes */
      {"{\"event-data\":{\"a\":\"x\"},\"a\":\"y\"}", "a", "x"},
      {"{\"msys\":{\"track_event\":{\"a\":\"x\"}}}", "a", "x"},
      {"{\"msys\":{}}", "msys.a", NULL},
      {"{\"Type\":\"Notification\",\"Message\":\"{\\\"a\\\":\\\"x\\\"}\"}", "a", "x"},
      {"{\"Type\":\"Notification\",\"Message\":\"{\\\"detail\\\":{\\\"a\\\":\\\"x\\\"}}\"}", "a",
       "x"},
      {"{\"Type\":\"Notification\",\"Message\":\"words\",\"a\":\"y\"}", "a", "y"},
      {"{\"Message\":\"{\\\"a\\\":\\\"x\\\"}\"}", "a", NULL},
      /* refused */
      {"{\"a\":1,\"a\":2}", "a", "none"},
      {"{\"a\":123456789012345678901234567890}", "a", "none"},
      {"{\"a\":1e999}", "a", "none"},
      {"{\"a\":\"\\u0000\"}", "a", "none"},
      {"{\"a\":\"\\ud800x\"}", "a", "none"},
      {"{\"a\":\"\xff\"}", "a", "none"},
      {"[1]", "0", "none"},
      {"", "a", "none"},
      {"x", "a", "none"},
      {"{\"a\":1", "a", "none"},
      {"{a:1}", "a", "none"},
      {"{\"a\":\"open", "a", "none"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Event) event = event_from_json(cases[i].text);
    g_autofree char *got = event != NULL ? event_get(event, cases[i].paths) : g_strdup("none");
    check_string(cases[i].text, got, cases[i].want);
  }
}

static char *
repeat(const char *text, int n)
{
  GString *all = g_string_new(NULL);
  while (n-- > 0)
    g_string_append(all, text);
  return g_string_free(all, FALSE);
}

/* Deeper than any stack would bear. */
static void
test_nesting(void **state)
{
  (void)state;
  static const struct {
    int depth;
    bool want;
  } cases[] = {{100, true}, {100000, false}, {1000000, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *open = repeat("{\"a\":", cases[i].depth);
    g_autofree char *close = repeat("}", cases[i].depth);
    g_autofree char *text = g_strconcat(open, "1", close, NULL);
    g_autoptr(Event) event = event_from_json(text);
    check_int("nesting", event != NULL, cases[i].want);
  }
}

static void
test_join(void **state)
{
  (void)state;
  g_autoptr(Event) event = event_from_json("{\"a\":\"x\",\"b\":\"y\",\"r\":[\"1\",\"2\"]}");
  g_autofree char *both = event_join(event, "a|b+b+c");
  g_autofree char *none = event_join(event, NULL);
  check_string("both", both, "x y");
  check_string("none", none, "");
  g_autoptr(GPtrArray) elements = event_elements(event, "q|r");
  g_autoptr(GPtrArray) itself = event_elements(event, "q");
  check_int("elements", elements->len, 2);
  check_int("itself", itself->len, 1);
  g_autofree char *value = event_value(g_ptr_array_index(elements, 1));
  check_string("an element", value, "2");
  assert_null(event_value(g_ptr_array_index(itself, 0)));
}

static void
test_csv(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"a,b\n", "[a][b]"},
      {"a,b\r\nc", "[a][b]|[c]"},
      {"\"a,\"\"b\"\"\nc\",d\n", "[a,\"b\"\nc][d]"},
      {"a,,\n", "[a][][]"},
      {"\n\nx", "[]|[]|[x]"},
      {"\"open, and\nopen", "[open, and\nopen]"},
      {"\"a\"b,c", "[ab][c]"},
      {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    for (const char *text = cases[i].text; *text != '\0';) {
      g_auto(GStrv) fields = csv_record(&text);
      if (got->len > 0)
        g_string_append_c(got, '|');
      for (char **field = fields; *field != NULL; field++)
        g_string_append_printf(got, "[%s]", *field);
    }
    check_string(cases[i].text, got->str, cases[i].want);
  }
}

static void
test_row(void **state)
{
  (void)state;
  g_autoptr(Event) event = event_from_csv("email,Bounce Detail,email\nann@example.org,no,second\n");
  g_autofree char *first = event_get(event, "email");
  g_autofree char *detail = event_get(event, "Bounce Detail");
  check_string("the first of two names", first, "ann@example.org");
  check_string("a name with a blank", detail, "no");
  assert_null(event_from_csv("email\n"));
  assert_null(event_from_csv(""));
}

/* What --from takes is what the table has. */
static void
test_names(void **state)
{
  (void)state;
  guint n = 0;
  for (const Service *service = service_table; service->name != NULL; service++, n++)
    assert_true(g_strv_contains(service_names, service->name));
  check_int("services", g_strv_length((char **)service_names), n);
  for (const char *const *name = service_names; name[1] != NULL; name++)
    assert_true(strcmp(name[0], name[1]) < 0);
}

static void
test_meanings(void **state)
{
  (void)state;
  static const struct {
    const char *service, *type;
    Meaning want;
  } cases[] = {
      {"mailgun", "failed permanent bounce", MEANS_BOUNCE},
      {"mailgun", "failed temporary", MEANS_DELAY},
      {"mailgun", "failed permanent suppress-unsubscribe", MEANS_UNSUBSCRIBE},
      {"sendgrid", "bounced", MEANS_OTHER}, /* a word is whole */
      {"sendgrid", "dropped Spam Content", MEANS_NOTHING},
      {"ses", "Rendering Failure", MEANS_NOTHING},
      {"postmark", "Bounce", MEANS_BOUNCE},
      {"postmark", "", MEANS_OTHER},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].type, service_meaning(service_find(cases[i].service), cases[i].type),
              cases[i].want);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_get),      cmocka_unit_test(test_nesting), cmocka_unit_test(test_join),
      cmocka_unit_test(test_csv),      cmocka_unit_test(test_row),     cmocka_unit_test(test_names),
      cmocka_unit_test(test_meanings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
