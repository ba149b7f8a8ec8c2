/* bouncedb parse: what would be recorded, as one JSON object per message. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json.h"
#include "intake/events.h"
#include "intake/mail-files.h"
#include "intake/mail-input.h"
#include "intake/mbox.h"
#include "intake/shape.h"
#include "record/reading.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"

typedef struct {
  Worker *worker;
  gint64 max_parse;
  const char *service; /* of which all files have events; NULL = they are recognised */
} Parser;

/* --- output ------------------------------------------------------------------------------------*/

static void
write_recipient(Json *json, const Recipient *recipient)
{
  char status[STATUS_BUFFER];
  const Verdict *verdict = &recipient->verdict;
  const char *party = party_name(reason_info(verdict->reason)->party);
  json_open(json, NULL, '{');
  json_text(json, "recipient", recipient->recipient);
  json_text(json, "final_recipient", recipient->final_recipient);
  json_text(json, "original_recipient", recipient->original_recipient);
  json_text(json, "action", action_name(recipient->action));
  json_text(json, "status", status_format(recipient->status, status));
  if (recipient->reply_code != 0)
    json_int(json, "reply_code", recipient->reply_code);
  else
    json_none(json, "reply_code");
  json_text(json, "stage", stage_name(recipient->stage));
  json_text(json, "diagnostic", recipient->diagnostic);
  json_text(json, "notice", recipient->notice);
  json_text(json, "remote_mta", recipient->remote_mta);
  json_text(json, "provider", verdict->provider);
  json_text(json, "class", class_name(verdict->klass));
  json_text(json, "reason", reason_name(verdict->reason));
  json_text(json, "party", party);
  json_text(json, "rule", verdict->rule);
  json_close(json, '}');
}

static char *
format_report(const char *file, const char *digest, const Report *report)
{
  Json json = json_begin();
  json_text(&json, "file", file);
  json_text(&json, "kind", kind_name(report->kind));
  json_text(&json, "reader", report->reader);
  json_text(&json, "digest", digest);
  json_text(&json, "reporting_mta", report->reporting_mta);
  json_text(&json, "report_message_id", report->report_message_id);
  json_text(&json, "original_message_id", report->original_message_id);
  json_text(&json, "envelope_id", report->envelope_id);
  json_text(&json, "list_id", report->list_id);
  json_text(&json, "feedback_id", report->feedback_id);
  json_text(&json, "subject", report->subject);
  json_text(&json, "event", report->event);
  json_open(&json, "recipients", '[');
  for (guint i = 0; i < report->recipients->len; i++)
    write_recipient(&json, report_recipient(report, i));
  json_close(&json, ']');
  json_close(&json, '}');
  return json_finish(&json);
}

/* --- input -------------------------------------------------------------------------------------*/

static bool
parse_message(const Parser *parser, const char *path, const Spool *spool, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  unsigned notes;
  if (!reading_submit(parser->worker, spool, &notes, error))
    return false;
  g_autoptr(Report) report = reading_collect(parser->worker, notes, error);
  if (report == NULL)
    return false;
  if (reading_was_stopped(report))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s", path, reading_stopped);
  char hex[HEX_SIZE(DIGEST_SIZE)];
  digest_finish(spool->digest, digest);
  hex_write(digest, DIGEST_SIZE, hex);
  g_autofree char *line = format_report(path, hex, report);
  puts(line);
  return true;
}

/* A file without any message is one empty message. */
static bool
parse_messages(const Parser *parser, const char *path, Mbox *mbox, GError **error)
{
  g_auto(Spool) spool = {0};
  g_autoptr(GError) cause = NULL;
  reading_spool_init(&spool, parser->max_parse);
  for (bool found = true, first = true; found; first = false) {
    if (!mbox_next(mbox, &spool, &found, &cause))
      return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", path, cause->message);
    if ((found || first) && !parse_message(parser, path, &spool, error))
      return false;
    spool_reset(&spool);
  }
  return true;
}

static bool
parse_events(const Parser *parser, const char *path, Events *events, GError **error)
{
  bool found;
  g_auto(Spool) spool = {0};
  g_autoptr(GError) cause = NULL;
  reading_spool_init(&spool, parser->max_parse);
  for (;;) {
    if (!events_next(events, &spool, &found, &cause))
      return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", path, cause->message);
    if (!found)
      return true;
    if (!parse_message(parser, path, &spool, error))
      return false;
  }
}

/* An mbox is split if there is no doubt that it is one. */
static bool
parse_stream(const Parser *parser, const char *path, int fd, bool maildir, GError **error)
{
  size_t length;
  g_autoptr(GError) cause = NULL;
  g_autoptr(Mbox) mbox = mbox_new(fd, false);
  const char *head = mbox_peek(mbox, MBOX_PEEK_MAX, &length, &cause);
  if (head == NULL)
    return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", path, cause->message);
  if (parser->service != NULL || (!maildir && events_are(head, length))) {
    g_autoptr(Events) events = events_new(fd, head, length, parser->service);
    return parse_events(parser, path, events, error);
  }
  mbox_set_split(mbox, !maildir && shape_is_mailbox(head, length));
  return parse_messages(parser, path, mbox, error);
}

static bool
parse_file(const Parser *parser, const MailFile *file, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(MailInput) input = mail_input_open(file->path, &cause);
  if (input == NULL)
    return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", file->path, cause->message);
  return parse_stream(parser, file->path, mail_input_fd(input), file->maildir, error) &&
         (mail_input_finish(input, &cause) ||
          throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", file->path, cause->message));
}

typedef struct {
  const Parser *parser;
  GError **error;
} Visit;

static bool
visit(const MailFile *file, gpointer data)
{
  const Visit *visit = data;
  if (file->error != 0)
    return throw(visit->error, BOUNCEDB_ERROR_DATA, "%s: %s", file->path, g_strerror(file->error));
  return parse_file(visit->parser, file, visit->error);
}

static bool
parse_path(const Parser *parser, const char *path, GError **error)
{
  Visit data = {parser, error};
  return strcmp(path, "-") == 0 ? parse_stream(parser, path, STDIN_FILENO, false, error)
                                : mail_files_each(path, visit, &data);
}

bool
cmd_parse(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *from = NULL;
  const GOptionEntry entries[] = {{"from", 0, 0, G_OPTION_ARG_STRING, &from,
                                   "The files are events of SERVICE (see bouncedb import)",
                                   "SERVICE"},
                                  {"json", 0, 0, G_OPTION_ARG_NONE, &context->json,
                                   "Print one JSON object per message, as always", NULL},
                                  G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "[FILE|DIR|-]...",
          "Show what would be recorded, as JSON Lines: one object per message. A hyphen, or no\n"
          "argument, means standard input.",
          entries, &argc, &argv, error))
    return false;
  const char *service;
  if (!choice_service(from, &service, error))
    return false;
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  g_autoptr(Worker) worker = reading_worker(rules, context->settings, error);
  if (worker == NULL)
    return false;
  const Parser parser = {
      .worker = worker, .max_parse = context->settings->max_parse, .service = service};
  if (argc < 2)
    return parse_stream(&parser, "-", STDIN_FILENO, false, error);
  for (int i = 1; i < argc; i++)
    if (!parse_path(&parser, argv[i], error))
      return false;
  return true;
}
