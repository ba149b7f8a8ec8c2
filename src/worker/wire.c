/* A record of fields in the order of bounce.h: numbers of eight octets, and texts, each after its
 * length; 0 stands for NULL. Each field has only one spelling. The same functions write a record
 * and read one, so both sides agree on the fields, and every field that is read passes its limits.
 */
#include "config.h"

#include "worker/wire.h"

#include <string.h>

#include "judge/mask.h"

enum { WORD_MAX = 64 }; /* octets of a reader's name */

/* 31 December 9999, the last day that every calendar can show. */
#define TIME_MAX G_GINT64_CONSTANT(253402300799)

typedef struct {
  GString *out; /* what is written; NULL when reading */
  const char *at;
  size_t left; /* octets from at */
  bool bad;    /* something that was read is not valid; what follows is not looked at */
} Wire;

/* --- fields --- */

/* Writes the value, or returns the one that is read. The limits are those of a value that is read.
 */
static gint64
number(Wire *wire, gint64 value, gint64 min, gint64 max)
{
  if (wire->out != NULL) {
    g_string_append_len(wire->out, (const char *)&value, sizeof value);
    return value;
  }
  wire->bad |= wire->left < sizeof value;
  if (wire->bad)
    return 0;
  memcpy(&value, wire->at, sizeof value);
  wire->at += sizeof value;
  wire->left -= sizeof value;
  wire->bad = value < min || value > max;
  return wire->bad ? 0 : value;
}

static void
text(Wire *wire, char **field, size_t max)
{
  size_t length = *field != NULL ? strlen(*field) : 0;
  length = (size_t)number(wire, (gint64)length, 0, (gint64)max);
  if (length == 0)
    return;
  if (wire->out != NULL) {
    g_string_append_len(wire->out, *field, (gssize)length);
    return;
  }
  wire->bad = length > wire->left || !g_utf8_validate_len(wire->at, length, NULL);
  if (wire->bad)
    return;
  *field = g_strndup(wire->at, length);
  wire->bad = bounce_has_controls(*field);
  wire->at += length;
  wire->left -= length;
}

static bool
flag(Wire *wire, bool value)
{
  return number(wire, value, 0, 1) != 0;
}

/* --- structs --- */

static void
pass_status(Wire *wire, Status *status)
{
  status->klass = (short)number(wire, status->klass, 0, 5);
  status->subject = (short)number(wire, status->subject, 0, 999);
  status->detail = (short)number(wire, status->detail, 0, 999);
}

static void
pass_verdict(Wire *wire, Verdict *verdict)
{
  verdict->reason = (Reason)number(wire, verdict->reason, 0, N_REASONS - 1);
  verdict->klass = (Class)number(wire, verdict->klass, 0, N_CLASSES - 1);
  text(wire, &verdict->provider, BOUNCE_TEXT_MAX);
  text(wire, &verdict->rule, BOUNCE_TEXT_MAX);
  text(wire, &verdict->matched, BOUNCE_TEXT_MAX);
  text(wire, &verdict->masked, MASK_MAX);
}

static void
pass_recipient(Wire *wire, Recipient *recipient)
{
  text(wire, &recipient->recipient, BOUNCE_ADDRESS_MAX);
  text(wire, &recipient->final_recipient, BOUNCE_ADDRESS_MAX);
  text(wire, &recipient->original_recipient, BOUNCE_ADDRESS_MAX);
  recipient->action = (Action)number(wire, recipient->action, 0, N_ACTIONS - 1);
  pass_status(wire, &recipient->status);
  recipient->reply_code = (int)number(wire, recipient->reply_code, 0, 599);
  recipient->stage = (Stage)number(wire, recipient->stage, 0, N_STAGES - 1);
  text(wire, &recipient->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  text(wire, &recipient->notice, BOUNCE_NOTICE_MAX);
  text(wire, &recipient->remote_mta, BOUNCE_TEXT_MAX);
  text(wire, &recipient->sender, BOUNCE_TEXT_MAX);
  pass_verdict(wire, &recipient->verdict);
}

static void
pass_header(Wire *wire, Report *report)
{
  report->kind = (Kind)number(wire, report->kind, 0, KIND_UNREADABLE - 1);
  text(wire, &report->reader, WORD_MAX);
  text(wire, &report->reporting_mta, BOUNCE_TEXT_MAX);
  text(wire, &report->report_message_id, BOUNCE_TEXT_MAX);
  text(wire, &report->original_message_id, BOUNCE_TEXT_MAX);
  text(wire, &report->envelope_id, BOUNCE_TEXT_MAX);
  text(wire, &report->list_id, BOUNCE_TEXT_MAX);
  text(wire, &report->feedback_id, BOUNCE_TEXT_MAX);
  text(wire, &report->subject, BOUNCE_TEXT_MAX);
  text(wire, &report->return_path, BOUNCE_ADDRESS_MAX);
  text(wire, &report->author, BOUNCE_ADDRESS_MAX);
  text(wire, &report->subscriber, BOUNCE_SUBSCRIBER_MAX);
  text(wire, &report->event, BOUNCE_TEXT_MAX);
  text(wire, &report->signature, BOUNCE_TEXT_MAX);
  report->reported_at = number(wire, report->reported_at, 0, TIME_MAX);
  report->sent_at = number(wire, report->sent_at, 0, TIME_MAX);
}

/* --- writing --- */

void
wire_encode(Report *report, GString *out)
{
  Wire wire = {.out = out};
  gint64 notes = report->notes;
  pass_header(&wire, report);
  for (guint i = 0; i < report->recipients->len; i++) {
    if (out->len > WIRE_MAX / 2) {
      notes |= NOTE_RECIPIENTS_CUT;
      break;
    }
    flag(&wire, true);
    pass_recipient(&wire, report_recipient(report, i));
  }
  flag(&wire, false);
  flag(&wire, report->nameless != NULL);
  if (report->nameless != NULL)
    pass_recipient(&wire, report->nameless);
  number(&wire, notes, 0, 0);
}

/* --- reading --- */

static bool
valid_status(const Status *status)
{
  return status_present(*status) ? status->klass != 1 && status->klass != 3
                                 : status->subject == 0 && status->detail == 0;
}

/* Whether the taxonomy and the rules allow the verdict. */
static bool
valid_verdict(const Verdict *verdict, const Rules *rules)
{
  if (verdict->provider != NULL && !rules_knows_provider(rules, verdict->provider))
    return false;
  if (verdict->reason == REASON_NONE)
    return verdict->klass == CLASS_NONE && verdict->rule == NULL;
  if (verdict->rule != NULL && !rules_knows(rules, verdict->rule))
    return false;
  const ReasonInfo *info = reason_info(verdict->reason);
  return verdict->klass == info->on_5xx || verdict->klass == info->on_4xx ||
         verdict->klass == info->on_none;
}

static void
read_recipient(Wire *wire, const Rules *rules, Recipient *out)
{
  pass_recipient(wire, out);
  wire->bad = wire->bad || (out->reply_code > 0 && out->reply_code < 200) ||
              !valid_status(&out->status) || !valid_verdict(&out->verdict, rules);
}

static void
read_recipients(Wire *wire, const Rules *rules, Report *out)
{
  while (flag(wire, false)) {
    Recipient *recipient = report_add_recipient(out);
    wire->bad |= recipient == NULL; /* there are too many */
    if (!wire->bad)
      read_recipient(wire, rules, recipient);
  }
  if (!flag(wire, false))
    return;
  out->nameless = g_new0(Recipient, 1);
  read_recipient(wire, rules, out->nameless);
  wire->bad |= out->kind != KIND_BOUNCE || out->recipients->len > 0;
}

Report *
wire_decode(const char *bytes, size_t length, const Rules *rules)
{
  Wire wire = {.at = bytes, .left = length};
  g_autoptr(Report) report = report_new();
  pass_header(&wire, report);
  read_recipients(&wire, rules, report);
  report->notes = (unsigned)number(&wire, 0, 0, NOTES_ALL);
  /* some notes only the parent may make */
  if (wire.bad || wire.left > 0 || (report->notes & (unsigned)NOTES_OF_PARENT) != 0)
    return NULL;
  return g_steal_pointer(&report);
}
