#include "config.h"

#include "lib/check.h"

#include <gmime/gmime.h>

#include "mail/bounce.h"
#include "mail/fields.h"

/* The groups on one line: "Name=value,Name=value|Name=value|..." */
static char *
describe(const char *text)
{
  g_autoptr(GPtrArray) fields = fields_parse(text);
  g_autoptr(GPtrArray) groups = fields_group(fields);
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < groups->len; i++) {
    const GPtrArray *group = g_ptr_array_index(groups, i);
    if (i > 0)
      g_string_append_c(out, '|');
    for (guint j = 0; j < group->len; j++) {
      const Field *field = g_ptr_array_index(group, j);
      g_string_append_printf(out, "%s%s=%s", j > 0 ? "," : "", field->name, field->value);
    }
  }
  return g_string_free(out, FALSE);
}

typedef struct {
  const char *text, *want;
} Case;

static void
check_cases(const Case *cases, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *got = describe(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_groups(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"", ""},
      {"Reporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; x@b.example\nAction: failed\n",
       "Reporting-MTA=dns; a.example|Final-Recipient=rfc822; x@b.example,Action=failed"},
      /* doubled empty lines, and empty lines made of blanks */
      {"Reporting-MTA: a\n\n\n \nFinal-Recipient: x\nAction: failed\n\n\nFinal-Recipient: y\n",
       "Reporting-MTA=a|Final-Recipient=x,Action=failed|Final-Recipient=y"},
      /* no empty line at all */
      {"Reporting-MTA: a\nFinal-Recipient: x\nAction: failed\nFinal-Recipient: y\nAction: failed\n",
       "Reporting-MTA=a|Final-Recipient=x,Action=failed|Final-Recipient=y,Action=failed"},
      {"Original-Recipient: o\nFinal-Recipient: x\nAction: failed\nOriginal-Recipient: p\n"
       "Final-Recipient: y\n",
       "|Original-Recipient=o,Final-Recipient=x,Action=failed|Original-Recipient=p,"
       "Final-Recipient=y"},
      {"Final-Recipient: x\nAction: failed\nOriginal-Recipient: p\nFinal-Recipient: y\n",
       "|Final-Recipient=x,Action=failed|Original-Recipient=p,Final-Recipient=y"},
      /* the action first */
      {"Action: failed\nFinal-Recipient: x\nStatus: 5.0.0\nAction: failed\nFinal-Recipient: y\n",
       "|Action=failed,Final-Recipient=x,Status=5.0.0|Action=failed,Final-Recipient=y"},
      /* the diagnostic begins the group */
      {"Reporting-MTA: dns; a\n\nDiagnostic-Code: x\nStatus: 5.1.1\nFinal-Recipient: rfc822; b\n\n"
       "Diagnostic-Code: y\nStatus: 5.2.2\nFinal-Recipient: rfc822; c\n",
       "Reporting-MTA=dns; a|Diagnostic-Code=x,Status=5.1.1,Final-Recipient=rfc822; b|"
       "Diagnostic-Code=y,Status=5.2.2,Final-Recipient=rfc822; c"},
      /* an empty line inside a group */
      {"Final-Recipient: x\n\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: y\n",
       "|Final-Recipient=x,Action=failed,Status=5.1.1|Final-Recipient=y"},
      /* the message's own fields after the recipient's */
      {"Final-Recipient: x\nReporting-MTA: a\nAction: failed\n",
       "Reporting-MTA=a|Final-Recipient=x,Action=failed"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_values(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"Diagnostic-Code: smtp; 550 no\n such\n\tuser\n", "Diagnostic-Code=smtp; 550 no such user"},
      {"Diagnostic-Code: smtp; 552-5.7.0 first\n552-5.7.0 second\n552 5.7.0 last\nStatus: 5.7.0\n",
       "Diagnostic-Code=smtp; 552-5.7.0 first 552-5.7.0 second 552 5.7.0 last|Status=5.7.0"},
      {"Diagnostic-Code: smtp; 550 see\nhttp://help.example/x\nReason: full\nAction: failed\n",
       "Diagnostic-Code=smtp; 550 see http://help.example/x Reason: full|Action=failed"},
      {"Diagnostic-Code: smtp; 550 a\nDiagnostic-Code: smtp; 551 b\n",
       "Diagnostic-Code=smtp; 550 a,Diagnostic-Code=smtp; 551 b"},
      {"Action : failed\nStatus\t: 5.0.0\n", "|Action=failed,Status=5.0.0"},
      {"no field\nReporting-MTA: a\n\nno field either\n", "Reporting-MTA=a"},
      {"Reporting-MTA:\n", "Reporting-MTA="},
      {": x\n9: x\nA b: x\n", ""},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

/* Cut at a fixed column, within words. */
static void
test_cut(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"Diagnostic-Code: smtp; 550 5.1.1 The mailbox that you tried to reach does n\n"
       " ot exist on this server, please check the address for mistakes in its spel\n"
       " ling and try again\n",
       "Diagnostic-Code=smtp; 550 5.1.1 The mailbox that you tried to reach does not exist on this "
       "server, please check the address for mistakes in its spelling and try again"},
      {"Diagnostic-Code: smtp; 550 5.1.1 The mailbox that you tried to reach\n"
       " does not exist on this server, please check the address for mistakes in\n"
       " its spelling\n",
       "Diagnostic-Code=smtp; 550 5.1.1 The mailbox that you tried to reach does not exist on this "
       "server, please check the address for mistakes in its spelling"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_get(void **state)
{
  (void)state;
  g_autoptr(GPtrArray) fields = fields_parse("Status: 5.1.1\nSTATUS: 5.2.2\n");
  check_string("first", fields_get(fields, "status"), "5.1.1");
  check_string("absent", fields_get(fields, "Action"), NULL);
}

static void
test_bounds(void **state)
{
  (void)state;
  g_autofree char *blob = g_strnfill(100000, 'x');
  g_autofree char *text = g_strdup_printf("Diagnostic-Code: %s\n %s\n", blob, blob);
  g_autoptr(GPtrArray) fields = fields_parse(text);
  check_int("value is cut", (gint64)strlen(fields_get(fields, "diagnostic-code")), FIELD_VALUE_MAX);

  g_autoptr(GString) many = g_string_new(NULL);
  for (int i = 0; i < BOUNCE_RECIPIENTS_MAX + 10; i++)
    g_string_append(many, "Final-Recipient: x\n");
  g_autoptr(GPtrArray) flood = fields_parse(many->str);
  g_autoptr(GPtrArray) groups = fields_group(flood);
  assert_true(groups->len <= BOUNCE_RECIPIENTS_MAX + 1);
}

/* --- as GMime understands it ---*/

/* A run of words, some of which are on lines of their own */
static void
add_words(GString *text, GRand *random)
{
  static const char *const words[] = {"smtp;", "550", "5.1.1", "<ann@example.org>:", "a:b", "é"};
  for (int n = g_rand_int_range(random, 0, 9); n > 0; n--)
    g_string_append_printf(text, "%s%s", g_rand_int_range(random, 0, 4) == 0 ? "\n\t" : " ",
                           words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))]);
}

/* Fields as RFC 5322 wants them: nothing that fields_parse() would have to tolerate. */
static char *
correct_fields(GRand *random)
{
  static const char *const names[] = {"Final-Recipient", "Action",           "Status",
                                      "Diagnostic-Code", "Will-Retry-Until", "X-Unix-Mailer"};
  GString *text = g_string_new(NULL);
  for (int n = g_rand_int_range(random, 1, 9); n > 0; n--) {
    g_string_append_printf(text, "%s:", names[g_rand_int_range(random, 0, G_N_ELEMENTS(names))]);
    add_words(text, random);
    g_string_append_c(text, '\n');
  }
  g_string_append_c(text, '\n');
  return g_string_free(text, FALSE);
}

/* Words separated by single blanks */
static char *
squeeze(const char *value)
{
  g_auto(GStrv) words = g_strsplit_set(value, " \t\r\n", -1);
  GString *out = g_string_new(NULL);
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
  return g_string_free(out, FALSE);
}

static void
compare_with_gmime(const char *text)
{
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeObject *part = g_mime_parser_construct_part(parser, NULL);
  GMimeHeaderList *list = g_mime_object_get_header_list(part);
  g_autoptr(GPtrArray) fields = fields_parse(text);
  check_int(text, fields->len, g_mime_header_list_get_count(list));
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    GMimeHeader *header = g_mime_header_list_get_header_at(list, (int)i);
    g_autofree char *ours = squeeze(field->value),
                    *theirs = squeeze(g_mime_header_get_raw_value(header));
    check_string(text, field->name, g_mime_header_get_name(header));
    check_string(text, ours, theirs);
  }
  g_object_unref(part);
  g_object_unref(parser);
  g_object_unref(stream);
}

static void
test_like_gmime(void **state)
{
  (void)state;
  GRand *random = g_rand_new_with_seed(1);
  g_mime_init();
  for (int i = 0; i < 5000; i++) {
    g_autofree char *text = correct_fields(random);
    compare_with_gmime(text);
  }
  g_rand_free(random);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_groups), cmocka_unit_test(test_values),
      cmocka_unit_test(test_cut),    cmocka_unit_test(test_get),
      cmocka_unit_test(test_bounds), cmocka_unit_test(test_like_gmime),
  };
  return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
