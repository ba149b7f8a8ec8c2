#include "config.h"

#include "lib/check.h"

#include "mail/bounce.h"
#include "intake/envelope.h"

typedef struct {
  const char *what, *option, *variable, *head, *want;
} Case;

#define RECEIVED "Received: from mx by local; Sat, 21 Nov 2026 10:00:00 +0000\n"

static const Case senders[] = {
    {"option", "<a@example.org>", "b@example.org", "Return-Path: <c@example.org>\n",
     "a@example.org"},
    {"null option", "", "b@example.org", "Return-Path: <c@example.org>\n", ""},
    {"field", NULL, "b@example.org", "Return-Path: <c@Example.org>\n" RECEIVED, "c@example.org"},
    {"null field", NULL, "b@example.org", "Return-Path: <>\nSubject: x\n", ""},
    {"CRLF", NULL, NULL, "return-path: <c@example.org>\r\nSubject: x\r\n", "c@example.org"},
    {"below Received", NULL, "b@example.org", RECEIVED "Return-Path: <c@example.org>\n",
     "b@example.org"},
    {"in the body", NULL, "", "Subject: x\n\nReturn-Path: <c@example.org>\n", ""},
    {"first of two", NULL, NULL, "Return-Path: <1@example.org>\nReturn-Path: <2@example.org>\n",
     "1@example.org"},
    {"null variable", NULL, "", "Subject: x\n", ""},
    {"From_ line", NULL, NULL, "From d@example.org  Sat Nov 21 10:00:00 2026\nSubject: x\n",
     "d@example.org"},
    {"From_ line, null", NULL, NULL, "From MAILER-DAEMON Sat Nov 21 10:00:00 2026\n", ""},
    {"nothing reports it", NULL, NULL, "Subject: x\n", NULL},
    {"empty", NULL, NULL, "", NULL},
    {"controls in an option", "a\nb@example.org", NULL, "", NULL},
    {"shell", NULL, "() { :;}; touch x", "", NULL},
    {"not UTF-8", NULL, "\xff@example.org", "", NULL},
};

static const Case recipients[] = {
    {"option", "a@example.org", "b@example.org", "Delivered-To: c@example.org\n", "a@example.org"},
    {"empty option", "", "b@example.org", "Delivered-To: c@example.org\n", "c@example.org"},
    {"Delivered-To", NULL, "b@example.org", "Delivered-To: c@example.org\n", "c@example.org"},
    {"X-Original-To wins", NULL, NULL,
     "Delivered-To: c@example.org\nX-Original-To: bounces+d=example.net@example.org\n",
     "bounces+d=example.net@example.org"},
    {"Envelope-To", NULL, NULL, "Envelope-to: e@example.org\n", "e@example.org"},
    {"below Received", NULL, NULL, RECEIVED "Delivered-To: c@example.org\n", NULL},
    {"To is a stranger's", NULL, NULL, "To: c@example.org\n", NULL},
    {"variable", NULL, "b@example.org", "Subject: x\n", "b@example.org"},
    {"half a field", NULL, NULL, "Delivered-To", NULL},
    {"path", NULL, "../../etc/passwd\n", "", NULL},
};

static void
run(const Case *cases, size_t n, char *(*function)(const char *, bool, const char *, size_t),
    const char *variable)
{
  for (size_t i = 0; i < n; i++) {
    const Case *c = &cases[i];
    if (c->variable != NULL)
      g_setenv(variable, c->variable, TRUE);
    else
      g_unsetenv(variable);
    g_autofree char *got = function(c->option, true, c->head, strlen(c->head));
    check_string(c->what, got, c->want);
  }
  g_unsetenv(variable);
}

static void
test_sender(void **state)
{
  (void)state;
  run(senders, G_N_ELEMENTS(senders), envelope_sender, "SENDER");
}

static void
test_recipient(void **state)
{
  (void)state;
  run(recipients, G_N_ELEMENTS(recipients), envelope_recipient, "RECIPIENT");
}

/* Postfix puts the address before aliases into ORIGINAL_RECIPIENT. */
static void
test_original(void **state)
{
  (void)state;
  g_setenv("ORIGINAL_RECIPIENT", "o@example.org", TRUE);
  g_setenv("RECIPIENT", "r@example.org", TRUE);
  g_autofree char *got = envelope_recipient(NULL, true, "", 0);
  check_string("ORIGINAL_RECIPIENT", got, "o@example.org");
  assert_null(envelope_recipient(NULL, false, "", 0));
  g_unsetenv("ORIGINAL_RECIPIENT");
  g_unsetenv("RECIPIENT");
}

static void
check_recipients(const char *what, const char *option, bool environment, const char *head,
                 const char *want)
{
  g_autoptr(GPtrArray) found =
      envelope_recipients(option, environment, head, strlen(head), "base.example");
  g_ptr_array_add(found, NULL);
  g_autofree char *got = g_strjoinv(" ", (char **)found->pdata);
  check_string(what, got, want);
}

/* All that a server reports, in the order in which it may be a signed return path. */
static void
test_all(void **state)
{
  (void)state;
  static const char head[] = "Delivered-To: d1@x.example\nX-Original-To: x@x.example\n"
                             "Delivered-To: d2@x.example\n" RECEIVED "Delivered-To: no@x.example\n";
  check_recipients("fields", NULL, false, head, "x@x.example d1@x.example d2@x.example");
  g_setenv("ORIGINAL_RECIPIENT", "o@x.example", TRUE);
  g_setenv("RECIPIENT", "r@x.example", TRUE);
  g_setenv("LOCAL", "l", TRUE);
  g_setenv("EXTENSION", "e=f", TRUE);
  check_recipients("no environment", "p@x.example", false, "", "p@x.example");
  check_recipients("all", "p@x.example", true, head,
                   "p@x.example o@x.example r@x.example l+e=f@base.example x@x.example "
                   "d1@x.example d2@x.example");
  g_unsetenv("ORIGINAL_RECIPIENT");
  g_unsetenv("RECIPIENT");
  g_setenv("LOCAL", "l+e=f", TRUE);
  check_recipients("LOCAL is whole", NULL, true, "", "l+e=f@base.example");
  g_setenv("HOST", "host.example", TRUE);
  check_recipients("HOST", NULL, true, "", "l+e=f@host.example");
  g_setenv("DOMAIN", "domain.example", TRUE);
  check_recipients("DOMAIN", NULL, true, "", "l+e=f@domain.example");
  g_setenv("LOCAL", "a b\n", TRUE);
  check_recipients("no local part", NULL, true, "", "");
  g_unsetenv("LOCAL");
  check_recipients("no LOCAL", NULL, true, "", "");
  g_unsetenv("EXTENSION");
  g_unsetenv("HOST");
  g_unsetenv("DOMAIN");
  GString *many = g_string_new(NULL);
  for (int i = 0; i < 1000; i++)
    g_string_append(many, "Delivered-To: a@b.example\n");
  g_autofree char *text = g_string_free(many, FALSE);
  g_autoptr(GPtrArray) found = envelope_recipients(NULL, false, text, strlen(text), NULL);
  check_int("many", found->len, 20);
}

/* Nothing longer than the limit is returned, and nothing is read beyond the end. */
static void
test_length(void **state)
{
  (void)state;
  for (size_t n = 1; n < 100000; n = n * 3 + 1) {
    g_autofree char *local = g_strnfill(n, 'x');
    g_autofree char *address = g_strconcat(local, "@example.org", NULL);
    g_autofree char *got = envelope_recipient(address, true, "", 0);
    if (got != NULL)
      assert_true(strlen(got) <= BOUNCE_ADDRESS_MAX);
    else
      assert_true(n > 64);
    g_autofree char *field = g_strconcat("Delivered-To: ", address, NULL);
    g_autofree char *exact = g_memdup2(field, strlen(field)); /* without a NUL */
    g_autofree char *read = envelope_recipient(NULL, true, exact, strlen(field));
    check_string("field like option", read, got);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sender),   cmocka_unit_test(test_recipient),
      cmocka_unit_test(test_original), cmocka_unit_test(test_length),
      cmocka_unit_test(test_all),
  };
  static const char *const variables[] = {
      "SENDER", "RECIPIENT", "ORIGINAL_RECIPIENT", "LOCAL", "EXTENSION", "DOMAIN", "HOST"};
  for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
    g_unsetenv(variables[i]);
  return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
