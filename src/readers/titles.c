#include "config.h"

#include "readers/titles.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "readers/phrases.h"

char *
titles_own_subject(const char *subject)
{
  g_autofree char *topic = g_strndup(subject, strcspn(subject, ":"));
  bool failed = phrases_find(PHRASE_FAILURE, topic) || phrases_find(PHRASE_DELAY, topic) ||
                phrases_find(PHRASE_NOTICE, topic);
  return failed ? g_steal_pointer(&topic) : g_strdup(subject);
}

/* The octets of the mark that closes what begins here, and of the one that opens it; NULL if it is
 * not a quotation mark. */
static const char *
closing_mark(const char *text, size_t *opening)
{
  static const char *const marks[][2] = {{"\"", "\""}, {"《", "》"}, {"«", "»"},  {"„", "“"},
                                         {"“", "”"},   {"「", "」"}, {"『", "』"}};
  bool plain = *text != '"' && (guchar)*text < 0xc2;
  for (size_t i = 0; i < G_N_ELEMENTS(marks) && !plain; i++)
    if (g_str_has_prefix(text, marks[i][0])) {
      *opening = strlen(marks[i][0]);
      return marks[i][1];
    }
  return NULL;
}

char *
titles_drop(const char *folded)
{
  enum { TITLE_MAX = 200 };
  GString *own = g_string_new(NULL);
  for (const char *p = folded; *p != '\0';) {
    size_t opening = 0;
    const char *mark = closing_mark(p, &opening);
    const char *end = mark != NULL
                          ? g_strstr_len(p + opening, (gssize)strnlen(p + opening, TITLE_MAX), mark)
                          : NULL;
    if (end != NULL)
      p = end + strlen(mark);
    else
      g_string_append_c(own, *p++);
  }
  return g_string_free(own, FALSE);
}
