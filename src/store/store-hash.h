/* Keyed hashes: how addresses are stored that must be recognised but not read. */
#pragma once

#include <glib.h>

enum { STORE_KEY_SIZE = 32, STORE_HASH_SIZE = 32 }; /* octets */

/* HMAC-SHA256 of the address in lower case, as the schema compares addresses. */
void store_hash_address(const guint8 key[STORE_KEY_SIZE], const char *address,
                        guint8 hash[STORE_HASH_SIZE]);
