/* Which patterns and which words can occur in a text, looked up by the text instead of tried one by
 * one.
 *
 * Each pattern and each word is filed under the first four octets of what it begins with. The
 * text's sequences of four octets are looked up in turn: what none of them finds cannot be in the
 * text, so the cost grows with the text and not with the number of rules. */
#include "config.h"

#include "judge/rules-private.h"

/* Gathers the items of an index, bucket by bucket. */
static void
fill(GArray *begins, GArray *items, GArray *unsorted)
{
  guint32 counts[N_BUCKETS + 2] = {0};
  for (guint i = 0; i < unsorted->len; i++)
    counts[g_array_index(unsorted, IndexItem, i).bucket + 1]++;
  for (guint i = 1; i < G_N_ELEMENTS(counts); i++)
    counts[i] += counts[i - 1];
  g_array_append_vals(begins, counts, G_N_ELEMENTS(counts));
  g_array_set_size(items, unsorted->len);
  for (guint i = 0; i < unsorted->len; i++) {
    const IndexItem *item = &g_array_index(unsorted, IndexItem, i);
    g_array_index(items, IndexItem, counts[item->bucket]++) = *item;
  }
}

static void
add(GArray *items, const Fragment *fragment, guint32 owner)
{
  IndexItem item = {
      .bucket = fragment->length > 1 ? fragment->grams[0] >> BUCKET_SHIFT : BUCKET_REST,
      .gram = fragment->grams[0],
      .owner = owner,
  };
  g_array_append_val(items, item);
}

static void
index_patterns(BookBuilder *builder)
{
  g_autoptr(GArray) unsorted = g_array_new(FALSE, FALSE, sizeof(IndexItem));
  for (guint32 i = 0; i < builder->rules->len; i++) {
    Slice slice = g_array_index(builder->rules, Rule, i).fragments;
    const Fragment *all = (const Fragment *)(const void *)builder->fragments->data;
    const Fragment *pattern = all + slice.first, *end = pattern + slice.n;
    for (; pattern < end; pattern = rules_next_pattern(pattern))
      add(unsorted, pattern, (guint32)(pattern - all));
  }
  fill(builder->rule_begins, builder->rule_items, unsorted);
}

void
book_builder_index(BookBuilder *builder)
{
  index_patterns(builder);
  g_autoptr(GArray) unsorted = g_array_new(FALSE, FALSE, sizeof(IndexItem));
  for (guint32 i = 0; i < builder->vocabulary->len; i++)
    add(unsorted, &g_array_index(builder->vocabulary, Word, i).fragment, i);
  fill(builder->word_begins, builder->word_items, unsorted);
}

static void
mark(const GramIndex *index, guint bucket, guint16 gram, guint64 *possible)
{
  for (guint32 i = index->begins[bucket]; i < index->begins[bucket + 1]; i++) {
    const IndexItem *item = &index->items[i];
    if (item->gram == gram || bucket == BUCKET_REST)
      possible[item->owner / 64] |= G_GUINT64_CONSTANT(1) << (item->owner % 64);
  }
}

static void
mark_text(const GramIndex *index, const RulesText *text, guint64 *possible)
{
  for (size_t i = 0; i + 1 < text->length; i++) {
    guint16 two = rules_short_gram(text->at + i);
    mark(index, two >> BUCKET_SHIFT, two, possible);
    if (i + GRAM > text->length)
      continue;
    guint16 four = rules_gram(text->at + i);
    mark(index, four >> BUCKET_SHIFT, four, possible);
  }
}

guint64 *
rules_possible(const Book *book, const RulesText *text)
{
  guint64 *possible = g_new0(guint64, book->n_fragments / 64 + 1);
  mark(&book->rule_index, BUCKET_REST, 0, possible);
  mark_text(&book->rule_index, text, possible);
  if (text->named != NULL)
    mark_text(&book->rule_index, text->named, possible);
  return possible;
}
