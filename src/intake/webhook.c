#include "config.h"

#include "intake/webhook.h"

#include <string.h>

#include "intake/signature.h"
#include "intake/webhook-private.h"

/* --- settings ----------------------------------------------------------------------------------*/

bool
webhook_is_on(const WebhookKeys *keys)
{
  return keys->login != NULL || keys->mailchimp_key != NULL || keys->mailgun_key != NULL ||
         keys->sendgrid_key != NULL || keys->sns_certificate != NULL;
}

static bool
try_secrets(const WebhookKeys *keys, GError **error)
{
  const char *const secrets[] = {keys->login, keys->mailchimp_key, keys->mailgun_key};
  for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++) {
    char *secret = secrets[i] != NULL ? webhook_read_secret(secrets[i], error) : NULL;
    bool ok = secret != NULL || secrets[i] == NULL;
    webhook_free_secret(secret);
    if (!ok)
      return false;
  }
  return true;
}

static bool
try_sendgrid(const WebhookKeys *keys, GError **error)
{
  g_autofree char *public = webhook_read_public(keys->sendgrid_key, error);
  return public != NULL;
}

bool
webhook_try_keys(const WebhookKeys *keys, gint64 now, GError **error)
{
  if (keys->mailchimp_key != NULL && keys->mailchimp_url == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "mailchimp-key proves nothing without mailchimp-url");
  return try_secrets(keys, error) && (keys->sendgrid_key == NULL || try_sendgrid(keys, error)) &&
         (keys->sns_certificate == NULL || webhook_try_sns(keys, now, error));
}

/* text: Unix seconds */
static bool
is_recent(const WebhookKeys *keys, const char *text, gint64 now)
{
  size_t digits = strspn(text, "0123456789");
  return digits > 0 && digits <= 12 && text[digits] == '\0' &&
         webhook_is_recent(keys, g_ascii_strtoll(text, NULL, 10), now);
}

/* --- login -------------------------------------------------------------------------------------*/

/* A name and a password come as "Basic BASE64", a token as "Bearer TOKEN" (RFC 7617, RFC 6750). */
static char *
expected_login(const char *secret)
{
  if (strchr(secret, ':') == NULL)
    return g_strconcat("bearer ", secret, NULL);
  char *encoded = g_base64_encode((const guchar *)secret, strlen(secret));
  char *login = g_strconcat("basic ", encoded, NULL);
  webhook_free_secret(encoded);
  return login;
}

/* The name of the scheme is without case. (transfer full) */
static char *
given_login(const char *field)
{
  size_t length = strcspn(field, " ");
  g_autofree char *scheme = g_ascii_strdown(field, (gssize)length);
  return g_strconcat(scheme, field + length, NULL);
}

/* A token may also be part of the address, for services that send no field of their own. */
static bool
is_login(const char *secret)
{
  const char *field = g_getenv("HTTP_AUTHORIZATION"), *query = g_getenv("QUERY_STRING");
  if (field == NULL)
    return query != NULL && strchr(secret, ':') == NULL && webhook_has_token(query, secret);
  char *expected = expected_login(secret), *given = given_login(field);
  bool good = webhook_is_equal(given, expected);
  webhook_free_secret(expected);
  webhook_free_secret(given);
  return good;
}

static bool
check_login(const WebhookKeys *keys, bool *good, GError **error)
{
  *good = false;
  if (keys->login == NULL)
    return true;
  char *secret = webhook_read_secret(keys->login, error);
  if (secret == NULL)
    return false;
  *good = is_login(secret);
  webhook_free_secret(secret);
  return true;
}

/* --- SendGrid ----------------------------------------------------------------------------------*/

GBytes *
webhook_decode(const char *base64)
{
  gsize length;
  guchar *octets = g_base64_decode(base64, &length);
  return g_bytes_new_take(octets, length);
}

/* The key is public, but whoever can change it can forge. */
static bool
verify(const char *path, const char *timestamp, const char *signature, const char *body,
       size_t length, bool *good, GError **error)
{
  g_autofree char *text = webhook_read_public(path, error);
  if (text == NULL)
    return false;
  GString *signed_text = g_string_new(timestamp);
  g_string_append_len(signed_text, body, (gssize)length);
  g_autoptr(GBytes) key = webhook_decode(text), proof = webhook_decode(signature);
  g_autoptr(GBytes) data = g_string_free_to_bytes(signed_text);
  if (signature_check_ecdsa(key, data, proof, good, error))
    return true;
  g_prefix_error(error, "%s: ", path);
  return false;
}

static bool
check_sendgrid(const WebhookKeys *keys, const char *body, size_t length, gint64 now, bool *good,
               GError **error)
{
  const char *signature = g_getenv("HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE");
  const char *timestamp = g_getenv("HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP");
  *good = false;
  if (keys->sendgrid_key == NULL || signature == NULL || timestamp == NULL ||
      !is_recent(keys, timestamp, now))
    return true;
  return verify(keys->sendgrid_key, timestamp, signature, body, length, good, error);
}

bool
webhook_check_body(const WebhookKeys *keys, const char *body, size_t length, gint64 now,
                   WebhookProof *out, GError **error)
{
  return check_login(keys, &out->login, error) &&
         webhook_check_mailchimp(keys, body, length, &out->mailchimp, error) &&
         check_sendgrid(keys, body, length, now, &out->sendgrid, error);
}

/* --- Mailgun -----------------------------------------------------------------------------------*/

/* HMAC-SHA256 of timestamp and token, in hexadecimal digits. report->signature has the three, with
 * blanks between them. */
static bool
check_mailgun(const WebhookKeys *keys, const Report *report, gint64 now, bool *good, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(report->signature != NULL ? report->signature : "", " ", 4);
  *good = false;
  if (keys->mailgun_key == NULL || g_strv_length(parts) != 3 || !is_recent(keys, parts[0], now))
    return true;
  char *key = webhook_read_secret(keys->mailgun_key, error);
  if (key == NULL)
    return false;
  g_autofree char *text = g_strconcat(parts[0], parts[1], NULL);
  char *expected =
      g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key), text, -1);
  g_autofree char *given = g_ascii_strdown(parts[2], -1);
  *good = webhook_is_equal(given, expected);
  webhook_free_secret(expected);
  webhook_free_secret(key);
  return true;
}

/* --- all ---------------------------------------------------------------------------------------*/

/* What is proven of a whole body, or of the event itself. *why: what else can be said about one
 * that is not proven; nullable. */
static bool
is_proven(const WebhookKeys *keys, const WebhookProof *proof, const Report *report, gint64 now,
          bool *good, char **why, GError **error)
{
  const char *service = report->reader != NULL ? report->reader : "";
  *good = proof->login || (proof->sendgrid && strcmp(service, "sendgrid") == 0) ||
          (proof->mailchimp && strcmp(service, "mailchimp-transactional") == 0);
  if (!*good && strcmp(service, "mailgun") == 0)
    return check_mailgun(keys, report, now, good, error);
  if (!*good && strcmp(service, "ses") == 0)
    return webhook_check_sns(keys, report, now, good, why, error);
  return true;
}

bool
webhook_check_event(const WebhookKeys *keys, const WebhookProof *proof, const Report *report,
                    gint64 now, GError **error)
{
  bool good;
  g_autofree char *why = NULL;
  const char *service = report->reader != NULL ? report->reader : "an unknown service";
  if (!is_proven(keys, proof, report, now, &good, &why, error))
    return false;
  return good || throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                       "an event of %s has no valid signature or login, so it is refused%s%s"
                       " ([events] in bouncedb.conf(5))",
                       service, why != NULL ? ": " : "", why != NULL ? why : "");
}
