/* What the checks of several services need. */
#pragma once

#include "intake/webhook.h"

/* A secret, without the line end; to be freed with webhook_free_secret(). */
char *webhook_read_secret(const char *path, GError **error);
void webhook_free_secret(char *secret);

/* A key or a certificate: it is public, but whoever can change it can forge. (transfer full) */
char *webhook_read_public(const char *path, GError **error);

/* The octets that are written as Base64. (transfer full) */
GBytes *webhook_decode(const char *base64);

/* Compares in a time that depends only on the length of what is not secret. */
bool webhook_is_equal(const char *given, const char *secret);

/* Whether what was signed then, in Unix seconds, may still come. */
bool webhook_is_recent(const WebhookKeys *keys, gint64 at, gint64 now);

/* --- services; *good is set in any case --------------------------------------------------------*/

/* The secret that the keys' login wants, as access_token in the query (RFC 6750 section 2.3). */
bool webhook_has_token(const char *query, const char *token);

/* Mailchimp Transactional has signed the body, which is a form. */
bool webhook_check_mailchimp(const WebhookKeys *keys, const char *body, size_t length, bool *good,
                             GError **error);

/* Amazon SNS has signed the event. *why (transfer full) (nullable): what is wrong if it is not
 * *good; NULL before. */
bool webhook_check_sns(const WebhookKeys *keys, const Report *report, gint64 now, bool *good,
                       char **why, GError **error);
/* Whether the settings for it, which are there, make sense. */
bool webhook_try_sns(const WebhookKeys *keys, gint64 now, GError **error);
