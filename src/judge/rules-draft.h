/* Drafts rules for replies that no rule knows. */
#pragma once

#include "judge/rules.h"

/* Replies that are equal when masked. Strings are borrowed. */
typedef struct {
  const char *reply; /* masked (mask.h) */
  int reply_code;    /* of any of them; 0 = none */
  bool notice;       /* no server's reply is quoted, only the reporting system's words */
  gint64 failures, recipients;
  const char *domains;   /* of recipients, "a.example,b.example"; NULL = none known */
  const char *providers; /* likewise; NULL = none recognised */
  gint64 last_at;        /* Unix seconds */
  gint64 last_failure_id;
} RuleDraft;

/* The words of the reply as a pattern (bouncedb-rules(5)): fragments between placeholders, about a
 * hundred octets. NULL if there are too few words. (transfer full) (nullable) */
char *rule_draft_pattern(const char *reply);

/* Appends a section in the format of bouncedb-rules(5), with reason, cause and remedy left empty.
 * Its sample contains nothing personal and matches none of rules. ids, a set that owns its keys,
 * holds the ids used so far. */
void rule_draft_append(GString *out, const Rules *rules, const RuleDraft *group, GHashTable *ids);
