/* The vocabulary: what a message says (Report) about each recipient (Recipient), and what we
 * conclude (Verdict). Plain structs that depend on neither the MIME library nor the database.
 *
 * A struct owns its strings and arrays; NULL means that the message does not say. All strings are
 * valid UTF-8 without control characters, within the BOUNCE_*_MAX limits below. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/status.h"
#include "mail/taxonomy.h"

enum {
  BOUNCE_ADDRESS_MAX = 320,     /* octets: 64 + 1 + 255, RFC 5321 4.5.3.1 */
  BOUNCE_DIAGNOSTIC_MAX = 2048, /* octets */
  BOUNCE_NOTICE_MAX = 4096,    /* octets: all of a short notice, even at three octets a character */
  BOUNCE_TEXT_MAX = 1024,      /* octets of every other string */
  BOUNCE_SUBSCRIBER_MAX = 255, /* octets */
  BOUNCE_RECIPIENTS_MAX = 10000,
};

typedef enum {
  KIND_BOUNCE,     /* at least one recipient failed */
  KIND_DELAY,      /* still being tried */
  KIND_SUCCESS,    /* delivered, relayed or expanded */
  KIND_COMPLAINT,  /* RFC 5965 feedback report */
  KIND_AUTO_REPLY, /* RFC 3834, vacation */
  KIND_CHALLENGE,  /* "confirm that you are human" */
  KIND_OTHER,      /* not about delivery at all */
  KIND_UNREADABLE, /* the worker gave up on it */
  N_KINDS
} Kind;

/* RFC 3464 2.3.3 */
typedef enum {
  ACTION_NONE,
  ACTION_FAILED,
  ACTION_DELAYED,
  ACTION_DELIVERED,
  ACTION_RELAYED,
  ACTION_EXPANDED,
  N_ACTIONS
} Action;

/* The step of the SMTP dialogue at which the reply was given. */
typedef enum {
  STAGE_NONE,
  STAGE_CONNECT, /* greeting, or no connection */
  STAGE_EHLO,    /* EHLO, STARTTLS, AUTH */
  STAGE_MAIL,
  STAGE_RCPT,
  STAGE_DATA,
  STAGE_EOM, /* after the final dot */
  N_STAGES
} Stage;

/* Whether a report answers something that we sent, as far as that is proved: by a token in its
 * return path (verp.h), or by a record of what was sent. The last two are proofs: the store calls
 * both of them verified. */
typedef enum {
  TRUST_UNSIGNED, /* not known */
  TRUST_SENT,     /* mail was sent to the address recently */
  TRUST_BAD_TAG,  /* the return path was signed by, or for, somebody else */
  TRUST_EXPIRED,  /* signed by us, but too long ago */
  TRUST_MATCHED,  /* it returns the Message-ID of a message that was sent to the address */
  TRUST_VERIFIED, /* signed by us, for this recipient */
  N_TRUSTS
} Trust;

/* What happened to the message on its way in: a bit mask, stored with the message. */
typedef enum {
  NOTE_WINDOW_CUT = 1 << 0,     /* longer than the window that is parsed */
  NOTE_HEADER_CUT = 1 << 1,     /* a header block or a field exceeded its limit */
  NOTE_PARTS_CUT = 1 << 2,      /* too many parts, boundary lines or levels */
  NOTE_RECIPIENTS_CUT = 1 << 3, /* more recipients than we store */
  NOTE_NUL = 1 << 4,            /* NUL bytes were replaced */
  NOTE_NO_HEADER = 1 << 5,      /* no header block: everything was read as the body */
  NOTE_WORKER_DIED = 1 << 6,
  NOTE_WORKER_LATE = 1 << 7,       /* it used up its CPU time */
  NOTE_WORKER_LIED = 1 << 8,       /* its answer failed validation */
  NOTE_MAILBOX = 1 << 9,           /* an mbox with several messages, which was not read */
  NOTE_WORKER_FORBIDDEN = 1 << 10, /* it made a system call that reading a message never takes */
  NOTE_WORKER_STOPPED = 1 << 11,   /* from outside: killed, or not done in time. Not the message's
                                    * doing, so this alone is not a reason to give up on it */
  NOTE_NO_DELIVERY = 1 << 12,      /* a sending service's event that tells nothing about one: it is
                                    * not recorded */
  NOTES_OF_PARENT = NOTE_WORKER_DIED | NOTE_WORKER_LATE | NOTE_WORKER_LIED | NOTE_MAILBOX |
                    NOTE_WORKER_FORBIDDEN | NOTE_WORKER_STOPPED,
  NOTES_ALL = (1 << 13) - 1
} Note;

typedef struct {
  Reason reason; /* REASON_NONE: no failure, nothing to judge */
  Class klass;
  char *provider; /* id of the provider that was recognised */
  char *rule;     /* id of the rule that decided */
  char *matched;  /* the words or the code that decided */
  char *masked;   /* if the reason is undefined: what was said, from mask(); or NULL */
} Verdict;

typedef struct {
  char *recipient;          /* the address that the sender's list knows */
  char *final_recipient;    /* RFC 3464 2.3.2 */
  char *original_recipient; /* RFC 3464 2.3.1 */
  Action action;
  Status status;  /* from the Status field, or else from the reply */
  int reply_code; /* 200..599 of the innermost reply; 0 = none */
  Stage stage;
  char *diagnostic; /* Diagnostic-Code without its type, or the reply as the text quotes it */
  char *notice;     /* what the reporting system itself says about this recipient */
  char *remote_mta; /* host name or address, without "dns;" */
  char *sender;     /* those of the sender's addresses that the report names in what it says about
                     * the recipient, separated by blanks */
  Verdict verdict;
  Trust trust;
} Recipient;

typedef struct {
  Kind kind;
  char *reader; /* name of the reader that understood it */
  char *reporting_mta;
  char *report_message_id;
  char *original_message_id;
  char *envelope_id; /* Original-Envelope-Id */
  char *list_id;
  char *feedback_id;
  char *subscriber;      /* id in a field that [verp] subscriber-header names */
  char *subject;         /* of the returned message */
  char *return_path;     /* of the message complained about: Original-Mail-From, RFC 5965 3.2 */
  char *author;          /* who wrote what is not a report: From */
  char *senders;         /* who sent the returned message: addresses separated by blanks. Only for
                          * judging: the worker does not pass it on */
  char *event;           /* what identifies a sending service's event, however often it is sent */
  char *signature;       /* of an event, as its service puts it into the body: what was signed, and
                          * the signature, with blanks between them. It is not stored */
  gint64 reported_at;    /* Date of the report, Unix seconds; 0 = none */
  gint64 sent_at;        /* Date of the returned message, or when the reporting MTA took it over
                          * (RFC 3464 2.2.5); 0 = not known. Both are a stranger's word */
  unsigned notes;        /* of Note */
  GPtrArray *recipients; /* (element-type Recipient) owned; never NULL */
  Recipient *nameless;   /* what a bounce says that names no recipient; NULL otherwise */
  Trust trust;
} Report;

Report *report_new(void);
void report_free(Report *report);

/* Appends an empty recipient. Returns NULL and sets NOTE_RECIPIENTS_CUT when there are
 * BOUNCE_RECIPIENTS_MAX. (transfer none) (nullable) */
Recipient *report_add_recipient(Report *report);
Recipient *report_recipient(const Report *report, guint index);

/* Sets *field to text made fit for storage: cut at max octets on a character boundary, invalid
 * UTF-8 and control characters replaced, outer blanks removed; NULL if nothing is left. Frees the
 * old value. text may be NULL. */
void bounce_set(char **field, const char *text, size_t max);

/* Whether text (valid UTF-8) contains control characters: C0, DEL or C1. */
bool bounce_has_controls(const char *text);

void recipient_free(Recipient *recipient);
void verdict_clear(Verdict *verdict);

/* Makes what a bounce says without naming anybody a recipient with that address. NULL if there is
 * no such thing. (transfer none) (nullable) */
Recipient *report_name_recipient(Report *report, const char *address);

const char *kind_name(Kind kind);
const char *action_name(Action action); /* "" for ACTION_NONE */
const char *stage_name(Stage stage);    /* "" for STAGE_NONE */
const char *trust_name(Trust trust);
bool action_from_name(const char *name, Action *out);
bool stage_from_name(const char *name, Stage *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipient, recipient_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verdict, verdict_clear)
