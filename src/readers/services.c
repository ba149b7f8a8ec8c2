/* The table of services. The pages named are those in which the service documents its events. */
#include "config.h"

#include "readers/services.h"

#include <string.h>

/* docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
 * event-publishing-retrieving-sns-contents.html */
static const EventType ses[] = {
    {"Bounce", MEANS_BOUNCE},
    {"Complaint", MEANS_COMPLAINT},
    {"Delivery", MEANS_SUCCESS},
    {"DeliveryDelay", MEANS_DELAY},
    {"Subscription", MEANS_UNSUBSCRIBE},
    {"Send", MEANS_NOTHING},
    {"Open", MEANS_NOTHING},
    {"Click", MEANS_NOTHING},
    {"Reject", MEANS_NOTHING},                 /* a virus */
    {"Rendering", MEANS_NOTHING},              /* a fault of the template */
    {"SubscriptionConfirmation", MEANS_OTHER}, /* SNS's, before the first event */
    {NULL, MEANS_OTHER},
};

/* twilio.com/docs/sendgrid/for-developers/tracking-events/event; lists of bounces:
 * twilio.com/docs/sendgrid/api-reference/bounces-api/retrieve-all-bounces */
static const EventType sendgrid[] = {
    {"bounce", MEANS_BOUNCE},
    {"deferred", MEANS_DELAY},
    {"delivered", MEANS_SUCCESS},
    {"spamreport", MEANS_COMPLAINT},
    {"unsubscribe", MEANS_UNSUBSCRIBE},
    {"group_unsubscribe", MEANS_UNSUBSCRIBE},
    {"dropped Unsubscribed Address", MEANS_UNSUBSCRIBE},
    {"dropped Bounced Address", MEANS_BOUNCE},
    {"dropped Spam Reporting Address", MEANS_BOUNCE},
    {"dropped Invalid", MEANS_BOUNCE},
    {"dropped", MEANS_NOTHING}, /* by the account's own quota or settings */
    {"processed", MEANS_NOTHING},
    {"open", MEANS_NOTHING},
    {"click", MEANS_NOTHING},
    {"group_resubscribe", MEANS_NOTHING},
    {"account_status_change", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads and
 * .../user-manual/events/event-structure; lists of bounces:
 * .../api-reference/send/mailgun/bounces */
static const EventType mailgun[] = {
    {"failed permanent suppress-unsubscribe", MEANS_UNSUBSCRIBE},
    {"failed temporary", MEANS_DELAY},
    {"failed", MEANS_BOUNCE},
    {"delivered", MEANS_SUCCESS},
    {"complained", MEANS_COMPLAINT},
    {"unsubscribed", MEANS_UNSUBSCRIBE},
    {"accepted", MEANS_NOTHING},
    {"rejected", MEANS_NOTHING}, /* before it was sent, for its content */
    {"opened", MEANS_NOTHING},
    {"clicked", MEANS_NOTHING},
    {"stored", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* postmarkapp.com/developer/webhooks/bounce-webhook, and delivery-, spam-complaint- and
 * subscription-change-webhook; types of bounces: postmarkapp.com/developer/api/bounce-api */
static const EventType postmark[] = {
    {"Bounce Transient", MEANS_DELAY},
    {"Bounce SpamComplaint", MEANS_COMPLAINT},
    {"Bounce Unsubscribe", MEANS_UNSUBSCRIBE},
    {"Bounce Subscribe", MEANS_NOTHING},
    {"Bounce AutoResponder", MEANS_NOTHING},
    {"Bounce AddressChange", MEANS_NOTHING},
    {"Bounce ChallengeVerification", MEANS_NOTHING},
    {"Bounce OpenRelayTest", MEANS_NOTHING},
    {"Bounce SMTPApiError", MEANS_NOTHING}, /* these are the sender's own */
    {"Bounce InboundError", MEANS_NOTHING},
    {"Bounce TemplateRenderingFailed", MEANS_NOTHING},
    {"Bounce", MEANS_BOUNCE},
    {"SpamComplaint", MEANS_COMPLAINT},
    {"Delivery", MEANS_SUCCESS},
    {"SubscriptionChange true ManualSuppression", MEANS_UNSUBSCRIBE},
    {"SubscriptionChange", MEANS_NOTHING}, /* follows a bounce or a complaint, or lifts one */
    {"Open", MEANS_NOTHING},
    {"Click", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* developers.sparkpost.com/api/webhooks and developers.sparkpost.com/api/events; classes of
 * bounces: support.sparkpost.com/docs/deliverability/bounce-classification-codes */
static const EventType sparkpost[] = {
    {"out_of_band 60", MEANS_NOTHING}, /* an automatic reply */
    {"out_of_band 80", MEANS_NOTHING},
    {"out_of_band 90", MEANS_UNSUBSCRIBE},
    {"out_of_band 100", MEANS_NOTHING},
    {"bounce 90", MEANS_UNSUBSCRIBE},
    {"bounce", MEANS_BOUNCE},
    {"out_of_band", MEANS_BOUNCE},
    {"policy_rejection", MEANS_BOUNCE},
    {"delay", MEANS_DELAY},
    {"delivery", MEANS_SUCCESS},
    {"spam_complaint", MEANS_COMPLAINT},
    {"list_unsubscribe", MEANS_UNSUBSCRIBE},
    {"link_unsubscribe", MEANS_UNSUBSCRIBE},
    {"injection", MEANS_NOTHING},
    {"generation_failure", MEANS_NOTHING}, /* faults of the template */
    {"generation_rejection", MEANS_NOTHING},
    {"sms_status", MEANS_NOTHING},
    {"open", MEANS_NOTHING},
    {"initial_open", MEANS_NOTHING},
    {"click", MEANS_NOTHING},
    {"amp_open", MEANS_NOTHING},
    {"amp_initial_open", MEANS_NOTHING},
    {"amp_click", MEANS_NOTHING},
    {"ab_test", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* developers.brevo.com/docs/transactional-webhooks and marketing-webhooks; exports have other names
 * for the same: developers.brevo.com/docs/bulk-fetch-all-your-transactional-activity */
static const EventType brevo[] = {
    {"hard_bounce", MEANS_BOUNCE},
    {"hardBounces", MEANS_BOUNCE},
    {"soft_bounce", MEANS_BOUNCE},
    {"softBounces", MEANS_BOUNCE},
    {"bounces", MEANS_BOUNCE},
    {"invalid_email", MEANS_BOUNCE},
    {"invalid", MEANS_BOUNCE},
    {"blocked", MEANS_BOUNCE},
    {"deferred", MEANS_DELAY},
    {"delivered", MEANS_SUCCESS},
    {"spam", MEANS_COMPLAINT},
    {"unsubscribe", MEANS_UNSUBSCRIBE},
    {"unsubscribed", MEANS_UNSUBSCRIBE},
    {"request", MEANS_NOTHING},
    {"requests", MEANS_NOTHING},
    {"opened", MEANS_NOTHING},
    {"unique_opened", MEANS_NOTHING},
    {"proxy_open", MEANS_NOTHING},
    {"unique_proxy_open", MEANS_NOTHING},
    {"loadedByProxy", MEANS_NOTHING},
    {"click", MEANS_NOTHING},
    {"clicks", MEANS_NOTHING},
    {"error", MEANS_NOTHING}, /* before it was sent */
    {"list_addition", MEANS_NOTHING},
    {"contact_updated", MEANS_NOTHING},
    {"contact_deleted", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* dev.mailjet.com/email/guides/webhooks/ */
static const EventType mailjet[] = {
    {"bounce", MEANS_BOUNCE},  {"blocked duplicate in campaign", MEANS_NOTHING},
    {"blocked", MEANS_BOUNCE}, {"sent", MEANS_SUCCESS},
    {"spam", MEANS_COMPLAINT}, {"unsub", MEANS_UNSUBSCRIBE},
    {"open", MEANS_NOTHING},   {"click", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* mailchimp.com/developer/transactional/docs/webhooks/; export of the activity:
 * mailchimp.com/developer/transactional/api/exports/export-activity-history/ */
static const EventType mailchimp[] = {
    {"hard_bounce", MEANS_BOUNCE},
    {"hard-bounced", MEANS_BOUNCE},
    {"bounced", MEANS_BOUNCE},
    {"soft_bounce", MEANS_BOUNCE},
    {"soft-bounced", MEANS_BOUNCE},
    {"deferral", MEANS_DELAY},
    {"deferred", MEANS_DELAY},
    {"delivered", MEANS_SUCCESS},
    {"spam", MEANS_COMPLAINT},
    {"unsub", MEANS_UNSUBSCRIBE},
    {"reject hard-bounce", MEANS_BOUNCE},
    {"reject soft-bounce", MEANS_BOUNCE},
    {"reject spam", MEANS_BOUNCE},
    {"reject unsub", MEANS_UNSUBSCRIBE},
    {"reject", MEANS_NOTHING}, /* the account's own rules */
    {"rejected", MEANS_NOTHING},
    {"send", MEANS_NOTHING},
    {"sent", MEANS_NOTHING},
    {"queued", MEANS_NOTHING},
    {"open", MEANS_NOTHING},
    {"click", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* learn.microsoft.com/azure/event-grid/communication-services-email-events */
static const EventType azure[] = {
    {"Delivered", MEANS_SUCCESS}, {"Expanded", MEANS_SUCCESS},   {"Bounced", MEANS_BOUNCE},
    {"Suppressed", MEANS_BOUNCE}, {"Quarantined", MEANS_BOUNCE}, {"FilteredSpam", MEANS_BOUNCE},
    {"Failed", MEANS_BOUNCE},     {"view", MEANS_NOTHING},       {"click", MEANS_NOTHING},
    {NULL, MEANS_OTHER},
};

/* A mark may be found in the events of services further down. */
const Service service_table[] = {
    {
        .name = "azure",
        .title = "Azure Communication Services",
        .mark = "data.deliveryAttemptTimeStamp|data.deliveryAttemptTimestamp"
                "|data.userActionTimeStamp",
        .type = "data.status|data.engagementType",
        .id = "id",
        .address = "data.recipient",
        .reply = "data.deliveryStatusDetails.statusMessage",
        .words = "data.status",
        .host = "data.deliveryStatusDetails.recipientMailServerHostName",
        .time = "data.deliveryAttemptTimeStamp|data.deliveryAttemptTimestamp|eventTime|time",
        .message_id = "data.internetMessageId",
        .types = azure,
    },
    {
        .name = "ses",
        .title = "Amazon SES",
        .mark = "notificationType|eventType|SubscribeURL",
        .type = "Type|notificationType|eventType", /* SNS's own first: it signs nothing beside it */
        .id = "bounce.feedbackId|complaint.feedbackId|mail.messageId"
              "+delivery.timestamp|deliveryDelay.timestamp|subscription.timestamp",
        .recipients = "bounce.bouncedRecipients|complaint.complainedRecipients"
                      "|deliveryDelay.delayedRecipients|delivery.recipients|mail.destination",
        .address = "emailAddress",
        .reply = "diagnosticCode|delivery.smtpResponse",
        .status = "status",
        .words = "bounce.bounceType+bounce.bounceSubType+deliveryDelay.delayType",
        .reporter = "bounce.reportingMTA|delivery.reportingMTA|deliveryDelay.reportingMTA",
        .time = "bounce.timestamp|complaint.timestamp|delivery.timestamp|deliveryDelay.timestamp"
                "|subscription.timestamp|mail.timestamp",
        .message_id = "mail.commonHeaders.messageId",
        .subject = "mail.commonHeaders.subject",
        .types = ses,
    },
    {
        .name = "sendgrid",
        .title = "SendGrid",
        .mark = "sg_event_id",
        .type = "event+reason",
        .id = "sg_event_id",
        .address = "email",
        .reply = "reason|response",
        .status = "status",
        .words = "event+type",
        .time = "timestamp|created",
        .message_id = "smtp-id",
        .fallback = "bounce",
        .types = sendgrid,
    },
    {
        .name = "mailgun",
        .title = "Mailgun",
        .mark = "log-level",
        .type = "event+severity+reason",
        .id = "id",
        .signature = "signature.timestamp+signature.token+signature.signature",
        .address = "recipient|address",
        .reply = "delivery-status.message|delivery-status.description|error",
        .code = "delivery-status.code|code",
        .status = "delivery-status.enhanced-code",
        .words = "event+severity+reason",
        .host = "delivery-status.mx-host",
        .time = "timestamp|created_at",
        .message_id = "message.headers.message-id",
        .subject = "message.headers.subject",
        .fallback = "failed permanent",
        .types = mailgun,
    },
    {
        .name = "postmark",
        .title = "Postmark",
        .mark = "RecordType",
        .type = "RecordType+Type|SuppressSending+SuppressionReason",
        .id = "ID|MessageID+Recipient+DeliveredAt|ChangedAt",
        .address = "Email|Recipient",
        .reply = "Details",
        .words = "Type",
        .time = "BouncedAt|DeliveredAt|ChangedAt",
        .subject = "Subject",
        .fallback = "Bounce",
        .types = postmark,
    },
    {
        .name = "sparkpost",
        .title = "SparkPost",
        .mark = "transmission_id|delv_method|customer_id",
        .type = "type+bounce_class",
        .id = "event_id",
        .address = "raw_rcpt_to|rcpt_to",
        .reply = "raw_reason|reason",
        .code = "error_code",
        .words = "type",
        .time = "timestamp",
        .subject = "subject",
        .types = sparkpost,
    },
    {
        .name = "mailjet",
        .title = "Mailjet",
        .mark = "MessageID|mj_campaign_id|mj_contact_id",
        .type = "event+error",
        .id = "Message_GUID|MessageID+email+time",
        .address = "email",
        .reply = "comment|smtp_reply",
        .words = "event+error",
        .time = "time",
        .types = mailjet,
    },
    {
        .name = "brevo",
        .title = "Brevo",
        .mark = "message-id|messageId",
        .type = "event",
        .id = "message-id|messageId+email+ts_epoch|ts_event|date",
        .address = "email",
        .reply = "reason",
        .words = "event",
        .time = "ts_epoch|ts_event|ts|date",
        .message_id = "message-id|messageId",
        .subject = "subject",
        .types = brevo,
    },
    {
        .name = "mailchimp-transactional",
        .title = "Mailchimp Transactional",
        .mark = "msg._id|msg.email|Bounce Detail",
        .type = "event|Status+msg.reject.reason|reject.reason",
        .id = "_id+ts",
        .address = "msg.email|Email",
        .reply = "msg.diag|Bounce Detail",
        .words = "event|Status+msg.bounce_description+msg.reject.reason|reject.reason",
        .time = "ts|Date",
        .subject = "msg.subject|Subject",
        .types = mailchimp,
    },
    {.name = NULL},
};

const Service *
service_find(const char *name)
{
  for (const Service *service = service_table; service->name != NULL; service++)
    if (strcmp(service->name, name) == 0)
      return service;
  return NULL;
}

bool
service_marks(const Service *service, const Event *event)
{
  g_autofree char *mark = event_get(event, service->mark);
  return mark != NULL;
}

const Service *
service_of(const Event *event)
{
  for (const Service *service = service_table; service->name != NULL; service++)
    if (service_marks(service, event))
      return service;
  return NULL;
}

Meaning
service_meaning(const Service *service, const char *type)
{
  for (const EventType *known = service->types; known->type != NULL; known++) {
    size_t n = strlen(known->type);
    if (strncmp(type, known->type, n) == 0 && (type[n] == '\0' || type[n] == ' '))
      return known->meaning;
  }
  return MEANS_OTHER;
}
