/* bouncedb explain: why a message failed, and what to do now. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "mail/charset.h"
#include "judge/chain.h"
#include "judge/classify.h"
#include "judge/explain.h"
#include "judge/rules-sample.h"
#include "store/store-failure.h"
#include "cmd/cmd.h"
#include "cmd/reading.h"

typedef struct {
  Rules *rules;
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

static const char *
said(const Recipient *recipient)
{
  const char *words = recipient->diagnostic != NULL ? recipient->diagnostic : recipient->notice;
  return words != NULL ? words : "(no reply was quoted)";
}

/* A recipient of a message, or of a recorded failure. */
static void
explain_named(Explainer *explainer, const char *reporting_mta, Recipient *recipient)
{
  const char *address = recipient->recipient != NULL ? recipient->recipient : "(no address)";
  g_autofree char *heading = g_strdup_printf("%s: %s", address, said(recipient));
  explain_recipient(explainer, reporting_mta, recipient, heading);
}

/* A reply may begin with words such as @mta=HOST (rules-sample.h). Text that only looks like that
 * is explained as it is, because no reply may be refused. */
static void
explain_reply(Explainer *explainer, const char *text)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(text, &reporting_mta, NULL);
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
explain_line(const char *line, gpointer data, GError **error)
{
  (void)error;
  if (*line != '\0')
    explain_reply(data, line);
  return true;
}

static Report *
read_message(const Context *context, Rules *rules, const char *path, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  g_autoptr(Worker) worker = worker_new(rules, NULL, error);
  return worker != NULL ? reading_file(worker, path, context->settings->max_parse, digest, error)
                        : NULL;
}

static bool
is_judged(const Recipient *recipient)
{
  return recipient->verdict.reason != REASON_NONE;
}

static bool
explain_file(Explainer *explainer, const Context *context, const char *path, GError **error)
{
  g_autoptr(Report) report = read_message(context, explainer->rules, path, error);
  if (report == NULL)
    return false;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    if (is_judged(recipient))
      explain_named(explainer, report->reporting_mta, recipient);
  }
  if (explainer->printed == 0) {
    g_autofree char *safe = escape_terminal(path);
    fprintf(stderr, "bouncedb: %s: no recipient failed in this message (%s)\n", safe,
            kind_name(report->kind));
  }
  return true;
}

/* Judged again, by the current rules. */
static bool
explain_failure(Explainer *explainer, const Context *context, gint64 id, GError **error)
{
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL)
    return false;
  g_auto(StoreFailure) failure = {0};
  if (!store_failure(store, id, &failure, error))
    return false;
  if (failure.recipient != NULL)
    explain_named(explainer, failure.reporting_mta, failure.recipient);
  else
    fprintf(stderr, "bouncedb: there is no failure %" G_GINT64_FORMAT "\n", id);
  return true;
}

/* Whether these are the words of a single reply that was not quoted: a reply has several words. */
static bool
are_words(int n, char **words)
{
  for (int i = 0; i < n; i++)
    if (strpbrk(words[i], " \t") != NULL || strcmp(words[i], "-") == 0)
      return false;
  return n > 1;
}

static bool
explain_replies(Explainer *explainer, int argc, char **argv, GError **error)
{
  if (are_words(argc - 1, argv + 1)) {
    g_autofree char *reply = g_strjoinv(" ", argv + 1);
    explain_reply(explainer, reply);
    return true;
  }
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "-") != 0)
      explain_reply(explainer, argv[i]);
    else if (!cmd_each_line(explain_line, explainer, error))
      return false;
  return true;
}

bool
cmd_explain(Context *context, int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  gint64 id = 0;
  g_autofree char *file = NULL;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object per line", NULL},
      {"id", 0, 0, G_OPTION_ARG_INT64, &id, "Explain the recorded failure with this number", "N"},
      {"file", 0, 0, G_OPTION_ARG_FILENAME, &file, "Explain every failure in this message", "F"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "TEXT...|-",
          "Explain the reply of a mail server: what it means, what to do, and who has to act.\n"
          "Each TEXT is one reply; if none contains a space, they are the words of a single\n"
          "one. A hyphen reads replies from standard input, one per line.",
          entries, &argc, &argv, error))
    return false;
  if (argc < 2 && id == 0 && file == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "explain needs a reply, --id, --file, or -");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  Explainer explainer = {.rules = rules, .json = json};
  if ((id != 0 && !explain_failure(&explainer, context, id, error)) ||
      (file != NULL && !explain_file(&explainer, context, file, error)) ||
      !explain_replies(&explainer, argc, argv, error))
    return false;
  context->status = explainer.printed > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
