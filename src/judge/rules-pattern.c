/* Patterns on folded text.
 *
 * Some six thousand fragments are searched for in a text of a few hundred octets, mostly in vain.
 * So the text is first turned into the set of its four-octet sequences, hashed to 16 bits. A
 * fragment can occur only if its first and last four octets are in the set, which takes two
 * look-ups. The fragments that pass are searched for, each at its leftmost place after the one
 * before. That finds a match if there is one, without back-tracking. The work is at most fragments
 * x octets of text (memmem is bounded by the length of the fragment, a constant). */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

/* The same on every machine, since the tables may have been made on another one. */
guint16
rules_gram(const char *at)
{
  guint32 bytes;
  memcpy(&bytes, at, GRAM);
  return (guint16)((GUINT32_FROM_LE(bytes) * 2654435761U) >> 16);
}

guint16
rules_short_gram(const char *at)
{
  return (guint16)((((guint32)(guchar)at[0] << 8 | (guchar)at[1]) * 2654435761U) >> 16);
}

void
rules_fragment_grams(Fragment *fragment, const char *words)
{
  if (fragment->length < GRAM) {
    fragment->flags |= FRAGMENT_SHORT;
    if (fragment->length > 1)
      fragment->grams[0] = rules_short_gram(words + fragment->at);
    return;
  }
  fragment->grams[0] = rules_gram(words + fragment->at);
  fragment->grams[1] = rules_gram(words + fragment->at + fragment->length - GRAM);
}

void
rules_text_to_hear(RulesText *text, const char *folded)
{
  text->at = folded;
  text->length = strlen(folded);
  text->named = NULL;
}

void
rules_text_init(RulesText *text, const char *folded)
{
  rules_text_to_hear(text, folded);
  memset(text->grams, 0, sizeof text->grams);
  for (size_t i = 0; i + GRAM <= text->length; i++) {
    guint bit = rules_gram(folded + i) % GRAM_BITS;
    text->grams[bit / 64] |= G_GUINT64_CONSTANT(1) << (bit % 64);
  }
}

static inline bool
has_gram(const RulesText *text, guint16 gram)
{
  guint bit = gram % GRAM_BITS;
  return text->grams[bit / 64] >> (bit % 64) & 1;
}

static inline bool
can_occur(const RulesText *text, const Fragment *fragment)
{
  return (fragment->flags & FRAGMENT_SHORT) != 0 ||
         (has_gram(text, fragment->grams[0]) && has_gram(text, fragment->grams[1]));
}

/* RULES_UNKNOWN: rules-check.c asks about text that is known only in part. */
static inline bool
is_word(char c)
{
  return g_ascii_isalnum(c) || c == '_' || c == RULES_UNKNOWN;
}

/* A line feed is left where a paragraph or a list begins (fold_lines). */
static bool
stands_free(const RulesText *text, const Fragment *fragment, size_t at)
{
  size_t end = at + fragment->length;
  char before = at > 0 ? text->at[at - 1] : '\n', after = end < text->length ? text->at[end] : '\n';
  return (!(fragment->flags & FRAGMENT_WORD_BEFORE) || !is_word(before)) &&
         (!(fragment->flags & FRAGMENT_WORD_AFTER) || !is_word(after)) &&
         (!(fragment->flags & FRAGMENT_AT_START) || before == '\n') &&
         (!(fragment->flags & FRAGMENT_AT_END) || after == '\n');
}

/* The leftmost place at or after from. */
static bool
find_fragment(const RulesText *text, const Fragment *fragment, const char *words, size_t from,
              size_t *out)
{
  while (from + fragment->length <= text->length) {
    const char *found =
        memmem(text->at + from, text->length - from, words + fragment->at, fragment->length);
    if (found == NULL)
      return false;
    *out = (size_t)(found - text->at);
    if (stands_free(text, fragment, *out))
      return true;
    from = *out + 1;
  }
  return false;
}

bool
rules_stands_at(const RulesText *text, const Fragment *fragment, const char *words, size_t at)
{
  return at + fragment->length <= text->length &&
         memcmp(text->at + at, words + fragment->at, fragment->length) == 0 &&
         stands_free(text, fragment, at);
}

/* A blank follows the end of a sentence, except in Chinese and Japanese. */
static bool
is_before_sentence(const RulesText *text, size_t at)
{
  return at + 1 < text->length &&
         (text->at[at + 1] == ' ' ||
          (at > 0 && (guchar)text->at[at - 1] >= 0x80 && (guchar)text->at[at + 1] >= 0xe3));
}

/* A point that ends a sentence, not an abbreviation, a number or Sendmail's "...". */
bool
rules_ends_sentence(const RulesText *text, size_t at)
{
  if (text->at[at] == '\n')
    return true;
  if (strchr(".!?", text->at[at]) == NULL || !is_before_sentence(text, at))
    return false;
  size_t word = 0;
  while (word < 3 && word < at &&
         (is_word(text->at[at - word - 1]) || (guchar)text->at[at - word - 1] >= 0x80))
    word++;
  return word == 3;
}

/* The beginning of the sentence that contains to, if it begins after from; otherwise from. */
static size_t
sentence_begin(const RulesText *text, size_t from, size_t to)
{
  for (size_t at = to; at > from; at--)
    if (rules_ends_sentence(text, at - 1))
      return at;
  return from;
}

/* Where a sentence does not hold all that has to be in one, the search goes on with the one that
 * holds the fragment found last: nothing is searched twice but the parts of one sentence. */
static bool
matches(const Fragment *pattern, const Fragment *end, const char *words, const RulesText *text,
        size_t *after)
{
  size_t from = 0, at;
  for (const Fragment *fragment = pattern; fragment < end; fragment++) {
    if (!find_fragment(text, fragment, words, from, &at))
      return false;
    if (fragment > pattern && !(fragment->flags & FRAGMENT_FAR)) {
      size_t begin = sentence_begin(text, from, at);
      if (begin > from) {
        from = begin;
        fragment = pattern - 1;
        continue;
      }
    }
    from = at + fragment->length;
  }
  *after = from;
  return true;
}

static inline const Fragment *
next_pattern(const Fragment *pattern)
{
  while (!(pattern->flags & FRAGMENT_LAST))
    pattern++;
  return pattern + 1;
}

const Fragment *
rules_next_pattern(const Fragment *pattern)
{
  return next_pattern(pattern);
}

/* Whether the text can contain all fragments of the pattern. */
static inline bool
is_possible(const Fragment *pattern, const RulesText *text)
{
  for (; can_occur(text, pattern); pattern++)
    if (pattern->flags & FRAGMENT_LAST)
      return true;
  return false;
}

guint32
rules_next_possible(const guint64 *possible, guint32 begin, guint32 end)
{
  while (begin < end) {
    guint64 bits = possible[begin / 64] >> (begin % 64);
    if (bits != 0)
      return MIN(end, begin + (guint32)__builtin_ctzll(bits));
    begin = (begin / 64 + 1) * 64;
  }
  return end;
}

const Fragment *
rules_find_pattern(const Book *book, Slice slice, bool negated, const RulesText *text,
                   const guint64 *possible, size_t *out)
{
  size_t ignored;
  const guint16 want = negated ? FRAGMENT_NOT : 0;
  const Fragment *end = book->fragments + slice.first + slice.n;
  for (const Fragment *pattern = book->fragments + slice.first;; pattern = next_pattern(pattern)) {
    if (possible != NULL)
      pattern =
          book->fragments + rules_next_possible(possible, (guint32)(pattern - book->fragments),
                                                slice.first + slice.n);
    if (pattern >= end)
      return NULL;
    const RulesText *in =
        pattern->flags & FRAGMENT_NAMED && text->named != NULL ? text->named : text;
    if ((pattern->flags & FRAGMENT_NOT) == want && is_possible(pattern, in) &&
        matches(pattern, next_pattern(pattern), book->words, in, out != NULL ? out : &ignored))
      return pattern;
  }
}

char *
rules_pattern_words(const Book *book, const Fragment *pattern)
{
  GString *out = g_string_new(NULL);
  const Fragment *end = rules_next_pattern(pattern);
  for (const Fragment *fragment = pattern; fragment < end; fragment++) {
    if (fragment > pattern)
      g_string_append(out, " … ");
    g_string_append_len(out, book->words + fragment->at, fragment->length);
  }
  return g_string_free(out, FALSE);
}
