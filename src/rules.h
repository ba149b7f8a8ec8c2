/* Rules: text that says which words mean which reason. bouncedb-rules(5) is the format.
 *
 * One parser for the shipped rules (embedded) and the user's own file, which is read first. The
 * first rule that matches wins; matching is linear in the text: ordered fragments, no regular
 * expressions, no back-tracking. */
#pragma once

#include "bounce.h"

typedef struct Rules Rules;

typedef struct {
  const char *id;
  const char *provider; /* id, or NULL = any */
  Reason reason;
  const char *cause;    /* one sentence */
  const char *remedy;   /* one sentence: what to do now */
  const char *source;   /* document and date */
  const char *origin;   /* "20-gmail.rules:12" */
} RuleInfo;

typedef struct {
  const char *id;
  const char *name; /* for people: "Gmail" */
} ProviderInfo;

/* What a rule can look at. Strings are borrowed; NULL and 0 mean unknown. */
typedef struct {
  const char *provider;   /* id of the recognised provider */
  const char *text;       /* folded; NULL: only rules without text are asked */
  const char *remote_mta; /* lower case */
  const char *reporting_mta;
  Status status;
  int reply_code;
  Stage stage;
  Action action;
} RuleInput;

/* Which rules are asked: those with a text pattern, those that look at the enhanced status code
 * (without text), or those that look at the reply code or the stage alone. */
typedef enum { RULES_TEXT, RULES_STATUS, RULES_REPLY } RulesPhase;

/* user_file may be NULL. On error NULL, with file, line and reason in the message. */
Rules *rules_load(const char *user_file, GError **error);
void rules_free(Rules *rules);

/* The provider, from the host that answered, the text's own marks, or the reporting MTA where no
 * other host is known. Borrowed; NULL = not recognised. */
const ProviderInfo *rules_provider(const Rules *rules, const RuleInput *input);
const ProviderInfo *rules_find_provider(const Rules *rules, const char *id);

/* The rule that decides, borrowed; NULL = none. *matched (nullable, transfer full) gets the words
 * of the text, or the code, that made it match. */
const RuleInfo *rules_match(const Rules *rules, RulesPhase phase, const RuleInput *input,
                            char **matched);

/* NULL where no rule has that id. */
const RuleInfo *rules_find(const Rules *rules, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)
