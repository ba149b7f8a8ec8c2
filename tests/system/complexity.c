/* What `make check-complexity` counts the instructions of: one pass of a reply that an enemy wrote
 * through everything that reads replies.
 *
 *   complexity SHAPE OCTETS     SHAPE is a number; with none the number of shapes is printed */
#include "config.h"

#include <glib.h>
#include <stdio.h>

#include "base/fold.h"
#include "mail/reply.h"
#include "judge/rules.h"

/* What is repeated: the beginnings of frequent fragments, words cut short, codes, brackets. */
static const char *const shapes[] = {
    "a",
    "mailbox ",
    "mailbox is mailbox ful user unknow ",
    "spfspf dkimdkim rblrbl ",
    "550 5.1.1 ",
    "550-550 5.7.1 said: ",
    "said: 550 'said: 550 \"",
    "<<<<((((",
    "host a.test[192.0.2.1] said: ",
    "5.1.1.1.1.1.",
    "in reply to rcpt to in reply to ",
    "\xe9\x82\xae\xe7\xae\xb1 \xef\xbc\xa1",
    "the user you are trying to contact is the user you are trying to ",
};

static char *
repeat(const char *shape, size_t octets)
{
  GString *text = g_string_sized_new(octets + 128);
  while (text->len < octets)
    g_string_append(text, shape);
  return g_string_free(text, FALSE);
}

static void
match_all(const Rules *rules, const char *text)
{
  g_autofree char *folded = fold(text);
  RuleInput input = {.text = folded, .reply_code = 550, .status = {5, 0, 0}};
  rules_provider(rules, &input, NULL);
  for (int phase = RULES_TEXT; phase <= RULES_REPLY; phase++) {
    g_autofree char *matched = NULL;
    rules_match(rules, (RulesPhase)phase, &input, &matched);
  }
}

int
main(int argc, char **argv)
{
  if (argc < 3) {
    printf("%zu\n", G_N_ELEMENTS(shapes));
    return 0;
  }
  size_t shape = (size_t)g_ascii_strtoull(argv[1], NULL, 10);
  size_t octets = (size_t)g_ascii_strtoull(argv[2], NULL, 10);
  if (shape >= G_N_ELEMENTS(shapes))
    return 64;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  g_autofree char *text = repeat(shapes[shape], octets);
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  match_all(rules, reply.text);
  match_all(rules, text);
  return 0;
}
