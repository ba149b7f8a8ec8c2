/* What proves that a sending service itself has posted an event: its signature, or a login that
 * only it knows. As soon as one of these is configured, an event without any is refused; otherwise
 * whoever forges events would do so in the name of another service.
 *
 * The fields of the request are in the environment, where a web server puts them for CGI programs
 * (RFC 3875 section 4.1.18). Secrets are read for each check and wiped, so that no worker that is
 * started later has them. */
#pragma once

#include "base/error.h"
#include "mail/bounce.h"

/* How a body is read that has to be checked as a whole. */
enum { WEBHOOK_BODY_MAX = 32 << 20 };

/* All nullable: paths of files, unless it says otherwise. */
typedef struct {
  char *login;           /* "name:password" of basic authentication, or a bearer token */
  char *mailchimp_key;   /* the webhook's key */
  char *mailchimp_url;   /* not a path: the address that Mailchimp posts to */
  char *mailgun_key;     /* the webhook signing key */
  char *sendgrid_key;    /* the verification key, in base64 */
  char *sns_certificate; /* those that Amazon SNS signs with, in PEM */
  char *sns_topic;       /* not a path: the ARN of the topic, or several */
  gint64 within;         /* hours that a signature is good for */
} WebhookKeys;

bool webhook_is_on(const WebhookKeys *keys);

/* Whether the files can be read, as they are for a body, and the settings make sense. now: Unix
 * seconds. */
bool webhook_try_keys(const WebhookKeys *keys, gint64 now, GError **error);

/* What is proven of all events in a body. */
typedef struct {
  bool login;     /* the request had the login */
  bool mailchimp; /* Mailchimp Transactional signed the body */
  bool sendgrid;  /* SendGrid did */
} WebhookProof;

/* Checks what the environment says about the body. A signature that is wrong or too old proves
 * nothing, and is not an error. now: Unix seconds. */
bool webhook_check_body(const WebhookKeys *keys, const char *body, size_t length, gint64 now,
                        WebhookProof *out, GError **error);

/* Whether an event of the body may be recorded; if not, *error (TEMPFAIL) says why. */
bool webhook_check_event(const WebhookKeys *keys, const WebhookProof *proof, const Report *report,
                         gint64 now, GError **error);
