#include "config.h"

#include "readers/outcome.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/phrases.h"

static bool
is_success(const char *subject, const char *folded)
{
  const char *word = strstr(subject, "success");
  if (reply_is_refusal(folded) || phrases_find(PHRASE_FAILURE, subject) ||
      phrases_find(PHRASE_FINAL, subject))
    return false;
  if (word != NULL && strstr(subject, "unsuccess") == NULL &&
      strstr(subject, "not success") == NULL)
    return true;
  return !phrases_find(PHRASE_FAILURE, folded) &&
         (phrases_affirm(PHRASE_SUCCESS, subject) || phrases_affirm(PHRASE_SUCCESS, folded));
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

/* The line that introduces the list in which the address stands; NULL if there is none. (transfer
 * none) (nullable) */
static const char *
section_of(const Letter *letter, const char *address, size_t *length)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  const char *place = NULL;
  for (guint i = 0; i < mentions->len && place == NULL; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    if (mention->heading && address_equal(mention->address, address))
      place = mention->line;
  }
  const char *found = NULL;
  for (const char *line = letter->notice; place != NULL && line < place; line = line_next(line)) {
    size_t n = line_length(line);
    if (n > 0 && line[n - 1] == ':' && memchr(line, '@', n) == NULL) {
      found = line;
      *length = n;
    }
  }
  return found;
}

/* What the line says about the addresses below it: delayed, or anything else. */
static bool
introduces_delays(const char *line, size_t length)
{
  g_autofree char *text = g_utf8_make_valid(line, (gssize)length);
  g_autofree char *folded = fold(text);
  return phrases_find(PHRASE_DELAY, folded) || phrases_find(PHRASE_PROMISE, folded);
}

void
outcome_by_section(Report *report, const Letter *letter)
{
  enum { RECIPIENTS_MAX = 100 };
  guint n = report->recipients->len, delayed = 0, refused = 0;
  Action actions[RECIPIENTS_MAX];
  if (n < 2 || n > RECIPIENTS_MAX)
    return;
  for (guint i = 0; i < n; i++) {
    const Recipient *recipient = report_recipient(report, i);
    size_t length = 0;
    const char *section = section_of(letter, recipient->final_recipient, &length);
    bool late = section != NULL && introduces_delays(section, length);
    g_auto(Reply) reply = {0};
    reply_unwrap(recipient->diagnostic, &reply);
    bool final = section != NULL && !late && reply.code >= 500;
    actions[i] = late ? ACTION_DELAYED : final ? ACTION_FAILED : recipient->action;
    delayed += late;
    refused += final;
  }
  for (guint i = 0; i < n && delayed > 0 && refused > 0; i++)
    report_recipient(report, i)->action = actions[i];
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
