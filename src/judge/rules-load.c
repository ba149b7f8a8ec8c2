/* Loads rules: the user's own book, if there is a file for it, followed by the shipped one. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/safe-file.h"
#include "judge/rules-private.h"

enum { FILE_MAX = 8 << 20 }; /* octets of the user's rule file */

#define CHECKED SAFE_MAY_LINK /* rules that decide nothing may be anyone's */

static bool
is_input(const char *path, SafeRules safe)
{
  return safe == CHECKED && strcmp(path, "-") == 0;
}

static char *
read_file(const char *path, const char *name, SafeRules safe, GError **error)
{
  gsize length;
  g_autoptr(GError) cause = NULL;
  g_autofree char *text =
      is_input(path, safe)
          ? safe_read_fd(STDIN_FILENO, name, FILE_MAX, &length, BOUNCEDB_ERROR_CONFIG, &cause)
          : safe_read(path, safe, FILE_MAX, &length, BOUNCEDB_ERROR_CONFIG, &cause);
  if (text == NULL)
    throw(error, BOUNCEDB_ERROR_CONFIG, "cannot read the rules: %s", cause->message);
  else if (!g_utf8_validate(text, (gssize)length, NULL))
    throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not UTF-8", name);
  else
    return g_steal_pointer(&text);
  return NULL;
}

static BookBuilder *
read_user_book(const char *path, SafeRules safe, GPtrArray *problems, GError **error)
{
  g_autofree char *name = g_filename_display_name(is_input(path, safe) ? "standard input" : path);
  g_autofree char *text = read_file(path, name, safe, error);
  if (text == NULL)
    return NULL;
  BookBuilder *builder = book_builder_new();
  book_builder_read(builder, name, text, true, problems);
  book_builder_end(builder, &rules_shipped, problems);
  return builder;
}

static Rules *
load(const char *user_file, SafeRules safe, GPtrArray *problems, GError **error)
{
  BookBuilder *own = NULL;
  if (user_file != NULL && (own = read_user_book(user_file, safe, problems, error)) == NULL)
    return NULL;
  Rules *rules = g_new0(Rules, 1);
  rules->own = own;
  if (own != NULL)
    rules->books[rules->n_books++] = &own->book;
  rules->books[rules->n_books++] = &rules_shipped;
  rules->infos = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  rules->strings = g_string_chunk_new(1024);
  return rules;
}

Rules *
rules_load_lenient(const char *user_file, GPtrArray *problems, GError **error)
{
  return load(user_file, CHECKED, problems, error);
}

Rules *
rules_load(const char *user_file, GError **error)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Rules) rules = load(user_file, SAFE_CONFIGURATION, problems, error);
  if (rules != NULL && problems->len > 0) {
    throw(error, BOUNCEDB_ERROR_CONFIG, "%s", (const char *)g_ptr_array_index(problems, 0));
    return NULL;
  }
  return g_steal_pointer(&rules);
}

void
rules_free(Rules *rules)
{
  if (rules == NULL)
    return;
  book_builder_free(rules->own);
  g_hash_table_unref(rules->infos);
  g_string_chunk_free(rules->strings);
  g_free(rules);
}
