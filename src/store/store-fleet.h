/* What a host of a fleet sends to the centre, and what it applies of the fleet's list
 * (bouncedb-fleet(7)). The tables fleet, fleet_list, fleet_erased, fleet_aside and corrected. */
#pragma once

#include "store/store.h"

/* The file of the fleet's key, next to the database. (transfer full) */
char *store_fleet_key_path(const char *database);

/* Reads the key, which everything below needs. An error (CONFIG) if there is none. */
bool store_fleet_use(Store *store, GError **error);

/* By what the centre knows an address: 32 hexadecimal digits. (transfer full) */
char *store_fleet_who(Store *store, const char *address);

/* How far this host is in step with the fleet. */
typedef struct {
  char *fleet, *identity; /* NULL = it has not joined */
  char *mark;             /* of the change seen; nullable */
  gint64 seen;
  gint64 message_id, audit_id; /* judged by the fleet */
  gint64 synced_at;            /* Unix seconds; 0 = never */
} StoreFleet;

bool store_fleet_state(Store *store, StoreFleet *out, GError **error);
void store_fleet_clear(StoreFleet *state);

/* What the database holds. digest: of the message with the id after, in hexadecimal, NULL if it is
 * not there. Messages after that id are counted one by one, and only where there is a fleet. */
typedef struct {
  gint64 last_message, last_audit; /* ids; 0 = none */
  gint64 last_change;              /* of the list here */
  gint64 backlog, corrected,
      aside;   /* messages after that id, verdicts, messages that were refused */
  gint64 sent; /* addresses that mail was sent to */
  char *digest;
} StoreFleetStock;

bool store_fleet_stock(Store *store, gint64 after, StoreFleetStock *out, GError **error);
void store_fleet_stock_clear(StoreFleetStock *stock);

/* The host joins a fleet under a new identity: everything is sent, and the whole list read. */
bool store_fleet_join(Store *store, const char *fleet, const char *identity, GError **error);

/* The whole list is read again: what is not on it any longer ends with store_fleet_settle(). */
bool store_fleet_restart(Store *store, GError **error);

/* --- what is sent ---*/

/* The arguments of the centre's push(). */
typedef struct {
  GString *rest;                 /* a JSON object */
  GString *addresses, *failures; /* arrays of rows, in PostgreSQL's notation */
} StoreFleetBatch;

void store_fleet_batch_init(StoreFleetBatch *batch); /* no rows */
void store_fleet_batch_clear(StoreFleetBatch *batch);

/* At most so many messages after a message: rows, and members of the JSON object, each followed by
 * a comma. *until: the last of them; after if there are none. *digest: of that one, in hexadecimal.
 * bare: only how many messages they are. (*digest: transfer full, nullable) */
bool store_fleet_messages(Store *store, gint64 after, gint64 most, bool bare, StoreFleetBatch *out,
                          gint64 *until, char **digest, GError **error);

/* The same of decisions, as members of the JSON object. */
bool store_fleet_decisions(Store *store, gint64 after, gint64 most, GString *out, gint64 *until,
                           GError **error);

/* The same of verdicts that have changed; *until is the last failure_id. store_fleet_taken()
 * forgets those with a failure_id after one and up to another that have not changed again since (at
 * most the time of the store_fleet_verdicts(), Unix seconds). */
bool store_fleet_verdicts(Store *store, gint64 after, gint64 most, GString *out, gint64 *until,
                          GError **error);
bool store_fleet_taken(Store *store, gint64 after, gint64 until, gint64 at, GError **error);

/* A message that the centre refuses is left out, and remembered with the reason. */
bool store_fleet_set_aside(Store *store, gint64 message_id, const char *why, GError **error);

/* The thresholds and the guard in force here, as a JSON object. */
bool store_fleet_thresholds(Store *store, GString *out, GError **error);

/* --- what is applied ---*/

/* A change of the fleet's list. Text is borrowed; NULL = absent. */
typedef struct {
  gint64 seq, since;
  const char *who, *state; /* listed, allowed, forgotten, gone; or erase, an order */
  const char *address, *recipient, *recipient_domain, *provider, *klass, *reason;
  const char *mark; /* only of the last change of a batch */
} StoreFleetChange;

/* How far the centre has come with this host (message_id, audit_id), and this host with the list
 * (seen). identity: borrowed. */
typedef struct {
  const char *identity;
  gint64 seen;
  gint64 message_id, audit_id;
} StoreFleetPlace;

/* Applies a page of n > 0 changes after place->seen, in the order of seq, in one transaction, and
 * moves place. Decisions made here that the fleet has not taken stand. *erased: addresses that were
 * erased by order are added to it. An error (TEMPFAIL) if another sync has moved on. */
bool store_fleet_apply(Store *store, const StoreFleetChange *changes, guint n,
                       StoreFleetPlace *place, gint64 now, guint *erased, GError **error);

/* After everything up to place was sent and the list was read to its end: the fleet has judged it,
 * so its list decides. last_change: of the list here, before anything was sent. */
bool store_fleet_settle(Store *store, const StoreFleetPlace *place, gint64 last_change, gint64 now,
                        GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFleet, store_fleet_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFleetBatch, store_fleet_batch_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFleetStock, store_fleet_stock_clear)
