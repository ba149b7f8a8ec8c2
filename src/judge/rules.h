/* Rules: text that says which words mean which reason. bouncedb-rules(5) is the format.
 *
 * The shipped rules are compiled in as tables, so that loading them costs nothing; the user's own
 * file is parsed when it is loaded, and asked first. The first rule that matches wins; matching is
 * linear in the text: ordered fragments, no regular expressions, no back-tracking.
 *
 * Strings are borrowed from the Rules and live as long as they do. Not for several threads. */
#pragma once

#include "mail/bounce.h"

typedef struct Rules Rules;

typedef struct {
  const char *id;       /* stored with every failure, for years: never give it another meaning */
  const char *provider; /* id, or NULL = any */
  Reason reason;
} RuleInfo;

/* What a rule tells people. Those of the user's file may lack all but the last. */
typedef struct {
  const char *cause;  /* one sentence */
  const char *remedy; /* one sentence: what to do now */
  const char *source; /* document and date */
  const char *origin; /* "150-gmail.rules:12" */
} RuleAdvice;

typedef struct {
  const char *id;
  const char *name; /* for people: "Gmail" */
} ProviderInfo;

/* What a rule can look at. Strings are borrowed; NULL and 0 mean unknown. */
typedef struct {
  const char *provider;   /* id of the recognised provider */
  const char *text;       /* folded; NULL: only rules without text are asked */
  const char *remote_mta; /* lower case host name */
  const char *reporting_mta;
  Status status;
  int reply_code;
  Stage stage;
  Action action; /* ACTION_DELAYED: no rule whose reason is expired is asked */
} RuleInput;

/* Which rules are asked: those with a text pattern (and a provider's rules by code alone, which
 * outrank what general rules read into the words), those that look at the enhanced status code, or
 * those that look at the reply code or the stage alone. */
typedef enum { RULES_TEXT, RULES_STATUS, RULES_REPLY } RulesPhase;

/* user_file may be NULL. On error NULL, with file, line and reason in the message. */
Rules *rules_load(const char *user_file, GError **error);
void rules_free(Rules *rules);

/* There is a rule, a provider, of that id. */
bool rules_knows(const Rules *rules, const char *id);
bool rules_knows_provider(const Rules *rules, const char *id);

/* The provider, from the host that answered, the text's own marks, or the reporting MTA where no
 * other host is known. NULL = not recognised. *by (nullable, transfer full) gets the host or the
 * mark that gave it away. */
const ProviderInfo *rules_provider(const Rules *rules, const RuleInput *input, char **by);
const ProviderInfo *rules_find_provider(const Rules *rules, const char *id);

/* The rule that decides; NULL = none. *matched (nullable, transfer full) gets the words of the
 * text, or the code, that made it match. */
const RuleInfo *rules_match(const Rules *rules, RulesPhase phase, const RuleInput *input,
                            char **matched);

/* The rule for what no other rule knows. Never NULL in the rules as shipped. */
const RuleInfo *rules_undefined(const Rules *rules);

/* NULL where no rule has that id. */
const RuleInfo *rules_find(const Rules *rules, const char *id);

/* Looked up in the text when it is first asked for, which is never in a delivery. */
const RuleAdvice *rules_advice(const Rules *rules, const RuleInfo *rule);

/* All rules in the order in which they are asked. */
guint rules_count(const Rules *rules);
const RuleInfo *rules_nth(const Rules *rules, guint index);

/* For rule authors: instead of failing at the first problem adds "file:line: message" for each, up
 * to a hundred, to problems. NULL only where user_file cannot be read. */
Rules *rules_load_lenient(const char *user_file, GPtrArray *problems, GError **error);

typedef struct {
  const char *text;   /* as bouncedb-rules(5) writes samples */
  const char *rule;   /* id of the rule whose sample it is */
  const char *origin; /* "150-gmail.rules:19" */
  bool user;          /* it stands in the user's file */
} RuleSample;

/* (element-type RuleSample) (transfer container) */
GArray *rules_samples(const Rules *rules);

/* What can be proved without classifying: ids unique, providers used, all keys there, no rule
 * hidden behind an earlier one. Adds "file:line: message" to problems. */
void rules_check(const Rules *rules, GPtrArray *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)
