/* Whether an address may be sent to, as check says it, in one line. */
#pragma once

#include "store/store.h"

typedef struct {
  Store *store;        /* borrowed */
  gint64 now;          /* Unix seconds */
  bool forgotten;      /* forgotten addresses can be recognised */
  bool json;           /* as objects, one per line */
  const bool *changed; /* in objects: whether the address was changed; NULL = no such member */
  bool any;            /* any address so far must not be sent to */
  /* while it looks up one address */
  const char *address, *verdict;
} Verdicts;

/* Warns if forgotten addresses cannot be recognised. */
bool verdicts_init(Verdicts *verdicts, Store *store, gint64 now, GError **error);

/* Prints the line for an address, for a domain ("@domain"), or for what should be one. In a
 * transaction or outside. */
bool verdicts_print(Verdicts *verdicts, const char *text, GError **error);
