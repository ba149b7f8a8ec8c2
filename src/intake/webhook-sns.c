/* Signatures of Amazon SNS. Anyone with an account there can have it sign anything, so the topic
 * has to be the right one, too:
 * docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
#include "config.h"

#include <string.h>

#include "intake/signature.h"
#include "intake/webhook-private.h"

enum { DIGEST = 32 };

/* In the order in which the worker writes them (readers/sns.h). */
enum { SCHEME, TIME, TOPIC, SUM, SIGNATURE, ADDRESS, N_PARTS };

/* sns-topic has several, with blanks or commas between them. */
static bool
is_topic(const WebhookKeys *keys, const char *topic)
{
  g_auto(GStrv) topics = g_strsplit_set(keys->sns_topic != NULL ? keys->sns_topic : "", " ,", -1);
  return *topic != '\0' && g_strv_contains((const char *const *)topics, topic);
}

/* 0 if it makes no sense. */
static gint64
read_time(const char *text)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
  g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(text, utc);
  return date != NULL ? g_date_time_to_unix(date) : 0;
}

static GBytes *
decode_hex(const char *text)
{
  guint8 octets[DIGEST] = {0};
  bool ok = strlen(text) == 2 * sizeof octets;
  for (size_t i = 0; ok && i < sizeof octets; i++) {
    int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);
    ok = high >= 0 && low >= 0;
    octets[i] = (guint8)((high & 15) * 16 + (low & 15));
  }
  return g_bytes_new(octets, ok ? sizeof octets : 0);
}

/* Whether a certificate at this address is Amazon's: a forged event would name another.
 */
static bool
is_amazon(const char *address)
{
  static const char start[] = "https://sns.", safe[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (!g_str_has_prefix(address, start))
    return false;
  const char *region = address + strlen(start);
  const char *rest = region + strspn(region, safe);
  if (rest == region)
    return false;
  if (g_str_has_prefix(rest, ".amazonaws.com/"))
    rest += strlen(".amazonaws.com/");
  else if (g_str_has_prefix(rest, ".amazonaws.com.cn/"))
    rest += strlen(".amazonaws.com.cn/");
  else
    return false;
  size_t name = 0;
  while (g_ascii_isalnum(rest[name]) || rest[name] == '-' || rest[name] == '_')
    name++;
  return name > 0 && strcmp(rest + name, ".pem") == 0;
}

static char *
tell_certificate(const char *address)
{
  if (!is_amazon(address))
    return g_strdup("a certificate that is not Amazon's");
  return g_strdup_printf("sns-certificate does not have %s", address);
}

static bool
check_parts(const WebhookKeys *keys, char **parts, gint64 now, bool *good, char **why,
            GError **error)
{
  if (strcmp(parts[SCHEME], "2") != 0)
    *why = g_strdup("SignatureVersion is not 2");
  else if (!is_topic(keys, parts[TOPIC]))
    *why = g_strdup("sns-topic does not name its topic");
  else if (!webhook_is_recent(keys, read_time(parts[TIME]), now))
    *why = g_strdup("its time is not recent");
  if (*why != NULL)
    return true;
  g_autofree char *pem = webhook_read_public(keys->sns_certificate, error);
  if (pem == NULL)
    return false;
  g_autoptr(GBytes) certificates = g_bytes_new(pem, strlen(pem));
  g_autoptr(GBytes) digest = decode_hex(parts[SUM]);
  g_autoptr(GBytes) signature = webhook_decode(parts[SIGNATURE]);
  if (!signature_check_certificates(certificates, now, digest, signature, good, error)) {
    g_prefix_error(error, "%s: ", keys->sns_certificate);
    return false;
  }
  *why = *good ? NULL : tell_certificate(parts[ADDRESS]);
  return true;
}

bool
webhook_check_sns(const WebhookKeys *keys, const Report *report, gint64 now, bool *good, char **why,
                  GError **error)
{
  g_auto(GStrv) parts =
      g_strsplit(report->signature != NULL ? report->signature : "", " ", N_PARTS + 1);
  *good = false;
  return keys->sns_certificate == NULL || g_strv_length(parts) != N_PARTS ||
         check_parts(keys, parts, now, good, why, error);
}

bool
webhook_try_sns(const WebhookKeys *keys, gint64 now, GError **error)
{
  gint64 expiry;
  if (keys->sns_topic == NULL || *keys->sns_topic == '\0')
    return throw(error, BOUNCEDB_ERROR_CONFIG, "sns-certificate proves nothing without sns-topic");
  g_autofree char *pem = webhook_read_public(keys->sns_certificate, error);
  if (pem == NULL)
    return false;
  g_autoptr(GBytes) certificates = g_bytes_new(pem, strlen(pem));
  if (!signature_expiry(certificates, &expiry, error)) {
    g_prefix_error(error, "%s: ", keys->sns_certificate);
    return false;
  }
  return expiry > now ||
         throw(error, BOUNCEDB_ERROR_CONFIG, "%s: has expired", keys->sns_certificate);
}
