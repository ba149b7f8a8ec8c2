#include "config.h"

#include "intake/webhook.h"

#include <string.h>

#include "base/safe-file.h"
#include "intake/ecdsa.h"

enum { KEY_MAX = 4096, SKEW = 300 /* seconds that a clock may be ahead */ };

bool
webhook_is_on(const WebhookKeys *keys)
{
  return keys->login != NULL || keys->mailgun_key != NULL || keys->sendgrid_key != NULL;
}

/* --- secrets and times -------------------------------------------------------------------------*/

/* A secret, without the line end; to be freed with free_secret(). */
static char *
read_secret(const char *path, GError **error)
{
  gsize length;
  char *text =
      safe_read(path, SAFE_OURS | SAFE_PRIVATE, KEY_MAX, &length, BOUNCEDB_ERROR_CONFIG, error);
  if (text == NULL)
    return NULL;
  g_strchomp(text);
  if (*text != '\0')
    return text;
  g_free(text);
  throw(error, BOUNCEDB_ERROR_CONFIG, "%s: is empty", path);
  return NULL;
}

static void
free_secret(char *secret)
{
  if (secret != NULL)
    explicit_bzero(secret, strlen(secret));
  g_free(secret);
}

static char *
read_public(const char *path, GError **error)
{
  gsize length;
  return safe_read(path, SAFE_CONFIGURATION, KEY_MAX, &length, BOUNCEDB_ERROR_CONFIG, error);
}

bool
webhook_try_keys(const WebhookKeys *keys, GError **error)
{
  const char *const secrets[] = {keys->login, keys->mailgun_key};
  for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++) {
    char *secret = secrets[i] != NULL ? read_secret(secrets[i], error) : NULL;
    bool ok = secret != NULL || secrets[i] == NULL;
    free_secret(secret);
    if (!ok)
      return false;
  }
  g_autofree char *public =
      keys->sendgrid_key != NULL ? read_public(keys->sendgrid_key, error) : NULL;
  return public != NULL || keys->sendgrid_key == NULL;
}

/* In a time that depends only on the length of what is not secret. */
static bool
is_equal(const char *given, const char *secret)
{
  size_t length = strlen(given), size = strlen(secret);
  unsigned char difference = length != size;
  for (size_t i = 0; i < length; i++)
    difference |= (unsigned char)(given[i] ^ secret[size > 0 ? i % size : 0]);
  return difference == 0;
}

/* text: Unix seconds. within: hours */
static bool
is_recent(const char *text, gint64 within, gint64 now)
{
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 12 || text[digits] != '\0')
    return false;
  gint64 at = g_ascii_strtoll(text, NULL, 10);
  return at >= now - within * 3600 && at <= now + SKEW;
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
  free_secret(encoded);
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

static bool
check_login(const WebhookKeys *keys, bool *good, GError **error)
{
  const char *field = g_getenv("HTTP_AUTHORIZATION");
  *good = false;
  if (keys->login == NULL || field == NULL)
    return true;
  char *secret = read_secret(keys->login, error);
  if (secret == NULL)
    return false;
  char *expected = expected_login(secret), *given = given_login(field);
  *good = is_equal(given, expected);
  free_secret(secret);
  free_secret(expected);
  free_secret(given);
  return true;
}

/* --- SendGrid ----------------------------------------------------------------------------------*/

static GBytes *
decode(const char *text)
{
  gsize length;
  guchar *octets = g_base64_decode(text, &length);
  return g_bytes_new_take(octets, length);
}

/* The key is public, but whoever can change it can forge. */
static bool
verify(const char *path, const char *timestamp, const char *signature, const char *body,
       size_t length, bool *good, GError **error)
{
  g_autofree char *text = read_public(path, error);
  if (text == NULL)
    return false;
  GString *signed_text = g_string_new(timestamp);
  g_string_append_len(signed_text, body, (gssize)length);
  g_autoptr(GBytes) key = decode(text), proof = decode(signature);
  g_autoptr(GBytes) data = g_string_free_to_bytes(signed_text);
  if (ecdsa_check(key, data, proof, good, error))
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
      !is_recent(timestamp, keys->within, now))
    return true;
  return verify(keys->sendgrid_key, timestamp, signature, body, length, good, error);
}

bool
webhook_check_body(const WebhookKeys *keys, const char *body, size_t length, gint64 now,
                   WebhookProof *out, GError **error)
{
  return check_login(keys, &out->login, error) &&
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
  if (keys->mailgun_key == NULL || g_strv_length(parts) != 3 ||
      !is_recent(parts[0], keys->within, now))
    return true;
  char *key = read_secret(keys->mailgun_key, error);
  if (key == NULL)
    return false;
  g_autofree char *text = g_strconcat(parts[0], parts[1], NULL);
  char *expected =
      g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key), text, -1);
  g_autofree char *given = g_ascii_strdown(parts[2], -1);
  *good = is_equal(given, expected);
  free_secret(expected);
  free_secret(key);
  return true;
}

bool
webhook_check_event(const WebhookKeys *keys, const WebhookProof *proof, const Report *report,
                    gint64 now, GError **error)
{
  const char *service = report->reader != NULL ? report->reader : "an unknown service";
  bool good = proof->login || (proof->sendgrid && strcmp(service, "sendgrid") == 0);
  if (!good && strcmp(service, "mailgun") == 0 && !check_mailgun(keys, report, now, &good, error))
    return false;
  return good || throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                       "an event of %s has no valid signature or login, so it is refused"
                       " ([events] in bouncedb.conf(5))",
                       service);
}
