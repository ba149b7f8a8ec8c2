#include "config.h"

#include "worker/wire.h"

#include <string.h>

#include "judge/mask.h"

/* The fields in the order of bounce.h; "" stands for NULL. */
#define RECIPIENT_TYPE "(sssynnnnysss(yyssss))"
#define REPORT_TYPE "(ysssssssssssxua" RECIPIENT_TYPE "a" RECIPIENT_TYPE ")"

enum { WORD_MAX = 64 }; /* octets of a reader's name */

/* 31 December 9999, the last day that every calendar can show. */
#define TIME_MAX G_GINT64_CONSTANT(253402300799)

const GVariantType *
wire_type(void)
{
  return G_VARIANT_TYPE(REPORT_TYPE);
}

static const char *
text(const char *field)
{
  return field != NULL ? field : "";
}

static GVariant *
encode_recipient(const Recipient *recipient)
{
  const Verdict *verdict = &recipient->verdict;
  return g_variant_new(RECIPIENT_TYPE, text(recipient->recipient), text(recipient->final_recipient),
                       text(recipient->original_recipient), (guchar)recipient->action,
                       (gint16)recipient->status.klass, (gint16)recipient->status.subject,
                       (gint16)recipient->status.detail, (gint16)recipient->reply_code,
                       (guchar)recipient->stage, text(recipient->diagnostic),
                       text(recipient->notice), text(recipient->remote_mta),
                       (guchar)verdict->reason, (guchar)verdict->klass, text(verdict->provider),
                       text(verdict->rule), text(verdict->matched), text(verdict->masked));
}

GVariant *
wire_encode(const Report *report)
{
  GVariantBuilder recipients;
  g_variant_builder_init(&recipients, G_VARIANT_TYPE("a" RECIPIENT_TYPE));
  size_t size = 0;
  unsigned notes = report->notes;
  for (guint i = 0; i < report->recipients->len; i++) {
    GVariant *variant = encode_recipient(report_recipient(report, i));
    size += g_variant_get_size(variant);
    if (size > WIRE_MAX / 2) {
      g_variant_unref(g_variant_ref_sink(variant));
      notes |= NOTE_RECIPIENTS_CUT;
      break;
    }
    g_variant_builder_add_value(&recipients, variant);
  }
  GVariantBuilder nameless; /* at most one */
  g_variant_builder_init(&nameless, G_VARIANT_TYPE("a" RECIPIENT_TYPE));
  if (report->nameless != NULL)
    g_variant_builder_add_value(&nameless, encode_recipient(report->nameless));
  return g_variant_new(REPORT_TYPE, (guchar)report->kind, text(report->reader),
                       text(report->reporting_mta), text(report->report_message_id),
                       text(report->original_message_id), text(report->envelope_id),
                       text(report->list_id), text(report->feedback_id), text(report->subject),
                       text(report->return_path), text(report->author), text(report->subscriber),
                       report->reported_at, notes, &recipients, &nameless);
}

/* "" becomes NULL. UTF-8 is valid, since the GVariant is in normal form. */
static bool
take(char **field, const char *value, size_t max)
{
  size_t length = strlen(value);
  if (length == 0)
    return true;
  if (length > max || bounce_has_controls(value))
    return false;
  *field = g_memdup2(value, length + 1);
  return true;
}

static bool
valid_status(const Status *status)
{
  if (!status_present(*status))
    return status->subject == 0 && status->detail == 0;
  return (status->klass == 2 || status->klass == 4 || status->klass == 5) && status->subject >= 0 &&
         status->subject <= 999 && status->detail >= 0 && status->detail <= 999;
}

/* Whether the taxonomy and the rules allow the verdict. */
static bool
valid_verdict(const Verdict *verdict, const Rules *rules)
{
  if (verdict->provider != NULL && !rules_knows_provider(rules, verdict->provider))
    return false;
  if (verdict->reason == REASON_NONE)
    return verdict->klass == CLASS_NONE && verdict->rule == NULL;
  if (verdict->reason >= N_REASONS)
    return false;
  if (verdict->rule != NULL && !rules_knows(rules, verdict->rule))
    return false;
  const ReasonInfo *info = reason_info(verdict->reason);
  return verdict->klass == info->on_5xx || verdict->klass == info->on_4xx ||
         verdict->klass == info->on_none;
}

static bool
valid_recipient(const Recipient *recipient, const Rules *rules)
{
  int code = recipient->reply_code;
  return recipient->action < N_ACTIONS && recipient->stage < N_STAGES &&
         valid_status(&recipient->status) && (code == 0 || (code >= 200 && code <= 599)) &&
         valid_verdict(&recipient->verdict, rules);
}

static bool
decode_recipient(GVariant *variant, const Rules *rules, Recipient *out)
{
  const char *recipient, *final, *original, *diagnostic, *notice, *remote_mta;
  const char *provider, *rule, *matched, *masked;
  guchar action, stage, reason, klass;
  gint16 status[3], code;
  g_variant_get(variant, "(&s&s&synnnny&s&s&s(yy&s&s&s&s))", &recipient, &final, &original, &action,
                &status[0], &status[1], &status[2], &code, &stage, &diagnostic, &notice,
                &remote_mta, &reason, &klass, &provider, &rule, &matched, &masked);
  out->action = action;
  out->status = (Status){status[0], status[1], status[2]};
  out->reply_code = code;
  out->stage = stage;
  out->verdict.reason = reason;
  out->verdict.klass = klass;
  return take(&out->recipient, recipient, BOUNCE_ADDRESS_MAX) &&
         take(&out->final_recipient, final, BOUNCE_ADDRESS_MAX) &&
         take(&out->original_recipient, original, BOUNCE_ADDRESS_MAX) &&
         take(&out->diagnostic, diagnostic, BOUNCE_DIAGNOSTIC_MAX) &&
         take(&out->notice, notice, BOUNCE_NOTICE_MAX) &&
         take(&out->remote_mta, remote_mta, BOUNCE_TEXT_MAX) &&
         take(&out->verdict.provider, provider, BOUNCE_TEXT_MAX) &&
         take(&out->verdict.rule, rule, BOUNCE_TEXT_MAX) &&
         take(&out->verdict.matched, matched, BOUNCE_TEXT_MAX) &&
         take(&out->verdict.masked, masked, MASK_MAX) && valid_recipient(out, rules);
}

static bool
decode_recipients(GVariantIter *iter, const Rules *rules, Report *out)
{
  if (g_variant_iter_n_children(iter) > BOUNCE_RECIPIENTS_MAX)
    return false;
  GVariant *child;
  while ((child = g_variant_iter_next_value(iter)) != NULL) {
    bool ok = decode_recipient(child, rules, report_add_recipient(out));
    g_variant_unref(child);
    if (!ok)
      return false;
  }
  return true;
}

static bool
decode_nameless(GVariantIter *iter, const Rules *rules, Report *out)
{
  g_autoptr(GVariant) child = g_variant_iter_next_value(iter);
  if (child == NULL)
    return true;
  out->nameless = g_new0(Recipient, 1);
  return g_variant_iter_n_children(iter) == 1 && out->kind == KIND_BOUNCE &&
         out->recipients->len == 0 && decode_recipient(child, rules, out->nameless);
}

/* Whether the report claims what only the parent may say. */
static bool
presumptuous(const Report *report)
{
  return report->kind >= KIND_UNREADABLE ||
         (report->notes & ~(unsigned)(NOTES_ALL & ~NOTES_OF_PARENT)) != 0;
}

static bool
decode_report(GVariant *variant, const Rules *rules, Report *out)
{
  const char *reader, *reporting_mta, *report_message_id, *original_message_id;
  const char *envelope_id, *list_id, *feedback_id, *subject, *return_path, *author, *subscriber;
  guchar kind;
  g_autoptr(GVariantIter) recipients = NULL;
  g_autoptr(GVariantIter) nameless = NULL;
  g_variant_get(variant, "(y&s&s&s&s&s&s&s&s&s&s&sxua" RECIPIENT_TYPE "a" RECIPIENT_TYPE ")", &kind,
                &reader, &reporting_mta, &report_message_id, &original_message_id, &envelope_id,
                &list_id, &feedback_id, &subject, &return_path, &author, &subscriber,
                &out->reported_at, &out->notes, &recipients, &nameless);
  out->kind = kind;
  return take(&out->reader, reader, WORD_MAX) &&
         take(&out->reporting_mta, reporting_mta, BOUNCE_TEXT_MAX) &&
         take(&out->report_message_id, report_message_id, BOUNCE_TEXT_MAX) &&
         take(&out->original_message_id, original_message_id, BOUNCE_TEXT_MAX) &&
         take(&out->envelope_id, envelope_id, BOUNCE_TEXT_MAX) &&
         take(&out->list_id, list_id, BOUNCE_TEXT_MAX) &&
         take(&out->feedback_id, feedback_id, BOUNCE_TEXT_MAX) &&
         take(&out->subject, subject, BOUNCE_TEXT_MAX) &&
         take(&out->return_path, return_path, BOUNCE_ADDRESS_MAX) &&
         take(&out->author, author, BOUNCE_ADDRESS_MAX) &&
         take(&out->subscriber, subscriber, BOUNCE_SUBSCRIBER_MAX) && !presumptuous(out) &&
         out->reported_at >= 0 && out->reported_at <= TIME_MAX &&
         decode_recipients(recipients, rules, out) && decode_nameless(nameless, rules, out);
}

Report *
wire_decode(GVariant *variant, const Rules *rules)
{
  if (!g_variant_is_of_type(variant, wire_type()) || !g_variant_is_normal_form(variant))
    return NULL;
  g_autoptr(Report) report = report_new();
  if (!decode_report(variant, rules, report))
    return NULL;
  return g_steal_pointer(&report);
}
