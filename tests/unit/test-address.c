#include "config.h"

#include "lib/check.h"

#include "mail/address.h"

static void
test_parse(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool bare;
    const char *want;
  } cases[] = {
      {"a@example.net", false, "a@example.net"},
      {" rfc822; a@Example.NET ", false, "a@example.net"},
      {"RFC822;A.b@example.net", false, "A.b@example.net"},
      {"rfc/822;a@example.net", false, "a@example.net"},
      {"rfc822 ; <a@example.net>", false, "a@example.net"},
      {"utf-8; p\\x{E9}pin@example.net", false, "p\303\251pin@example.net"},
      {"utf-8; a\\x{2B}b@example.net", false, "a+b@example.net"},
      {"utf-8; \\x{FFFFFF}@example.net", false, NULL},
      {"Ann Example <ann@example.net> (away)", false, "ann@example.net"},
      {"\"Ann <x>\" <ann@example.net>", false, "ann@example.net"},
      {"<@relay.example,@b.example:ann@example.net>", false, "ann@example.net"},
      {"@relay.example:ann@example.net", false, "ann@example.net"},
      {"\"ann example\"@example.net", false, "\"ann example\"@example.net"},
      {"\"a\\\"b@c\"@example.net", false, "\"a\\\"b@c\"@example.net"},
      {"\"ann\"@example.net", false, "ann@example.net"},
      {"\"'ann\"@example.net", false, "\"'ann\"@example.net"},
      {"ann@example.net.", false, "ann@example.net"},
      {"ann@[192.0.2.1]", false, "ann@[192.0.2.1]"},
      {"ann@localhost", false, "ann@localhost"},
      {"ann@example.net (forwarded)", false, "ann@example.net"},
      {"mailto:ann@example.net", false, "ann@example.net"},
      {"ann..b.@example.net", false, "ann..b.@example.net"},
      {"mailto:'ann@example.net'", false, "ann@example.net"},
      {"@relay.example:'ann@example.net'", false, "ann@example.net"},
      {"o'neil@example.net", false, "o'neil@example.net"},
      {"rfc822; root", false, NULL},
      {"rfc822; root", true, "root"},
      {"@example.net", false, NULL},
      {"ann@", false, NULL},
      {"ann@@example.net", false, NULL},
      {"\"open@example.net", false, NULL},
      {"<>", true, NULL},
      {"", true, NULL},
      {NULL, true, NULL},
      {"a\001b@example.net", false, NULL},
      {"\377\376@example.net", false, NULL},
      {"a@[IPv6:2001:db8::1]", false, "a@[ipv6:2001:db8::1]"},
      {"a@[192.0.2.1\033[31m]", false, NULL},
      {"a@[192.0.2.1\rX]", false, NULL},
      {"a@[192.0.2.1\302\233]", false, NULL},
      {"a@[b\\]", false, NULL},
      {"\"a\033[31mb\"@example.net", false, NULL},
      {"\"a\nb\"@example.net", false, NULL},
      {"\"a\177b\"@example.net", false, NULL},
      {"a\302\233b@example.net", false, NULL},
      {"a\342\200\256b@example.net", false, NULL},
      {"a@b\342\200\256.example", false, NULL},
      {"utf-8; a\\x{202E}b@example.net", false, NULL},
      {"a\302\233b", true, NULL},
      {"p\303\251pin@ex\303\244mple.net", false, "p\303\251pin@ex\303\244mple.net"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = address_parse(cases[i].text, cases[i].bare);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_parse_field(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool bare;
    const char *want;
  } cases[] = {
      {"rfc822; ann@example.net", false, "ann@example.net"},
      {"rfc822; front desk@example.net", false, "\"front desk\"@example.net"},
      {"rfc822; <gift shop team@example.net> (full)", true, "\"gift shop team\"@example.net"},
      {"rfc822; a  b@example.net", true, "\"a  b\"@example.net"},
      {"rfc822; \"front desk\"@example.net", true, "\"front desk\"@example.net"},
      {"Front Desk <desk@example.net>", true, "desk@example.net"},
      {"rfc822; ann at front@example.net, and others", true, NULL},
      {"rfc822; front @example.net", true, NULL},
      {"rfc822; root", true, "root"},
      {"rfc822; root (local)", true, "root"},
      {"rfc822; root", false, NULL},
      {"rfc822; unknown recipient", true, NULL},
      {"rfc822;", true, NULL},
      {NULL, true, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = address_parse_field(cases[i].text, cases[i].bare);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_bounds(void **state)
{
  (void)state;
  g_autofree char *local = g_strnfill(100000, 'x');
  g_autofree char *long_local = g_strconcat(local, "@example.net", NULL);
  g_autofree char *long_domain = g_strconcat("x@", local, ".example", NULL);
  g_autofree char *a = address_parse(long_local, true);
  g_autofree char *b = address_parse(long_domain, true);
  check_string("long local part", a, NULL);
  check_string("long domain", b, NULL);
}

static void
test_xtext(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"ann+2Bnews@example.net", "ann+news@example.net"},
      {"ann+3Dx@example.net", "ann=x@example.net"},
      {"ann+2015@example.net", "ann+2015@example.net"},
      {"\"ann+20b\"@example.net", "\"ann b\"@example.net"},
      {"ann+@example.net", "ann+@example.net"},
      {"ann+2", "ann+2"},
      {"ann+2b@example.net", "ann+2b@example.net"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = address_decode_xtext(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_next(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"nobody here", ""},
      {"to <ann@example.net> and bob@example.org.", "ann@example.net bob@example.org"},
      {"'ann@example.net': unknown", "ann@example.net"},
      {"**ann@example.net**", "ann@example.net"},
      {"mailto:ann@example.net", "ann@example.net"},
      {"<root@localhost> but not x@localhost", "root@localhost"},
      {"\"ann example\"@example.net (x)", "\"ann example\"@example.net"},
      {"a@b@example.net", "b@example.net"},
      {"@example.net @ @@", ""},
      {"ann@example.net,bob@example.net", "ann@example.net bob@example.net"},
      {"ann@[192.0.2.1]: no", "ann@[192.0.2.1]"},
      {"\346\224\266\344\273\266\344\272\272\357\274\210ann@example."
       "net\357\274\211\344\270\215\345\255\230\345\234\250",
       "ann@example.net"},
      {"\346\224\266\344\273\266\344\272\272ann@example.net\344\270\215\345\255\230\345\234\250",
       "ann@example.net"},
      {"to <\346\224\266@\344\276\213.example>", "\346\224\266@\344\276\213.example"},
      {"p\303\251pin@ex\303\244mple.org, please", "p\303\251pin@ex\303\244mple.org"},
      {"SMTP=ann@example.net;", "ann@example.net"},
      {"to=ann@example.net, bob=example.org@example.net",
       "ann@example.net bob=example.org@example.net"},
      {"<front desk@example.net>: unknown", "\"front desk\"@example.net"},
      {"550 <front desk@example.net>... unknown", "\"front desk\"@example.net"},
      {"<550 no such user ann@example.net>", "ann@example.net"},
      {"<the mailbox ann@example.net> is full", "ann@example.net"},
      {"<=?utf-8?B?8J+QiA==?=@example.net>: no", "=?utf-8?B?8J+QiA==?=@example.net"},
      {"\"ann@example.org\"@example.net", "\"ann@example.org\"@example.net"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    const char *cursor = cases[i].text;
    for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address))
      g_string_append_printf(got, "%s%s", got->len > 0 ? " " : "", address);
    check_string(cases[i].text, got->str, cases[i].want);
  }
}

static void
test_compare(void **state)
{
  (void)state;
  assert_true(address_equal("Ann@Example.net", "ann@example.NET"));
  assert_false(address_equal("ann@example.net", "bob@example.net"));
  assert_false(address_equal(NULL, NULL));
  assert_true(address_equal("Ann@b\303\274cher.example", "ann@XN--bcher-kva.example"));
  assert_false(address_equal("ann@b\303\274cher.example", "ann@bucher.example"));
  check_string("domain", address_domain("a@b@example.net"), "example.net");
  check_string("no domain", address_domain("root"), "");
  check_string("no address", address_domain(NULL), "");
}

/* The domain alone decides, and an invalid one stays as it is. */
static void
test_idn(void **state)
{
  (void)state;
  static const struct {
    const char *address, *ascii, *unicode, *key;
  } rows[] = {
      {"Ann@Plain.example", NULL, NULL, "ann@plain.example"},
      {"M\303\274ller@stra\303\237e.example", "M\303\274ller@xn--strae-oqa.example", NULL,
       "m\303\274ller@xn--strae-oqa.example"},
      {"M\303\274ller@plain.example", NULL, NULL, "m\303\274ller@plain.example"},
      {"ann@B\303\234CHER.example", "ann@xn--bcher-kva.example", NULL, "ann@xn--bcher-kva.example"},
      {"ann@bu\314\210cher.example", "ann@xn--bcher-kva.example", NULL,
       "ann@xn--bcher-kva.example"},
      {"ann@xn--bcher-kva.example", NULL, "ann@b\303\274cher.example", "ann@xn--bcher-kva.example"},
      {"b\303\274cher.example", "xn--bcher-kva.example", NULL, "xn--bcher-kva.example"},
      {"ann@-\303\274-.example", NULL, NULL, "ann@-\303\274-.example"},
      {"ann@", NULL, NULL, "ann@"},
      {"", NULL, NULL, ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *ascii = address_ascii(rows[i].address);
    g_autofree char *unicode = ascii == NULL ? address_unicode(rows[i].address) : NULL;
    g_autofree char *key = address_key(rows[i].address);
    check_string(rows[i].address, ascii, rows[i].ascii);
    check_string(rows[i].address, unicode, rows[i].unicode);
    check_string(rows[i].address, key, rows[i].key);
  }
  assert_null(address_ascii(NULL));
}

/* What people see is a spelling of the same domain, and does not pretend to be another. */
static void
test_display(void **state)
{
  (void)state;
  static const struct {
    const char *address, *want; /* NULL = the same */
  } rows[] = {
      {"ann@plain.example", NULL},
      {"ann@xn--bcher-kva.example", "ann@b\303\274cher.example"},
      {"xn--bcher-kva.example", "b\303\274cher.example"},
      {"@xn--bcher-kva.example", "@b\303\274cher.example"},
      {"a@xn--wgv71a119e.example", "a@\346\227\245\346\234\254\350\252\236.example"},
      {"a@xn--e1afmkfd.xn--80akhbyknj4f",
       "a@\320\277\321\200\320\270\320\274\320\265\321\200."
       "\320\270\321\201\320\277\321\213\321\202\320\260\320\275\320\270\320\265"},
      {"a@xn--pypal-4ve.example", NULL},     /* a Cyrillic letter among Latin ones */
      {"a@xn--mgbh0fb.example", NULL},       /* Arabic */
      {"a@xn--9dbne9b.example", NULL},       /* Hebrew */
      {"a@xn--ls8h.example", NULL},          /* an emoji, which no registry accepts */
      {"a@xn--a.example", NULL},             /* not valid */
      {"xn--bcher-kva@plain.example", NULL}, /* a local part */
      {"", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *display = address_display(rows[i].address);
    check_string(rows[i].address, display, rows[i].want != NULL ? rows[i].want : rows[i].address);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse),  cmocka_unit_test(test_parse_field),
      cmocka_unit_test(test_bounds), cmocka_unit_test(test_xtext),
      cmocka_unit_test(test_next),   cmocka_unit_test(test_compare),
      cmocka_unit_test(test_idn),    cmocka_unit_test(test_display),
  };
  return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
