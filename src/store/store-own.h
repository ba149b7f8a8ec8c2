/* Addresses and domains of one's own, which nothing suppresses: [own] never. */
#pragma once

#include "store/store.h"

/* Whether the address is one of them, or its domain is or is below one of them. */
bool store_is_own(Store *store, const char *address, bool *own, GError **error);
