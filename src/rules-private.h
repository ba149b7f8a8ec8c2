/* How rules are held in memory: shared by rules*.c only.
 *
 * Rules are parsed at every delivery, so parsing copies nothing: a Span points into the text of the
 * rule file, and the strings of a RuleInfo are made when somebody asks for that rule. */
#pragma once

#include <string.h>

#include "rules.h"

typedef struct {
  const char *at; /* not terminated; NULL = the key is absent */
  guint length;
} Span;

enum { GRAM = 4, N_GRAMS = 2 };

/* A literal to be found in folded text. */
typedef struct {
  const char *at;
  guint16 length;
  bool word_before, word_after; /* "~": a word begins, ends there */
  bool has_grams;               /* long enough for the filter */
  guint16 grams[N_GRAMS];       /* see rules-match.c */
} Fragment;

/* Fragments found in this order, anything between them. */
typedef struct {
  guint first, n; /* in Rules.fragments */
  bool at_start, at_end;
  bool negated; /* "not:" */
} Pattern;

typedef struct {
  int low, high;
} ReplyRange;

typedef struct {
  guint first, n;
} Slice;

typedef struct {
  RuleInfo info; /* filled by rule_info */
  Span id, provider_id, reason_name, cause, remedy, source, mta;
  int file; /* in Rules.files */
  int line;
  int provider; /* in Rules.providers; -1 = any */
  Reason reason;
  Slice patterns; /* in Rules.patterns, texts and nots as they come */
  guint n_texts, n_samples;
  Slice statuses; /* in Rules.statuses */
  Slice replies;  /* in Rules.replies */
  guint stages;   /* bit mask of Stage; 0 = any */
  guint actions;  /* bit mask of Action; 0 = any */
} Rule;

typedef struct {
  ProviderInfo info;
  Span mta;
  Slice marks; /* in Rules.patterns */
  int file;
  int line;
} Provider;

typedef struct {
  const char *text;
  const char *name;
  bool owned; /* the user's file; the shipped ones are compiled in */
} RuleFile;

typedef struct {
  Span text;
  guint rule;
  int file;
  int line;
} Sample;

struct Rules {
  GArray *files;     /* (element-type RuleFile) */
  GArray *rules;     /* (element-type Rule), in the order of reading */
  GArray *providers; /* (element-type Provider) */
  GArray *patterns;  /* (element-type Pattern) */
  GArray *fragments; /* (element-type Fragment) */
  GArray *statuses;  /* (element-type Status), -1 = any */
  GArray *replies;   /* (element-type ReplyRange) */
  GArray *phases[3]; /* (element-type guint) of RulesPhase: rules to ask, in order */
  GArray *samples;   /* (element-type Sample) */
  GStringChunk *strings;
};

static inline bool
span_equal(Span a, Span b)
{
  return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool
span_is(Span span, const char *text)
{
  return strncmp(span.at, text, span.length) == 0 && text[span.length] == '\0';
}

/* The one rule that needs no condition: it is asked when no other matched. */
#define RULE_UNDEFINED "undefined"

/* The value of a span, white space (continuation lines too) made one blank. Owned by rules. NULL
 * where absent. */
const char *rules_string(const Rules *rules, Span span);

/* Adds "file:line: message" to problems. */
void rules_problem(const Rules *rules, int file, int line, GPtrArray *problems, const char *format,
                   ...) G_GNUC_PRINTF(5, 6);

/* Appends what is in file, of which rules becomes the owner. */
void rules_parse_file(Rules *rules, RuleFile file, bool samples, GPtrArray *problems);

/* The next word of a list separated by blanks, or a span with at == NULL. */
Span span_word(Span *rest);

/* Fills fragment->grams. */
void rules_fragment_grams(Fragment *fragment);

/* A folded text on its way through the patterns; about 8 kB. */
enum { GRAM_WORDS = 65536 / 64 };
typedef struct {
  const char *at;
  size_t length;
  guint64 grams[GRAM_WORDS];
} RulesText;

/* An octet that no folded text holds: it may be part of a word, or not. RULES_EDGE is not. */
enum { RULES_UNKNOWN = 1, RULES_EDGE = 2 };

/* folded is borrowed. */
void rules_text_init(RulesText *text, const char *folded);
bool rules_pattern_matches(const Rules *rules, const Pattern *pattern, const RulesText *text);

/* The rule with its strings made. */
const RuleInfo *rules_info(const Rules *rules, guint index);

/* Index in rules->providers, -1 = no such provider. */
int rules_provider_index(const Rules *rules, Span id);

static inline const Provider *
rules_provider_at(const Rules *rules, int index)
{
  return &g_array_index(rules->providers, Provider, index);
}

static inline RulesPhase
rule_phase(const Rule *rule)
{
  if (rule->n_texts > 0 || rule->provider_id.at != NULL)
    return RULES_TEXT;
  return rule->statuses.n > 0 ? RULES_STATUS : RULES_REPLY;
}
