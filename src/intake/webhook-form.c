/* Forms (application/x-www-form-urlencoded), as the query of an address and as a body. What
 * Mailchimp Transactional signs are the values of one:
 * mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/ */
#include "config.h"

#include <string.h>

#include "intake/webhook-private.h"

enum { FIELDS_MAX = 16 };

typedef struct {
  GString *name, *value;
} Field;

static void
free_field(gpointer data)
{
  Field *field = data;
  g_string_free(field->name, TRUE);
  g_string_free(field->value, TRUE);
  g_free(field);
}

/* "+" is a blank, and "%7B" an octet. (transfer full) */
static GString *
decode(const char *text, size_t length)
{
  GString *out = g_string_sized_new(length);
  for (size_t i = 0; i < length; i++) {
    int high = -1, low = -1;
    if (text[i] == '%' && i + 2 < length) {
      high = g_ascii_xdigit_value(text[i + 1]);
      low = g_ascii_xdigit_value(text[i + 2]);
    }
    if (high >= 0 && low >= 0) {
      g_string_append_c(out, (char)(high * 16 + low));
      i += 2;
    } else {
      g_string_append_c(out, text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

static Field *
field_new(const char *text, size_t length)
{
  const char *sign = memchr(text, '=', length);
  size_t name = sign != NULL ? (size_t)(sign - text) : length;
  Field *field = g_new(Field, 1);
  field->name = decode(text, name);
  field->value = decode(text + name + (sign != NULL), length - name - (sign != NULL));
  return field;
}

/* Those after the first FIELDS_MAX are left out. (element-type Field) (transfer full) */
static GPtrArray *
form_fields(const char *text, size_t length)
{
  GPtrArray *fields = g_ptr_array_new_with_free_func(free_field);
  while (length > 0 && fields->len < FIELDS_MAX) {
    const char *end = memchr(text, '&', length);
    size_t n = end != NULL ? (size_t)(end - text) : length;
    if (n > 0)
      g_ptr_array_add(fields, field_new(text, n));
    n += end != NULL;
    text += n;
    length -= n;
  }
  return fields;
}

/* --- a token in the address --------------------------------------------------------------------*/

bool
webhook_has_token(const char *query, const char *token)
{
  g_autoptr(GPtrArray) fields = form_fields(query, strlen(query));
  bool found = false;
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    if (strcmp(field->name->str, "access_token") == 0)
      found |= webhook_is_equal(field->value->str, token);
  }
  return found;
}

/* --- Mailchimp Transactional -------------------------------------------------------------------*/

static gint
compare_names(gconstpointer a, gconstpointer b)
{
  const Field *const *first = a, *const *second = b;
  return strcmp((*first)->name->str, (*second)->name->str);
}

/* HMAC-SHA1 of the address that is posted to, and all names and values in the order of the names,
 * in base64. (transfer full) */
static char *
make_proof(const char *key, const char *url, const char *body, size_t length)
{
  guint8 octets[20];
  gsize size = sizeof octets;
  g_autoptr(GPtrArray) fields = form_fields(body, length);
  GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)key, strlen(key));
  g_hmac_update(hmac, (const guchar *)url, -1);
  g_ptr_array_sort(fields, compare_names);
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    g_hmac_update(hmac, (const guchar *)field->name->str, (gssize)field->name->len);
    g_hmac_update(hmac, (const guchar *)field->value->str, (gssize)field->value->len);
  }
  g_hmac_get_digest(hmac, octets, &size);
  g_hmac_unref(hmac);
  return g_base64_encode(octets, size);
}

bool
webhook_check_mailchimp(const WebhookKeys *keys, const char *body, size_t length, bool *good,
                        GError **error)
{
  const char *given = g_getenv("HTTP_X_MANDRILL_SIGNATURE");
  *good = false;
  if (keys->mailchimp_key == NULL || keys->mailchimp_url == NULL || given == NULL)
    return true;
  char *key = webhook_read_secret(keys->mailchimp_key, error);
  if (key == NULL)
    return false;
  char *proof = make_proof(key, keys->mailchimp_url, body, length);
  *good = webhook_is_equal(given, proof);
  webhook_free_secret(key);
  webhook_free_secret(proof);
  return true;
}
