/* The surface of a rule file: entries, keys and values. */
#include "rules-private.h"

void
scanner_skip_section(Scanner *scanner)
{
  const char *next = strstr(scanner->cursor - 1, "\n[");
  scanner->cursor = next != NULL ? next + 1 : scanner->cursor + strlen(scanner->cursor);
}

int
rules_line(const Rules *rules, int file, const char *at)
{
  int line = 1;
  const char *feed = g_array_index(rules->files, RuleFile, file).text;
  while ((feed = strchr(feed, '\n')) != NULL && feed++ < at)
    line++;
  return line;
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
