/* Whether a sentence that names the sender is about it. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

static const char sender[] = "SENDER", recipient[] = "RECIPIENT";

static bool
names_recipient(const RulesText *text, size_t begin, size_t end)
{
  return memmem(text->at + begin, end - begin, recipient, sizeof recipient - 1) != NULL;
}

static bool
parts_clauses(const RulesText *text, size_t at)
{
  return strchr(";,()", text->at[at]) != NULL ||
         (text->at[at] == ':' && at + 1 < text->length && text->at[at + 1] == ' ');
}

/* "from SENDER", "from=<SENDER>": it only says whose message it was. */
static bool
is_origin(const RulesText *text, size_t at)
{
  static const char *const before[] = {"from ", "from <", "from: ", "from: <", "from:<",
                                       "=",     "=<",     "by ",    "by <"};
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++) {
    size_t length = strlen(before[i]);
    if (at >= length && memcmp(text->at + at - length, before[i], length) == 0)
      return true;
  }
  return false;
}

static bool
has_predicate(const Heard *heard, guint n, size_t begin, size_t end)
{
  for (guint i = 0; i < n; i++)
    if (heard[i].at >= begin && heard[i].at < end &&
        (rules_predicates >> heard[i].concept & 1) != 0)
      return true;
  return false;
}

static size_t
clause_end(const RulesText *text, size_t at, size_t end)
{
  while (at < end && !parts_clauses(text, at))
    at++;
  return at;
}

bool
rules_own(const RulesText *text, size_t begin, size_t end, const Heard *heard, guint n)
{
  bool both = names_recipient(text, begin, end);
  for (size_t from = begin, to; from < end; from = to + 1) {
    to = clause_end(text, from, end);
    const char *named = memmem(text->at + from, to - from, sender, sizeof sender - 1);
    if (named == NULL || names_recipient(text, from, to))
      continue;
    bool origin = is_origin(text, (size_t)(named - text->at));
    bool here = has_predicate(heard, n, from, to);
    if (both ? here && !origin : here || !origin)
      return true;
  }
  return false;
}
