#include "config.h"

#include "readers/excerpt.h"

#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "mail/bounce.h"
#include "mail/reply.h"

enum {
  LINES_MAX = 40,                         /* of one excerpt */
  LINE_MAX_LENGTH = BOUNCE_DIAGNOSTIC_MAX /* octets of a line that are read */
};

struct Excerpts {
  const char *notice;
  GPtrArray *mentions; /* Mention */
  GHashTable *first;   /* lower-case address → its best mention, borrowed */
  GHashTable *replies; /* beginning of a reply line → its place; made on first use */
};

/* --- bounded lines --- */

/* Up to a line end, or to the last character that fits. */
static size_t
bounded_length(const char *line)
{
  size_t n = 0;
  while (n < LINE_MAX_LENGTH && line[n] != '\n' && line[n] != '\0')
    n++;
  return text_cut(line, n);
}

/* After a line end, or at the first character that fits. */
static const char *
line_begin(const char *text, const char *p)
{
  const char *end = p;
  for (size_t n = 0; n < LINE_MAX_LENGTH && p > text && p[-1] != '\n'; n++)
    p--;
  while (p < end && ((guchar)*p & 0xc0) == 0x80)
    p++;
  return p;
}

/* NULL after the last line, or if the line is longer than any that is meant for a person. */
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
  g_autofree char *copy = g_strstrip(g_strndup(line, text_cut(line, MIN(length, LINE_MAX_LENGTH))));
  if (*copy == '\0')
    return;
  if (out->len > 0)
    g_string_append_c(out, ' ');
  g_string_append(out, copy);
}

static bool heads_another(const char *line, size_t length);

/* Whether something is said after the address, in its line or in the next. */
static bool
has_words(const Mention *mention)
{
  const char *rest = mention->end + strspn(mention->end, ">'\")*: \t,;");
  if (!line_is_blank(rest, bounded_length(rest)))
    return true;
  const char *below = next_line(rest);
  if (below == NULL)
    return false;
  size_t length = bounded_length(below);
  return !line_is_blank(below, length) && !heads_another(below, length);
}

static bool
is_better(const Mention *mention, const Mention *known)
{
  if (mention->heading != known->heading)
    return mention->heading;
  if (!mention->heading)
    return mention_in_summary(known) && !mention_in_summary(mention);
  return !has_words(known) && has_words(mention);
}

/* The best mention of each address: the first that begins its line and of which something is said,
 * or else the first outside of a summary of the returned message. */
static GHashTable *
index_mentions(const GPtrArray *mentions)
{
  GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < mentions->len; i++) {
    Mention *mention = g_ptr_array_index(mentions, i);
    g_autofree char *key = g_ascii_strdown(mention->address, -1);
    const Mention *known = g_hash_table_lookup(index, key);
    if (known == NULL || is_better(mention, known))
      g_hash_table_replace(index, g_steal_pointer(&key), mention);
  }
  return index;
}

Excerpts *
excerpts_new(const char *notice)
{
  Excerpts *excerpts = g_new0(Excerpts, 1);
  excerpts->notice = notice;
  excerpts->mentions = mentions_find(notice);
  excerpts->first = index_mentions(excerpts->mentions);
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

/* The end of the first word; blanks are part of it between quotes, and between brackets that hold
 * an address: "\"front desk\"@b", "<front desk@b>". */
static size_t
first_word_end(const char *line, size_t begin, size_t length)
{
  char before = begin > 0 ? line[begin - 1] : '\0';
  size_t end = begin;
  if (before == '"' || (before == '<' && reply_code_at(line + begin) == 0)) {
    char close = before == '<' ? '>' : '"';
    while (end < length && strchr("<>;:#\"", line[end]) == NULL)
      end++;
    if (end == length || line[end] != close)
      end = begin;
  }
  while (end < length && !g_ascii_isspace(line[end]))
    end++;
  return end;
}

/* A line that begins with another address, or with a program in place of one ("|/bin/x"). */
static bool
heads_another(const char *line, size_t length)
{
  if (length > 1 && (*line == '|' || strncmp(line, "\"|", 2) == 0))
    return true;
  size_t skip = mention_skip_marks(line, length);
  size_t end = first_word_end(line, skip, length);
  return memchr(line + skip, '@', end - skip) != NULL;
}

static size_t
indent(const char *line)
{
  return strspn(line, " \t");
}

/* "-----", or a heading between such rules. */
static bool
is_ruled(const char *line, size_t length)
{
  size_t skip = strspn(line, " \t");
  return length >= skip + 5 &&
         (strncmp(line + skip, "-----", 5) == 0 || strncmp(line + skip, "=====", 5) == 0 ||
          strncmp(line + skip, "_____", 5) == 0);
}

/* Whether the next paragraph has the reply that the entry lacks: it is indented like the entry. */
static bool
goes_on(const char *line, size_t heading_indent, const GString *out)
{
  enum { LOOK_AHEAD = 4 };
  for (int n = 0; n < LOOK_AHEAD && line != NULL && line_is_blank(line, bounded_length(line)); n++)
    line = next_line(line);
  if (line == NULL || indent(line) == 0 || indent(line) < heading_indent ||
      heads_another(line, bounded_length(line)) || reply_is_refusal(out->str))
    return false;
  g_autoptr(GString) next = g_string_new(NULL);
  for (int n = 0; n < LOOK_AHEAD && line != NULL && !line_is_blank(line, bounded_length(line));
       n++) {
    append_line(next, line, bounded_length(line));
    line = next_line(line);
  }
  return reply_is_refusal(next->str);
}

/* Whether the line introduces a list of others: it ends in a colon, and another address heads the
 * next line. */
static bool
introduces_another(const char *line, size_t length)
{
  enum { LOOK_AHEAD = 3 };
  if (length == 0 || line[length - 1] != ':')
    return false;
  line = next_line(line);
  for (int n = 0; n < LOOK_AHEAD && line != NULL && line_is_blank(line, bounded_length(line)); n++)
    line = next_line(line);
  return line != NULL && heads_another(line, bounded_length(line));
}

/* Whether out is one reply, and the line another about another address. */
static bool
replies_to_another(const char *line, size_t length, const GString *out)
{
  return reply_code_at(out->str) >= 400 && out->str[3] != '-' &&
         reply_code_at(line + indent(line)) >= 400 && memchr(line, '@', length) != NULL;
}

/* Appends the lines after the one with the address, up to an empty line, a rule, or a line that
 * begins with another address or with the label of another entry. Empty lines right after the
 * address are skipped, and one that divides the entry. */
static void
append_following(GString *out, const char *line, size_t heading_indent, const Mention *entry)
{
  bool started = out->len > 0, divided = false;
  for (int n = 0; line != NULL && *line != '\0' && n < LINES_MAX; n++, line = next_line(line)) {
    size_t length = bounded_length(line);
    if (line_is_blank(line, length)) {
      if (started && (divided || !goes_on(line, heading_indent, out)))
        return;
      divided |= started;
      continue;
    }
    if (heads_another(line, length) && indent(line) <= heading_indent)
      return;
    if (is_ruled(line, length) || (entry != NULL && mention_has_label(entry, line, length)) ||
        replies_to_another(line, length, out) || (!started && introduces_another(line, length)))
      return;
    append_line(out, line, length);
    started = true;
  }
}

/* Appends the lines before an address in mid-sentence that belong to it: "pipe to |program" above
 * "generated by ann@example.net", or the first half of the sentence. */
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
  if (mention->heading || mention->entry) {
    rest = mention->end;
    rest += strspn(rest, ">'\")*: \t,;]");
  } else {
    append_preceding(out, excerpts->notice, line);
  }
  append_line(out, rest, bounded_length(rest));
  append_following(out, next_line(rest), indent(line), mention->entry ? mention : NULL);
  if (out->len == 0) {
    g_string_free(out, TRUE);
    return NULL;
  }
  return g_string_free(out, FALSE);
}

/* Whether anything follows in the line of the address but a link to it. */
static bool
has_rest(const Mention *mention)
{
  const char *rest = mention->end + strspn(mention->end, ">'\")*: \t,;]");
  if (g_str_has_prefix(rest, "<mailto:"))
    rest += strcspn(rest, ">\n") + 1;
  return rest < mention->line_end;
}

/* Whether the line has no more than a name and the address, and the line above it ends in a colon:
 * "to these recipients:", "Ann Example (ann@example.net)". */
static bool
is_introduced(const Mention *mention, const char *notice)
{
  enum { NAME_MAX_LENGTH = 80 };
  size_t before = (size_t)(mention->begin - mention->line);
  const char *p = mention->line;
  while (p > notice && g_ascii_isspace(p[-1]))
    p--;
  return before <= NAME_MAX_LENGTH && memchr(mention->line, ':', before) == NULL && p > notice &&
         p[-1] == ':' && !has_rest(mention);
}

/* "Reason: Rejected", whatever the label is called. */
static bool
is_labelled(const char *line, size_t length)
{
  enum { LABEL_MAX = 40 };
  const char *colon = memchr(line, ':', MIN(length, LABEL_MAX));
  return colon != NULL && colon > line + indent(line) && colon[1] == ' ';
}

/* Whether nothing but a label precedes the address, and nothing follows it. */
static bool
is_field_of(const Mention *mention)
{
  const char *p = mention->begin;
  while (p > mention->line && strchr(" \t<\"'", p[-1]) != NULL)
    p--;
  const char *rest = mention->end + strspn(mention->end, ">\"' \t");
  return p > mention->line && p[-1] == ':' && rest >= mention->line_end;
}

/* The next paragraph, if it goes on with the sentence in which the address stands alone: "because
 * the user does not exist". */
static const char *
skip_to_rest_of_sentence(const char *below)
{
  const char *line = below;
  while (line != NULL && *line != '\0' && line_is_blank(line, bounded_length(line)))
    line = next_line(line);
  return line != NULL && g_ascii_islower(line[indent(line)]) ? line : below;
}

char *
excerpts_entry(const Excerpts *excerpts, const char *address)
{
  g_autofree char *key = g_ascii_strdown(address, -1);
  const Mention *mention = g_hash_table_lookup(excerpts->first, key);
  if (mention == NULL || mention_in_summary(mention))
    return NULL;
  const char *below = next_line(mention->begin);
  bool field = is_field_of(mention) && below != NULL && is_labelled(below, bounded_length(below));
  bool introduced = is_introduced(mention, excerpts->notice);
  if (!field && !introduced && !mention_heads_line(mention, excerpts->notice))
    return NULL;
  if (introduced)
    below = skip_to_rest_of_sentence(below);
  GString *out = g_string_new(NULL);
  const char *rest = mention->end + strspn(mention->end, ">'\")*: \t,;");
  if (!field && !introduced)
    append_line(out, rest, bounded_length(rest));
  if (below != NULL && !line_is_blank(below, bounded_length(below)))
    append_following(out, below, indent(mention->line), mention->entry ? mention : NULL);
  return g_string_free(out, out->len == 0);
}

/* "Subject: Re: Virus in my mail" says nothing about the delivery. */
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

/* Whether the line quotes something else than a reply: the returned message, as a person quotes it.
 * What follows a reply in the same block may be its second line. */
static bool
quotes_message(const char *line, size_t length, bool *reply)
{
  if (*line != '>') {
    *reply = false;
    return false;
  }
  g_autofree char *copy = g_strndup(line, text_cut(line, MIN(length, LINE_MAX_LENGTH)));
  *reply |= strstr(copy, ">>") == copy || reply_is_refusal(copy);
  return !*reply;
}

/* Ends the sentence where its paragraph ended, or an address at the end of its line, so that
 * nothing is read into what follows: "not delivered to: ann@example.net. Mailbox unknown". A line
 * in lower case goes on with the sentence. */
static void
end_sentence(GString *out, const char *line)
{
  const char *end = out->str + out->len;
  const char *last = out->len > 0 ? g_utf8_prev_char(end) : ".";
  gunichar c = g_utf8_get_char(last), next = g_utf8_get_char(line + indent(line));
  bool open = g_unichar_isalnum(c) || g_unichar_ismark(c) || strchr(")]>\"'", *last) != NULL;
  if (open && !g_unichar_islower(next))
    g_string_append_c(out, '.');
}

char *
excerpts_words(const Excerpts *excerpts, size_t max)
{
  GString *out = g_string_new(NULL);
  bool reply = false;
  const GPtrArray *mentions = excerpts->mentions;
  bool ended = false;
  guint at = 0;
  for (const char *line = excerpts->notice; line != NULL && *line != '\0' && out->len < max;
       line = next_line(line)) {
    size_t length = bounded_length(line);
    bool blank = line_is_blank(line, length), addressed = false;
    if (ended && !blank)
      end_sentence(out, line);
    for (; at < mentions->len; at++) {
      const Mention *mention = g_ptr_array_index(mentions, at);
      if (mention->begin >= line + length)
        break;
      addressed = !has_rest(mention);
    }
    if (!blank && !repeats_subject(line, length) && !quotes_message(line, length, &reply))
      append_line(out, line, length);
    ended = blank || addressed;
  }
  return g_string_free(out, FALSE);
}

/* --- whole replies --- */

enum {
  COMPARE = 40
}; /* octets by which a reply line is found; never shown, so they may split a
      character */

/* The reply in "<<< 550-text". */
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
  /* In a notice that is wrapped the first line is shorter than the field. */
  return out->len > strlen(first) ? g_strdup(out->str) : NULL;
}
