#include "config.h"

#include "readers/excerpt.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "mail/bounce.h"
#include "mail/reply.h"

enum {
  TRANSCRIPT_MAX = 32 << 10,              /* octets of a transcript that are looked at */
  LINES_MAX = 40,                         /* of one excerpt */
  LINE_MAX_LENGTH = BOUNCE_DIAGNOSTIC_MAX /* of a line, what is looked at */
};

struct Excerpts {
  const char *notice;
  GPtrArray *mentions;    /* Mention */
  GHashTable *first;      /* folded address → its best mention, borrowed */
  const char *transcript; /* of the SMTP session, behind its heading; NULL = none */
  GHashTable *replies;    /* begin of a reply line → its place; made when first asked */
};

/* --- lines, bounded --- */

static size_t
bounded_length(const char *line)
{
  size_t n = 0;
  while (n < LINE_MAX_LENGTH && line[n] != '\n' && line[n] != '\0')
    n++;
  return n;
}

static const char *
line_begin(const char *text, const char *p)
{
  for (size_t n = 0; n < LINE_MAX_LENGTH && p > text && p[-1] != '\n'; n++)
    p--;
  return p;
}

/* NULL where the line is too long to belong to a notice that a person should read, or the last. */
static const char *
next_line(const char *line)
{
  line += bounded_length(line);
  return *line == '\n' ? line + 1 : NULL;
}

static void
append_line(GString *out, const char *line, size_t length)
{
  if (out->len > BOUNCE_NOTICE_MAX)
    return;
  g_autofree char *copy = g_strstrip(g_strndup(line, MIN(length, LINE_MAX_LENGTH)));
  if (*copy == '\0')
    return;
  if (out->len > 0)
    g_string_append_c(out, ' ');
  g_string_append(out, copy);
}

/* --- mentions --- */

static void
mention_free(Mention *mention)
{
  g_free(mention->address);
  g_free(mention);
}

/* Nothing but ornaments between the beginning of its line and the address. */
static bool
is_heading(const Mention *mention)
{
  for (const char *p = mention->line; p < mention->begin; p++)
    if (strchr(" \t<>'\"*-(", *p) == NULL)
      return false;
  return true;
}

static void
find_mentions(Excerpts *excerpts)
{
  const char *cursor = excerpts->notice;
  const char *line = cursor, *line_end = cursor + line_length(cursor), *begin;
  for (char *address; (address = address_next(&cursor, &begin)) != NULL;) {
    while (begin > line_end) {
      line = line_end + 1;
      line_end = line + line_length(line);
    }
    Mention *mention = g_new0(Mention, 1);
    mention->address = address;
    mention->begin = begin;
    mention->end = cursor;
    mention->line = line;
    mention->line_end = line_end;
    mention->heading = is_heading(mention);
    g_ptr_array_add(excerpts->mentions, mention);
    g_autofree char *key = g_ascii_strdown(address, -1);
    const Mention *known = g_hash_table_lookup(excerpts->first, key);
    if (known == NULL || (mention->heading && !known->heading))
      g_hash_table_replace(excerpts->first, g_steal_pointer(&key), mention);
    if (excerpts->mentions->len >= EXCERPT_MENTIONS_MAX)
      break;
  }
}

Excerpts *
excerpts_new(const char *notice)
{
  Excerpts *excerpts = g_new0(Excerpts, 1);
  excerpts->notice = notice;
  excerpts->mentions = g_ptr_array_new_with_free_func((GDestroyNotify)mention_free);
  excerpts->first = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  excerpts->transcript = line_find(notice, SIZE_MAX, "transcript of session follows");
  if (excerpts->transcript != NULL)
    excerpts->transcript = line_next(excerpts->transcript);
  find_mentions(excerpts);
  return excerpts;
}

void
excerpts_free(Excerpts *excerpts)
{
  if (excerpts == NULL)
    return;
  g_hash_table_unref(excerpts->first);
  g_clear_pointer(&excerpts->replies, g_hash_table_unref);
  g_ptr_array_unref(excerpts->mentions);
  g_free(excerpts);
}

const GPtrArray *
excerpts_mentions(const Excerpts *excerpts)
{
  return excerpts->mentions;
}

/* --- the lines about an address --- */

/* A line that is the heading of another address, or of a program that stands for one ("|/bin/x").
 */
static bool
heads_another(const char *line, size_t length)
{
  if (length > 1 && (*line == '|' || strncmp(line, "\"|", 2) == 0))
    return true;
  size_t skip = 0;
  while (skip < length && strchr(" \t<>'\"*-(", line[skip]) != NULL)
    skip++;
  size_t end = skip;
  while (end < length && !g_ascii_isspace(line[end]))
    end++;
  return memchr(line + skip, '@', end - skip) != NULL;
}

static size_t
indent(const char *line)
{
  return strspn(line, " \t");
}

/* "-----", or a heading between such. */
static bool
is_ruled(const char *line, size_t length)
{
  size_t skip = strspn(line, " \t");
  return length >= skip + 5 &&
         (strncmp(line + skip, "-----", 5) == 0 || strncmp(line + skip, "=====", 5) == 0 ||
          strncmp(line + skip, "_____", 5) == 0);
}

/* The lines behind the one with the address: up to an empty line, a ruled one, or one that heads
 * another address. An empty line right behind the address is only distance. */
static void
append_following(GString *out, const char *line, size_t heading_indent)
{
  bool started = out->len > 0;
  for (int n = 0; line != NULL && *line != '\0' && n < LINES_MAX; n++, line = next_line(line)) {
    size_t length = bounded_length(line);
    if (line_is_blank(line, length)) {
      if (started)
        return;
      continue;
    }
    if (heads_another(line, length) && indent(line) <= heading_indent)
      return;
    if (started && is_ruled(line, length))
      return;
    append_line(out, line, length);
    started = true;
  }
}

/* The lines in front of an address in mid-sentence that belong to it: "pipe to |program" above
 * "generated by ann@example.net", or the first half of a sentence. */
static void
append_preceding(GString *out, const char *notice, const char *line)
{
  enum { PRECEDING_MAX = 5 };
  const char *first = line;
  for (int n = 0; n < PRECEDING_MAX && first > notice; n++) {
    const char *before = line_begin(notice, first - 1);
    size_t length = (size_t)(first - 1 - before);
    if (line_is_blank(before, length) || memchr(before, '@', length) != NULL)
      break;
    first = before;
    if (indent(before) < indent(line))
      break; /* the entry that the line belongs to */
  }
  while (first < line) {
    append_line(out, first, bounded_length(first));
    first = next_line(first);
    if (first == NULL)
      break;
  }
}

char *
excerpts_about(const Excerpts *excerpts, const char *address)
{
  g_autofree char *key = g_ascii_strdown(address, -1);
  const Mention *mention = g_hash_table_lookup(excerpts->first, key);
  if (mention == NULL)
    return NULL;
  const char *line = line_begin(excerpts->notice, mention->begin);
  GString *out = g_string_new(NULL);
  const char *rest = line;
  if (mention->heading) {
    rest = mention->end;
    rest += strspn(rest, ">'\")*: \t,;");
  } else {
    append_preceding(out, excerpts->notice, line);
  }
  append_line(out, rest, bounded_length(rest));
  append_following(out, next_line(rest), indent(line));
  if (out->len == 0) {
    g_string_free(out, TRUE);
    return NULL;
  }
  return g_string_free(out, FALSE);
}

/* A server sums up, in a line with the address, what the lines in front of it said: those marked
 * "<<<" are the other server's, others those of its own delivery agent ("maildrop: over quota").
 * They count, and the summary only where there are none. What comes behind is a consequence ("no
 * valid recipients"). */
char *
excerpts_transcript(const Excerpts *excerpts, const char *address, bool alone)
{
  const char *line = excerpts->transcript;
  g_autoptr(GString) said = g_string_new(NULL);
  size_t seen = 0;
  for (; line != NULL && *line != '\0' && seen < TRANSCRIPT_MAX; line = next_line(line)) {
    size_t length = bounded_length(line);
    seen += length + 1;
    if (line_is_blank(line, length))
      break;
    bool reply = g_str_has_prefix(line, "<<<");
    if (g_str_has_prefix(line, ">>>"))
      continue;
    if (line_find(line, length, "while talking to") != NULL) {
      g_string_truncate(said, 0);
      continue;
    }
    if (!reply && line_find(line, length, address) != NULL) {
      if (said->len == 0)
        append_line(said, line, length);
      return g_strdup(said->str);
    }
    bool summary = !reply && (memchr(line, '@', length) != NULL || reply_code_at(line) != 0);
    if (summary && alone && said->len > 0) {
      if (reply_code_at(said->str) == 0)
        append_line(said, line, length); /* "unknown mailer error 255" says what the words mean */
      break;
    }
    if (summary)
      g_string_truncate(said, 0); /* about another */
    else
      append_line(said, reply ? line + 3 : line, reply ? length - 3 : length);
  }
  return alone && said->len > 0 ? g_strdup(said->str) : NULL;
}

/* "Subject: Re: Virus in my mail": not a word about the delivery. */
static bool
repeats_subject(const char *line, size_t length)
{
  static const char *const labels[] = {"subject",
                                       "betreff",
                                       "objet",
                                       "asunto",
                                       "assunto",
                                       "oggetto",
                                       "onderwerp",
                                       "temat",
                                       "тема",
                                       "件名",
                                       "主题",
                                       "主題",
                                       "the subject of the message",
                                       "제목"};
  size_t skip = 0;
  while (skip < length && strchr(" \t>*-", line[skip]) != NULL)
    skip++;
  for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
    if (g_ascii_strncasecmp(line + skip, labels[i], strlen(labels[i])) == 0 &&
        line_find(line, length, ":") != NULL)
      return true;
  return false;
}

char *
excerpts_words(const Excerpts *excerpts, size_t max)
{
  GString *out = g_string_new(NULL);
  for (const char *line = excerpts->notice; line != NULL && *line != '\0' && out->len < max;
       line = next_line(line)) {
    size_t length = bounded_length(line);
    if (!repeats_subject(line, length))
      append_line(out, line, length);
  }
  return g_string_free(out, FALSE);
}

/* --- whole replies --- */

enum { COMPARE = 40 }; /* octets by which a reply line is found again */

/* "<<< 550-text": the reply at line, behind the marks of a transcript. */
static const char *
skip_marks(const char *line)
{
  return line + strspn(line, " \t<>");
}

/* The places of all lines that begin a reply of several lines. */
static GHashTable *
index_replies(const char *notice)
{
  GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (const char *line = notice; *line != '\0'; line = line_next(line)) {
    const char *reply = skip_marks(line);
    if (reply_code_at(reply) == 0 || reply[3] != '-')
      continue;
    char *key = g_strndup(reply, MIN(bounded_length(reply), COMPARE));
    if (!g_hash_table_contains(index, key))
      g_hash_table_insert(index, key, (char *)reply);
    else
      g_free(key);
  }
  return index;
}

char *
excerpts_complete(Excerpts *excerpts, const char *diagnostic)
{
  const char *first = diagnostic != NULL ? strpbrk(diagnostic, "245") : NULL;
  int code = first != NULL ? reply_code_at(first) : 0;
  if (code == 0 || first[3] != '-')
    return NULL;
  if (excerpts->replies == NULL)
    excerpts->replies = index_replies(excerpts->notice);
  g_autofree char *key = g_strndup(first, COMPARE);
  const char *line = g_hash_table_lookup(excerpts->replies, key);
  g_autoptr(GString) out = g_string_new(NULL);
  for (int n = 0; line != NULL && n < LINES_MAX; n++, line = next_line(line)) {
    const char *reply = skip_marks(line);
    if (reply_code_at(reply) != code)
      break;
    append_line(out, reply, bounded_length(reply));
    if (reply[3] != '-')
      break;
  }
  /* Where the text is folded, its first line is less than the field. */
  return out->len > strlen(first) ? g_strdup(out->str) : NULL;
}
