/* A server first gives the words, marked with "<<<" if they are the other server's or else from its
 * own delivery agent ("maildrop: over quota"), and then sums them up in a line with the address, or
 * in one that begins with a code. The words belong to the addresses of that line, and to the one of
 * the command that they answer (">>> RCPT To:<ann@example.net>"). */
#include "config.h"

#include "readers/transcript.h"

#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/bounce.h"
#include "mail/reply.h"

enum {
  TRANSCRIPT_MAX = 64 << 10, /* octets that are read */
  ADDRESSES_MAX = 2000,
};

struct Transcript {
  GHashTable *about;   /* lower-case address → words */
  GPtrArray *deferred; /* addresses */
  char *first;         /* the words up to the first summary, whoever it names */
  char *common;        /* the words that name nobody, if there is only one kind of them */
  bool many;           /* there are several kinds */
};

/* The state while reading. */
typedef struct {
  Transcript *transcript;
  GString *said;  /* since the last summary */
  char *answered; /* the address of the command that is being answered; NULL = none */
} Walk;

static void
append(GString *said, const char *line, size_t length)
{
  g_autofree char *copy = g_strstrip(g_strndup(line, length));
  if (*copy == '\0' || said->len > BOUNCE_DIAGNOSTIC_MAX)
    return;
  if (said->len > 0)
    g_string_append_c(said, ' ');
  g_string_append(said, copy);
}

/* Whether the words follow from what was said before: after the refusal of every recipient there is
 * nobody to send to. */
static bool
is_consequence(const char *words)
{
  return reply_code_at(words) == 503 || line_find(words, SIZE_MAX, "no valid recipients") != NULL ||
         line_find(words, SIZE_MAX, "need rcpt") != NULL;
}

static void
attribute(Walk *walk, const char *address, const char *words)
{
  GHashTable *about = walk->transcript->about;
  g_autofree char *key = g_ascii_strdown(address, -1);
  const char *known = g_hash_table_lookup(about, key);
  bool replaces = known == NULL || !reply_is_refusal(known) ||
                  (reply_is_refusal(words) && !is_consequence(words));
  if (*words != '\0' && replaces && g_hash_table_size(about) < ADDRESSES_MAX)
    g_hash_table_replace(about, g_steal_pointer(&key), g_strdup(words));
}

/* Every address in the line; a delay names all those with the same reply in one. */
static guint
attribute_line(Walk *walk, const char *line, size_t length, const char *words)
{
  Transcript *transcript = walk->transcript;
  g_autofree char *text = g_strndup(line, length);
  bool deferred = line_find(text, SIZE_MAX, "... deferred") != NULL;
  const char *cursor = text;
  guint n = 0;
  for (char *address; n < ADDRESSES_MAX && (address = address_next(&cursor, NULL)) != NULL;
       g_free(address), n++) {
    attribute(walk, address, words);
    if (deferred && transcript->deferred->len < ADDRESSES_MAX)
      g_ptr_array_add(transcript->deferred, g_strdup(address));
  }
  return n;
}

/* "554 5.0.0 Service unavailable" after words that name nobody. */
static void
note_nameless(Transcript *transcript, const char *words)
{
  if (!reply_is_refusal(words) || is_consequence(words))
    return;
  if (transcript->common == NULL)
    transcript->common = g_strdup(words);
  else
    transcript->many |= strcmp(transcript->common, words) != 0;
}

static void
note_first(Transcript *transcript, const GString *said, const char *line, size_t length)
{
  bool names = memchr(line, '@', length) != NULL;
  if (transcript->first != NULL || (said->len == 0 && (names || length == 0)))
    return;
  g_autoptr(GString) words = g_string_new(said->str);
  if (reply_code_at(said->str) == 0 && !names)
    append(words, line, length); /* "unknown mailer error 255" explains the words */
  transcript->first = g_strdup(words->str);
}

/* What a line says of itself, without a list of addresses before "... ". */
static char *
own_words(const char *line, size_t length)
{
  const char *dots = line_find(line, length, ">... ");
  const char *comma = memchr(line, ',', length);
  const char *begin = dots != NULL && comma != NULL && comma < dots ? dots + strlen(">... ") : line;
  size_t left = length - (size_t)(begin - line);
  return g_strstrip(g_strndup(begin, text_cut(begin, MIN(left, BOUNCE_DIAGNOSTIC_MAX))));
}

/* A line without a mark that names an address, or begins with a code. */
static void
read_summary(Walk *walk, const char *line, size_t length)
{
  g_autofree char *own = own_words(line, length);
  const char *words = walk->said->len > 0 ? walk->said->str : own;
  note_first(walk->transcript, walk->said, line, length);
  guint named = attribute_line(walk, line, length, words);
  if (walk->answered != NULL && walk->said->len > 0)
    attribute(walk, walk->answered, words);
  else if (named == 0 && walk->said->len > 0)
    note_nameless(walk->transcript, words);
  g_string_truncate(walk->said, 0);
}

/* Another host, or the next recipient. Replies without a summary belong to the command. */
static void
read_command(Walk *walk, const char *line, size_t length)
{
  const char *to = line_find(line, MIN(length, 16), "rcpt to:");
  if (walk->answered != NULL)
    attribute(walk, walk->answered, walk->said->str);
  if (walk->answered != NULL || to != NULL)
    g_string_truncate(walk->said, 0);
  g_free(walk->answered);
  g_autofree char *text = to != NULL ? g_strndup(line, length) : NULL;
  walk->answered =
      text != NULL ? address_parse(text + (to - line) + strlen("rcpt to:"), false) : NULL;
}

static void
read_reply(Walk *walk, const char *line, size_t length)
{
  append(walk->said, line + 3, length - 3);
}

/* What Sendmail says about the message in its queue, after what it says about the recipients. */
static bool
is_about_queue(const char *line, size_t length)
{
  static const char *const begins[] = {"Message could not be delivered for",
                                       "Message will be deleted",
                                       "Warning: message still undelivered", "Will keep trying"};
  for (size_t i = 0; i < G_N_ELEMENTS(begins); i++)
    if (length >= strlen(begins[i]) && strncmp(line, begins[i], strlen(begins[i])) == 0)
      return true;
  return false;
}

static void
read_line(Walk *walk, const char *line, size_t length)
{
  if (g_str_has_prefix(line, ">>>"))
    read_command(walk, line, length);
  else if (g_str_has_prefix(line, "<<<"))
    read_reply(walk, line, length);
  else if (line_find(line, length, "while talking to") != NULL) {
    read_command(walk, "", 0);
    g_string_truncate(walk->said, 0);
  } else if (memchr(line, '@', length) != NULL || reply_code_at(line) != 0)
    read_summary(walk, line, length);
  else if (!is_about_queue(line, length))
    append(walk->said, line, length);
}

/* What follows the mark, which a time may precede: "Fri 2026-11-20 08:15:42: <-- 550 no". */
static const char *
after_mark(const char *line, size_t length, const char *mark)
{
  enum { TIME_MAX = 40 };
  const char *found = line_find(line, MIN(length, TIME_MAX), mark);
  return found != NULL ? found + strlen(mark) : NULL;
}

/* A line of the whole dialogue, as MDaemon logs it. Only refusals count: a greeting may say
 * anything. */
static void
read_dialogue(Walk *walk, const char *line, size_t length)
{
  const char *reply = after_mark(line, length, "<-- ");
  const char *command = reply == NULL ? after_mark(line, length, "--> ") : NULL;
  if (reply != NULL && reply_code_at(reply) >= 400)
    append(walk->said, reply, length - (size_t)(reply - line));
  if (command == NULL)
    return;
  if (walk->said->len > 0)
    note_first(walk->transcript, walk->said, "", 0);
  read_command(walk, command, length - (size_t)(command - line));
}

bool
transcript_is_command(const char *line, size_t length)
{
  return after_mark(line, length, "--> ") != NULL;
}

/* The line after the heading of a transcript; *whole: it has the whole dialogue. NULL if there is
 * none. */
static const char *
find_begin(const char *notice, bool *whole)
{
  const char *heading = line_find(notice, SIZE_MAX, "transcript of session follows");
  *whole = heading == NULL;
  if (*whole)
    heading = line_find(notice, SIZE_MAX, "-- session transcript --");
  return heading != NULL ? line_next(heading) : NULL;
}

Transcript *
transcript_new(const char *notice)
{
  bool whole;
  const char *begin = find_begin(notice, &whole);
  if (begin == NULL)
    return NULL;
  Transcript *transcript = g_new0(Transcript, 1);
  transcript->about = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  transcript->deferred = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GString) said = g_string_new(NULL);
  Walk walk = {.transcript = transcript, .said = said};
  for (const char *line = begin; *line != '\0' && line - begin < TRANSCRIPT_MAX;
       line = line_next(line)) {
    size_t length = line_length(line);
    if (line_is_blank(line, length))
      break;
    if (whole)
      read_dialogue(&walk, line, length);
    else
      read_line(&walk, line, length);
  }
  note_first(transcript, said, "", 0);
  read_command(&walk, "", 0);
  return transcript;
}

void
transcript_free(Transcript *transcript)
{
  if (transcript == NULL)
    return;
  g_hash_table_unref(transcript->about);
  g_ptr_array_unref(transcript->deferred);
  g_free(transcript->first);
  g_free(transcript->common);
  g_free(transcript);
}

const char *
transcript_about(const Transcript *transcript, const char *address)
{
  g_autofree char *key = g_ascii_strdown(address, -1);
  return g_hash_table_lookup(transcript->about, key);
}

const char *
transcript_first(const Transcript *transcript)
{
  return transcript->first;
}

const char *
transcript_common(const Transcript *transcript)
{
  return transcript->many ? NULL : transcript->common;
}

const GPtrArray *
transcript_deferred(const Transcript *transcript)
{
  return transcript->deferred;
}
