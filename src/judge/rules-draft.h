/* The skeleton of a rule for replies that no rule understands. */
#pragma once

#include "judge/rules.h"

/* Replies that are the same once they are masked; strings borrowed. */
typedef struct {
  const char *reply; /* masked (mask.h) */
  int reply_code;    /* of one of them; 0 = none */
  bool notice;       /* no server's reply is quoted: the reporting system speaks */
  gint64 failures, recipients;
  const char *domains;   /* of recipients, "a.example,b.example"; NULL = none known */
  const char *providers; /* the same way; NULL = none recognised */
  gint64 last_at;        /* Unix seconds */
  gint64 last_failure_id;
} RuleDraft;

/* The words of the reply as a pattern of bouncedb-rules(5): ordered fragments between what is
 * particular, the first hundred octets or so. NULL where there are too few words to go by.
 * (transfer full) */
char *rule_draft_pattern(const char *reply);

/* Appends a section of bouncedb-rules(5) whose reason, cause and remedy are empty; its sample holds
 * nothing personal, and is understood by none of rules. ids (a set, owning its keys) has the ids
 * that were given before. */
void rule_draft_append(GString *out, const Rules *rules, const RuleDraft *group, GHashTable *ids);
