#include "config.h"

#include "readers/outcome.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/phrases.h"
#include "readers/recipients.h"

enum { RECIPIENTS_MAX = 100 };

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

const char *
outcome_section(const Letter *letter, const char *address, size_t *length)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  const char *place = NULL;
  for (guint i = 0; i < mentions->len && place == NULL; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    if (mention->heading && address_equal(mention->address, address))
      place = mention->line;
  }
  const char *found = NULL, *paragraph = letter->notice;
  for (const char *line = letter->notice; place != NULL && line < place; line = line_next(line)) {
    size_t n = line_length(line);
    if (n == 0 || memchr(line, '@', n) != NULL) {
      paragraph = line_next(line);
    } else if (line[n - 1] == ':') {
      found = paragraph;
      *length = (size_t)(line - paragraph) + n;
    }
  }
  return found;
}

/* What the line says about the addresses below it: delayed, failed, or anything else. */
static Action
introduces(const char *line, size_t length)
{
  g_autofree char *text = g_utf8_make_valid(line, (gssize)length);
  g_autofree char *folded = fold(text);
  if (phrases_find(PHRASE_DELAY, folded) || phrases_find(PHRASE_PROMISE, folded) ||
      strstr(folded, "deferred") != NULL)
    return ACTION_DELAYED;
  return phrases_find(PHRASE_FAILURE, folded) || strstr(folded, "failed") != NULL ? ACTION_FAILED
                                                                                  : ACTION_NONE;
}

static bool
is_named(const Report *report, const char *address)
{
  for (guint i = 0; i < report->recipients->len; i++)
    if (address_equal(report_recipient(report, i)->final_recipient, address))
      return true;
  return false;
}

void
outcome_add_delayed(Report *report, const Letter *letter)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  for (guint i = 0; i < mentions->len && i < RECIPIENTS_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    size_t length = 0;
    const char *section =
        mention->heading ? outcome_section(letter, mention->address, &length) : NULL;
    if (section != NULL && introduces(section, length) == ACTION_DELAYED &&
        !is_named(report, mention->address))
      recipients_add_failed(report, mention->address, NULL);
  }
}

void
outcome_by_section(Report *report, const Letter *letter)
{
  guint n = report->recipients->len, delayed = 0, refused = 0;
  Action actions[RECIPIENTS_MAX];
  if (n < 2 || n > RECIPIENTS_MAX)
    return;
  for (guint i = 0; i < n; i++) {
    const Recipient *recipient = report_recipient(report, i);
    size_t length = 0;
    const char *section = outcome_section(letter, recipient->final_recipient, &length);
    Action told = section != NULL ? introduces(section, length) : ACTION_NONE;
    bool late = told == ACTION_DELAYED;
    g_auto(Reply) reply = {0};
    reply_unwrap(recipient->diagnostic, &reply);
    bool final = section != NULL && !late && (reply.code >= 500 || told == ACTION_FAILED);
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
