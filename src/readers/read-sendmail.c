/* Sendmail's own format, without MIME or with the status part lost, and formats modelled on it: a
 * transcript of the session, and sections headed "----- The following addresses had ... -----" with
 * one address per line. */
#include "config.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "readers/ordinary.h"
#include "readers/outcome.h"
#include "readers/readers.h"
#include "readers/recipients.h"
#include "readers/wording.h"

enum { DELAYS_MAX = 1000 }; /* recipients up to which delays are added */

/* What a heading says about the addresses below it; ACTION_NONE if the line is not such a heading.
 */
static Action
read_heading(const char *line, size_t length)
{
  static const struct {
    const char *words;
    Action action;
  } kinds[] = {{"non-fatal", ACTION_DELAYED}, {"transient", ACTION_DELAYED},
               {"warning", ACTION_DELAYED},   {"success", ACTION_DELIVERED},
               {"relayed", ACTION_RELAYED},   {"fatal", ACTION_FAILED},
               {"problem", ACTION_FAILED},    {"error", ACTION_FAILED},
               {"failed", ACTION_FAILED},     {"could not", ACTION_FAILED}};
  size_t skip = strspn(line, " \t");
  if (length < skip + 3 || strncmp(line + skip, "---", 3) != 0 ||
      (line_find(line, length, "address") == NULL && line_find(line, length, "recipient") == NULL))
    return ACTION_NONE;
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (line_find(line, length, kinds[i].words) != NULL)
      return kinds[i].action;
  return ACTION_NONE;
}

/* Whether the transcript names delays, and the system promises to go on. A warning has no sections.
 */
static bool
tells_delays(const Letter *letter)
{
  if (letter->transcript == NULL || transcript_deferred(letter->transcript)->len == 0)
    return false;
  g_autofree char *folded = letter_fold_notice(letter);
  return outcome_is_promised(folded);
}

static Probe
probe(const Letter *letter)
{
  if (!letter->automatic)
    return PROBE_NO;
  bool found = tells_delays(letter);
  for (const char *line = letter->notice; *line != '\0' && !found; line = line_next(line))
    found = read_heading(line, line_length(line)) != ACTION_NONE;
  return found && !ordinary_is(letter) ? PROBE_MAYBE : PROBE_NO;
}

/* The first mention on the line; *at is the index from which to go on. */
static const Mention *
mention_on(const GPtrArray *mentions, guint *at, const char *line, size_t length)
{
  for (; *at < mentions->len; (*at)++) {
    const Mention *mention = g_ptr_array_index(mentions, *at);
    if (mention->begin >= line)
      return mention->begin < line + length ? mention : NULL;
  }
  return NULL;
}

/* The state while reading the sections. */
typedef struct {
  Action action; /* of the section; ACTION_NONE outside one */
  bool listed;   /* it has an address already, so an empty line ends it */
  bool nameless; /* the entry is a program or a file, and its address follows */
  bool promised; /* the system will go on with what it marks as transient */
  guint at;
} Walk;

/* Sendmail 8.8 and earlier mark each address: "(unrecoverable error)", "(transient failure)". */
static Action
marked_action(const Walk *walk, const char *line, size_t length)
{
  bool transient = line_find(line, length, "(transient failure)") != NULL;
  return transient && walk->promised ? ACTION_DELAYED : walk->action;
}

static void
read_line(Walk *walk, const Letter *letter, Report *report, const char *line, size_t length)
{
  const Mention *mention = mention_on(excerpts_mentions(letter->excerpts), &walk->at, line, length);
  bool entry = strchr(" \t", *line) == NULL;
  if (entry)
    walk->nameless = mention == NULL;
  if (mention == NULL || !(entry ? mention->heading : walk->nameless))
    return;
  Recipient *recipient = recipients_add_failed(report, mention->address, NULL);
  if (recipient != NULL)
    recipient->action = marked_action(walk, line, length);
  walk->listed = true;
  walk->nameless = false;
}

static bool
is_reported(const Report *report, const char *address)
{
  for (guint i = 0; i < report->recipients->len; i++)
    if (address_equal(report_recipient(report, i)->final_recipient, address))
      return true;
  return false;
}

static void
add_delays(const Letter *letter, Report *report)
{
  const GPtrArray *deferred = transcript_deferred(letter->transcript);
  for (guint i = 0; i < deferred->len && report->recipients->len < DELAYS_MAX; i++) {
    const char *address = g_ptr_array_index(deferred, i);
    Recipient *recipient =
        is_reported(report, address) ? NULL : recipients_add_failed(report, address, NULL);
    if (recipient != NULL)
      recipient->action = ACTION_DELAYED;
  }
}

static bool
read_sendmail(const Letter *letter, Report *report)
{
  bool delays = tells_delays(letter);
  Walk walk = {.promised = delays};
  for (const char *line = letter->notice; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    Action heading = read_heading(line, length);
    bool ends = g_str_has_prefix(line + strspn(line, " \t"), "---") ||
                (walk.listed && line_is_blank(line, length));
    if (heading != ACTION_NONE || ends) {
      walk.action = heading;
      walk.listed = false;
    } else if (walk.action != ACTION_NONE && !line_is_blank(line, length)) {
      read_line(&walk, letter, report, line, length);
    }
  }
  if (delays)
    add_delays(letter, report);
  wording_fill_from_notice(report, letter);
  report->kind = outcome_kind(report);
  return report->recipients->len > 0;
}

const Reader reader_sendmail = {"sendmail", probe, read_sendmail};
