/* The syntax of a rule file: entries, keys and values. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

static bool
is_blank(char c)
{
  return (guchar)c <= ' ';
}

bool
scanner_next(Scanner *scanner, Span *entry)
{
  while (*scanner->cursor != '\0') {
    const char *start = scanner->cursor, *end = start;
    do {
      const char *feed = strchr(end, '\n');
      end = feed != NULL ? feed + 1 : end + strlen(end);
    } while (*end == ' ' || *end == '\t');
    scanner->cursor = end;
    while (end > start && is_blank(end[-1]))
      end--;
    *entry = (Span){start, (guint)(end - start)};
    if (end > start && *start != '#')
      return true;
  }
  return false;
}

/* The part of span after n octets and the blanks that follow them. */
static Span
span_skip(Span span, guint n)
{
  while (n < span.length && is_blank(span.at[n]))
    n++;
  return (Span){span.at + n, span.length - n};
}

Span
entry_key(Span entry, Span *value)
{
  const char *colon = memchr(entry.at, ':', entry.length);
  *value = (Span){NULL, 0};
  if (colon == NULL)
    return entry;
  guint length = (guint)(colon - entry.at);
  *value = span_skip(entry, length + 1);
  return (Span){entry.at, length};
}

Span
span_word(Span *rest)
{
  *rest = span_skip(*rest, 0);
  Span word = {rest->length > 0 ? rest->at : NULL, 0};
  while (word.length < rest->length && !is_blank(rest->at[word.length]))
    word.length++;
  rest->at += word.length;
  rest->length -= word.length;
  return word;
}

char *
span_string(Span span)
{
  if (span.at == NULL)
    return NULL;
  GString *joined = g_string_sized_new(span.length);
  for (Span word; (word = span_word(&span)).at != NULL;) {
    if (joined->len > 0)
      g_string_append_c(joined, ' ');
    g_string_append_len(joined, word.at, word.length);
  }
  return g_string_free(joined, FALSE);
}

bool
span_is(Span span, const char *text)
{
  return strncmp(span.at, text, span.length) == 0 && text[span.length] == '\0';
}

static int
line_number(const char *text, const char *at)
{
  int line = 1;
  for (const char *feed = text; (feed = strchr(feed, '\n')) != NULL && feed++ < at;)
    line++;
  return line;
}

/* Each problem counts lines from the beginning of the file. A mailbox given as the rule file by
 * mistake has a problem in every line, and would keep a delivery busy for a minute. */
enum { PROBLEMS_MAX = 100 };

void
rules_problem(GPtrArray *problems, const char *file, const char *text, const char *at,
              const char *format, ...)
{
  if (problems->len >= PROBLEMS_MAX)
    return;
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(problems, g_strdup_printf("%s:%d: %s", file, line_number(text, at), message));
}

const RuleFile *
book_file(const Book *book, guint32 at)
{
  guint i = book->n_files - 1;
  while (i > 0 && book->files[i].text > at)
    i--;
  return &book->files[i];
}

char *
book_origin(const Book *book, guint32 at)
{
  const RuleFile *file = book_file(book, at);
  return g_strdup_printf("%s:%d", book->names + file->name,
                         line_number(book->text + file->text, book->text + at));
}
