/* A rule file as it is parsed: shared by rules-parse.c and rules-keys.c. */
#pragma once

#include "judge/rules-private.h"

typedef struct {
  BookBuilder *builder;
  GPtrArray *problems; /* (element-type utf8) */
  const char *file;
  guint32 start; /* of the file's text, in the book's */
  bool folding;
  guint seen; /* bit mask of Seen, of this section */
  const char *entry;
  Rule *rule;         /* the open section, if it is a rule */
  Provider *provider; /* the open section, if it is a provider */
} RulesParser;

/* A key of a section. */
typedef struct {
  const char *name;
  guint seen;                                    /* of Seen; 0 = it may be repeated */
  void (*read)(RulesParser *parser, Span value); /* NULL: looked up when it is asked for */
} RulesKey;

#define parse_problem(parser, ...)                                                                 \
  rules_problem((parser)->problems, (parser)->file,                                                \
                (parser)->builder->text->str + (parser)->start, (parser)->entry, __VA_ARGS__)

/* A span as a name in the book; white space made single blanks. */
Name rules_add_name(RulesParser *parser, Span value);

/* The key of that name in the section that is open; NULL where it has none. */
const RulesKey *rules_find_key(const RulesParser *parser, Span name);
