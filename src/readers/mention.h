/* The addresses that a notice names, and what surrounds each of them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An address that the notice names. */
typedef struct {
  char *address;
  const char *begin; /* in the notice */
  const char *end;   /* just after it */
  const char *line;  /* that contains it */
  const char *line_end;
  bool heading; /* it begins its line, so what follows is about it */
  bool entry;   /* its line begins with a label that another address has too, as in "User: " */
} Mention;

enum { MENTIONS_MAX = 20000 };

/* The mentions in notice, in order, at most MENTIONS_MAX; they point into notice. (element-type
 * Mention) (transfer full) */
GPtrArray *mentions_find(const char *notice);

/* The length of the brackets, quotes, bullets or number with which the line begins. */
size_t mention_skip_marks(const char *line, size_t length);

/* Whether line has the label of the entry, which ends what is said about that. */
bool mention_has_label(const Mention *entry, const char *line, size_t length);

/* Whether one of words (NULL-terminated) is in the 48 octets before the address, back to an empty
 * line or another address. */
bool mention_is_labelled(const Mention *mention, const char *notice, const char *const *words);

/* Whether such words say that it is a recipient, or that it is anything else: the sender, a
 * contact, an identifier. */
bool mention_is_called_recipient(const Mention *mention, const char *notice);
bool mention_is_called_other(const Mention *mention, const char *notice);

/* Whether the words right before it ask the reader to turn to that address. */
bool mention_is_contact(const Mention *mention);

/* Whether it is in the summary of a message with which some notices begin ("To: ... Subject: ..."),
 * or in a header that is quoted ("> To: ..."). That says who the message was for, not who failed.
 */
bool mention_in_summary(const Mention *mention);

/* Whether its line has the code of a refusal: "550 <ann@example.net>... User unknown",
 * "<ann@example.net>: 550 no". */
bool mention_is_next_to_reply(const Mention *mention);

/* "504 <news@news.example>: Sender address rejected" */
bool mention_is_refused_sender(const Mention *mention);

/* "<ann@example.org>: words" in the first column: how most systems list one failure among several.
 * Indented, the same may be the middle of a reply. */
bool mention_is_entry(const Mention *mention);

/* Whether it begins its line on purpose, and not because a sentence happens to be wrapped there. */
bool mention_heads_line(const Mention *mention, const char *notice);
