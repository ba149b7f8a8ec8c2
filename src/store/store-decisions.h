/* What people decide about the suppression list, and the thresholds that it follows (the rest of
 * the store is in store.h). Everything here that changes a row needs a transaction, unless it says
 * otherwise; what it does is in the audit after the commit. */
#pragma once

#include "store/store.h"
#include "store/thresholds.h"

/* Who decides, and why. */
typedef struct {
  const char *command; /* as typed: "allow", ... */
  const char *note;    /* NULL = none */
  gint64 uid;
  gint64 now; /* Unix seconds */
} Decision;

typedef enum { OVERRIDE_NONE, OVERRIDE_ALLOW, OVERRIDE_SUPPRESS } Override;

/* OVERRIDE_NONE withdraws: the address follows its failures again. *changed: it was decided
 * otherwise before. An address that was forgotten is known again once it is allowed. */
bool store_override(Store *store, const char *address, Override verdict, const Decision *decision,
                    bool *changed, GError **error);

/* Which failures or entries; NULL and 0 take all. */
typedef struct {
  const char *provider; /* id */
  const char *domain;   /* of the recipient, any case */
  gint64 since, until;  /* Unix seconds, both included */
} Span;

/* What the provider (or the domain; one of them is needed) said in this time does not count, now
 * or when it is recorded later. *rows: so many entries, active or held, were lifted. */
bool store_release(Store *store, const Span *span, const Decision *decision, gint64 *rows,
                   GError **error);

/* The held entries of this span, or of this address, become active. */
bool store_confirm(Store *store, const Span *span, const Decision *decision, gint64 *rows,
                   GError **error);
bool store_confirm_address(Store *store, const char *address, const Decision *decision,
                           bool *changed, GError **error);

/* Makes the thresholds and the guard those of thresholds, where they are others; holds for what is
 * recorded from then on. A transaction of its own, if one is needed. */
bool store_apply_thresholds(Store *store, const Thresholds *thresholds, GError **error);

/* Whether they are these. */
bool store_has_thresholds(Store *store, const Thresholds *thresholds, bool *same, GError **error);

/* Weighs every address anew: what does not reach its threshold any more is lifted, and what does
 * now comes on the list. */
bool store_reweigh(Store *store, const Decision *decision, gint64 *lifted, gint64 *added,
                   GError **error);

/* Rows (day, source, entries): held entries by day and provider, or recipient's domain. */
bool store_held(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* The held entry, the override (with audit), the lines of the audit, of one address; as
 * store_suppression. */
bool store_held_entry(Store *store, const char *address, StoreRowFunc func, gpointer data,
                      GError **error);
bool store_address_override(Store *store, const char *address, StoreRowFunc func, gpointer data,
                            GError **error);
bool store_address_audit(Store *store, const char *address, StoreRowFunc func, gpointer data,
                         GError **error);

/* Erases what is known of an address, also where it stands in the text of other rows; if it was
 * suppressed it stays so, by a keyed hash. *found: something was known. store_forget_finish, after
 * the commit, leaves nothing in free pages and in the log. */
bool store_forget(Store *store, const char *address, const Decision *decision, bool *found,
                  GError **error);
bool store_forget_finish(Store *store, GError **error);

/* Rows (message_id, kept) of the messages that are kept as they came; and one of them is not any
 * more. */
bool store_kept(Store *store, StoreRowFunc func, gpointer data, GError **error);
bool store_forget_kept(Store *store, gint64 message_id, GError **error);

/* The row (reason, since) where the address was forgotten while it was suppressed. */
bool store_forgotten(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error);

/* Whether anybody was. */
bool store_any_forgotten(Store *store, bool *any, GError **error);

/* Rows (recipient, at) of addresses that somebody allowed, and that have complained since. */
bool store_allowed_complaints(Store *store, StoreRowFunc func, gpointer data, GError **error);
