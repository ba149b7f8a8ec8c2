/* How rules are held in memory: shared by rules*.c only.
 *
 * A Book is a set of rules as tables without pointers. The book of the shipped rules is made when
 * the program is built (rules-compile.c). It is in constant pages that are read only as needed, so
 * a delivery parses, copies and relocates nothing. The user's file becomes a Book when it is
 * loaded, by the same parser. */
#pragma once

#include "judge/rules.h"

enum { GRAM = 4, N_GRAMS = 2, N_PHASES = RULES_REPLY + 1 };

typedef enum {
  FRAGMENT_LAST = 1 << 0,        /* the last one of its pattern */
  FRAGMENT_NOT = 1 << 1,         /* of a pattern that must not match */
  FRAGMENT_AT_START = 1 << 2,    /* "^": only at the start of the text */
  FRAGMENT_AT_END = 1 << 3,      /* "$": only at the end */
  FRAGMENT_WORD_BEFORE = 1 << 4, /* "~": where a word begins */
  FRAGMENT_WORD_AFTER = 1 << 5,  /* "~": where a word ends */
  FRAGMENT_SHORT = 1 << 6,       /* shorter than a gram */
  FRAGMENT_NAMED = 1 << 7,       /* begins a pattern for the text with its names */
  FRAGMENT_FAR = 1 << 8,         /* may stand in a later sentence than the one before */
} FragmentFlag;

/* A literal to be found in folded text. A pattern is a run of fragments up to one with
 * FRAGMENT_LAST, to be found in this order and, except before FRAGMENT_FAR, in one sentence. */
typedef struct {
  guint32 at; /* in Book.words */
  guint16 length;
  guint16 grams[N_GRAMS]; /* see rules-pattern.c */
  guint16 flags;          /* bit mask of FragmentFlag */
} Fragment;

/* What words mean; rules-speech.c has the names. */
typedef enum {
  /* who and what */
  CONCEPT_RECIPIENT,
  CONCEPT_MAILBOX,
  CONCEPT_ADDRESS,
  CONCEPT_DOMAIN,
  CONCEPT_RECIPIENT_DOMAIN,
  CONCEPT_HOST,
  CONCEPT_IP,
  CONCEPT_SENDER,
  CONCEPT_OWN, /* an address or a domain of the sender's; see rules_own() */
  CONCEPT_YOU,
  CONCEPT_MESSAGE,
  CONCEPT_PART,
  CONCEPT_LIST,
  CONCEPT_PROGRAM,
  CONCEPT_DISK,
  CONCEPT_ACCOUNT,
  CONCEPT_THING,
  /* how it is with them */
  CONCEPT_ABSENT,
  CONCEPT_MISSING,
  CONCEPT_DELETED,
  CONCEPT_REQUIRED,
  CONCEPT_INVALID,
  CONCEPT_FULL,
  CONCEPT_QUOTA,
  CONCEPT_DISABLED,
  CONCEPT_BLOCKED,
  CONCEPT_UNAVAILABLE,
  CONCEPT_MOVED,
  CONCEPT_REFUSED,
  CONCEPT_FORBIDDEN,
  CONCEPT_LISTED,
  CONCEPT_SPAM,
  CONCEPT_VIRUS,
  CONCEPT_REPUTATION,
  CONCEPT_LARGE,
  CONCEPT_SIZE,
  CONCEPT_MANY,
  CONCEPT_OFTEN,
  CONCEPT_LATER,
  CONCEPT_UNREACHABLE,
  CONCEPT_EXPIRED,
  CONCEPT_FAULT,
  CONCEPT_FAILURE,
  CONCEPT_RELAY,
  CONCEPT_LOGIN,
  CONCEPT_VERIFY,
  CONCEPT_POLICY,
  CONCEPT_CONTENT,
  CONCEPT_MALFORMED,
  CONCEPT_MEMBER,
  CONCEPT_CHOICE,
  CONCEPT_SENDING,
  CONCEPT_DAILY,
  CONCEPT_DAYS,
  CONCEPT_UNDELIVERED,
  /* what is proved */
  CONCEPT_SPF,
  CONCEPT_DKIM,
  CONCEPT_DMARC,
  CONCEPT_AUTH,
  CONCEPT_TLS,
  CONCEPT_REVERSE,
  CONCEPT_HELO,
  CONCEPT_DNS,
  /* a phrase whose words mean nothing: "dear sender" */
  CONCEPT_NOTHING,
} Concept;

/* A word of the vocabulary: what it means in a language. */
typedef struct {
  Fragment fragment;
  guint8 concept;  /* Concept */
  guint8 language; /* 0 = each */
} Word;

enum { ENGLISH = 1 }; /* the second section of words in the shipped files */

/* Concepts that a sentence has to have, and those that it must not have: bit masks. */
typedef struct {
  guint64 all, none;
} Saying;

enum { LANGUAGES_MAX = 48, SENTENCES_MAX = 64 };

/* What a text must not speak of if a general rule is to accuse its recipient: bit masks of Concept.
 * allowed: what says the same as the reason, or nothing to the contrary. */
typedef struct {
  guint64 words, codes; /* of a rule with words; of one that goes by codes, besides */
  guint64 allowed[N_REASONS];
  guint32 section; /* in Book.text, at the bracket; 0 = there is none */
} Contradictions;

/* Lists of English words that rules-subject.c needs to find what a reply speaks of. */
typedef enum {
  SUBJECT_FOLLOW, /* come after a noun without being part of its name, or name what it has */
  SUBJECT_HOLD,   /* "record of a user": a noun that says no more than the one that follows */
  SUBJECT_OWNED,  /* "user file": a noun that is another thing than the one before it */
  N_SUBJECT_LISTS
} SubjectList;

/* An entry of an index by grams: what begins with that gram. */
typedef struct {
  guint16 bucket, gram;
  guint32 owner; /* the first fragment of a pattern, or a word */
} IndexItem;

/* Items in the order of their buckets; begins has the first item of each bucket, and the end. */
typedef struct {
  const guint32 *begins;
  const IndexItem *items;
} GramIndex;

enum { BUCKET_SHIFT = 4, BUCKET_REST = 65536 >> BUCKET_SHIFT, N_BUCKETS = BUCKET_REST + 1 };

typedef struct {
  gint16 low, high;
} ReplyRange;

typedef struct {
  guint32 first, n;
} Slice;

typedef guint32 Name; /* a string in Book.names; 0 = absent */

enum { ANY_PROVIDER = -1 };

typedef struct {
  guint32 section; /* in Book.text, at the bracket */
  Name id, mta;
  Slice fragments; /* of the texts and the nots, in the order of the file */
  Slice statuses, replies, sayings;
  guint32 n_texts;
  gint32 provider; /* in Book.wanted, or ANY_PROVIDER */
  guint16 reason;
  guint8 stages;  /* bit mask of Stage; 0 = any */
  guint8 actions; /* bit mask of Action; 0 = any */
} Rule;

typedef struct {
  guint32 section;
  Name id, name, mta;
  Slice marks; /* in Book.fragments */
} Provider;

typedef struct {
  Name name;
  guint32 text; /* in Book.text; ends with a NUL */
} RuleFile;

/* Matching reads all of these, so they are small and without padding. */
_Static_assert(sizeof(Rule) == 56 && sizeof(Fragment) == 12, "tables have grown");

typedef struct {
  const char *text;  /* of the files; not needed for matching */
  const char *names; /* NUL-terminated strings, the first of them empty */
  const char *words; /* the fragments, one after the other */
  const RuleFile *files;
  const Rule *rules;      /* in the order of the files */
  const guint32 *id_sums; /* of each rule: rules_id_sum(id) */
  const Provider *providers;
  const Name *wanted; /* ids of the providers that rules ask for */
  const Fragment *fragments;
  const Status *statuses; /* -1 = any */
  const ReplyRange *replies;
  const Word *vocabulary;
  const Saying *sayings;
  GramIndex rule_index, word_index;
  const Name *contradictions; /* replies that no rule that suppresses may match */
  const Name *subjects[N_SUBJECT_LISTS];
  const guint32 *phases[N_PHASES]; /* indexes of the rules to try, in order */
  guint text_size, names_size, words_size;
  guint n_files, n_rules, n_providers, n_wanted, n_fragments, n_statuses, n_replies, n_vocabulary,
      n_sayings, n_contradictions, n_languages;
  guint n_subjects[N_SUBJECT_LISTS], n_phases[N_PHASES];
  Contradictions against;
} Book;

/* Written by rules-compile.c. */
extern const Book rules_shipped;

enum { MAX_BOOKS = 2 };

struct Rules {
  const Book *books[MAX_BOOKS]; /* in the order in which they are tried: the user's first */
  guint n_books;
  struct BookBuilder *own; /* owns the user's book; NULL = there is none */
  GHashTable *infos;       /* from Rule or Provider to RuleEntry or ProviderInfo, made on demand */
  GStringChunk *strings;
};

/* The one rule that needs no condition. It is used if no other matches. */
#define RULE_UNDEFINED "undefined"

/* --- reading --- */

/* A piece of a rule file. */
typedef struct {
  const char *at; /* not terminated; NULL = the key is absent */
  guint length;
} Span;

/* Reads a file entry by entry: a line with the indented lines that continue it. */
typedef struct {
  const char *cursor;
} Scanner;

/* The next entry other than blank lines and comments, without trailing blanks. False at the end of
 * the text. */
bool scanner_next(Scanner *scanner, Span *entry);

/* Splits "key: value"; value->at is NULL if there is no colon. */
Span entry_key(Span entry, Span *value);

/* The next word of a list separated by blanks; its at is NULL at the end. */
Span span_word(Span *rest);

/* The span with single blanks for white space and line ends; NULL if the span is absent. (transfer
 * full) (nullable) */
char *span_string(Span span);

bool span_is(Span span, const char *text);

/* Adds "file:line: message" to problems, unless there are a hundred. at is in text, which begins at
 * the first line of the file. */
void rules_problem(GPtrArray *problems, const char *file, const char *text, const char *at,
                   const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The same for a section of a book. */
#define book_problem(book, section, problems, ...)                                                 \
  rules_problem(problems, (book)->names + book_file(book, section)->name,                          \
                (book)->text + book_file(book, section)->text, (book)->text + (section),           \
                __VA_ARGS__)

/* The file that contains this octet of the text. */
const RuleFile *book_file(const Book *book, guint32 at);

/* "150-gmail.rules:12". (transfer full) */
char *book_origin(const Book *book, guint32 at);

/* --- making a book --- */

typedef struct BookBuilder {
  GString *text, *names, *words;
  GArray *files, *rules, *id_sums, *providers, *wanted, *fragments, *statuses, *replies,
      *vocabulary, *sayings, *contradictions;
  guint n_languages;
  Contradictions against;
  GArray *subjects[N_SUBJECT_LISTS];
  GArray *phases[N_PHASES];
  GArray *rule_begins, *rule_items, *word_begins, *word_items;
  Book book; /* valid after book_builder_end */
} BookBuilder;

BookBuilder *book_builder_new(void);
void book_builder_free(BookBuilder *builder);

/* Appends the contents of a file. folding: fold its patterns; otherwise rules_check proves that
 * they are in folded form. */
void book_builder_read(BookBuilder *builder, const char *name, const char *text, bool folding,
                       GPtrArray *problems);

/* What the parser adds, besides appending to the tables. */
Name book_builder_name(BookBuilder *builder, const char *string);
gint32 book_builder_want(BookBuilder *builder, const char *provider);
void book_builder_fragment(BookBuilder *builder, Span span, guint flags);
void book_builder_word(BookBuilder *builder, Span span, guint flags, int concept, guint language);

/* Call once, after the last file. other (nullable) is another book that describes providers.
 * Returns &builder->book. */
const Book *book_builder_end(BookBuilder *builder, const Book *other, GPtrArray *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BookBuilder, book_builder_free)

/* --- look-ups --- */

guint32 rules_id_sum(const char *id);

/* The string of a name; NULL if absent. */
static inline const char *
book_name(const Book *book, Name name)
{
  return name != 0 ? book->names + name : NULL;
}

/* The id of the provider that a rule asks for; NULL = any. */
static inline const char *
book_wanted(const Book *book, const Rule *rule)
{
  return rule->provider >= 0 ? book->names + book->wanted[rule->provider] : NULL;
}

/* NULL if there is no such provider. */
const Provider *book_provider(const Book *book, const char *id);

/* The first value of that key in the rule's section. */
Span book_value(const Book *book, const Rule *rule, const char *key);

/* Owned by rules. */
const RuleInfo *rules_info(const Rules *rules, const Book *book, const Rule *rule);
const ProviderInfo *rules_provider_info(const Rules *rules, const Book *book,
                                        const Provider *provider);

/* Whether the rule's reason takes an address off the list, by default. */
static inline bool
rules_suppresses(const Rule *rule)
{
  const ReasonInfo *info = reason_info((Reason)rule->reason);
  return info->party == PARTY_RECIPIENT && info->suppress_days > 0;
}

/* --- matching --- */

/* A folded text prepared for matching; about 2 kB, of which most is a filter of its grams. */
enum { GRAM_BITS = 16384, GRAM_WORDS = GRAM_BITS / 64 };
typedef struct RulesText {
  const char *at;
  size_t length;
  const struct RulesText *named; /* the same with its names; NULL = it has them */
  guint64 grams[GRAM_WORDS];
} RulesText;

/* Octets that folded text does not contain. RULES_UNKNOWN may be part of a word, RULES_EDGE is not.
 */
enum { RULES_UNKNOWN = 1, RULES_EDGE = 2 };

/* Sets fragment->grams. words is what fragment->at counts from. */
void rules_fragment_grams(Fragment *fragment, const char *words);

/* folded is borrowed. */
void rules_text_init(RulesText *text, const char *folded);

/* The same in less time, for a text that is only heard (rules_hear) and not searched for patterns.
 */
void rules_text_to_hear(RulesText *text, const char *folded);

/* The first pattern of the slice that matches, among those that are negated or those that are not;
 * NULL if there is none. possible (nullable): from rules_possible(). *out (nullable) is set to the
 * octet after it. */
const Fragment *rules_find_pattern(const Book *book, Slice slice, bool negated,
                                   const RulesText *text, const guint64 *possible, size_t *out);

/* The fragment after the pattern that begins here. */
const Fragment *rules_next_pattern(const Fragment *pattern);

/* The first bit that is set, of those from begin up to end; end if there is none. */
guint32 rules_next_possible(const guint64 *possible, guint32 begin, guint32 end);

/* The words of a pattern for people: "too many * connections" becomes "too many … connections".
 * (transfer full) */
char *rules_pattern_words(const Book *book, const Fragment *pattern);

/* Whether host is one of names, which are separated by blanks, or below one of them. */
bool rules_host_in(const char *host, const char *names);

/* Whether the octet at ends a sentence, and not an abbreviation or a number. */
bool rules_ends_sentence(const RulesText *text, size_t at);

/* What a text says; both arguments are borrowed. Freed with g_free. */
typedef struct Speech Speech;
Speech *rules_hear(const Rules *rules, const RulesText *text);

/* A word that was heard in English, or in each language. */
typedef struct {
  guint32 at;
  guint16 length;
  guint8 concept; /* Concept */
} Heard;
enum { HEARD_MAX = 128 };
const Heard *rules_heard(const Speech *speech, guint *n);

/* The concepts of which the text says that they do not exist, are full, disabled and so on; 0 if it
 * says so of a recipient, or of nothing. In English only; speech is of the text, and book has the
 * lists of words. */
guint64 rules_accused(const Book *book, const RulesText *text, const Speech *speech);

/* Whether the text has an IPv4 address in it, other than with a port. */
bool rules_names_ip(const Speech *speech);

/* The concepts of the sentences that say one of the predicates, or of all if none does: in English
 * or in each language. */
guint64 rules_spoken(const Speech *speech, guint64 predicates);

/* Of what a reply says that somebody's address is not as it should be. */
extern const guint64 rules_predicates;

/* Whether the sentence from begin to end, which has the placeholder SENDER, is about the sender.
 * Not if it names a recipient, unless in another clause than what it says of the sender; nor if it
 * only says who sent the message, and something else of somebody else. */
bool rules_own(const RulesText *text, size_t begin, size_t end, const Heard *heard, guint n);

/* Why the rule must not take an address off the list: the concepts that the text speaks of, or that
 * it accuses, besides the recipient; 0 = it may. A provider's rules know what they mean, unless the
 * text speaks of the sender by name. */
guint64 rules_contradicted(const Contradictions *against, const Rule *rule, guint64 accused,
                           const Speech *speech);

/* The names of the concepts. (transfer full) */
char *rules_concept_names(guint64 concepts);

/* Whether the sentence that ends or is still going on before the octet end says one of the
 * concepts. */
bool rules_speaks_of(const Speech *speech, size_t end, guint64 concepts);

/* The first of the sayings that the text says; NULL = none. */
const Saying *rules_find_saying(const Book *book, Slice slice, const Speech *speech);

/* Whether the words of a rule, apart from its other conditions, are in the text. */
bool rules_says(const Book *book, const Rule *rule, const RulesText *text, const Speech *speech);

/* The words in which it does, in their order. (transfer full) */
char *rules_saying_words(const Speech *speech, const Saying *saying);

/* The number of a concept; -1 = there is none of that name. */
int rules_concept(Span name);

/* The first four octets at a place, hashed; and the first two, for fragments that are shorter. */
guint16 rules_gram(const char *at);
guint16 rules_short_gram(const char *at);

/* Whether the fragment stands at this place of the text. */
bool rules_stands_at(const RulesText *text, const Fragment *fragment, const char *words, size_t at);

/* A bit for each fragment of the book that begins a pattern, and is in the text as far as its first
 * octets tell. (transfer full) */
guint64 *rules_possible(const Book *book, const RulesText *text);

/* Fills the indexes, after the last rule was read. */
void book_builder_index(BookBuilder *builder);
