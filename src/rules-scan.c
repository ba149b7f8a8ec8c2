/* The surface of a rule file: entries, keys and values. */
#include "rules-private.h"

bool
scanner_next(Scanner *scanner, Span *entry)
{
  while (*scanner->cursor != '\0') {
    const char *start = scanner->cursor, *end = start;
    scanner->line = scanner->next_line;
    do {
      const char *feed = strchr(end, '\n');
      end = feed != NULL ? feed + 1 : end + strlen(end);
      scanner->next_line++;
    } while (*end == ' ' || *end == '\t');
    scanner->cursor = end;
    while (end > start && span_is_blank(end[-1]))
      end--;
    if (end == start || *start == '#')
      continue;
    *entry = (Span){start, (guint)(end - start)};
    return true;
  }
  return false;
}

Span
span_skip(Span span, guint n)
{
  while (n < span.length && span_is_blank(span.at[n]))
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
  while (word.length < rest->length && !span_is_blank(rest->at[word.length]))
    word.length++;
  rest->at += word.length;
  rest->length -= word.length;
  return word;
}
