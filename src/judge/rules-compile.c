/* rules-compile FILE...: run by make. Prints the C source of the book made of these rule files, in
 * the order in which they are tried. Reports errors in them as "file:line: message" and fails.
 *
 * The output consists of constants; only the Book itself contains pointers. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/rules-private.h"

enum { LINE = 90 }; /* octets of a literal, or slightly more */

static void
read_files(BookBuilder *builder, char **paths, GPtrArray *problems)
{
  for (; *paths != NULL; paths++) {
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(*paths, &text, &length, &error))
      g_ptr_array_add(problems, g_strdup(error->message));
    else if (!g_utf8_validate(text, (gssize)length, NULL))
      g_ptr_array_add(problems, g_strdup_printf("%s: not UTF-8", *paths));
    else {
      g_autofree char *name = g_path_get_basename(*paths);
      book_builder_read(builder, name, text, false, problems);
    }
  }
}

/* Prints an octet of a literal. An escape always has three digits, or the next octet might become
 * part of it. Returns whether the literal may be split here, which must not be within a character.
 */
static bool
print_octet(char c)
{
  if (c == '\n')
    fputs("\\n", stdout);
  else if (g_ascii_iscntrl(c) || c == '"' || c == '\\' || c == '?')
    printf("\\%03o", (unsigned)c);
  else
    putchar(c);
  return (guchar)c < 0x80;
}

static void
print_string(const char *name, const char *at, guint size)
{
  printf("\nstatic const char %s[] =\n  \"", name);
  int column = 0;
  for (const char *end = at + size; at < end; at++) {
    bool whole = print_octet(*at);
    if ((++column < LINE && *at != '\n') || !whole || at + 1 == end)
      continue;
    fputs("\"\n  \"", stdout);
    column = 0;
  }
  puts("\";");
}

static void
print_names(const char *name, const guint32 *values, guint n)
{
  printf("\nstatic const guint32 %s[] = {\n", name);
  for (guint i = 0; i < n; i++)
    printf("  %uU,\n", values[i]);
  puts("  0\n};");
}

static void
print_rules(const Book *book)
{
  puts("\nstatic const Rule rules[] = {");
  for (guint i = 0; i < book->n_rules; i++) {
    const Rule *rule = &book->rules[i];
    printf(
        "  { %u, %u, %u, { %u, %u }, { %u, %u }, { %u, %u }, { %u, %u }, %u, %d, %u, %u, %u },\n",
        rule->section, rule->id, rule->mta, rule->fragments.first, rule->fragments.n,
        rule->statuses.first, rule->statuses.n, rule->replies.first, rule->replies.n,
        rule->sayings.first, rule->sayings.n, rule->n_texts, rule->provider, rule->reason,
        rule->stages, rule->actions);
  }
  puts("  { 0 }\n};");
}

static void
print_providers(const Book *book)
{
  puts("\nstatic const Provider providers[] = {");
  for (guint i = 0; i < book->n_providers; i++) {
    const Provider *provider = &book->providers[i];
    printf("  { %u, %u, %u, %u, { %u, %u } },\n", provider->section, provider->id, provider->name,
           provider->mta, provider->marks.first, provider->marks.n);
  }
  puts("  { 0 }\n};");
}

static void
print_fragments(const Book *book)
{
  puts("\nstatic const Fragment fragments[] = {");
  for (guint i = 0; i < book->n_fragments; i++) {
    const Fragment *fragment = &book->fragments[i];
    printf("  { %u, %u, { %u, %u }, %u },\n", fragment->at, fragment->length, fragment->grams[0],
           fragment->grams[1], fragment->flags);
  }
  puts("  { 0 }\n};");
}

static void
print_vocabulary(const Book *book)
{
  puts("\nstatic const Word vocabulary[] = {");
  for (guint i = 0; i < book->n_vocabulary; i++) {
    const Word *word = &book->vocabulary[i];
    const Fragment *fragment = &word->fragment;
    printf("  { { %u, %u, { %u, %u }, %u }, %u, %u },\n", fragment->at, fragment->length,
           fragment->grams[0], fragment->grams[1], fragment->flags, word->concept, word->language);
  }
  puts("  { { 0 }, 0, 0 }\n};\n\nstatic const Saying sayings[] = {");
  for (guint i = 0; i < book->n_sayings; i++)
    printf("  { G_GUINT64_CONSTANT(%" G_GUINT64_FORMAT "), G_GUINT64_CONSTANT(%" G_GUINT64_FORMAT
           ") },\n",
           book->sayings[i].all, book->sayings[i].none);
  puts("  { 0, 0 }\n};");
}

static void
print_index(const char *name, const GramIndex *index)
{
  g_autofree char *begins = g_strconcat(name, "_begins", NULL);
  print_names(begins, index->begins, N_BUCKETS + 1);
  printf("\nstatic const IndexItem %s_items[] = {\n", name);
  for (guint32 i = 0; i < index->begins[N_BUCKETS]; i++)
    printf("  { %u, %u, %u },\n", index->items[i].bucket, index->items[i].gram,
           index->items[i].owner);
  puts("  { 0, 0, 0 }\n};");
}

static void
print_small_tables(const Book *book)
{
  puts("\nstatic const RuleFile files[] = {");
  for (guint i = 0; i < book->n_files; i++)
    printf("  { %u, %u },\n", book->files[i].name, book->files[i].text);
  puts("  { 0, 0 }\n};\n\nstatic const Status statuses[] = {");
  for (guint i = 0; i < book->n_statuses; i++)
    printf("  { %d, %d, %d },\n", book->statuses[i].klass, book->statuses[i].subject,
           book->statuses[i].detail);
  puts("  { 0, 0, 0 }\n};\n\nstatic const ReplyRange replies[] = {");
  for (guint i = 0; i < book->n_replies; i++)
    printf("  { %d, %d },\n", book->replies[i].low, book->replies[i].high);
  puts("  { 0, 0 }\n};");
}

static void
print_against(const Contradictions *against)
{
  printf("  { %#" G_GINT64_MODIFIER "xU, %#" G_GINT64_MODIFIER "xU, {", against->words,
         against->codes);
  for (guint i = 0; i < N_REASONS; i++)
    printf(" %#" G_GINT64_MODIFIER "xU,", against->allowed[i]);
  printf(" }, %u }\n", against->section);
}

static void
print_book(const Book *book)
{
  static const char *const phases[N_PHASES] = {"by_text", "by_status", "by_reply"};
  puts("/* Written by rules-compile; edit the rule files instead. */");
  puts("#include \"config.h\"\n\n#include \"judge/rules-private.h\"");
  print_string("text", book->text, book->text_size);
  print_string("words", book->words, book->words_size);
  print_string("names", book->names, book->names_size);
  print_rules(book);
  print_names("id_sums", book->id_sums, book->n_rules);
  print_providers(book);
  print_names("wanted", book->wanted, book->n_wanted);
  print_fragments(book);
  print_vocabulary(book);
  print_index("rule", &book->rule_index);
  print_index("word", &book->word_index);
  print_small_tables(book);
  print_names("contradictions", book->contradictions, book->n_contradictions);
  print_names("follow", book->subjects[SUBJECT_FOLLOW], book->n_subjects[SUBJECT_FOLLOW]);
  print_names("hold", book->subjects[SUBJECT_HOLD], book->n_subjects[SUBJECT_HOLD]);
  print_names("owned", book->subjects[SUBJECT_OWNED], book->n_subjects[SUBJECT_OWNED]);
  for (guint i = 0; i < N_PHASES; i++)
    print_names(phases[i], book->phases[i], book->n_phases[i]);
  puts("\nconst Book rules_shipped = {\n"
       "  text, names, words, files, rules, id_sums, providers, wanted, fragments, statuses,\n"
       "  replies, vocabulary, sayings, { rule_begins, rule_items },\n"
       "  { word_begins, word_items }, contradictions, { follow, hold, owned },\n"
       "  { by_text, by_status, by_reply },");
  printf(
      "  %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, { %u, %u, %u }, { %u, %u, %u },\n",
      book->text_size, book->names_size, book->words_size, book->n_files, book->n_rules,
      book->n_providers, book->n_wanted, book->n_fragments, book->n_statuses, book->n_replies,
      book->n_vocabulary, book->n_sayings, book->n_contradictions, book->n_languages,
      book->n_subjects[SUBJECT_FOLLOW], book->n_subjects[SUBJECT_HOLD],
      book->n_subjects[SUBJECT_OWNED], book->n_phases[0], book->n_phases[1], book->n_phases[2]);
  print_against(&book->against);
  puts("};");
}

int
main(int argc, char **argv)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(BookBuilder) builder = book_builder_new();
  if (argc < 2)
    return EXIT_FAILURE;
  read_files(builder, argv + 1, problems);
  book_builder_end(builder, NULL, problems);
  for (guint i = 0; i < problems->len; i++)
    fprintf(stderr, "%s\n", (const char *)g_ptr_array_index(problems, i));
  if (problems->len > 0)
    return EXIT_FAILURE;
  print_book(&builder->book);
  return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
