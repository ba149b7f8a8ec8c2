/* Reasons, classes and parties: the vocabulary of a verdict, as tables.
 *
 * A failure has exactly one reason. Its class follows from the reason and from whether the receiver
 * answered with 5xx, 4xx or nothing. The party is whoever has to act. */
#pragma once

#include <stdbool.h>

typedef enum {
  CLASS_NONE, /* no failure: delivered, relayed, expanded */
  CLASS_PERMANENT,
  CLASS_TRANSIENT,
  CLASS_POLICY,
  CLASS_SPF,
  CLASS_QUOTA,
  CLASS_AUTH,
  N_CLASSES
} Class;

typedef enum {
  PARTY_NONE,
  PARTY_RECIPIENT, /* the address itself */
  PARTY_SENDER,    /* whoever sent the message */
  PARTY_MESSAGE,   /* this one message */
  PARTY_RECEIVER,  /* the receiving system, or the network */
  PARTY_UNKNOWN,
  N_PARTIES
} Party;

typedef enum {
  REASON_NONE,
  REASON_USER_UNKNOWN,
  REASON_HOST_UNKNOWN,
  REASON_MAILBOX_DISABLED,
  REASON_MOVED,
  REASON_NOT_ACCEPTING,
  REASON_SUPPRESSED,
  REASON_MAILBOX_FULL,
  REASON_FILTERED,
  REASON_SENDER_REJECTED,
  REASON_BLOCKED,
  REASON_BAD_REPUTATION,
  REASON_RATE_LIMITED,
  REASON_SENDING_LIMIT,
  REASON_POLICY_VIOLATION,
  REASON_RELAY_DENIED,
  REASON_TLS_FAILED,
  REASON_SYNTAX_ERROR,
  REASON_SPAM,
  REASON_VIRUS,
  REASON_CONTENT_REJECTED,
  REASON_MESSAGE_TOO_LARGE,
  REASON_NOT_RFC_COMPLIANT,
  REASON_SPF,
  REASON_DKIM,
  REASON_DMARC,
  REASON_AUTH_FAILED,
  REASON_SMTP_AUTH,
  REASON_NO_PTR,
  REASON_NETWORK_ERROR,
  REASON_EXPIRED,
  REASON_SYSTEM_ERROR,
  REASON_SYSTEM_FULL,
  REASON_MAILER_ERROR,
  REASON_UNDEFINED,
  N_REASONS
} Reason;

typedef struct {
  const char *name;
  Party party;
  Class on_5xx, on_4xx, on_none;
  int suppress_days; /* failures on this many different days suppress; 0 = never */
  int suppress_span; /* and at least this many days between the first and the last */
  const char *meaning;
} ReasonInfo;

/* Never NULL. REASON_NONE and values out of range give the entry of REASON_NONE (name ""). */
const ReasonInfo *reason_info(Reason reason);

/* severity: 5, 4, or 0 if the receiver said nothing. */
Class reason_class(Reason reason, int severity);

/* Names as in the database and in JSON. The *_name functions return "" for the NONE values. The
 * *_from_name functions return false for an unknown name and leave *out unchanged. */
const char *class_name(Class klass);
const char *party_name(Party party);
const char *reason_name(Reason reason);
bool class_from_name(const char *name, Class *out);
bool reason_from_name(const char *name, Reason *out);
