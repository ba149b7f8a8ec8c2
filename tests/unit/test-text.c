/* Functions that take text and give text: half a character never comes out, wherever they cut, and
 * nothing is read after the end. Each input is a block of its own, so that the address sanitizer
 * sees one octet too many. */
#include "config.h"

#include "lib/check.h"

#include "base/escape.h"
#include "base/fold.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/bounce.h"
#include "mail/fields.h"
#include "mail/html.h"
#include "mail/reply.h"
#include "readers/event.h"
#include "readers/excerpt.h"
#include "readers/transcript.h"
#include "judge/mask.h"
#include "judge/names.h"

static void
test_cut(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    size_t max, want;
  } cases[] = {
      {"", 0, 0},         {"", 5, 0},         {"abc", 0, 0},          {"abc", 2, 2},
      {"abc", 3, 3},      {"abc", 4, 3},      {"\u00e9", 1, 0},       {"\u00e9", 2, 2},
      {"a\u00e9", 2, 1},  {"a\u20ac", 3, 1},  {"a\u20ac", 4, 4},      {"\U0001f600", 3, 0},
      {"a\u20acb", 4, 4}, {"a\u20acb", 9, 5}, {"\u00e9\u00e9", 3, 2},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].text, (gint64)text_cut(cases[i].text, cases[i].max), (gint64)cases[i].want);
}

/* --- the functions, each with text where a message would have it --- */

static char *
bounce_text(const char *text)
{
  char *field = NULL;
  bounce_set(&field, text, BOUNCE_DIAGNOSTIC_MAX);
  return field;
}

static char *
reply_text(const char *text)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  return g_strdup(reply.text);
}

static char *
hidden(const char *text)
{
  g_autofree char *folded = fold(text), *plain = NULL;
  const char *const recipients[] = {"ann@example.org"};
  g_auto(NamesKnown) known = {0};
  names_known_init(&known, recipients, 1, "news@example.net");
  g_autofree char *all = names_hide(folded, &known, &plain);
  return g_strconcat(all, plain, NULL);
}

static char *
masked(const char *text)
{
  g_autofree char *folded = fold(text);
  return mask(folded, "ann");
}

static char *
field_value(const char *text)
{
  g_autofree char *field = g_strconcat("Diagnostic-Code: ", text, "\n ", text, NULL);
  g_autoptr(GPtrArray) fields = fields_parse(field);
  return g_strdup(fields_get(fields, "Diagnostic-Code"));
}

static char *
json_value(const char *text)
{
  g_autofree char *object = g_strconcat("{\"", text, "\": \"", text, "\"}", NULL);
  g_autoptr(Event) event = event_from_json(object);
  return event != NULL ? event_get(event, "*") : NULL;
}

static char *
html_text(const char *text)
{
  g_autofree char *html = g_strconcat("<p>", text, "&#xd83d;&#233;", NULL);
  return html_to_text(html, strlen(html));
}

static char *
address_text(const char *text)
{
  g_autofree char *value = g_strconcat("<", text, "@example.org>", NULL);
  return address_parse(value, true);
}

static char *
excerpt_of(const char *before, const char *text)
{
  g_autofree char *notice = g_strconcat(before, text, "\n\n<bob@example.org>: ", text, NULL);
  g_autoptr(Excerpts) excerpts = excerpts_new(notice);
  GString *all = g_string_new(NULL);
  for (int i = 0; i < 4; i++) {
    g_autofree char *part = i == 0   ? excerpts_about(excerpts, "ann@example.org")
                            : i == 1 ? excerpts_about(excerpts, "bob@example.org")
                            : i == 2 ? excerpts_entry(excerpts, "ann@example.org")
                                     : excerpts_words(excerpts, BOUNCE_NOTICE_MAX);
    g_autofree char *folded = fold(part != NULL ? part : "");
    g_string_append_printf(all, "%s %s", part != NULL ? part : "", folded);
  }
  return g_string_free(all, FALSE);
}

static char *
excerpt_after(const char *text)
{
  return excerpt_of("<ann@example.org>: ", text);
}

/* The address is in the middle of the line, whose beginning is too far away. */
static char *
excerpt_around(const char *text)
{
  g_autofree char *before = g_strconcat(text, " the mailbox ann@example.org is ", NULL);
  return excerpt_of(before, text);
}

static char *
excerpt_complete(const char *text)
{
  g_autofree char *notice = g_strconcat("550-", text, "\n550 more ", text, "\n", NULL);
  g_autofree char *beginning = g_strndup(text, text_cut(text, 40));
  g_autofree char *first = g_strconcat("550-", beginning, NULL);
  g_autoptr(Excerpts) excerpts = excerpts_new(notice);
  return excerpts_complete(excerpts, first);
}

static char *
transcript_text(const char *text)
{
  g_autofree char *notice =
      g_strconcat("   ----- Transcript of session follows -----\n550 5.1.1 <ann@example.org>... ",
                  text, "\n<<< 550 ", text, "\n", NULL);
  g_autoptr(Transcript) transcript = transcript_new(notice);
  const char *about = transcript_about(transcript, "ann@example.org");
  const char *first = transcript_first(transcript);
  return g_strconcat(about != NULL ? about : "", first != NULL ? first : "", NULL);
}

static const struct {
  const char *name;
  char *(*run)(const char *text); /* (nullable) */
} functions[] = {
    {"fold", fold},
    {"fold_lines", fold_lines},
    {"escape_terminal", escape_terminal},
    {"names_fold", names_fold},
    {"names_hide", hidden},
    {"mask", masked},
    {"bounce_set", bounce_text},
    {"reply_unwrap", reply_text},
    {"fields_parse", field_value},
    {"event_from_json", json_value},
    {"html_to_text", html_text},
    {"address_parse", address_text},
    {"excerpts after an address", excerpt_after},
    {"excerpts around an address", excerpt_around},
    {"excerpts_complete", excerpt_complete},
    {"transcript", transcript_text},
};

static void
check_all(const char *text, bool valid)
{
  size_t size = strlen(text) + 1;
  for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
    g_autofree char *block = g_malloc(size);
    memcpy(block, text, size);
    g_autofree char *got = functions[i].run(block);
    if (valid && got != NULL && !g_utf8_validate(got, -1, NULL))
      fail_msg("%s: half a character after %zu octets", functions[i].name, size - 1);
  }
}

/* Around every limit on octets, with characters of two, three and four octets at each offset. */
static void
test_boundaries(void **state)
{
  (void)state;
  static const char *const characters[] = {"\u00e9", "\u20ac", "\U0001f600"};
  static const size_t limits[] = {40, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
  for (size_t i = 0; i < G_N_ELEMENTS(characters); i++)
    for (size_t j = 0; j < G_N_ELEMENTS(limits); j++)
      for (size_t pad = 0; pad < 5; pad++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < pad)
          g_string_append_c(text, 'x');
        while (text->len < limits[j] + 32)
          g_string_append(text, characters[i]);
        check_all(text->str, true);
      }
}

/* A caller that breaks the contract gets rubbish, but nothing reads after the end. */
static void
test_invalid(void **state)
{
  (void)state;
  static const char *const endings[] = {"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xff", "\xc3 x"};
  for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
    g_autofree char *text = g_strconcat("no such user ", endings[i], NULL);
    check_all(text, false);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_boundaries),
      cmocka_unit_test(test_invalid),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
