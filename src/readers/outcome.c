#include "config.h"

#include "readers/outcome.h"

#include <string.h>

#include "mail/reply.h"
#include "readers/phrases.h"

static bool
is_success(const char *subject, const char *folded)
{
  const char *word = strstr(subject, "success");
  if (reply_is_refusal(folded) || phrases_find(PHRASE_FAILURE, subject))
    return false;
  if (word != NULL && strstr(subject, "unsuccess") == NULL &&
      strstr(subject, "not success") == NULL)
    return true;
  return !phrases_find(PHRASE_FAILURE, folded) &&
         (phrases_find(PHRASE_SUCCESS, subject) || phrases_find(PHRASE_SUCCESS, folded));
}

bool
outcome_is_promised(const char *folded)
{
  return phrases_find(PHRASE_PROMISE, folded) && !phrases_find(PHRASE_ENDED, folded);
}

/* A subject is often the same for every outcome, so what the text promises wins over it. */
static bool
is_delayed(const char *subject, const char *folded)
{
  if (phrases_find(PHRASE_DELAY, subject) || outcome_is_promised(folded))
    return true;
  return phrases_find(PHRASE_DELAY, folded) && !phrases_find(PHRASE_FINAL, folded) &&
         !phrases_find(PHRASE_FINAL, subject);
}

Action
outcome_of(const Letter *letter)
{
  g_autofree char *folded = letter_fold_notice(letter);
  if (is_success(letter->subject, folded))
    return ACTION_DELIVERED;
  return is_delayed(letter->subject, folded) ? ACTION_DELAYED : ACTION_FAILED;
}

Kind
outcome_kind(const Report *report)
{
  bool delayed = false;
  for (guint i = 0; i < report->recipients->len; i++) {
    Action action = report_recipient(report, i)->action;
    if (action == ACTION_FAILED)
      return KIND_BOUNCE;
    delayed |= action == ACTION_DELAYED;
  }
  return delayed ? KIND_DELAY : report->recipients->len > 0 ? KIND_SUCCESS : KIND_OTHER;
}
