/* The keys of a rule file, and the state of parsing one. */
#pragma once

#include "judge/rules-private.h"

typedef struct {
  BookBuilder *builder;
  GPtrArray *problems; /* (element-type utf8) */
  const char *file;
  guint32 start; /* of the file in the book's text */
  bool folding;
  guint seen; /* keys of this section so far: bits of RulesKey.seen */
  const char *entry;
  Rule *rule;          /* the open section, if it is a rule */
  Provider *provider;  /* the open section, if it is a provider */
  bool words;          /* it has words of a language */
  bool contradictions; /* it has replies that contradict rules about recipients */
  bool subjects;       /* it has words that subjects are found by */
} RulesParser;

/* A key of a section. */
typedef struct {
  const char *name;
  guint seen;                                    /* a bit of its own; 0 = it may be repeated */
  void (*read)(RulesParser *parser, Span value); /* NULL: looked up on demand */
} RulesKey;

#define parse_problem(parser, ...)                                                                 \
  rules_problem((parser)->problems, (parser)->file,                                                \
                (parser)->builder->text->str + (parser)->start, (parser)->entry, __VA_ARGS__)

/* Adds value, with single blanks for white space, to the names of the book. */
Name rules_add_name(RulesParser *parser, Span value);

/* The key of that name in the open section; NULL if there is none. */
const RulesKey *rules_find_key(const RulesParser *parser, Span name);

/* The concepts of a list, as a bit mask. */
guint64 rules_read_concepts(RulesParser *parser, Span value);

/* A key of the section of contradictions; false if there is no such key. */
bool rules_read_contradiction(RulesParser *parser, Span name, Span value);

/* A key of the section of subjects, with words; the same. */
bool rules_read_subjects(RulesParser *parser, Span name, Span value);

/* "full: voll, überfüllt" in a section of words. */
void rules_read_words(RulesParser *parser, Span concept, Span value);
