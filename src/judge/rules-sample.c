#include "config.h"

#include "judge/rules-sample.h"

#include <string.h>

#include "mail/charset.h"

static bool
set_status(Recipient *recipient, const char *value)
{
  size_t length = strlen(value);
  return status_parse(value, length, &recipient->status) == length;
}

static void
add_word(char **words, const char *word)
{
  g_autofree char *both = *words != NULL ? g_strconcat(*words, " ", word, NULL) : g_strdup(word);
  bounce_set(words, both, BOUNCE_TEXT_MAX);
}

static bool
set_mark(Recipient *recipient, char **reporting_mta, const char *name, const char *value)
{
  if (strcmp(name, "mta") == 0)
    bounce_set(&recipient->remote_mta, value, BOUNCE_TEXT_MAX);
  else if (strcmp(name, "reporting") == 0)
    bounce_set(reporting_mta, value, BOUNCE_TEXT_MAX);
  else if (strcmp(name, "sender") == 0)
    add_word(&recipient->sender, value);
  else if (strcmp(name, "recipient") == 0)
    bounce_set(&recipient->recipient, value, BOUNCE_ADDRESS_MAX);
  else if (strcmp(name, "stage") == 0)
    return stage_from_name(value, &recipient->stage);
  else if (strcmp(name, "action") == 0)
    return action_from_name(value, &recipient->action);
  else
    return strcmp(name, "status") == 0 && set_status(recipient, value);
  return true;
}

/* Reads the words that begin with @. Returns the text after them; NULL on error. */
static const char *
read_marks(const char *text, Recipient *recipient, char **reporting_mta, bool *notice,
           GError **error)
{
  while (*text == '@') {
    size_t length = strcspn(text, " ");
    g_autofree char *word = g_strndup(text + 1, length - 1);
    char *value = strchr(word, '=');
    if (value != NULL)
      *value++ = '\0';
    if (value == NULL && strcmp(word, "notice") == 0) {
      *notice = true;
    } else if (value == NULL || !set_mark(recipient, reporting_mta, word, value)) {
      throw(error, BOUNCEDB_ERROR_DATA, "cannot read \"%.*s\"", (int)length, text);
      return NULL;
    }
    text += length;
    text += strspn(text, " ");
  }
  return text;
}

Recipient *
rule_sample_parse(const char *text, char **reporting_mta, GError **error)
{
  g_autoptr(Recipient) recipient = g_new0(Recipient, 1);
  recipient->action = ACTION_FAILED;
  bool notice = false;
  *reporting_mta = NULL;
  text = read_marks(text, recipient, reporting_mta, &notice, error);
  if (text == NULL) {
    g_clear_pointer(reporting_mta, g_free);
    return NULL;
  }
  g_autofree char *words = charset_recover_reply(text);
  bounce_set(notice ? &recipient->notice : &recipient->diagnostic, words, BOUNCE_DIAGNOSTIC_MAX);
  return g_steal_pointer(&recipient);
}
