/* What people decide about the suppression list: overrides, releases and confirmations. All of it
 * in a transaction; each change adds a line to the audit. */
#pragma once

#include "store/decision.h"
#include "store/store.h"

typedef enum { OVERRIDE_NONE, OVERRIDE_ALLOW, OVERRIDE_SUPPRESS } Override;

/* OVERRIDE_NONE withdraws a decision: all failures decide about the address again, also those that
 * the decision had lifted. *changed: the
 * decision before was a different one. A forgotten address that is allowed is no longer treated as
 * forgotten. */
bool store_override(Store *store, const char *address, Override verdict, const Decision *decision,
                    bool *changed, GError **error);

/* Which failures or entries; NULL and 0 match everything. */
typedef struct {
  const char *provider; /* id */
  const char *domain;   /* of the recipient; case does not matter */
  gint64 since, until;  /* Unix seconds, inclusive */
} Span;

/* Failures and complaints from a provider or a domain (one of them is required) in this span do not
 * count, even if they are recorded later. *rows: how many entries, active or held, were lifted. */
bool store_release(Store *store, const Span *span, const Decision *decision, gint64 *rows,
                   GError **error);

/* Withdraws the releases of the provider or the domain that lie within the span: what they lifted
 * counts again. *withdrawn: how many; *rows: how many entries, active or held, came back. */
bool store_unrelease(Store *store, const Span *span, const Decision *decision, gint64 *withdrawn,
                     gint64 *rows, GError **error);

/* Held entries become active: those of a span, or that of an address. */
bool store_confirm(Store *store, const Span *span, const Decision *decision, gint64 *rows,
                   GError **error);
bool store_confirm_address(Store *store, const char *address, const Decision *decision,
                           bool *changed, GError **error);
