/* Keyed hashes: how addresses are stored that must be recognised but not read. */
#pragma once

#include <glib.h>

enum { STORE_KEY_SIZE = 32, STORE_HASH_SIZE = 32 }; /* octets */

/* HMAC-SHA256 of the address in lower case, as the schema compares addresses. */
void store_hash_address(const guint8 key[STORE_KEY_SIZE], const char *address,
                        guint8 hash[STORE_HASH_SIZE]);

/* The first 64 bits of a hash, and those of the hash of a Message-ID, which is never that of an
 * address. Neither is 0. */
gint64 store_hash_number(const guint8 hash[STORE_HASH_SIZE]);
gint64 store_hash_message(const guint8 key[STORE_KEY_SIZE], const char *message_id);
