/* bouncedb explain: why a message failed, and what to do now. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/escape.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/reply.h"
#include "judge/chain.h"
#include "judge/classify.h"
#include "judge/explain.h"
#include "judge/rules-sample.h"
#include "store/store-failure.h"
#include "store/store-query.h"
#include "record/reading.h"
#include "cmd/cmd.h"
#include "cmd/ids.h"
#include "cmd/terminal.h"

typedef struct {
  Rules *rules;
  bool json;
  const char *sender; /* nullable */
  int columns;
  guint printed, refusals;
} Explainer;

/* A blank line before each but the first, for people. */
static void
print(Explainer *explainer, const char *text)
{
  if (explainer->printed++ > 0 && !explainer->json)
    putchar('\n');
  fputs(text, stdout);
  if (explainer->json)
    putchar('\n');
}

static void
explain_recipient(Explainer *explainer, Recipient *recipient, const GPtrArray *chain,
                  const char *heading)
{
  g_autofree char *out = explainer->json ? explain_json(explainer->rules, recipient, chain)
                                         : explain_text(explainer->rules, recipient, chain, heading,
                                                        explainer->columns);
  explainer->refusals++;
  print(explainer, out);
}

static char *
said(const Recipient *recipient)
{
  const char *words = recipient->diagnostic != NULL ? recipient->diagnostic : recipient->notice;
  return words != NULL ? reply_plain(words) : g_strdup("(no reply was quoted)");
}

/* A recipient of a message, or of a recorded failure. */
static void
explain_named(Explainer *explainer, const char *reporting_mta, Recipient *recipient)
{
  g_autoptr(GPtrArray) chain = chain_new();
  g_autofree char *words = said(recipient);
  g_autofree char *address =
      terminal_display(recipient->recipient != NULL ? recipient->recipient : "(no address)");
  g_autofree char *heading = g_strdup_printf("%s: %s", address, words);
  classify(explainer->rules, reporting_mta, recipient, chain);
  explain_recipient(explainer, recipient, chain, heading);
}

/* "Nov 30 12:00:00" or "2026-11-30T12:00:00" begins a line of a mail log. */
static bool
is_dated(const char *text)
{
  size_t letters = strspn(text, "ADFJMNOSabcdefghijklmnopqrstuvwxyz");
  size_t digits = strspn(text, "0123456789");
  return (letters == 3 && text[3] == ' ' && strspn(text + 4, " 0123456789") >= 2) ||
         (digits == 4 && text[4] == '-' && g_ascii_isdigit(text[5]));
}

/* Most lines of a mail log report deliveries. Any other text is a refusal, known or not, unless it
 * begins with the code of an answer that accepts. */
static bool
is_refusal(const Recipient *recipient, const char *text, bool line)
{
  if (!line || !is_dated(text))
    return reply_code_at(text) == 0 || MAX(reply_code_at(text), recipient->reply_code) >= 400;
  int code = recipient->reply_code / 100, klass = recipient->status.klass;
  if (code == 4 || code == 5 || ((klass == 4 || klass == 5) && code == 0))
    return true;
  return code == 0 && klass == 0 && recipient->verdict.reason != REASON_UNDEFINED;
}

static void
print_no_refusal(Explainer *explainer, const Recipient *recipient, const char *words)
{
  g_autofree char *safe = escape_terminal(words);
  g_autofree char *line = g_strconcat("no refusal: ", safe, NULL);
  g_autofree char *cut = columns_cut(line, explainer->columns);
  g_autoptr(GPtrArray) chain = chain_new();
  Recipient nobody = {.recipient = recipient->recipient};
  g_autofree char *json = explain_json(explainer->rules, &nobody, chain);
  puts(explainer->json ? json : cut);
}

/* A reply may begin with words such as @mta=HOST (rules-sample.h). Text that only looks like that
 * is explained as it is, because no reply may be refused. */
static void
explain_reply(Explainer *explainer, const char *text, bool line)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(text, &reporting_mta, NULL);
  if (recipient == NULL) {
    recipient = g_new0(Recipient, 1);
    recipient->action = ACTION_FAILED;
    g_autofree char *utf8 = charset_recover_reply(text);
    bounce_set(&recipient->diagnostic, utf8, BOUNCE_DIAGNOSTIC_MAX);
  }
  if (explainer->sender != NULL)
    bounce_set(&recipient->sender, explainer->sender, BOUNCE_TEXT_MAX);
  bool any = recipient->diagnostic != NULL || recipient->notice != NULL;
  g_autofree char *heading = any ? said(recipient) : g_strdup("(nothing)");
  g_autoptr(GPtrArray) chain = chain_new();
  classify(explainer->rules, reporting_mta, recipient, chain);
  if (is_refusal(recipient, text, line))
    explain_recipient(explainer, recipient, chain, heading);
  else
    print_no_refusal(explainer, recipient, heading);
}

static bool
explain_line(const char *line, gpointer data, GError **error)
{
  (void)error;
  if (*line != '\0')
    explain_reply(data, line, true);
  return true;
}

static Report *
read_message(const Context *context, Rules *rules, const char *path, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  g_autoptr(Worker) worker = reading_worker(rules, context->settings, error);
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

/* --- what is recorded --------------------------------------------------------------------------*/

/* Judged again, by the current rules. */
static bool
explain_failure(Explainer *explainer, Store *store, gint64 id, GError **error)
{
  g_auto(StoreFailure) failure = {0};
  if (!store_failure(store, id, &failure, error))
    return false;
  if (failure.recipient != NULL)
    explain_named(explainer, failure.reporting_mta, failure.recipient);
  else
    fprintf(stderr, "bouncedb: there is no failure f%" G_GINT64_FORMAT "\n", id);
  return true;
}

typedef struct {
  Explainer *explainer;
  Store *store;
  guint events;
} Events;

static bool
explain_event(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  Events *events = data;
  events->events++;
  return strcmp(store_cell(cells, n, "event"), "failure") != 0 ||
         explain_failure(events->explainer, events->store, store_cell_int(cells, n, "event_id"),
                         error);
}

static bool
explain_message(Explainer *explainer, Store *store, gint64 id, GError **error)
{
  Events events = {explainer, store, 0};
  guint before = explainer->refusals;
  if (!store_message_events(store, id, explain_event, &events, error))
    return false;
  if (explainer->refusals == before)
    fprintf(stderr, "bouncedb: no recipient failed in message m%" G_GINT64_FORMAT "\n", id);
  return true;
}

static bool
explain_id(Explainer *explainer, const Context *context, const Id *id, GError **error)
{
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  return store != NULL && (id->kind == 'm' ? explain_message(explainer, store, id->number, error)
                                           : explain_failure(explainer, store, id->number, error));
}

/* --- the command -------------------------------------------------------------------------------*/

/* The name of a file is more likely a mistake than a reply. */
static bool
refuse_file(const char *text, GError **error)
{
  return !g_file_test(text, G_FILE_TEST_IS_REGULAR) ||
         throw(error, BOUNCEDB_ERROR_USAGE, "%s is a file, not a reply (did you mean --file %s?)",
               text, text);
}

/* An id that list shows is explained as such: no reply is like that. */
static bool
explain_operand(Explainer *explainer, const Context *context, const char *text, GError **error)
{
  Id id;
  if (strcmp(text, "-") == 0)
    return cmd_each_line(explain_line, explainer, error);
  if (id_parse_named(text, &id))
    return explain_id(explainer, context, &id, error);
  explain_reply(explainer, text, false);
  return true;
}

/* Whether the words are those of a single reply that was not quoted. */
static bool
is_one_reply(int n, char **words)
{
  Id id;
  for (int i = 0; i < n; i++)
    if (strcmp(words[i], "-") == 0 || id_parse_named(words[i], &id))
      return false;
  return n > 1;
}

static bool
explain_operands(Explainer *explainer, const Context *context, bool each, int argc, char **argv,
                 GError **error)
{
  if (!each && is_one_reply(argc - 1, argv + 1)) {
    g_autofree char *reply = g_strjoinv(" ", argv + 1);
    explain_reply(explainer, reply, false);
    return true;
  }
  if (!each && argc == 2 && !refuse_file(argv[1], error))
    return false;
  for (int i = 1; i < argc; i++)
    if (!explain_operand(explainer, context, argv[i], error))
      return false;
  return true;
}

bool
cmd_explain(Context *context, int argc, char **argv, GError **error)
{
  gboolean json = FALSE, each = FALSE;
  Id id = {0};
  g_autofree char *file = NULL, *number = NULL, *sender = NULL;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object per line", NULL},
      {"each", 0, 0, G_OPTION_ARG_NONE, &each, "Each TEXT is a reply of its own", NULL},
      {"id", 0, 0, G_OPTION_ARG_FILENAME, &number,
       "Explain this failure, or every failure in this message, as list names it", "ID"},
      {"file", 0, 0, G_OPTION_ARG_FILENAME, &file,
       "Explain every failure in this message; - = stdin", "FILE"},
      {"sender", 0, 0, G_OPTION_ARG_STRING, &sender,
       "From which address the message was that the TEXT is about", "ADDRESS"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "TEXT...|ID...|-",
          "Explain the reply of a mail server: what it means, what to do, and who has to act.\n"
          "The TEXTs are the words of one reply, unless --each is given. An ID is one that\n"
          "list shows, such as f12. A hyphen reads replies from standard input, one per line.\n"
          "Exit status: 1 if there is nothing to explain.",
          entries, &argc, &argv, error))
    return false;
  if (number != NULL && !id_parse(number, &id))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--id takes f12 or m34, not \"%s\"", number);
  g_autofree char *address = sender != NULL ? address_parse(sender, false) : NULL;
  if (sender != NULL && address == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--sender takes an address, not \"%s\"", sender);
  if (argc < 2 && number == NULL && file == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "explain needs a reply, an id such as f12, --file, or - for standard input");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  Explainer explainer = {
      .rules = rules, .json = json, .sender = address, .columns = terminal_columns()};
  if (!g_strv_contains((const char *const *)argv, "-") && g_strcmp0(file, "-") != 0)
    cmd_page(context);
  if ((number != NULL && !explain_id(&explainer, context, &id, error)) ||
      (file != NULL && !explain_file(&explainer, context, file, error)) ||
      !explain_operands(&explainer, context, each, argc, argv, error))
    return false;
  context->status = explainer.refusals > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
