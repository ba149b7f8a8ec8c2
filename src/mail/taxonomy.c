#include "config.h"

#include "mail/taxonomy.h"

#include <string.h>

/* One row for each reason. Faults of the sender, of the message, or of a recipient's own filter
 * never suppress (0 days), since they must not cost a subscriber. The schema has the same table,
 * and a test compares the two. */
/* clang-format off */
static const ReasonInfo reasons[N_REASONS] = {
    [REASON_NONE] = {"", PARTY_NONE, CLASS_NONE, CLASS_NONE, CLASS_NONE, 0, 0, ""},
    [REASON_USER_UNKNOWN] = {"user_unknown", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_PERMANENT, 1, 0,
        "no such mailbox"},
    [REASON_HOST_UNKNOWN] = {"host_unknown", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_PERMANENT, 1, 0,
        "the recipient's domain does not exist or has no mail host"},
    [REASON_MAILBOX_DISABLED] = {"mailbox_disabled", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_PERMANENT, 1, 0,
        "the mailbox exists but is disabled, suspended or inactive"},
    [REASON_MOVED] = {"moved", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_PERMANENT, 1, 0,
        "the mailbox has moved, no forwarding"},
    [REASON_NOT_ACCEPTING] = {"not_accepting", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_PERMANENT, 1, 0,
        "the host or domain accepts no mail (null MX, 521, 556)"},
    [REASON_SUPPRESSED] = {"suppressed", PARTY_RECIPIENT, CLASS_PERMANENT, CLASS_PERMANENT, CLASS_PERMANENT, 1, 0,
        "an earlier hop holds the address on its own suppression list"},
    [REASON_MAILBOX_FULL] = {"mailbox_full", PARTY_RECIPIENT, CLASS_QUOTA, CLASS_QUOTA, CLASS_QUOTA, 5, 14,
        "the mailbox is over its quota"},
    [REASON_FILTERED] = {"filtered", PARTY_RECIPIENT, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the recipient's own filter refused it"},
    [REASON_SENDER_REJECTED] = {"sender_rejected", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the envelope sender or From address was refused"},
    [REASON_BLOCKED] = {"blocked", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the sending host is on a block list, or was refused as a host"},
    [REASON_BAD_REPUTATION] = {"bad_reputation", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the sending host or domain has a low reputation"},
    [REASON_RATE_LIMITED] = {"rate_limited", PARTY_SENDER, CLASS_POLICY, CLASS_TRANSIENT, CLASS_TRANSIENT, 0, 0,
        "too much, too fast, too many connections"},
    [REASON_SENDING_LIMIT] = {"sending_limit", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "over a limit on recipients or on messages for the account"},
    [REASON_POLICY_VIOLATION] = {"policy_violation", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "refused by a policy that names no finer cause"},
    [REASON_RELAY_DENIED] = {"relay_denied", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the receiver does not relay for this recipient"},
    [REASON_TLS_FAILED] = {"tls_failed", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "encryption was needed and could not be had"},
    [REASON_SYNTAX_ERROR] = {"syntax_error", PARTY_SENDER, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "an SMTP command was refused as malformed"},
    [REASON_SPAM] = {"spam", PARTY_MESSAGE, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the content was judged to be spam"},
    [REASON_VIRUS] = {"virus", PARTY_MESSAGE, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the content was judged to carry malware"},
    [REASON_CONTENT_REJECTED] = {"content_rejected", PARTY_MESSAGE, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the content or an attachment was refused"},
    [REASON_MESSAGE_TOO_LARGE] = {"message_too_large", PARTY_MESSAGE, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "over the receiver's size limit"},
    [REASON_NOT_RFC_COMPLIANT] = {"not_rfc_compliant", PARTY_MESSAGE, CLASS_POLICY, CLASS_POLICY, CLASS_POLICY, 0, 0,
        "the message breaks RFC 5322 (no From, two Subjects, bare LF)"},
    [REASON_SPF] = {"spf", PARTY_SENDER, CLASS_SPF, CLASS_SPF, CLASS_SPF, 0, 0,
        "SPF failed"},
    [REASON_DKIM] = {"dkim", PARTY_SENDER, CLASS_AUTH, CLASS_AUTH, CLASS_AUTH, 0, 0,
        "DKIM failed"},
    [REASON_DMARC] = {"dmarc", PARTY_SENDER, CLASS_AUTH, CLASS_AUTH, CLASS_AUTH, 0, 0,
        "DMARC failed"},
    [REASON_AUTH_FAILED] = {"auth_failed", PARTY_SENDER, CLASS_AUTH, CLASS_AUTH, CLASS_AUTH, 0, 0,
        "several mechanisms of mail authentication failed, or an unnamed one"},
    [REASON_SMTP_AUTH] = {"smtp_auth", PARTY_SENDER, CLASS_AUTH, CLASS_AUTH, CLASS_AUTH, 0, 0,
        "SMTP AUTH is missing or failed, or the account may not send"},
    [REASON_NO_PTR] = {"no_ptr", PARTY_SENDER, CLASS_AUTH, CLASS_AUTH, CLASS_AUTH, 0, 0,
        "the sending host has no matching reverse DNS"},
    [REASON_NETWORK_ERROR] = {"network_error", PARTY_RECEIVER, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 10, 30,
        "no connection, no route, DNS trouble, loop"},
    [REASON_EXPIRED] = {"expired", PARTY_RECEIVER, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 10, 30,
        "given up after retrying"},
    [REASON_SYSTEM_ERROR] = {"system_error", PARTY_RECEIVER, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 10, 30,
        "the receiving system had a fault"},
    [REASON_SYSTEM_FULL] = {"system_full", PARTY_RECEIVER, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 10, 30,
        "the receiving system's disk is full"},
    [REASON_MAILER_ERROR] = {"mailer_error", PARTY_RECEIVER, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 10, 30,
        "the program that should have delivered it failed"},
    [REASON_UNDEFINED] = {"undefined", PARTY_UNKNOWN, CLASS_PERMANENT, CLASS_TRANSIENT, CLASS_TRANSIENT, 3, 0,
        "nothing in the bounce tells the cause"},
};
/* clang-format on */

static const char *const class_names[N_CLASSES] = {
    [CLASS_NONE] = "",
    [CLASS_PERMANENT] = "permanent",
    [CLASS_TRANSIENT] = "transient",
    [CLASS_POLICY] = "policy",
    [CLASS_SPF] = "spf",
    [CLASS_QUOTA] = "quota",
    [CLASS_AUTH] = "auth",
};

static const char *const party_names[N_PARTIES] = {
    [PARTY_NONE] = "",           [PARTY_RECIPIENT] = "recipient", [PARTY_SENDER] = "sender",
    [PARTY_MESSAGE] = "message", [PARTY_RECEIVER] = "receiver",   [PARTY_UNKNOWN] = "unknown",
};

const ReasonInfo *
reason_info(Reason reason)
{
  return &reasons[(unsigned)reason < N_REASONS ? reason : REASON_NONE];
}

Class
reason_class(Reason reason, int severity)
{
  const ReasonInfo *info = reason_info(reason);
  return severity == 5 ? info->on_5xx : severity == 4 ? info->on_4xx : info->on_none;
}

const char *
class_name(Class klass)
{
  return (unsigned)klass < N_CLASSES ? class_names[klass] : "";
}

const char *
party_name(Party party)
{
  return (unsigned)party < N_PARTIES ? party_names[party] : "";
}

const char *
reason_name(Reason reason)
{
  return reason_info(reason)->name;
}

bool
class_from_name(const char *name, Class *out)
{
  for (int i = CLASS_NONE + 1; i < N_CLASSES; i++)
    if (strcmp(name, class_names[i]) == 0) {
      *out = (Class)i;
      return true;
    }
  return false;
}

bool
reason_from_name(const char *name, Reason *out)
{
  for (int i = REASON_NONE + 1; i < N_REASONS; i++)
    if (strcmp(name, reasons[i].name) == 0) {
      *out = (Reason)i;
      return true;
    }
  return false;
}
