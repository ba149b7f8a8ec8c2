/* Rules: which words mean which reason. bouncedb-rules(5) describes the format.
 *
 * The shipped rules are compiled in as tables, so loading them costs nothing. The user's own file
 * is parsed when it is loaded, and tried first. The first rule that matches wins. Matching is
 * linear in the text: ordered fragments, no regular expressions, no back-tracking.
 *
 * Strings are borrowed from the Rules and live as long. Not thread-safe. */
#pragma once

#include "mail/bounce.h"

typedef struct Rules Rules;

typedef struct {
  const char *id;       /* stored with every failure, so its meaning must never change */
  const char *provider; /* id, or NULL = any */
  Reason reason;
  bool user; /* from the user's file */
} RuleInfo;

/* What a rule says to people. Rules in the user's file may lack all but origin. */
typedef struct {
  const char *cause;  /* one sentence */
  const char *remedy; /* one sentence: what to do now */
  const char *source; /* document and date */
  const char *origin; /* "150-gmail.rules:12" */
} RuleAdvice;

typedef struct {
  const char *id;
  const char *name; /* "Gmail" */
} ProviderInfo;

/* What a rule can test. Strings are borrowed; NULL and 0 mean unknown. */
typedef struct {
  const char *provider;   /* id of the recognised provider */
  const char *text;       /* folded, names hidden; NULL: only rules without text are tried */
  const char *named;      /* the same with its names; NULL = text */
  const char *remote_mta; /* lower case host name */
  const char *reporting_mta;
  Status status;
  int reply_code;
  Stage stage;
  Action action; /* ACTION_DELAYED: rules with the reason expired are not tried */
} RuleInput;

/* Which rules are tried: RULES_TEXT, those with a text pattern (and a provider's rules by code
 * alone, which outrank what general rules make of the words); RULES_STATUS, those that test the
 * enhanced status code; RULES_REPLY, those that test only the reply code or the stage. */
typedef enum { RULES_TEXT, RULES_STATUS, RULES_REPLY } RulesPhase;

/* user_file may be NULL. On error returns NULL, with file, line and reason in the message. */
Rules *rules_load(const char *user_file, GError **error);
void rules_free(Rules *rules);

/* Whether there is a rule, or a provider, with that id. */
bool rules_knows(const Rules *rules, const char *id);
bool rules_knows_provider(const Rules *rules, const char *id);

/* Recognises the provider by the host that answered, by marks in the text, or by the reporting MTA
 * if no other host is known. NULL if there is none. *by (nullable, transfer full) is set to the
 * host or the mark. */
const ProviderInfo *rules_provider(const Rules *rules, const RuleInput *input, char **by);
const ProviderInfo *rules_find_provider(const Rules *rules, const char *id);

/* Whether the text can be in a language of the vocabulary: it has a word of one, or only ASCII. */
bool rules_read(const Rules *rules, const char *folded);

/* All of them: the user's, then the shipped ones. (element-type ProviderInfo) (transfer container)
 */
GPtrArray *rules_providers(const Rules *rules);

/* The first rule that matches; NULL if there is none. *matched (nullable, transfer full) is set to
 * the words or the code that matched. */
const RuleInfo *rules_match(const Rules *rules, RulesPhase phase, const RuleInput *input,
                            char **matched);

/* The same. *aside (nullable, transfer full), if it is NULL, is set to the first rule whose words
 * match but that may not accuse the recipient, and why, for people: "ID: the text speaks of ...".
 */
const RuleInfo *rules_match_telling(const Rules *rules, RulesPhase phase, const RuleInput *input,
                                    char **matched, char **aside);

/* The rule for what no other rule knows. Never NULL with the shipped rules. */
const RuleInfo *rules_undefined(const Rules *rules);

/* NULL if no rule has that id. */
const RuleInfo *rules_find(const Rules *rules, const char *id);

/* Looked up in the rule file's text on first use, which no delivery needs. */
const RuleAdvice *rules_advice(const Rules *rules, const RuleInfo *rule);

/* All rules in the order in which they are tried. */
guint rules_count(const Rules *rules);
const RuleInfo *rules_nth(const Rules *rules, guint index);

/* For rule authors: does not fail at the first problem, but adds "file:line: message" for each, up
 * to a hundred, to problems. "-" is standard input. Returns NULL only if user_file cannot be
 * read. */
Rules *rules_load_lenient(const char *user_file, GPtrArray *problems, GError **error);

typedef struct {
  const char *text;   /* in the form of bouncedb-rules(5) */
  const char *rule;   /* id of the rule it belongs to */
  const char *origin; /* "150-gmail.rules:19" */
  bool user;          /* from the user's file */
} RuleSample;

/* (element-type RuleSample) (transfer container) */
GArray *rules_samples(const Rules *rules);

/* Checks what can be proved without classifying anything: ids are unique, providers are used, no
 * key is missing, no rule is hidden by an earlier one. Adds "file:line: message" to problems. */
void rules_check(const Rules *rules, GPtrArray *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)
