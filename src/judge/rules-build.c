/* A book in the making: its tables grow as files are read, and are final at the end. */
#include "config.h"

#include <string.h>

#include "judge/names.h"
#include "judge/rules-private.h"

static GArray *
table_new(guint size)
{
  return g_array_sized_new(FALSE, FALSE, size, 1); /* not NULL even if it stays empty */
}

BookBuilder *
book_builder_new(void)
{
  BookBuilder *builder = g_new0(BookBuilder, 1);
  builder->text = g_string_new(NULL);
  builder->names = g_string_new(NULL);
  builder->words = g_string_new(NULL);
  g_string_append_c(builder->names, '\0'); /* so that no name is 0 */
  builder->files = table_new(sizeof(RuleFile));
  builder->rules = table_new(sizeof(Rule));
  builder->id_sums = table_new(sizeof(guint32));
  builder->providers = table_new(sizeof(Provider));
  builder->wanted = table_new(sizeof(Name));
  builder->fragments = table_new(sizeof(Fragment));
  builder->statuses = table_new(sizeof(Status));
  builder->replies = table_new(sizeof(ReplyRange));
  builder->vocabulary = table_new(sizeof(Word));
  builder->rule_begins = table_new(sizeof(guint32));
  builder->rule_items = table_new(sizeof(IndexItem));
  builder->word_begins = table_new(sizeof(guint32));
  builder->word_items = table_new(sizeof(IndexItem));
  builder->sayings = table_new(sizeof(Saying));
  builder->contradictions = table_new(sizeof(Name));
  for (guint i = 0; i < N_SUBJECT_LISTS; i++)
    builder->subjects[i] = table_new(sizeof(Name));
  for (guint i = 0; i < N_PHASES; i++)
    builder->phases[i] = table_new(sizeof(guint32));
  return builder;
}

void
book_builder_free(BookBuilder *builder)
{
  if (builder == NULL)
    return;
  g_string_free(builder->text, TRUE);
  g_string_free(builder->names, TRUE);
  g_string_free(builder->words, TRUE);
  g_array_unref(builder->files);
  g_array_unref(builder->rules);
  g_array_unref(builder->id_sums);
  g_array_unref(builder->providers);
  g_array_unref(builder->wanted);
  g_array_unref(builder->fragments);
  g_array_unref(builder->statuses);
  g_array_unref(builder->replies);
  g_array_unref(builder->vocabulary);
  g_array_unref(builder->rule_begins);
  g_array_unref(builder->rule_items);
  g_array_unref(builder->word_begins);
  g_array_unref(builder->word_items);
  g_array_unref(builder->sayings);
  g_array_unref(builder->contradictions);
  for (guint i = 0; i < N_SUBJECT_LISTS; i++)
    g_array_unref(builder->subjects[i]);
  for (guint i = 0; i < N_PHASES; i++)
    g_array_unref(builder->phases[i]);
  g_free(builder);
}

Name
book_builder_name(BookBuilder *builder, const char *string)
{
  Name name = (Name)builder->names->len;
  g_string_append_len(builder->names, string, (gssize)strlen(string) + 1);
  return name;
}

/* The rules of a provider are usually next to each other, so the last provider is tried first. */
gint32
book_builder_want(BookBuilder *builder, const char *provider)
{
  for (gint32 i = (gint32)builder->wanted->len - 1; i >= 0; i--)
    if (strcmp(provider, builder->names->str + g_array_index(builder->wanted, Name, i)) == 0)
      return i;
  Name name = book_builder_name(builder, provider);
  g_array_append_val(builder->wanted, name);
  return (gint32)builder->wanted->len - 1;
}

static Fragment
make_fragment(BookBuilder *builder, Span span, guint flags)
{
  Fragment fragment = {
      .at = (guint32)builder->words->len, .length = (guint16)span.length, .flags = (guint16)flags};
  g_string_append_len(builder->words, span.at, fragment.length);
  rules_fragment_grams(&fragment, builder->words->str);
  return fragment;
}

void
book_builder_fragment(BookBuilder *builder, Span span, guint flags)
{
  Fragment fragment = make_fragment(builder, span, flags);
  g_array_append_val(builder->fragments, fragment);
}

void
book_builder_word(BookBuilder *builder, Span span, guint flags, int concept, guint language)
{
  Word word = {make_fragment(builder, span, flags), (guint8) concept, (guint8)language};
  g_array_append_val(builder->vocabulary, word);
}

/* The tables have grown to their size, and move no more. */
static void
show(BookBuilder *builder)
{
  builder->book = (Book){
      .text = builder->text->str,
      .names = builder->names->str,
      .words = builder->words->str,
      .files = (const RuleFile *)(const void *)builder->files->data,
      .rules = (const Rule *)(const void *)builder->rules->data,
      .id_sums = (const guint32 *)(const void *)builder->id_sums->data,
      .providers = (const Provider *)(const void *)builder->providers->data,
      .wanted = (const Name *)(const void *)builder->wanted->data,
      .fragments = (const Fragment *)(const void *)builder->fragments->data,
      .statuses = (const Status *)(const void *)builder->statuses->data,
      .replies = (const ReplyRange *)(const void *)builder->replies->data,
      .vocabulary = (const Word *)(const void *)builder->vocabulary->data,
      .sayings = (const Saying *)(const void *)builder->sayings->data,
      .contradictions = (const Name *)(const void *)builder->contradictions->data,
      .rule_index = {(const guint32 *)(const void *)builder->rule_begins->data,
                     (const IndexItem *)(const void *)builder->rule_items->data},
      .word_index = {(const guint32 *)(const void *)builder->word_begins->data,
                     (const IndexItem *)(const void *)builder->word_items->data},
      .text_size = (guint)builder->text->len,
      .names_size = (guint)builder->names->len,
      .words_size = (guint)builder->words->len,
      .n_files = builder->files->len,
      .n_rules = builder->rules->len,
      .n_providers = builder->providers->len,
      .n_wanted = builder->wanted->len,
      .n_fragments = builder->fragments->len,
      .n_statuses = builder->statuses->len,
      .n_replies = builder->replies->len,
      .n_vocabulary = builder->vocabulary->len,
      .n_sayings = builder->sayings->len,
      .n_contradictions = builder->contradictions->len,
      .n_languages = builder->n_languages,
      .against = builder->against,
  };
  for (guint i = 0; i < N_SUBJECT_LISTS; i++) {
    builder->book.subjects[i] = (const Name *)(const void *)builder->subjects[i]->data;
    builder->book.n_subjects[i] = builder->subjects[i]->len;
  }
  for (guint i = 0; i < N_PHASES; i++) {
    builder->book.phases[i] = (const guint32 *)(const void *)builder->phases[i]->data;
    builder->book.n_phases[i] = builder->phases[i]->len;
  }
}

/* At the end, since a rule may name a provider that a later file describes. */
static void
check_providers(const Book *book, const Book *other, GPtrArray *problems)
{
  for (guint i = 0; i < book->n_rules; i++) {
    const char *id = book_wanted(book, &book->rules[i]);
    if (id != NULL && book_provider(book, id) == NULL &&
        (other == NULL || book_provider(other, id) == NULL))
      book_problem(book, book->rules[i].section, problems, "unknown provider \"%s\"", id);
  }
}

static RulesPhase
phase_of(const Rule *rule)
{
  if (rule->n_texts > 0 || rule->sayings.n > 0 || rule->provider != ANY_PROVIDER)
    return RULES_TEXT;
  return rule->statuses.n > 0 ? RULES_STATUS : RULES_REPLY;
}

/* Assigns each rule to the phase in which it is tried. A rule that tests a provider's code alone is
 * tried with the texts: for that provider the code outranks what general rules make of the words.
 */
static void
sort_into_phases(BookBuilder *builder, GPtrArray *problems)
{
  const Book *book = &builder->book;
  for (guint32 i = 0; i < book->n_rules; i++) {
    const Rule *rule = &book->rules[i];
    bool conditions = rule->provider != ANY_PROVIDER || rule->fragments.n > 0 ||
                      rule->sayings.n > 0 || rule->statuses.n > 0 || rule->replies.n > 0 ||
                      rule->stages != 0 || rule->actions != 0 || rule->mta != 0;
    if (rule->reason == REASON_NONE)
      book_problem(book, rule->section, problems, "the rule has no reason");
    if (conditions)
      g_array_append_val(builder->phases[phase_of(rule)], i);
    else if (strcmp(book->names + rule->id, RULE_UNDEFINED) != 0)
      book_problem(book, rule->section, problems, "the rule has no condition");
  }
}

/* A pattern that is a name itself, or asks for names with an "@", is for the text as it was. */
static void
mark_named(BookBuilder *builder, const Rule *rule)
{
  Fragment *pattern = &g_array_index(builder->fragments, Fragment, rule->fragments.first);
  Fragment *end = pattern + rule->fragments.n;
  for (Fragment *fragment = pattern; fragment < end; fragment++) {
    g_autofree char *text = g_strndup(builder->words->str + fragment->at, fragment->length);
    if (names_is_name(text))
      pattern->flags |= FRAGMENT_NAMED;
    if (fragment->flags & FRAGMENT_LAST)
      pattern = fragment + 1;
  }
}

static gint
compare_names(gconstpointer one, gconstpointer other, gpointer names)
{
  const Name *a = one, *b = other;
  return strcmp((const char *)names + *a, (const char *)names + *b);
}

static void
sum_ids(BookBuilder *builder)
{
  for (guint i = 0; i < builder->rules->len; i++) {
    guint32 sum = rules_id_sum(builder->names->str + g_array_index(builder->rules, Rule, i).id);
    g_array_append_val(builder->id_sums, sum);
  }
}

const Book *
book_builder_end(BookBuilder *builder, const Book *other, GPtrArray *problems)
{
  sum_ids(builder);
  for (guint i = 0; i < N_SUBJECT_LISTS; i++)
    g_array_sort_with_data(builder->subjects[i], compare_names, builder->names->str);
  for (guint i = 0; i < builder->rules->len; i++)
    mark_named(builder, &g_array_index(builder->rules, Rule, i));
  book_builder_index(builder);
  show(builder);
  check_providers(&builder->book, other, problems);
  sort_into_phases(builder, problems);
  show(builder);
  return &builder->book;
}
