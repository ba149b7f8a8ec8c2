/* Patterns on folded text.
 *
 * Some two thousand fragments are looked for in a text of a few hundred octets, mostly in vain. So
 * a text is first turned into a set of its four-octet sequences, hashed to 16 bits; a fragment can
 * only occur if its first and its last four octets are in the set, which two look-ups tell. What
 * passes is searched for: each fragment at its leftmost place behind the one before, which finds a
 * match if there is one, so nothing is ever tried twice. The work is at most
 * fragments x octets of text (memmem is bounded by the length of the fragment, a constant). */
#define _GNU_SOURCE /* memmem */
#include "rules-private.h"

static guint16
gram(const char *at)
{
  guint32 bytes;
  memcpy(&bytes, at, GRAM);
  return (guint16)((bytes * 2654435761U) >> 16);
}

void
rules_fragment_grams(Fragment *fragment)
{
  fragment->has_grams = fragment->length >= GRAM;
  if (!fragment->has_grams)
    return;
  fragment->grams[0] = gram(fragment->at);
  fragment->grams[1] = gram(fragment->at + fragment->length - GRAM);
}

void
rules_text_init(RulesText *text, const char *folded)
{
  text->at = folded;
  text->length = strlen(folded);
  memset(text->grams, 0, sizeof text->grams);
  for (size_t i = 0; i + GRAM <= text->length; i++) {
    guint16 bit = gram(folded + i);
    text->grams[bit / 64] |= G_GUINT64_CONSTANT(1) << (bit % 64);
  }
}

static inline bool
has_gram(const RulesText *text, guint16 bit)
{
  return text->grams[bit / 64] >> (bit % 64) & 1;
}

static inline bool
can_occur(const RulesText *text, const Fragment *fragment)
{
  return !fragment->has_grams ||
         (has_gram(text, fragment->grams[0]) && has_gram(text, fragment->grams[1]));
}

/* RULES_UNKNOWN: rules-check.c asks about text that it knows only in part. */
static inline bool
is_word(char c)
{
  return g_ascii_isalnum(c) || c == '_' || c == RULES_UNKNOWN;
}

static bool
stands_free(const RulesText *text, const Fragment *fragment, size_t at)
{
  size_t end = at + fragment->length;
  if (fragment->word_before && at > 0 && is_word(text->at[at - 1]))
    return false;
  return !fragment->word_after || end == text->length || !is_word(text->at[end]);
}

static bool
fits_at(const RulesText *text, const Fragment *fragment, size_t at)
{
  return at + fragment->length <= text->length &&
         memcmp(text->at + at, fragment->at, fragment->length) == 0 &&
         stands_free(text, fragment, at);
}

/* The leftmost place at or behind from. */
static bool
find_fragment(const RulesText *text, const Fragment *fragment, size_t from, size_t *out)
{
  while (from + fragment->length <= text->length) {
    const char *found =
        memmem(text->at + from, text->length - from, fragment->at, fragment->length);
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
rules_pattern_matches(const Rules *rules, const Pattern *pattern, const RulesText *text)
{
  const Fragment *fragments = &g_array_index(rules->fragments, Fragment, pattern->first);
  for (guint i = 0; i < pattern->n; i++)
    if (!can_occur(text, &fragments[i]))
      return false;
  size_t from = 0;
  for (guint i = 0; i < pattern->n; i++) {
    const Fragment *fragment = &fragments[i];
    bool last = i + 1 == pattern->n;
    size_t at = 0;
    if (i == 0 && pattern->at_start) {
      if (!fits_at(text, fragment, 0) ||
          (last && pattern->at_end && fragment->length != text->length))
        return false;
    } else if (last && pattern->at_end) {
      if (text->length < from + fragment->length ||
          !fits_at(text, fragment, text->length - fragment->length))
        return false;
    } else if (!find_fragment(text, fragment, from, &at)) {
      return false;
    }
    from = at + fragment->length;
  }
  return true;
}
