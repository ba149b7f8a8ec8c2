/* Delivery status notifications (RFC 3464, RFC 6533), with the tolerance that real ones need.
 *
 * The fields are in message/delivery-status. If there is no such part, any text with a group of
 * fields will do: some gateways send the part as text/plain, or lose the structure. */
#include "config.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/fields.h"
#include "mail/reply.h"
#include "readers/nameless.h"
#include "readers/ordinary.h"
#include "readers/outcome.h"
#include "readers/phrases.h"
#include "readers/readers.h"
#include "readers/recipients.h"

/* --- the part --- */

/* The first line that begins with that field name; NULL if there is none. */
static const char *
find_field(const char *text, const char *name)
{
  size_t n = strlen(name);
  for (const char *line = text; *line != '\0'; line = line_next(line)) {
    const char *p = line + strspn(line, " \t");
    if (g_ascii_strncasecmp(p, name, n) == 0 && p[n + strspn(p + n, " \t")] == ':')
      return line;
  }
  return NULL;
}

/* Whether text has the fields of a report: an address, and what became of it. */
static bool
holds_fields(const char *text)
{
  return (find_field(text, "Final-Recipient") != NULL ||
          find_field(text, "Original-Recipient") != NULL) &&
         (find_field(text, "Action") != NULL || find_field(text, "Status") != NULL ||
          find_field(text, "Diagnostic-Code") != NULL);
}

/* The line of text at which the fields begin. */
static const char *
fields_begin(const char *text)
{
  static const char *const names[] = {"Reporting-MTA", "Original-Envelope-Id", "Action",
                                      "Original-Recipient", "Final-Recipient"};
  const char *first = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *line = find_field(text, names[i]);
    if (line != NULL && (first == NULL || line < first))
      first = line;
  }
  return first != NULL ? first : text;
}

/* Fields that are not in a part of their own; NULL if there are none. */
static const char *
find_loose_fields(const Letter *letter)
{
  for (guint i = 0; i < message_n_parts(letter->message); i++) {
    const Part *part = message_part(letter->message, i);
    if (!part->returned && holds_fields(part_text(part)))
      return fields_begin(part_text(part));
  }
  return NULL;
}

static Probe
probe(const Letter *letter)
{
  const Part *top = message_part(letter->message, 0);
  if (letter_has_status_part(letter))
    return strcmp(top->type, "multipart/report") == 0 ? PROBE_YES
           : ordinary_is_personal(letter)             ? PROBE_NO
                                                      : PROBE_MAYBE;
  if (!letter->automatic)
    return PROBE_NO;
  return find_loose_fields(letter) != NULL && !ordinary_is(letter) ? PROBE_MAYBE : PROBE_NO;
}

/* --- values --- */

/* Takes the name from "dns; mx.example.net (192.0.2.1)". */
static void
set_host(char **field, const char *value)
{
  if (value == NULL)
    return;
  const char *semicolon = strchr(value, ';');
  const char *host = semicolon != NULL ? semicolon + 1 : value;
  host += strspn(host, " \t<[");
  size_t n = strcspn(host, " \t,()<>[]");
  while (n > 0 && host[n - 1] == '.')
    n--;
  g_autofree char *name = g_ascii_strdown(host, (gssize)n);
  bounce_set(field, name, BOUNCE_TEXT_MAX);
}

/* Skips the type of a diagnostic. What precedes a semicolon is a type only if it is a single word,
 * as in "smtp; 550 no", but not in "550 no; try later". */
static const char *
skip_type(const char *value)
{
  size_t n = 0;
  while (g_ascii_isalnum(value[n]) || value[n] == '-' || value[n] == '_')
    n++;
  size_t blanks = strspn(value + n, " \t");
  if (n == 0 || value[n + blanks] != ';' || reply_code_at(value) != 0)
    return value;
  value += n + blanks + 1;
  return value + strspn(value, " \t");
}

static bool
begins_with_word(const char *value, const char *word)
{
  return g_ascii_strncasecmp(value, word, strlen(word)) == 0;
}

/* Reads "failed", "failure", "Failed (bounced)", "delivered (to mailbox)". */
static Action
read_action(const char *value)
{
  static const struct {
    const char *word;
    Action action;
  } words[] = {{"fail", ACTION_FAILED},           {"error", ACTION_FAILED},
               {"undeliver", ACTION_FAILED},      {"delayed", ACTION_DELAYED},
               {"delay", ACTION_DELAYED},         {"delivered", ACTION_DELIVERED},
               {"deliverable", ACTION_DELIVERED}, {"relayed", ACTION_RELAYED},
               {"expanded", ACTION_EXPANDED},     {"bounced", ACTION_FAILED}};
  for (size_t i = 0; value != NULL && i < G_N_ELEMENTS(words); i++)
    if (begins_with_word(value, words[i].word))
      return words[i].action;
  return ACTION_NONE;
}

/* Reads "5.1.1", "5.1.1 (comment)", "550 5.1.1", "550". */
static void
read_status(const char *value, Recipient *recipient)
{
  if (value == NULL)
    return;
  status_find(value, &recipient->status);
  int code = reply_code_at(value + strspn(value, " \t"));
  if (code != 0)
    recipient->reply_code = code;
}

/* Of several diagnostics, the one with a reply, or else the first that is not empty. */
static const char *
choose_diagnostic(const GPtrArray *group)
{
  static const char *const names[] = {"Diagnostic-Code", "X-Supplementary-Info"};
  const char *first = NULL;
  for (size_t n = 0; n < G_N_ELEMENTS(names); n++)
    for (guint i = 0; i < group->len; i++) {
      const Field *field = g_ptr_array_index(group, i);
      if (g_ascii_strcasecmp(field->name, names[n]) != 0)
        continue;
      const char *value = skip_type(field->value);
      g_auto(Reply) reply = {0};
      reply_unwrap(value, &reply);
      if (reply.code >= 400)
        return value;
      if (first == NULL && *value != '\0')
        first = value;
    }
  return first;
}

/* The address in a field; some gateways encode all of it, as if it were text. */
static char *
parse_address(const char *value, bool bare_ok)
{
  if (value == NULL || strstr(value, "=?") == NULL || strchr(value, '@') != NULL)
    return address_parse_field(value, bare_ok);
  g_autofree char *decoded = message_decode_words(value);
  return address_parse_field(decoded, bare_ok);
}

/* Some gateways encode other fields too. */
static char *
decode_text(const char *value)
{
  return value != NULL && strstr(value, "=?") != NULL ? message_decode_words(value)
                                                      : g_strdup(value);
}

static void
read_addresses(const GPtrArray *group, Recipient *recipient)
{
  const char *original = fields_get(group, "Original-Recipient");
  const char *finally = fields_get(group, "Final-Recipient");
  const char *actual = fields_get(group, "X-Actual-Recipient");
  g_autofree char *final = parse_address(finally, true);
  g_autofree char *first = parse_address(original, false);
  if (final == NULL || strchr(final, '@') == NULL) {
    char *better = parse_address(actual, false);
    if (better != NULL) {
      g_free(final);
      final = better;
    }
  }
  /* "rfc822; |/usr/bin/filter": a pipe or a file that failed. The address that it stands for is the
   * original recipient. */
  if (finally != NULL && final != NULL && strpbrk(final, "|/") == final)
    g_clear_pointer(&final, g_free);
  g_autofree char *decoded = first != NULL ? address_decode_xtext(first) : NULL;
  bounce_set(&recipient->final_recipient, final, BOUNCE_ADDRESS_MAX);
  /* If one server decoded the address and the other did not, the final address decides. */
  bounce_set(&recipient->original_recipient, address_equal(first, final) ? first : decoded,
             BOUNCE_ADDRESS_MAX);
}

/* --- what became of it --- */

/* Whether the message promises further attempts. */
static bool
is_warning(const Letter *letter, const GPtrArray *group)
{
  if (fields_get(group, "Will-Retry-Until") != NULL)
    return true;
  g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_DIAGNOSTIC_MAX);
  g_autofree char *folded = fold(words);
  return phrases_find(PHRASE_DELAY, letter->subject) ||
         strstr(letter->subject, "warning") != NULL || phrases_find(PHRASE_DELAY, folded);
}

/* The action, if the field is missing or contradicts the server's answer. "Delivered" with a
 * permanent refusal means failed. "Delayed" with one means delayed only if the message promises
 * further attempts, as Postfix does when a host refuses to talk to it. */
static Action
settle_action(const Recipient *recipient, const Letter *letter, const GPtrArray *group)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(recipient->diagnostic, &reply);
  int answered = reply.code != 0 ? reply.code / 100 : recipient->reply_code / 100;
  int klass = answered != 0 ? answered : recipient->status.klass;
  switch (recipient->action) {
  case ACTION_DELAYED:
    return klass == 5 && !is_warning(letter, group) ? ACTION_FAILED : ACTION_DELAYED;
  case ACTION_DELIVERED:
  case ACTION_RELAYED:
  case ACTION_EXPANDED:
    return klass == 5 ? ACTION_FAILED : recipient->action;
  case ACTION_FAILED:
    return ACTION_FAILED;
  case ACTION_NONE:
  case N_ACTIONS:
    break;
  }
  if (klass == 2)
    return ACTION_DELIVERED;
  return klass != 5 && is_warning(letter, group) ? ACTION_DELAYED : ACTION_FAILED;
}

/* --- the report --- */

/* One field for several recipients: "rfc822; ann@example.net, bob@example.net". */
static void
add_others(const GPtrArray *group, const Recipient *first, Report *report)
{
  const char *value = fields_get(group, "Final-Recipient");
  if (value == NULL || strchr(value, ',') == NULL || first->final_recipient == NULL ||
      first->original_recipient != NULL || strchr(value, '(') != NULL || strchr(value, '"') != NULL)
    return;
  const char *cursor = value;
  for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address)) {
    Recipient *other = address_equal(address, first->final_recipient)
                           ? NULL
                           : recipients_add_failed(report, address, first->diagnostic);
    if (other == NULL)
      continue;
    other->action = first->action;
    other->status = first->status;
    other->reply_code = first->reply_code;
    bounce_set(&other->remote_mta, first->remote_mta, BOUNCE_TEXT_MAX);
  }
}

static void
read_group(const GPtrArray *group, const Letter *letter, Report *report)
{
  Recipient *recipient = report_add_recipient(report);
  if (recipient == NULL)
    return;
  read_addresses(group, recipient);
  read_status(fields_get(group, "Status"), recipient);
  g_autofree char *diagnostic = decode_text(choose_diagnostic(group));
  bounce_set(&recipient->diagnostic, diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  set_host(&recipient->remote_mta, fields_get(group, "Remote-MTA"));
  recipient->action = read_action(fields_get(group, "Action"));
  recipient->action = settle_action(recipient, letter, group);
  add_others(group, recipient, report);
}

/* Final notices that say "delayed": nullmailer's has a subject that says the message is returned,
 * OpenSMTPD's a text that says it expired in the queue. */
static bool
is_final(const Letter *letter)
{
  const char *subject = letter_header(letter, "Subject");
  if ((subject != NULL && begins_with_word(subject, "Returned mail")) ||
      line_find(letter->notice, SIZE_MAX, ": Envelope expired") != NULL)
    return true;
  g_autofree char *folded = letter_fold_notice(letter);
  return phrases_find(PHRASE_ENDED, folded) && !phrases_find(PHRASE_PROMISE, folded) &&
         !phrases_find(PHRASE_DELAY, letter->subject);
}

/* Whether the message is final, but none of its groups says so. Sendmail puts the failure of one
 * recipient and the delay of another into one report, and then each group speaks for itself. */
static bool
is_unsaid_failure(const Report *report, const Letter *letter, const GPtrArray *groups)
{
  bool delayed = false;
  for (guint i = 0; i < report->recipients->len; i++) {
    if (report_recipient(report, i)->action == ACTION_FAILED)
      return false;
    delayed |= report_recipient(report, i)->action == ACTION_DELAYED;
  }
  if (!delayed || !is_final(letter))
    return false;
  for (guint i = 1; i < groups->len; i++)
    if (fields_get(g_ptr_array_index(groups, i), "Will-Retry-Until") != NULL)
      return false;
  g_autofree char *folded = letter_fold_notice(letter);
  return !outcome_is_promised(folded);
}

/* Whether the only recipient "failed" without a permanent refusal, in a message that promises to
 * try again. */
static bool
is_unfinished(const Report *report, const Letter *letter)
{
  if (report->recipients->len != 1)
    return false;
  const Recipient *recipient = report_recipient(report, 0);
  g_auto(Reply) reply = {0};
  reply_unwrap(recipient->diagnostic, &reply);
  if (recipient->action != ACTION_FAILED || recipient->status.klass != 4 || reply.code >= 500)
    return false;
  g_autofree char *folded = letter_fold_notice(letter);
  return outcome_is_promised(folded);
}

static void
change_action(Report *report, Action from, Action to)
{
  for (guint i = 0; i < report->recipients->len; i++)
    if (report_recipient(report, i)->action == from)
      report_recipient(report, i)->action = to;
}

static bool
read_fields(const Letter *letter, const char *text, Report *report)
{
  g_autoptr(GPtrArray) fields = fields_parse(text);
  g_autoptr(GPtrArray) groups = fields_group(fields);
  const GPtrArray *message = g_ptr_array_index(groups, 0);
  set_host(&report->reporting_mta, fields_get(message, "Reporting-MTA"));
  bounce_set(&report->envelope_id, fields_get(message, "Original-Envelope-Id"), BOUNCE_TEXT_MAX);
  const char *arrival = fields_get(message, "Arrival-Date");
  if (arrival != NULL)
    report->sent_at = message_date(arrival);
  for (guint i = 1; i < groups->len; i++)
    read_group(g_ptr_array_index(groups, i), letter, report);
  if (is_unsaid_failure(report, letter, groups))
    change_action(report, ACTION_DELAYED, ACTION_FAILED);
  else if (is_unfinished(report, letter))
    change_action(report, ACTION_FAILED, ACTION_DELAYED);
  report->kind = outcome_kind(report);
  return report->recipients->len > 0;
}

static bool
read_report(const Letter *letter, Report *report)
{
  for (guint i = 0; i < message_n_parts(letter->message); i++) {
    const Part *part = message_part(letter->message, i);
    if (!part->returned && part_is_status(part))
      read_fields(letter, part_text(part), report);
  }
  const char *loose = report->recipients->len == 0 ? find_loose_fields(letter) : NULL;
  if (loose != NULL)
    read_fields(letter, loose, report);
  nameless_settle(report, letter);
  return report->recipients->len > 0;
}

const Reader reader_rfc3464 = {"rfc3464", probe, read_report};

/* --- a report within a message of another system --- */

/* Some gateways put a whole report into a message of their own that names no address. A message
 * that does name one is the bounce of a bounce, and the report inside is an old one. */
static const Part *
find_enclosed(const Message *message)
{
  for (guint i = 0; i < message_n_parts(message); i++) {
    const Part *part = message_part(message, i);
    if (part->returned && part_is_status(part))
      return part;
  }
  return NULL;
}

static Probe
probe_enclosed(const Letter *letter)
{
  return letter->automatic && !letter->program_output &&
                 excerpts_mentions(letter->excerpts)->len == 0 &&
                 find_enclosed(letter->message) != NULL && !ordinary_is_personal(letter)
             ? PROBE_MAYBE
             : PROBE_NO;
}

static bool
read_enclosed(const Letter *letter, Report *report)
{
  return read_fields(letter, part_text(find_enclosed(letter->message)), report);
}

const Reader reader_enclosed = {"enclosed", probe_enclosed, read_enclosed};
