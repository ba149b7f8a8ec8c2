/* A recorded failure, read back with its evidence and its verdict. */
#pragma once

#include "mail/bounce.h"
#include "store/store.h"

typedef struct {
  Recipient *recipient; /* NULL = no such failure */
  char *reporting_mta;
} StoreFailure;

bool store_failure(Store *store, gint64 failure_id, StoreFailure *out, GError **error);
void store_failure_clear(StoreFailure *failure);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFailure, store_failure_clear)
