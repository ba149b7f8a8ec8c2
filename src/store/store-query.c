#include "config.h"

#include "store/store-query.h"

#include <string.h>

#include "store/store-decide.h"
#include "store/store-private.h"

static bool
each_of_address(Store *store, const char *sql, const char *address, StoreRowFunc func,
                gpointer data, GError **error)
{
  return store_query(store, sql, VALUES(ADDRESS(":address", address)), func, data, error);
}

bool
store_address_events(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return each_of_address(store,
                         "SELECT * FROM event WHERE address = lower(:address)"
                         " ORDER BY happened_at, message_id, event_id",
                         address, func, data, error);
}

bool
store_address_standing(Store *store, const char *address, StoreRowFunc func, gpointer data,
                       GError **error)
{
  return each_of_address(store,
                         "SELECT * FROM standing WHERE address = lower(:address) ORDER BY last_at",
                         address, func, data, error);
}

/* In the terms of the indexes failure_final and failure_original. */
#define NAMED_AS(column)                                                                           \
  "SELECT recipient FROM failure WHERE lower(" column ") = lower(:address)"                        \
  " AND lower(" column ") <> lower(recipient)"

bool
store_named_for(Store *store, const char *address, StoreRowFunc func, gpointer data, GError **error)
{
  return each_of_address(store,
                         NAMED_AS("final_recipient") " UNION " NAMED_AS("original_recipient"),
                         address, func, data, error);
}

/* The entry of a whole domain has the address "@domain". Whoever is allowed, or one's own, is not
 * meant by it. */
#define ABOUT                                                                                      \
  "(s.address = lower(:address) OR (s.address = lower(:domain)"                                    \
  "  AND NOT EXISTS (SELECT 1 FROM never WHERE name = lower(:address))"                            \
  "  AND NOT EXISTS (SELECT 1 FROM override"                                                       \
  "                  WHERE address = lower(:address) AND verdict = 'allow')))"

bool
store_suppression(Store *store, const char *address, gint64 now, StoreRowFunc func, gpointer data,
                  GError **error)
{
  const char *at = strrchr(address, '@');
  return store_query(store,
                     "SELECT s.*, f.diagnostic, f.rule, (SELECT s.since + 86400 * expires"
                     "  FROM threshold WHERE reason = s.reason) AS expires_at FROM suppression AS s"
                     " LEFT JOIN failure AS f ON f.failure_id = s.failure_id"
                     " WHERE " ABOUT " AND " NOT_EXPIRED
                     " ORDER BY s.address = lower(:address) DESC LIMIT 1",
                     VALUES(ADDRESS(":address", address), ADDRESS(":domain", at), INT(":now", now)),
                     func, data, error);
}

static bool
each_of_message(Store *store, const char *sql, gint64 message_id, StoreRowFunc func, gpointer data,
                GError **error)
{
  return store_query(store, sql, VALUES(INT(":message_id", message_id)), func, data, error);
}

bool
store_message_of(Store *store, gint64 failure_id, gint64 *message_id, GError **error)
{
  return store_get_int(store, "SELECT message_id FROM failure WHERE failure_id = :id",
                       VALUES(INT(":id", failure_id)), message_id, error);
}

bool
store_message(Store *store, gint64 message_id, StoreRowFunc func, gpointer data, GError **error)
{
  return each_of_message(store,
                         "SELECT message_id, lower(hex(digest)) AS digest, kind, reader,"
                         " received_at, reported_at, reporting_mta, report_message_id,"
                         " original_message_id, envelope_id, list_id, feedback_id, subject,"
                         " envelope_sender, envelope_recipient, size, notes, kept, recipients,"
                         " repeated, trust, subscriber FROM message WHERE message_id = :message_id",
                         message_id, func, data, error);
}

bool
store_message_events(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return each_of_message(store,
                         "SELECT * FROM event WHERE message_id = :message_id ORDER BY event_id",
                         message_id, func, data, error);
}

bool
store_held_entry(Store *store, const char *address, StoreRowFunc func, gpointer data,
                 GError **error)
{
  return each_of_address(store,
                         "SELECT h.*, f.diagnostic, f.rule FROM held AS h"
                         " LEFT JOIN failure AS f ON f.failure_id = h.failure_id"
                         " WHERE h.address = lower(:address)",
                         address, func, data, error);
}

bool
store_address_override(Store *store, const char *address, StoreRowFunc func, gpointer data,
                       GError **error)
{
  return each_of_address(store, "SELECT * FROM override WHERE address = lower(:address)", address,
                         func, data, error);
}

bool
store_address_audit(Store *store, const char *address, StoreRowFunc func, gpointer data,
                    GError **error)
{
  return each_of_address(
      store, "SELECT * FROM audit WHERE address = lower(:address) ORDER BY at, audit_id", address,
      func, data, error);
}

bool
store_held(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT since / 86400 AS day, source, max(provider) AS provider,"
                     " count(*) AS entries FROM entry WHERE state = 'held'"
                     " GROUP BY source, since / 86400 ORDER BY day, source",
                     NULL, func, data, error);
}

bool
store_allowed_complaints(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT o.recipient, max(c.complained_at) AS at"
                     " FROM override AS o JOIN complaint AS c USING (address)"
                     " WHERE o.verdict = 'allow' AND c.counting = 1"
                     " GROUP BY o.address ORDER BY o.address",
                     NULL, func, data, error);
}

bool
store_waves(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store,
      MASKED_TEXTS " SELECT text.masked AS reply, count(*) AS failures,"
                   " count(DISTINCT recipient_domain) AS domains, min(failed_at) AS first_at,"
                   " max(failed_at) AS last_at FROM text CROSS JOIN failure INDEXED BY failure_text"
                   " ON failure.masked = text.masked AND day >= :since / 86400"
                   " WHERE lifted = 'wave' GROUP BY text.masked ORDER BY last_at DESC",
      VALUES(INT(":since", since)), func, data, error);
}
