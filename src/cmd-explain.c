/* bouncedb explain: why a letter failed, and what to do now. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "charset.h"
#include "classify.h"
#include "explain.h"
#include "sample.h"

typedef struct {
  const Rules *rules;
  bool json;
  guint printed;
} Explainer;

static void
explain_recipient(Explainer *explainer, const char *reporting_mta, Recipient *recipient,
                  const char *heading)
{
  g_autoptr(GPtrArray) chain = chain_new();
  classify(explainer->rules, reporting_mta, recipient, chain);
  g_autofree char *out = explainer->json
                             ? explain_json(explainer->rules, recipient, chain)
                             : explain_text(explainer->rules, recipient, chain, heading);
  if (explainer->printed++ > 0 && !explainer->json)
    putchar('\n');
  fputs(out, stdout);
  if (explainer->json)
    putchar('\n');
}

/* A reply may begin with words such as @mta=HOST (sample.h); what only looks so is taken as it
 * stands, for nobody's reply must fail to be explained. */
static void
explain_reply(Explainer *explainer, const char *text)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = sample_parse(text, &reporting_mta, NULL);
  if (recipient == NULL) {
    recipient = g_new0(Recipient, 1);
    recipient->action = ACTION_FAILED;
    g_autofree char *utf8 = charset_recover_reply(text);
    bounce_set(&recipient->diagnostic, utf8, BOUNCE_DIAGNOSTIC_MAX);
  }
  const char *words = recipient->diagnostic != NULL ? recipient->diagnostic : recipient->notice;
  g_autofree char *heading = g_strdup(words != NULL ? words : "(nothing)");
  explain_recipient(explainer, reporting_mta, recipient, heading);
}

static bool
explain_stdin(Explainer *explainer, GError **error)
{
  g_autofree char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while ((length = getline(&line, &size, stdin)) >= 0) {
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
      line[--length] = '\0';
    if (length > 0)
      explain_reply(explainer, line);
  }
  return ferror(stdin) == 0 || throw_errno(error, "cannot read standard input");
}

int
cmd_explain(Context *context, int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_parse(context, "TEXT...|-",
                 "Explain what a mail server answered: what it means, what to do, who must act.\n"
                 "Every TEXT is one reply; - reads one a line from standard input.",
                 entries, &argc, &argv, error))
    return EXIT_OK;
  if (argc < 2) {
    throw(error, BOUNCEDB_ERROR_USAGE, "explain needs a reply, or - for standard input");
    return EXIT_USAGE;
  }
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return EXIT_CONFIG;
  Explainer explainer = {.rules = rules, .json = json};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-") != 0)
      explain_reply(&explainer, argv[i]);
    else if (!explain_stdin(&explainer, error))
      return EXIT_TEMPFAIL;
  }
  return EXIT_OK;
}
