#include "config.h"

#include "store/store-hash.h"

#include "mail/address.h"

void
store_hash_address(const guint8 key[STORE_KEY_SIZE], const char *address,
                   guint8 hash[STORE_HASH_SIZE])
{
  gsize length = STORE_HASH_SIZE;
  g_autofree char *text = address_key(address);
  GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key, STORE_KEY_SIZE);
  g_hmac_update(hmac, (const guchar *)text, -1);
  g_hmac_get_digest(hmac, hash, &length);
  g_hmac_unref(hmac);
}
