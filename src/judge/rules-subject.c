/* Of what a reply says that it does not exist, is full or is disabled.
 *
 * "User unknown" accuses the recipient; "mailbox unavailable: session is disabled" does not, though
 * it has the words for it. Each such predicate is given the noun that it is said of: the noun after
 * it ("unknown user"), or else the noun before it ("user is unknown"), or the one that this noun
 * belongs to ("policy of the user is unknown"). This is grammar, so it is English. */
#include "config.h"

#include <string.h>

#include "judge/rules-keys.h"

#define BIT(concept) (G_GUINT64_CONSTANT(1) << (concept))

static const guint64 own_nouns = BIT(CONCEPT_RECIPIENT) | BIT(CONCEPT_MAILBOX) |
                                 BIT(CONCEPT_ADDRESS) | BIT(CONCEPT_ACCOUNT) | BIT(CONCEPT_DOMAIN) |
                                 BIT(CONCEPT_RECIPIENT_DOMAIN) | BIT(CONCEPT_LIST);

static const guint64 other_nouns = BIT(CONCEPT_SENDER) | BIT(CONCEPT_HELO) | BIT(CONCEPT_HOST) |
                                   BIT(CONCEPT_IP) | BIT(CONCEPT_MESSAGE) | BIT(CONCEPT_PART) |
                                   BIT(CONCEPT_PROGRAM) | BIT(CONCEPT_DISK) | BIT(CONCEPT_TLS) |
                                   BIT(CONCEPT_REVERSE) | BIT(CONCEPT_SPF) | BIT(CONCEPT_DKIM) |
                                   BIT(CONCEPT_DMARC) | BIT(CONCEPT_DNS) | BIT(CONCEPT_POLICY) |
                                   BIT(CONCEPT_RELAY) | BIT(CONCEPT_THING);

const guint64 rules_predicates = BIT(CONCEPT_ABSENT) | BIT(CONCEPT_DISABLED) | BIT(CONCEPT_FULL) |
                                 BIT(CONCEPT_INVALID) | BIT(CONCEPT_DELETED) | BIT(CONCEPT_BLOCKED);

/* A noun or a predicate, and where it is. */
typedef struct {
  guint32 begin, end;
  guint64 concepts;
} Term;

typedef struct {
  const Book *book; /* has the lists of words */
  const RulesText *text;
  Term terms[HEARD_MAX];
  guint n;
} Terms;

static bool
is_noun(const Term *term)
{
  return (term->concepts & (own_nouns | other_nouns)) != 0;
}

static bool
is_other(const Term *term)
{
  return (term->concepts & other_nouns) != 0;
}

/* A word of the vocabulary can be the beginning of one. */
static guint32
word_end(const RulesText *text, guint32 at)
{
  while (at < text->length && g_ascii_isalnum(text->at[at]))
    at++;
  return at;
}

/* Adds a word that overlaps the last term. "No such user" is a predicate with its noun, but "not on
 * file" speaks of no file; of "user" and "user account", the longer one counts. */
static void
merge(Term *last, const Term *term)
{
  bool inside = term->end <= last->end, around = term->begin == last->begin && !inside;
  bool same = term->begin == last->begin && term->end == last->end;
  if (is_noun(last) && is_noun(term)) {
    if (same)
      last->concepts |= term->concepts;
    else if (term->end - term->begin > last->end - last->begin)
      last->concepts = (last->concepts & rules_predicates) | term->concepts;
  } else if (inside && is_other(term)) {
    return;
  } else if ((around || same) && is_other(last)) {
    last->concepts = term->concepts;
  } else {
    last->concepts |= term->concepts;
  }
  last->end = MAX(last->end, term->end);
}

static void
collect(Terms *terms, const Speech *speech)
{
  guint n;
  const Heard *heard = rules_heard(speech, &n);
  for (guint i = 0; i < n; i++) {
    Term term = {heard[i].at, word_end(terms->text, heard[i].at + heard[i].length),
                 BIT(heard[i].concept) & (own_nouns | other_nouns | rules_predicates)};
    Term *last = terms->n > 0 ? &terms->terms[terms->n - 1] : NULL;
    if (term.concepts == 0)
      continue;
    if (last != NULL && term.begin < last->end)
      merge(last, &term);
    else
      terms->terms[terms->n++] = term;
  }
}

/* --- between two terms --- */

static bool
is_word(char c)
{
  return g_ascii_isalnum(c) || c == '_' || c == '\'' || c == '-';
}

/* The words of a span, one after the other; *length is 0 at its end, or where there is something
 * other than words and blanks. */
static const char *
next_word(const char *at, const char *end, size_t *length)
{
  *length = 0;
  while (at < end && *at == ' ')
    at++;
  while (at + *length < end && is_word(at[*length]))
    ++*length;
  return at;
}

static bool
is_among(const char *word, size_t length, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strlen(*words) == length && memcmp(*words, word, length) == 0)
      return true;
  return false;
}

static const char *const determiners[] = {"the",  "a",     "an",   "any", "this", "that",
                                          "such", "these", "your", "our", NULL};
static const char *const prepositions[] = {"of", "for",  "in",    "on",     "at",  "from",
                                           "to", "with", "under", "within", "via", NULL};
static const char *const causes[] = {"because", "since", "reason", "due", NULL};

/* Whether a clause ends between these places; *cause is set if what follows explains it. */
static bool
ends_clause(const RulesText *text, guint32 from, guint32 to, bool *cause)
{
  bool ends = false;
  for (guint32 at = from; at < to; at++) {
    char c = text->at[at];
    bool blank = at + 1 >= text->length || text->at[at + 1] == ' ';
    if (c == ':' && blank)
      *cause = ends = true;
    else if (strchr(";,()\n", c) != NULL || (c == '-' && blank) || rules_ends_sentence(text, at))
      ends = true;
  }
  size_t length;
  const char *end = text->at + to;
  for (const char *word = text->at + from; word<end; word += length> 0 ? length : 1) {
    word = next_word(word, end, &length);
    if (is_among(word, length, causes))
      *cause = ends = true;
  }
  return ends;
}

static bool
same_clause(const RulesText *text, const Term *one, const Term *other)
{
  bool cause;
  return !ends_clause(text, one->end, other->begin, &cause);
}

/* Only determiners between the two. */
static bool
is_next(const RulesText *text, const Term *one, const Term *other)
{
  const char *end = text->at + other->begin;
  size_t length;
  for (const char *at = text->at + one->end;; at += length) {
    at = next_word(at, end, &length);
    if (length == 0)
      return at == end;
    if (!is_among(at, length, determiners))
      return false;
  }
}

/* "the disk OF the user", "the user you wrote to ON this server": the preposition between the two,
 * NULL if there is none. */
static const char *
belongs_by(const RulesText *text, const Term *one, const Term *other)
{
  const char *end = text->at + other->begin, *found = NULL;
  size_t length, n = 0;
  for (const char *at = text->at + one->end; n < 8; at += length, n++) {
    at = next_word(at, end, &length);
    if (length == 0)
      return at == end ? found : NULL;
    if (is_among(at, length, prepositions))
      found = at;
  }
  return NULL;
}

/* --- subjects --- */

static bool
begins_with(const RulesText *text, guint32 at, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strncmp(text->at + at, *words, strlen(*words)) == 0)
      return true;
  return false;
}

/* "is unknown" cannot be said of what follows it, as "unknown" can; nor can "not found", or that
 * something is full. */
static bool
looks_back(const RulesText *text, const Term *term)
{
  static const char *const before[] = {" is ",   " are ", " was ",  " were ", " be ",
                                       " been ", " not ", " isn't", " has ",  " have "};
  static const char *const beginnings[] = {"not ",  "does", "do ",   "don't", "is ",
                                           "isn't", "are ", "full ", NULL};
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++) {
    size_t length = strlen(before[i]);
    if (term->begin >= length && memcmp(text->at + term->begin - length, before[i], length) == 0)
      return true;
  }
  bool full = (term->concepts & BIT(CONCEPT_FULL)) != 0;
  return begins_with(text, term->begin, beginnings) != full;
}

/* "sender mailbox", "sender's mailbox" */
static bool
touches(const RulesText *text, const Term *one, const Term *other)
{
  return other->begin == one->end + 1 ||
         (other->begin == one->end + 3 && memcmp(text->at + one->end, "'s ", 3) == 0);
}

/* The reader is the sender: "your account", "your mail address", though not "your recipient". */
static bool
is_yours(const Terms *terms, const Term *term)
{
  static const char your[] = "your ";
  const size_t length = sizeof your - 1;
  const char *text = terms->text->at;
  if (term->concepts == BIT(CONCEPT_RECIPIENT) && strncmp(text + term->begin, "user", 4) != 0)
    return false;
  while (term > terms->terms && is_noun(term - 1) && touches(terms->text, term - 1, term))
    term--;
  return term->begin >= length && memcmp(text + term->begin - length, your, length) == 0;
}

/* The head of the noun: "client" says what sort of "address" it is. */
static const Term *
head(const Terms *terms, guint i)
{
  const guint64 weak =
      BIT(CONCEPT_ADDRESS) | BIT(CONCEPT_DOMAIN) | BIT(CONCEPT_ACCOUNT) | BIT(CONCEPT_LIST);
  const Term *term = &terms->terms[i];
  const Term *before = i > 0 ? &terms->terms[i - 1] : NULL;
  bool senders = before != NULL && before->concepts == BIT(CONCEPT_SENDER) &&
                 (term->concepts & BIT(CONCEPT_MAILBOX)) != 0;
  bool sorted = before != NULL && (senders || (term->concepts & weak) != 0) && is_other(before) &&
                before->concepts != BIT(CONCEPT_MESSAGE) && touches(terms->text, before, term);
  return sorted ? before : term;
}

/* --- nouns that no vocabulary has --- */

static bool
is_listed(const Book *book, SubjectList list, const char *word, size_t length)
{
  const Name *names = book->subjects[list];
  guint low = 0, high = book->n_subjects[list];
  while (low < high) {
    guint middle = (low + high) / 2;
    const char *name = book->names + names[middle];
    int order = strncmp(word, name, length);
    if (order == 0 && name[length] == '\0')
      return true;
    if (order > 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

/* A thing that is not known to be a recipient. */
static const Term something = {.concepts = BIT(CONCEPT_THING)};

/* "transport FOR user", "permission OF the user": whether something that is not known has the noun.
 */
static bool
is_owned(const Terms *terms, const Term *noun)
{
  static const char *const before[] = {" for ", " of "};
  const RulesText *text = terms->text;
  const char *at = text->at + noun->begin;
  size_t left = noun->begin;
  static const char *const articles[] = {"the ", "this ", "that ", "a "};
  for (size_t i = 0; i < G_N_ELEMENTS(articles); i++) {
    size_t n = strlen(articles[i]);
    if (left > n && memcmp(at - n, articles[i], n) == 0 && at[-(gssize)n - 1] == ' ')
      at -= n, left -= n;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++) {
    size_t n = strlen(before[i]), length = 0;
    if (left <= n || memcmp(at - n, before[i], n) != 0)
      continue;
    const char *word = at - n;
    while (length < left - n && g_ascii_islower(word[-1]))
      word--, length++;
    bool begins = length == left - n || strchr(" :;,.(", word[-1]) != NULL;
    guint32 end = (guint32)(word + length - text->at);
    bool known = noun > terms->terms && noun[-1].end >= end;
    return begins && length > 3 && !known &&
           !is_listed(terms->book, SUBJECT_FOLLOW, word, length) &&
           !is_listed(terms->book, SUBJECT_HOLD, word, length);
  }
  return false;
}

/* The octets of the word that begins after one blank, if it can be part of a name; 0 = it is
 * another word, a name that was hidden, a number or a mark. */
static size_t
nameless_word(const Terms *terms, guint32 at)
{
  const RulesText *text = terms->text;
  enum { WORD_MIN = 3 };
  size_t length = 0;
  if (at >= text->length || text->at[at] != ' ')
    return 0;
  const char *word = text->at + at + 1;
  while (g_ascii_islower(word[length]))
    length++;
  bool ends = word[length] == '\0' || strchr(" .,;:!?)\n", word[length]) != NULL;
  return ends && length >= WORD_MIN && !is_listed(terms->book, SUBJECT_FOLLOW, word, length)
             ? length
             : 0;
}

/* "account RUNNING out of space": the word that ends here goes on, too. */
static bool
is_participle(const char *end, size_t length)
{
  return (length > 4 && memcmp(end - 3, "ing", 3) == 0) || memcmp(end - 2, "ed", 2) == 0;
}

/* Whether a noun that is known, one of those after this term, begins here. */
static bool
is_term(const Terms *terms, const Term *after, guint32 at)
{
  const Term *term = after + 1, *end = terms->terms + terms->n;
  while (term < end && term->begin < at)
    term++;
  return term < end && term->begin == at && is_noun(term);
}

/* "no such PERMISSION for user": whether the predicate is said of something that is not known, as
 * in "unknown USER for this domain" it is not. */
static bool
is_of_something(const Terms *terms, const Term *predicate)
{
  const RulesText *text = terms->text;
  static const char *const after[] = {" for ", " of ", " in the ", " in your "};
  if (looks_back(text, predicate))
    return false;
  guint32 end = predicate->end;
  for (guint n = 0; n < 3; n++) { /* "no such delivery method for user" */
    size_t length = nameless_word(terms, end);
    const char *word_end = text->at + end + 1 + length;
    if (length == 0 || is_term(terms, predicate, end + 1) || is_participle(word_end, length))
      return false;
    end += 1 + (guint32)length;
    for (size_t i = 0; i < G_N_ELEMENTS(after); i++)
      if (strncmp(word_end, after[i], strlen(after[i])) == 0)
        return true;
  }
  return false;
}

/* Whether the noun is only the beginning of a longer one: "user AGENT VERSION", "mailbox OPERATOR
 * CONTACT", "mailbox FORMAT". One word more may be somebody's name, unless it is a known one. */
static bool
is_beginning(const Terms *terms, const Term *noun)
{
  size_t first = nameless_word(terms, noun->end);
  guint32 end = noun->end + 1 + (guint32)first;
  const char *word = terms->text->at + noun->end + 1;
  if (first == 0 || is_participle(word + first, first))
    return false;
  const Term *next = noun + 1;
  bool alone = next >= terms->terms + terms->n || next->begin > end;
  bool owned = is_listed(terms->book, SUBJECT_OWNED, word, first);
  return alone && (owned || nameless_word(terms, end) > 0);
}

/* The noun after the predicate; NULL if none follows at once. */
static const Term *
noun_after(const Terms *terms, guint i)
{
  const RulesText *text = terms->text;
  if (i + 1 >= terms->n || !is_noun(&terms->terms[i + 1]) ||
      !is_next(text, &terms->terms[i], &terms->terms[i + 1]) || looks_back(text, &terms->terms[i]))
    return NULL;
  guint last = i + 1;
  while (last + 1 < terms->n && is_noun(&terms->terms[last + 1]) &&
         touches(text, &terms->terms[last], &terms->terms[last + 1]))
    last++;
  const Term *noun = &terms->terms[last], *owner = noun + 1;
  /* "invalid address IN HEADER" */
  bool in_part = last + 1 < terms->n && owner->concepts == BIT(CONCEPT_PART) &&
                 same_clause(text, noun, owner) && belongs_by(text, noun, owner) != NULL;
  if (in_part)
    return owner;
  return is_beginning(terms, noun) ? &something : head(terms, last);
}

/* The noun before the predicate, or the one that this belongs to. */
static const Term *
noun_before(const Terms *terms, guint i)
{
  const RulesText *text = terms->text;
  guint at = i;
  while (at > 0 && !is_noun(&terms->terms[at - 1]))
    at--;
  if (at == 0 || !same_clause(text, &terms->terms[at - 1], &terms->terms[i]))
    return NULL;
  at--;
  while (at > 0 && is_noun(&terms->terms[at - 1])) {
    const Term *owner = &terms->terms[at - 1];
    const char *preposition = belongs_by(text, owner, &terms->terms[at]);
    bool addressed = (owner->concepts & BIT(CONCEPT_MESSAGE)) != 0;  /* "mail for this user" */
    bool senders = terms->terms[at].concepts == BIT(CONCEPT_SENDER); /* "mailbox of the sender" */
    if (preposition == NULL || senders || (addressed && !is_other(&terms->terms[at])))
      break;
    at--;
  }
  const Term *noun = &terms->terms[at];
  bool other = is_beginning(terms, noun) || (!is_other(noun) && is_owned(terms, noun));
  return other ? &something : head(terms, at);
}

static const Term *
subject(const Terms *terms, guint i)
{
  const Term *term = &terms->terms[i];
  if (is_noun(term))
    return term;
  static const char *const verbs[] = {"could", "can", "unable", "fail", "has ", "have ", NULL};
  bool follows = i > 0 && is_noun(term - 1) && touches(terms->text, term - 1, term) &&
                 !begins_with(terms->text, term->begin, verbs);
  if (!follows && is_of_something(terms, term))
    return &something;
  const Term *after = follows ? NULL : noun_after(terms, i);
  return after != NULL ? after : noun_before(terms, i);
}

/* A session that is closed or a message that is stopped accuses nobody. */
static bool
means_nothing(const RulesText *text, const Term *predicate, const Term *of)
{
  static const char *const ends[] = {"closed",        "terminated", "unavailable",
                                     "not available", "shut",       "cancel",
                                     "was closed",    "was shut",   NULL};
  const guint64 firm = BIT(CONCEPT_ABSENT) | BIT(CONCEPT_INVALID) | BIT(CONCEPT_DELETED);
  return is_other(of) && (begins_with(text, predicate->begin, ends) ||
                          (of->concepts == BIT(CONCEPT_MESSAGE) && !(predicate->concepts & firm)));
}

/* "disabled for hosts of AS64500": for others, it is not. */
static const Term *
only_for(const Terms *terms, guint i)
{
  const guint64 closed = BIT(CONCEPT_DISABLED) | BIT(CONCEPT_BLOCKED);
  const guint64 senders = BIT(CONCEPT_HOST) | BIT(CONCEPT_IP) | BIT(CONCEPT_SENDER);
  const Term *term = &terms->terms[i], *next = term + 1;
  if (i + 1 >= terms->n || (term->concepts & closed) == 0 || (next->concepts & senders) == 0)
    return NULL;
  const char *by = belongs_by(terms->text, term, next);
  return by != NULL && strncmp(by, "for ", 4) == 0 ? next : NULL;
}

guint64
rules_accused(const Book *book, const RulesText *text, const Speech *speech)
{
  Terms terms = {.book = book, .text = text};
  collect(&terms, speech);
  guint64 accused = 0;
  bool own = false, yours = false;
  guint32 from = 0;
  for (guint i = 0; i < terms.n; i++) {
    const Term *term = &terms.terms[i];
    const Term *limit = only_for(&terms, i);
    const Term *of = limit != NULL                              ? limit
                     : (term->concepts & rules_predicates) != 0 ? subject(&terms, i)
                                                                : NULL;
    if (of == NULL || means_nothing(text, term, of))
      continue;
    /* what explains the rest counts alone: "mailbox unavailable: session expired" */
    bool cause = false;
    ends_clause(text, from, term->begin, &cause);
    if (cause)
      accused = 0, own = false;
    from = term->end;
    if (is_yours(&terms, of))
      accused |= BIT(CONCEPT_SENDER), yours |= !is_other(of);
    else
      accused |= of->concepts & other_nouns, own |= !is_other(of);
  }
  return own && !yours ? 0 : accused;
}

bool
rules_read_subjects(RulesParser *parser, Span name, Span value)
{
  SubjectList list;
  if (value.at == NULL)
    return false;
  if (span_is(name, "follow"))
    list = SUBJECT_FOLLOW;
  else if (span_is(name, "hold"))
    list = SUBJECT_HOLD;
  else if (span_is(name, "owned"))
    list = SUBJECT_OWNED;
  else
    return false;
  for (Span word; (word = span_word(&value)).at != NULL;) {
    Name added = rules_add_name(parser, word);
    g_array_append_val(parser->builder->subjects[list], added);
  }
  return true;
}
