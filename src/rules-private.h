/* How rules are held in memory: shared by rules*.c only.
 *
 * Rules are parsed at every delivery, thousands of patterns each time, so parsing copies nothing: a
 * Span points into the text of the rule file. What matching does not need (cause, remedy, source,
 * samples) is skipped, and read from the text again when somebody asks for it. */
#pragma once

#include <string.h>

#include "rules.h"

typedef struct {
  const char *at; /* not terminated; NULL = the key is absent */
  guint length;
} Span;

enum { GRAM = 4, N_GRAMS = 2 };

typedef enum {
  FRAGMENT_LAST = 1 << 0,        /* of its pattern */
  FRAGMENT_NOT = 1 << 1,         /* of a pattern that must not match */
  FRAGMENT_AT_START = 1 << 2,    /* "^": only at the start of the text */
  FRAGMENT_AT_END = 1 << 3,      /* "$" */
  FRAGMENT_WORD_BEFORE = 1 << 4, /* "~": a word begins there */
  FRAGMENT_WORD_AFTER = 1 << 5,  /* "~": a word ends there */
  FRAGMENT_SHORT = 1 << 6,       /* no grams to look up */
} FragmentFlag;

/* A literal to be found in folded text. A pattern is a run of fragments up to one that is marked as
 * the last, to be found in this order with anything between them. */
typedef struct {
  const char *at;
  guint16 length;
  guint16 grams[N_GRAMS]; /* see rules-pattern.c */
  guint16 flags;          /* of FragmentFlag */
} Fragment;

typedef struct {
  int low, high;
} ReplyRange;

typedef struct {
  guint first, n;
} Slice;

/* Keys that stand once in a section, as bits. */
typedef enum {
  SEEN_REASON = 1 << 0,
  SEEN_CAUSE = 1 << 1,
  SEEN_REMEDY = 1 << 2,
  SEEN_SOURCE = 1 << 3,
  SEEN_STATUS = 1 << 4,
  SEEN_REPLY = 1 << 5,
  SEEN_STAGE = 1 << 6,
  SEEN_ACTION = 1 << 7,
  SEEN_MTA = 1 << 8,
  SEEN_PROVIDER = 1 << 9,
} Seen;

typedef struct {
  const char *section; /* in its file's text, at the bracket */
  Span id, provider_id, mta;
  Slice fragments; /* in Rules.fragments: of the texts and the nots, as they come */
  Slice statuses;  /* in Rules.statuses */
  Slice replies;   /* in Rules.replies */
  int provider;    /* in Rules.providers; -1 = any */
  guint n_texts;
  guint8 file; /* in Rules.files */
  guint8 reason;
  guint8 stages;  /* bit mask of Stage; 0 = any */
  guint8 actions; /* bit mask of Action; 0 = any */
} Rule;

typedef struct {
  ProviderInfo info;
  Span mta;
  Slice marks; /* in Rules.fragments */
  const char *section;
  int file;
} Provider;

typedef struct {
  const char *text;
  const char *name;
  bool owned; /* the user's file; the shipped ones are compiled in */
} RuleFile;

struct Rules {
  GArray *files;       /* (element-type RuleFile) */
  GArray *rules;       /* (element-type Rule), in the order of reading */
  GArray *providers;   /* (element-type Provider) */
  Fragment *fragments; /* not a GArray, whose calls would be a third of the cost of parsing */
  guint n_fragments, fragments_size;
  GArray *statuses;  /* (element-type Status), -1 = any */
  GArray *replies;   /* (element-type ReplyRange) */
  GArray *phases[3]; /* (element-type guint) of RulesPhase: rules to ask, in order */
  GPtrArray *infos;  /* (element-type RuleInfo) by rule; NULL = not asked for yet */
  GStringChunk *strings;
  bool complete; /* the shipped rules are parsed */
};

/* The one rule that needs no condition: it is asked when no other matched. */
#define RULE_UNDEFINED "undefined"

/* Reading a file entry by entry: a line with the indented ones that continue it. */
typedef struct {
  const char *cursor;
} Scanner;

static inline bool
span_is_blank(char c)
{
  return (guchar)c <= ' ';
}

/* The next entry that is neither blank nor a comment, without blanks at its end; false at the end
 * of the text. */
static inline bool
scanner_next(Scanner *scanner, Span *entry)
{
  while (*scanner->cursor != '\0') {
    const char *start = scanner->cursor, *end = start;
    do {
      const char *feed = strchr(end, '\n');
      end = feed != NULL ? feed + 1 : end + strlen(end);
    } while (*end == ' ' || *end == '\t');
    scanner->cursor = end;
    while (end > start && span_is_blank(end[-1]))
      end--;
    *entry = (Span){start, (guint)(end - start)};
    if (end > start && *start != '#')
      return true;
  }
  return false;
}

/* Behind an entry: goes on at the next line that begins with a bracket. */
void scanner_skip_section(Scanner *scanner);

/* "key: value"; value.at == NULL where there is no colon. */
Span entry_key(Span entry, Span *value);

/* Appends what is in file, of which rules becomes the owner. strict: proves what is otherwise
 * taken for granted of the shipped files. */
void rules_parse_file(Rules *rules, RuleFile file, bool strict, GPtrArray *problems);

/* Adds "file:line: message" to problems; at is in the text of the file. */
void rules_problem(const Rules *rules, int file, const char *at, GPtrArray *problems,
                   const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The number of the line that at is in: counted when somebody asks, which is never in a delivery.
 */
int rules_line(const Rules *rules, int file, const char *at);

/* The value of a span, white space (continuation lines too) made one blank. Owned by rules. NULL
 * where absent. */
const char *rules_string(const Rules *rules, Span span);

/* What is left of span behind n octets and the blanks that follow them. */
Span span_skip(Span span, guint n);

/* The next word of a list separated by blanks, or a span with at == NULL. */
Span span_word(Span *rest);

/* A folded text on its way through the patterns; about 8 kB. */
enum { GRAM_WORDS = 65536 / 64 };
typedef struct {
  const char *at;
  size_t length;
  guint64 grams[GRAM_WORDS];
} RulesText;

/* An octet that no folded text holds: it may be part of a word, or not. RULES_EDGE is not. */
enum { RULES_UNKNOWN = 1, RULES_EDGE = 2 };

/* Fills fragment->grams. */
void rules_fragment_grams(Fragment *fragment);

/* folded is borrowed. */
void rules_text_init(RulesText *text, const char *folded);

/* The first pattern of the slice that matches, of those that are negated or of those that are not;
 * NULL = none. */
const Fragment *rules_find_pattern(const Rules *rules, Slice slice, bool negated,
                                   const RulesText *text);

/* The fragment behind the pattern that begins here. */
const Fragment *rules_next_pattern(const Fragment *pattern);

/* The first value of that key in the rule's section, from the text of its file. */
Span rules_value(const Rule *rule, const char *name);

/* The rule with its strings made. */
const RuleInfo *rules_info(const Rules *rules, guint index);

/* Index in rules->providers, -1 = no such provider. */
int rules_provider_index(const Rules *rules, Span id);

static inline const Rule *
rules_at(const Rules *rules, guint index)
{
  return &g_array_index(rules->rules, Rule, index);
}

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
