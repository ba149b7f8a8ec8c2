/* What the administrator of a fleet does. Each prints what it did: json: as an object on a line
 * (bouncedb-json(7)), otherwise as a sentence. */
#pragma once

#include "store/store.h"
#include "fleet/session.h"

/* Creates or updates the schema. */
bool admin_init(Session *session, bool json, GError **error);

/* How far each host is. */
bool admin_hosts(Session *session, bool json, GError **error);

/* Removes a host that is gone. *found: there was one of that name. */
bool admin_remove(Session *session, const char *name, bool json, bool *found, GError **error);

/* Gives the fleet the thresholds and the guard of this host. */
bool admin_thresholds(Session *session, Store *store, bool json, GError **error);

/* Lets the entries come that the guard of the fleet holds. provider, domain: nullable, borrowed;
 * since, until: Unix seconds, 0 = any. */
typedef struct {
  const char *provider, *domain;
  gint64 since, until;
} AdminSpan;
bool admin_confirm(Session *session, const AdminSpan *span, bool json, GError **error);

/* Applies thresholds that have changed to all addresses. */
bool admin_reweigh(Session *session, bool json, GError **error);

/* Ends what has expired, and deletes what is older than a time (Unix seconds; 0 = nothing). */
bool admin_purge(Session *session, gint64 before, gint64 now, bool json, GError **error);
