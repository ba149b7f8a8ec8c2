/* The values of options that name something the program knows: without case, and with the names
 * that may have been meant if one is unknown. Errors are USAGE. */
#pragma once

#include "judge/rules.h"
#include "store/store.h"
#include "settings/settings.h"

typedef enum {
  CHOICE_CLASS,
  CHOICE_REASON,
  CHOICE_LIST_CLASS,  /* of entries of the suppression list: complaint and manual too */
  CHOICE_LIST_REASON, /* the same */
  CHOICE_KIND,        /* of a message */
  CHOICE_ROWS,        /* of what list prints: failure too */
  CHOICE_FORMAT,      /* of an export */
  CHOICE_SERVICE,     /* whose events are read */
} Choice;

/* All names of that sort; NULL ends the array. (element-type utf8) (transfer container) */
GPtrArray *choice_names(Choice choice);

/* Finds value among names, an array that NULL ends, and sets *index. */
bool choice_find(const char *option, const char *value, const char *const *names, guint *index,
                 GError **error);

/* The value of --from: one of service_names. value may be NULL; then so is *service. */
bool choice_service(const char *value, const char **service, GError **error);

/* The words of an option that may be given several times, each time with several words between
 * commas. *out: the words in lower case, with commas, each checked; NULL if values (nullable) is.
 * (transfer full) */
bool choice_words(const char *option, char **values, Choice choice, char **out, GError **error);

/* The same for domains, in the form in which the database has them. */
bool choice_domains(char **values, char **out, GError **error);

/* The same for providers: ids, or names such as Gmail. A provider that the rules do not know is
 * accepted if failures in the database (nullable) name it. */
bool choice_providers(char **values, const Settings *settings, Store *store, char **out,
                      GError **error);

/* The id of one provider that the rules know; NULL and *error if they know none of that name.
 * (transfer full) */
char *choice_provider(const Rules *rules, const char *word, GError **error);
