#include "config.h"

#include "store/store-hash.h"

#include <string.h>

#include "mail/address.h"

static void
hash_bytes(const guint8 key[STORE_KEY_SIZE], const char *bytes, gsize length,
           guint8 hash[STORE_HASH_SIZE])
{
  gsize size = STORE_HASH_SIZE;
  GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key, STORE_KEY_SIZE);
  g_hmac_update(hmac, (const guchar *)bytes, (gssize)length);
  g_hmac_get_digest(hmac, hash, &size);
  g_hmac_unref(hmac);
}

void
store_hash_address(const guint8 key[STORE_KEY_SIZE], const char *address,
                   guint8 hash[STORE_HASH_SIZE])
{
  g_autofree char *text = address_key(address);
  hash_bytes(key, text, strlen(text), hash);
}

gint64
store_hash_number(const guint8 hash[STORE_HASH_SIZE])
{
  gint64 number;
  memcpy(&number, hash, sizeof number);
  number = GINT64_FROM_BE(number);
  return number != 0 ? number : 1;
}

/* With its NUL: no address contains one. */
gint64
store_hash_message(const guint8 key[STORE_KEY_SIZE], const char *message_id)
{
  guint8 hash[STORE_HASH_SIZE];
  hash_bytes(key, message_id, strlen(message_id) + 1, hash);
  return store_hash_number(hash);
}
