#include "config.h"

#include "lib/check.h"

#include "export/formats.h"

static void
test_plain_addresses(void **state)
{
  (void)state;
  static const struct {
    const char *address;
    bool want;
  } cases[] = {
      {"ada@school.example", true},
      {"o'neil+news@school.example", true},
      {"=a@school.example", true}, /* legal, and not the syntax of any list */
      {"jürgen@schule.example", true},
      {"a@b@c.example", false},
      {"\"a b\"@c.example", false},
      {"\"a\"@c.example", false},
      {"a b@c.example", false},
      {"a@c.example\n", false},
      {"a@c.example\nvictim@c.example", false},
      {"a@c.example,b@c.example", false},
      {"#a@c.example", false},
      {"a@", false},
      {"@c.example", false},
      {"root", false},
      {"", false},
      {"a\xff@c.example", false},
      {"a\xc2\xa0@c.example", false},     /* a no-break space */
      {"a\xe2\x80\xa8@c.example", false}, /* a line separator */
      {"\xef\xbb\xbf"
       "a@c.example",
       false},                            /* a byte order mark */
      {"a\xe2\x80\xae@c.example", false}, /* a right-to-left override */
      {"a\x01@c.example", false},
      {"<a@c.example>", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].address, format_is_plain(cases[i].address), cases[i].want);
}

static void
test_takes(void **state)
{
  (void)state;
  static const struct {
    const char *format, *address;
    bool want;
  } cases[] = {
      {"plain", "a'b@c.example", true},
      {"phplist", "a'b@c.example", false},
      {"phplist", "a`b@c.example", false},
      {"plain", "/a/@c.example", true},
      {"rspamd", "/a/@c.example", false},
      {"plain", "=a@c.example", true},
      {"mailjet", "=a@c.example", false},
      {"listmonk", "=a@c.example", false},
      {"listmonk", "+a@c.example", true},
      {"ses", "jürgen@schule.example", false},
      {"mailman", "jürgen@schule.example", false},
      {"sendgrid", "jürgen@schule.example", true},
      {"csv", "\"a, b\"@c.example", true},
      {"csv", "root", true},
      {"csv", "a@[192.0.2.1]", true},
      {"csv", "a\nb@c.example", false},
      {"csv", "a\xff@c.example", false},
      {"jsonl", "\"a b\"@c.example", true},
      {"listmonk", "\"a b\"@c.example", false},
      {"exim", "a:b@c.example", false},
      {"postfix", "#a@c.example", false},
      {"postfix", "*@c.example", true},
      {"exim", "*@c.example", false}, /* all of the domain */
      {"postfix", "@c.example", true},
      {"exim", "@c.example", true},
      {"csv", "@c.example", true},
      {"plain", "@c.example", false},
      {"rspamd", "@c.example", false},
      {"postfix", "@c d", false},
      {"postfix", "@", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const Format *format = format_find(cases[i].format);
    assert_non_null(format);
    if (format_takes(format, cases[i].address) != cases[i].want)
      fail_msg("%s: %s", cases[i].format, cases[i].address);
  }
}

static const Entry domain = {
    .address = "@c.example", .domain = "c.example", .reason = "manual", .since = 1767268800};
static const Entry allowed = {.address = "eva@c.example", .domain = "c.example", .allowed = true};
static const Entry dead = {.address = "ada@school.example",
                           .recipient = "Ada@school.example",
                           .klass = "permanent",
                           .reason = "user_unknown",
                           .status = "5.1.1",
                           .provider = "gmail",
                           .list_id = "news.example.org",
                           .diagnostic = "=550 5.1.1 \"no\", such; user\\",
                           .reply_code = 550,
                           .since = 1767268800,
                           .first_at = 1767182400,
                           .last_at = 1767268800,
                           .failures = 2};
static const Entry full = {.address = "+bob@school.example",
                           .recipient = "+bob@school.example",
                           .klass = "quota",
                           .reason = "mailbox_full",
                           .reply_code = 452,
                           .since = 1767268800};
static const Entry angry = {
    .address = "cyd@school.example", .reason = "complaint", .since = 1767268800};

static void
test_rows(void **state)
{
  (void)state;
  static const struct {
    const char *format;
    const Entry *row;
    const char *want;
  } cases[] = {
      {"plain", &dead, "ada@school.example\n"},
      {"csv", &dead,
       "ada@school.example,Ada@school.example,permanent,user_unknown,5.1.1,550,gmail,"
       "news.example.org,2026-01-01T12:00:00Z,2025-12-31T12:00:00Z,2026-01-01T12:00:00Z,2,"
       "\"'=550 5.1.1 \"\"no\"\", such; user\\\"\n"},
      {"csv", &angry, "cyd@school.example,,,complaint,,,,,2026-01-01T12:00:00Z,,,,\n"},
      {"jsonl", &dead,
       "{\"address\":\"ada@school.example\",\"recipient\":\"Ada@school.example\","
       "\"class\":\"permanent\",\"reason\":\"user_unknown\",\"status\":\"5.1.1\","
       "\"reply_code\":550,\"provider\":\"gmail\",\"list_id\":\"news.example.org\","
       "\"since\":\"2026-01-01T12:00:00Z\",\"first_at\":\"2025-12-31T12:00:00Z\","
       "\"last_at\":\"2026-01-01T12:00:00Z\",\"failures\":2,"
       "\"diagnostic\":\"=550 5.1.1 \\\"no\\\", such; user\\\\\",\"subscriber\":null}\n"},
      {"listmonk", &dead,
       "ada@school.example,"
       "\"{\"\"bouncedb\"\":{\"\"reason\"\":\"\"user_unknown\"\",\"\"since\"\":\"\"2026-01-01\"\"}}"
       "\"\n"},
      {"listmonk-webhook", &full,
       "{\"email\":\"+bob@school.example\",\"type\":\"soft\",\"source\":\"bouncedb\","
       "\"created_at\":\"2026-01-01T12:00:00Z\",\"meta\":{\"reason\":\"mailbox_full\","
       "\"status\":null,\"diagnostic\":null}}\n"},
      {"ses", &dead, "ada@school.example,BOUNCE\n"},
      {"ses", &angry, "cyd@school.example,COMPLAINT\n"},
      {"ses-json", &dead, "{\"emailAddress\":\"ada@school.example\",\"reason\":\"BOUNCE\"}\n"},
      {"mailgun", &dead,
       "ada@school.example,550,\"'=550 5.1.1 \"\"no\"\", such; user\\\",\"Thu, 01 Jan 2026 "
       "12:00:00 +0000\"\n"},
      {"mailgun", &full, "+bob@school.example,550,,\"Thu, 01 Jan 2026 12:00:00 +0000\"\n"},
      {"sendgrid", &dead, "\"ada@school.example\""},
      {"postmark", &dead, "{\"EmailAddress\":\"ada@school.example\"}"},
      {"sparkpost", &dead,
       "ada@school.example,transactional,\"user_unknown since 2026-01-01\"\n"
       "ada@school.example,non_transactional,\"user_unknown since 2026-01-01\"\n"},
      {"mautic", &dead, "ada@school.example,1\n"},
      {"mautic-json", &dead,
       "{\"email\":\"ada@school.example\",\"doNotContact\":[{\"channel\":\"email\",\"reason\":2,"
       "\"comments\":\"user_unknown since 2026-01-01\"}]}"},
      {"brevo", &dead, "ada@school.example\n"},
      {"mailchimp", &angry,
       "{\"email_address\":\"cyd@school.example\",\"status\":\"unsubscribed\"}"},
      {"mailerlite", &dead, "{\"email\":\"ada@school.example\",\"status\":\"bounced\"}\n"},
      {"postfix", &dead,
       "ada@school.example\terror:5.1.1 on the suppression list since 2026-01-01: user_unknown\n"},
      {"exim", &dead,
       "ada@school.example: on the suppression list since 2026-01-01: user_unknown\n"},
      {"postfix", &domain,
       "c.example\terror:5.1.1 on the suppression list since 2026-01-01: manual\n"},
      {"exim", &domain, "*@c.example: on the suppression list since 2026-01-01: manual\n"},
      {"postfix", &allowed, "eva@c.example\t:\n"},
      {"exim", &allowed, "eva@c.example:\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    format_row(format_find(cases[i].format), cases[i].row, GUARD_NORMAL, false, got);
    check_string(cases[i].format, got->str, cases[i].want);
  }
}

static void
test_guard(void **state)
{
  (void)state;
  static const struct {
    const char *address;
    FormatGuard guard;
    const char *begins;
  } cases[] = {
      {"=x@y.example", GUARD_NORMAL, "\"'=x@y.example\","},
      {"=x@y.example", GUARD_RAW, "=x@y.example,"},
      {"+x@y.example", GUARD_NORMAL, "+x@y.example,"},
      {"+x@y.example", GUARD_SAFE, "\"'+x@y.example\","},
      {"-x@y.example", GUARD_SAFE, "\"'-x@y.example\","},
      {"\"a, b\"@y.example", GUARD_NORMAL, "\"\"\"a, b\"\"@y.example\","},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const Entry row = {.address = cases[i].address, .reason = "manual", .since = 1};
    g_autoptr(GString) got = g_string_new(NULL);
    format_row(format_find("csv"), &row, cases[i].guard, false, got);
    if (!g_str_has_prefix(got->str, cases[i].begins))
      fail_msg("%s: got %s", cases[i].begins, got->str);
  }
}

/* A C1 control and a right-to-left override, as a stranger's reply may contain them. */
static void
test_hidden(void **state)
{
  (void)state;
  const Entry row = {.address = "ada@school.example",
                     .reason = "manual",
                     .since = 1,
                     .diagnostic = "550 \302\233[m \u202eon caf\u00e9"};
  static const struct {
    const char *format;
    FormatGuard guard;
    const char *want;
  } cases[] = {
      {"csv", GUARD_NORMAL, "\"550 \\xc2\\x9b[m \\xe2\\x80\\xaeon caf\u00e9\""},
      {"csv", GUARD_SAFE, "\"550 \\xc2\\x9b[m \\xe2\\x80\\xaeon caf\u00e9\""},
      {"csv", GUARD_RAW, "\"550 \302\233[m \u202eon caf\u00e9\""},
      {"mailgun", GUARD_NORMAL, "\"550 \\xc2\\x9b[m \\xe2\\x80\\xaeon caf\u00e9\""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    format_row(format_find(cases[i].format), &row, cases[i].guard, false, got);
    if (strstr(got->str, cases[i].want) == NULL)
      fail_msg("%s, guard %d: got %s", cases[i].format, cases[i].guard, got->str);
  }
}

static void
test_changes(void **state)
{
  (void)state;
  const Entry gone = {.address = "ada@school.example", .removed = true};
  static const struct {
    const char *format, *want;
  } cases[] = {
      {"plain", "remove\tada@school.example\n"},
      {"csv", "op,address,recipient,class,reason,status,reply_code,provider,list_id,since,first_at,"
              "last_at,failures,diagnostic\nremove,ada@school.example,,,,,,,,,,,,\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    format_header(format_find(cases[i].format), true, got);
    format_row(format_find(cases[i].format), &gone, GUARD_NORMAL, true, got);
    check_string(cases[i].format, got->str, cases[i].want);
  }
}

/* Every value that a template names exists, and a format that uses $kind defines its values. */
static void
test_table(void **state)
{
  (void)state;
  const Entry row = {.address = "a@b.example",
                     .recipient = "a@b.example",
                     .klass = "w",
                     .reason = "w",
                     .status = "w",
                     .provider = "w",
                     .list_id = "w",
                     .diagnostic = "w",
                     .reply_code = 500,
                     .since = 1,
                     .first_at = 1,
                     .last_at = 1,
                     .failures = 1};
  for (const Format *format = format_table; format->name != NULL; format++) {
    assert_ptr_equal(format_find(format->name), format);
    assert_non_null(format->what);
    assert_non_null(format->import);
    assert_int_equal(format->open != NULL, format->close != NULL);
    if (format->syntax == SYNTAX_SQLITE)
      continue;
    g_autoptr(GString) got = g_string_new(NULL);
    format_row(format, &row, GUARD_NORMAL, false, got);
    if (strstr(got->str, ",,") != NULL || strstr(got->str, ":,") != NULL ||
        strchr(got->str, '$') != NULL)
      fail_msg("%s: %s", format->name, got->str);
    assert_int_equal(strstr(format->row, "$kind") != NULL, format->hard != NULL);
    if ((format->flags & FORMAT_APPENDS) != 0)
      assert_true(g_str_has_suffix(format->row, "\n") && format->open == NULL &&
                  format->part_rows == 0 && format->part_octets == 0);
  }
  assert_null(format_find("xml"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain_addresses),
      cmocka_unit_test(test_takes),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_guard),
      cmocka_unit_test(test_hidden),
      cmocka_unit_test(test_changes),
      cmocka_unit_test(test_table),
  };
  return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
