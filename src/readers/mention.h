/* The addresses that a notice names, and what stands around each of them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An address that the notice names. */
typedef struct {
  char *address;
  const char *begin; /* in the notice */
  const char *end;   /* behind it */
  const char *line;  /* the line that it stands in */
  const char *line_end;
  bool heading; /* it begins its line, as the heading of what is said about it */
} Mention;

enum { MENTIONS_MAX = 20000 };

/* The mentions in notice in order, MENTIONS_MAX at most; they point into notice. (element-type
 * Mention) (transfer full) */
GPtrArray *mentions_find(const char *notice);

/* Whether the words before the address, in its line or the one above, hold one of words
 * (NULL-terminated). */
bool mention_is_labelled(const Mention *mention, const char *notice, const char *const *words);

/* It stands in the summary of a message that some notices begin with ("To: ... Subject: ..."),
 * which says who the message was for, not who failed. */
bool mention_in_summary(const Mention *mention);

/* A refusal stands in the same line: "550 <ann@example.net>... User unknown",
 * "<ann@example.net>: 550 no". */
bool mention_is_beside_reply(const Mention *mention);

/* "504 <news@news.example>: Sender address rejected" */
bool mention_is_refused_sender(const Mention *mention);

/* "<ann@example.org>: words" in the first column: the form that most systems give to one failure
 * among several. Further in it may be the middle of a reply. */
bool mention_is_entry(const Mention *mention);

/* It heads its line by intent, not because the line of a sentence happens to break before it. */
bool mention_heads_line(const Mention *mention, const char *notice);
