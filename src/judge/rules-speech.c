/* What a text says: concepts, sentence by sentence.
 *
 * A rule that says "mailbox full" is meant in every language: the vocabulary has the words for
 * "mailbox" and for "full" in each, and the rule matches where one sentence has both, in one
 * language, in any order. Concepts are bits, so a sentence is a mask for each language. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

static const char *const concept_names[] = {
    [CONCEPT_RECIPIENT] = "recipient",
    [CONCEPT_MAILBOX] = "mailbox",
    [CONCEPT_ADDRESS] = "address",
    [CONCEPT_DOMAIN] = "domain",
    [CONCEPT_RECIPIENT_DOMAIN] = "recipient-domain",
    [CONCEPT_HOST] = "host",
    [CONCEPT_IP] = "ip",
    [CONCEPT_SENDER] = "sender",
    [CONCEPT_OWN] = "own",
    [CONCEPT_YOU] = "you",
    [CONCEPT_MESSAGE] = "message",
    [CONCEPT_PART] = "part",
    [CONCEPT_LIST] = "list",
    [CONCEPT_PROGRAM] = "program",
    [CONCEPT_DISK] = "disk",
    [CONCEPT_ACCOUNT] = "account",
    [CONCEPT_THING] = "thing",
    [CONCEPT_ABSENT] = "absent",
    [CONCEPT_MISSING] = "missing",
    [CONCEPT_DELETED] = "deleted",
    [CONCEPT_REQUIRED] = "required",
    [CONCEPT_INVALID] = "invalid",
    [CONCEPT_FULL] = "full",
    [CONCEPT_QUOTA] = "quota",
    [CONCEPT_DISABLED] = "disabled",
    [CONCEPT_BLOCKED] = "blocked",
    [CONCEPT_UNAVAILABLE] = "unavailable",
    [CONCEPT_MOVED] = "moved",
    [CONCEPT_REFUSED] = "refused",
    [CONCEPT_FORBIDDEN] = "forbidden",
    [CONCEPT_LISTED] = "listed",
    [CONCEPT_SPAM] = "spam",
    [CONCEPT_VIRUS] = "virus",
    [CONCEPT_REPUTATION] = "reputation",
    [CONCEPT_LARGE] = "large",
    [CONCEPT_SIZE] = "size",
    [CONCEPT_MANY] = "many",
    [CONCEPT_OFTEN] = "often",
    [CONCEPT_LATER] = "later",
    [CONCEPT_UNREACHABLE] = "unreachable",
    [CONCEPT_EXPIRED] = "expired",
    [CONCEPT_FAULT] = "fault",
    [CONCEPT_FAILURE] = "failure",
    [CONCEPT_RELAY] = "relay",
    [CONCEPT_LOGIN] = "login",
    [CONCEPT_VERIFY] = "verify",
    [CONCEPT_POLICY] = "policy",
    [CONCEPT_CONTENT] = "content",
    [CONCEPT_MALFORMED] = "malformed",
    [CONCEPT_MEMBER] = "member",
    [CONCEPT_CHOICE] = "choice",
    [CONCEPT_SENDING] = "sending",
    [CONCEPT_DAILY] = "daily",
    [CONCEPT_DAYS] = "days",
    [CONCEPT_UNDELIVERED] = "undelivered",
    [CONCEPT_SPF] = "spf",
    [CONCEPT_DKIM] = "dkim",
    [CONCEPT_DMARC] = "dmarc",
    [CONCEPT_AUTH] = "auth",
    [CONCEPT_TLS] = "tls",
    [CONCEPT_REVERSE] = "reverse",
    [CONCEPT_HELO] = "helo",
    [CONCEPT_DNS] = "dns",
    [CONCEPT_NOTHING] = "nothing",
};
G_STATIC_ASSERT(G_N_ELEMENTS(concept_names) <= 64);

static const guint64 own = G_GUINT64_CONSTANT(1) << CONCEPT_OWN;

struct Speech {
  const Rules *rules;
  const RulesText *text;
  size_t ends[SENTENCES_MAX]; /* octet after each sentence; the last one has the rest */
  guint n;
  guint64 all;                /* in the whole text, in whatever language */
  guint64 any[SENTENCES_MAX]; /* the same in each sentence */
  Heard heard[HEARD_MAX];     /* the English ones, in the order of their places */
  guint n_heard;
  size_t nothing;                /* octet after a phrase whose words mean nothing */
  size_t senders;                /* octet after a phrase that means the sender, in English */
  guint64 said[][LANGUAGES_MAX]; /* for each of the n sentences */
};

int
rules_concept(Span name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(concept_names); i++)
    if (span_is(name, concept_names[i]))
      return (int)i;
  return -1;
}

char *
rules_concept_names(guint64 concepts)
{
  GString *names = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(concept_names); i++)
    if ((concepts >> i & 1) != 0)
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", concept_names[i]);
  return g_string_free(names, FALSE);
}

static Speech *
find_sentences(const RulesText *text)
{
  size_t ends[SENTENCES_MAX];
  guint n = 0;
  for (size_t at = 0; at < text->length; at++)
    if (n + 1 < SENTENCES_MAX && rules_ends_sentence(text, at))
      ends[n++] = at + 1;
  ends[n++] = text->length;
  /* most texts are one sentence: room for all that could be would cost more than the search */
  Speech *speech = g_malloc0(sizeof *speech + n * sizeof speech->said[0]);
  speech->n = n;
  memcpy(speech->ends, ends, n * sizeof ends[0]);
  return speech;
}

static guint
sentence_of(const Speech *speech, size_t at)
{
  guint i = 0;
  while (i + 1 < speech->n && speech->ends[i] <= at)
    i++;
  return i;
}

/* "authenticated user" is the sender, so no recipient is named. */
static bool
is_in_sender(const Speech *speech, const Word *word, guint language, size_t at)
{
  return word->concept == CONCEPT_RECIPIENT && language == ENGLISH &&
         at + word->fragment.length <= speech->senders;
}

/* What is said at this octet. first: of the book's languages. */
static void
hear_word(Speech *speech, const Word *word, guint first, size_t at)
{
  if (word->concept == CONCEPT_NOTHING)
    speech->nothing = MAX(speech->nothing, at + word->fragment.length);
  if (at < speech->nothing)
    return;
  guint language = MIN(first + word->language, LANGUAGES_MAX - 1);
  if (is_in_sender(speech, word, language, at))
    return;
  if (word->concept == CONCEPT_SENDER && language == ENGLISH)
    speech->senders = MAX(speech->senders, at + word->fragment.length);
  guint sentence = sentence_of(speech, at);
  speech->said[sentence][language] |= G_GUINT64_CONSTANT(1) << word->concept;
  speech->any[sentence] |= G_GUINT64_CONSTANT(1) << word->concept;
  if (language <= ENGLISH && speech->n_heard < HEARD_MAX)
    speech->heard[speech->n_heard++] = (Heard){(guint32)at, word->fragment.length, word->concept};
}

static void
hear_gram(Speech *speech, const Book *book, guint first, guint16 gram, size_t at)
{
  const GramIndex *index = &book->word_index;
  guint bucket = gram >> BUCKET_SHIFT;
  for (guint32 i = index->begins[bucket]; i < index->begins[bucket + 1]; i++) {
    if (index->items[i].gram != gram)
      continue;
    const Word *word = &book->vocabulary[index->items[i].owner];
    if (rules_stands_at(speech->text, &word->fragment, book->words, at))
      hear_word(speech, word, first, at);
  }
}

static void
hear_book(Speech *speech, const Book *book, guint first)
{
  const RulesText *text = speech->text;
  speech->nothing = speech->senders = 0;
  for (size_t at = 0; at + 1 < text->length; at++) {
    if (at + GRAM <= text->length)
      hear_gram(speech, book, first, rules_gram(text->at + at), at);
    hear_gram(speech, book, first, rules_short_gram(text->at + at), at);
  }
}

const Heard *
rules_heard(const Speech *speech, guint *n)
{
  *n = speech->n_heard;
  return speech->heard;
}

/* Octets of the IPv4 address that begins here; 0 = none does. */
static size_t
ip_length(const char *text)
{
  size_t n = 0;
  for (guint part = 0; part < 4; part++) {
    size_t digits = strspn(text + n, "0123456789");
    if (digits == 0 || digits > 3 || (part < 3 && text[n + digits] != '.'))
      return 0;
    n += digits + (part < 3);
  }
  return text[n] != '.' || !g_ascii_isdigit(text[n + 1]) ? n : 0;
}

bool
rules_names_ip(const Speech *speech)
{
  const char *text = speech->text->at;
  for (const char *at = text; (at = strpbrk(at, "123456789")) != NULL;) {
    bool begins = at == text || !(g_ascii_isalnum(at[-1]) || strchr(".-_", at[-1]) != NULL);
    size_t n = begins ? ip_length(at) : 0;
    if (n > 0 && at[n] != ':' && strncmp(at + n, "]:", 2) != 0)
      return true;
    at += MAX(n, strspn(at, "0123456789"));
  }
  return false;
}

/* What the sentence says in the language in which it says most; 0 if that is English. The words of
 * some languages for sending, forwarding and logging in are those of any notice ("gesendet"). */
static guint64
said_abroad(const guint64 *said)
{
  const guint64 common = G_GUINT64_CONSTANT(1) << CONCEPT_SENDING |
                         G_GUINT64_CONSTANT(1) << CONCEPT_RELAY |
                         G_GUINT64_CONSTANT(1) << CONCEPT_LOGIN;
  guint best = ENGLISH;
  for (guint language = ENGLISH + 1; language < LANGUAGES_MAX; language++)
    if (__builtin_popcountll(said[language]) > __builtin_popcountll(said[best]))
      best = language;
  return best != ENGLISH ? said[best] & ~common : 0;
}

guint64
rules_spoken(const Speech *speech, guint64 predicates)
{
  guint64 beside = 0, all = 0, any_beside = 0;
  for (guint i = 0; i < speech->n; i++) {
    guint64 said = speech->said[i][0] | speech->said[i][ENGLISH];
    all |= said;
    if ((said & predicates) != 0)
      beside |= said;
    if ((speech->any[i] & predicates) == 0)
      continue;
    any_beside |= speech->any[i];
    guint64 abroad = said_abroad(speech->said[i]);
    if ((abroad & predicates) != 0)
      beside |= abroad;
  }
  guint64 spoken = beside != 0 ? beside : all;
  return any_beside != 0 ? (spoken & ~own) | (any_beside & own) : spoken;
}

/* A sentence that names both the sender and the recipient is about the recipient, mostly. */
static void
settle_own(Speech *speech)
{
  for (guint i = 0; i < speech->n; i++) {
    size_t begin = i > 0 ? speech->ends[i - 1] : 0;
    if ((speech->any[i] & own) == 0 ||
        rules_own(speech->text, begin, speech->ends[i], speech->heard, speech->n_heard))
      continue;
    speech->any[i] &= ~own;
    speech->said[i][0] &= ~own;
  }
}

/* Words of no language in particular (names of mechanisms, placeholders) count in each. */
static void
share_common(Speech *speech, guint n_languages)
{
  for (guint i = 0; i < speech->n; i++)
    for (guint language = 1; language < n_languages; language++)
      speech->said[i][language] |= speech->said[i][0];
}

Speech *
rules_hear(const Rules *rules, const RulesText *text)
{
  Speech *speech = find_sentences(text);
  speech->rules = rules;
  speech->text = text;
  guint first = 0;
  /* the first language of the shipped book, which is the last one, is the common one */
  for (guint i = rules->n_books; i-- > 0;) {
    hear_book(speech, rules->books[i], first);
    first = MIN(first + rules->books[i]->n_languages, LANGUAGES_MAX - 1);
  }
  settle_own(speech);
  for (guint i = 0; i < speech->n; i++)
    speech->all |= speech->any[i];
  share_common(speech, LANGUAGES_MAX);
  return speech;
}

/* Related languages have words alike, so a word that contradicts counts in whatever language says
 * as much as this one; in one that says less it only looks like a word. */
static bool
is_contradicted(const guint64 *said, guint language, guint64 none)
{
  int least = __builtin_popcountll(said[language]);
  for (guint i = 0; i < LANGUAGES_MAX; i++)
    if ((said[i] & none) != 0 && __builtin_popcountll(said[i]) >= least)
      return true;
  return false;
}

/* All concepts in one language, and none that contradicts. */
static bool
says(const Speech *speech, const Saying *saying, guint *sentence, guint *language)
{
  for (*sentence = 0; *sentence < speech->n; ++*sentence) {
    guint64 any = speech->any[*sentence];
    const guint64 *said = speech->said[*sentence];
    if ((any & saying->all) != saying->all)
      continue;
    for (*language = 0; *language < LANGUAGES_MAX; ++*language)
      if ((said[*language] & saying->all) == saying->all &&
          ((any & saying->none) == 0 || !is_contradicted(said, *language, saying->none)))
        return true;
  }
  return false;
}

/* In the language that says most, or all those that do: each has words that look like another's. */
bool
rules_speaks_of(const Speech *speech, size_t end, guint64 concepts)
{
  const guint64 *said = speech->said[sentence_of(speech, end > 0 ? end - 1 : 0)];
  int most = 0;
  bool found = false;
  for (guint language = 0; language < LANGUAGES_MAX; language++) {
    int n = __builtin_popcountll(said[language]);
    if (n < most || n == 0)
      continue;
    found = (n > most || found) && (said[language] & concepts) != 0;
    most = n;
  }
  return found;
}

const Saying *
rules_find_saying(const Book *book, Slice slice, const Speech *speech)
{
  guint sentence, language;
  const Saying *saying = book->sayings + slice.first, *end = saying + slice.n;
  for (; saying < end; saying++)
    if ((speech->all & saying->all) == saying->all && says(speech, saying, &sentence, &language))
      return saying;
  return NULL;
}

typedef struct {
  const Speech *speech;
  guint language;
  guint64 open; /* concepts for which a word is still wanted */
  GString *out;
} Telling;

/* first: of the book's languages. */
static void
tell_gram(Telling *telling, const Book *book, guint first, guint16 gram, size_t at)
{
  const GramIndex *index = &book->word_index;
  guint bucket = gram >> BUCKET_SHIFT;
  for (guint32 i = index->begins[bucket]; i < index->begins[bucket + 1]; i++) {
    if (index->items[i].gram != gram)
      continue;
    const Word *word = &book->vocabulary[index->items[i].owner];
    guint64 bit = G_GUINT64_CONSTANT(1) << word->concept;
    bool spoken =
        (word->language == 0 && first == 0) || first + word->language == telling->language;
    if (!spoken || (telling->open & bit) == 0 ||
        !rules_stands_at(telling->speech->text, &word->fragment, book->words, at))
      continue;
    telling->open &= ~bit;
    g_string_append_printf(telling->out, "%s%.*s", telling->out->len > 0 ? " … " : "",
                           (int)word->fragment.length, book->words + word->fragment.at);
  }
}

char *
rules_saying_words(const Speech *speech, const Saying *saying)
{
  guint sentence, language;
  Telling telling = {.speech = speech, .open = saying->all, .out = g_string_new(NULL)};
  if (!says(speech, saying, &sentence, &language))
    return g_string_free(telling.out, FALSE);
  telling.language = language;
  const RulesText *text = speech->text;
  for (size_t at = sentence > 0 ? speech->ends[sentence - 1] : 0; at + 1 < speech->ends[sentence];
       at++) {
    guint first = 0;
    for (guint i = speech->rules->n_books; i-- > 0; first += speech->rules->books[i]->n_languages) {
      const Book *book = speech->rules->books[i];
      tell_gram(&telling, book, first, rules_short_gram(text->at + at), at);
      if (at + GRAM <= text->length)
        tell_gram(&telling, book, first, rules_gram(text->at + at), at);
    }
  }
  return g_string_free(telling.out, FALSE);
}

bool
rules_read(const Rules *rules, const char *folded)
{
  if (g_str_is_ascii(folded))
    return true;
  RulesText text;
  rules_text_to_hear(&text, folded);
  g_autofree Speech *speech = rules_hear(rules, &text);
  for (guint i = 0; i < speech->n; i++)
    for (guint language = 1; language < LANGUAGES_MAX; language++)
      if (speech->said[i][language] != speech->said[i][0]) /* more than the common words */
        return true;
  return false;
}
