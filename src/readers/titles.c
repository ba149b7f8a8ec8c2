#include "config.h"

#include "readers/titles.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/lines.h"
#include "mail/reply.h"
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

/* Whether the words before the quotation mark say that a title follows: 'your message "'. */
static bool
leads_to_title(const char *text, const char *mark)
{
  static const char *const words[] = {"subject",       "titled",
                                      "betreff",       "objet",
                                      "sujet",         "asunto",
                                      "assunto",       "oggetto",
                                      "onderwerp",     "ämne",
                                      "emne",          "temat",
                                      "тема",          "your message",
                                      "your mail",     "your e-mail",
                                      "your email",    "ihre nachricht",
                                      "ihre e-mail",   "ihre mail",
                                      "votre message", "su mensaje",
                                      "sua mensagem",  "suo messaggio",
                                      "uw bericht",    "ditt meddelande",
                                      "din besked",    "ваше сообщение",
                                      "ваше письмо",   NULL};
  const char *end = mark;
  while (end > text && strchr(" :(", end[-1]) != NULL)
    end--;
  for (const char *const *word = words; *word != NULL; word++) {
    size_t length = strlen(*word);
    if ((size_t)(end - text) >= length && line_find(end - length, length, *word) != NULL)
      return true;
  }
  return false;
}

char *
titles_hide(const char *text, const char *subject)
{
  enum { TITLE_MAX = 200, SUBJECT_MIN = 8 };
  size_t known = subject != NULL && strlen(subject) >= SUBJECT_MIN ? strlen(subject) : 0;
  GString *out = g_string_new(NULL);
  bool hidden = false;
  for (const char *p = text; *p != '\0';) {
    size_t opening = 0;
    const char *mark = closing_mark(p, &opening);
    const char *end = NULL;
    if (mark != NULL && reply_code_at(p + opening) == 0 &&
        (g_str_has_prefix(p, "《") || leads_to_title(text, p)))
      end = g_strstr_len(p + opening, (gssize)strnlen(p + opening, TITLE_MAX), mark);
    bool titled = known > 0 && *p == *subject && strncmp(p, subject, known) == 0;
    if (end == NULL && !titled) {
      g_string_append_c(out, *p++);
      continue;
    }
    g_string_append(out, titled ? "..." : "\"...\"");
    p = titled ? p + known : end + strlen(mark);
    hidden = true;
  }
  return g_string_free(out, !hidden);
}
