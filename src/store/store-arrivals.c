#include "config.h"

#include "store/store-arrivals.h"

#include <sys/stat.h>

#include "mail/bounce.h"
#include "store/store-private.h"

/* received_at has no index, but the numbers ascend with it. */
#define RECENT                                                                                     \
  " FROM message WHERE message_id > (SELECT max(message_id) FROM message) - 100000"                \
  " AND received_at >= :since"

bool
store_last_arrival(Store *store, gint64 *at, GError **error)
{
  return store_get_int(store, "SELECT received_at FROM message ORDER BY message_id DESC LIMIT 1",
                       NULL, at, error);
}

bool
store_note_empty(Store *store, gint64 at, GError **error)
{
  static const char sql[] = "INSERT INTO setting (name, value) VALUES ('empty-input', :at)"
                            " ON CONFLICT DO UPDATE SET value = excluded.value";
  return store_begin(store, error) &&
         store_end(store, store_run(store, sql, VALUES(INT(":at", at)), error), error);
}

bool
store_last_empty(Store *store, gint64 *at, GError **error)
{
  return store_get_int(store, "SELECT value FROM setting WHERE name = 'empty-input'", NULL, at,
                       error);
}

bool
store_kept_since(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store, "SELECT kind, kept, received_at, notes" RECENT " AND kept IS NOT NULL",
                     VALUES(INT(":since", since)), func, data, error);
}

bool
store_arrivals_since(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store, "SELECT count(*) AS messages, coalesce(sum(kind = 'other'), 0) AS others" RECENT,
      VALUES(INT(":since", since)), func, data, error);
}

bool
store_oldest_kept(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT message_id, kept FROM message"
                     " WHERE kept IS NOT NULL AND kind IN ('other', 'challenge')"
                     " ORDER BY kind = 'challenge', message_id",
                     NULL, func, data, error);
}

bool
store_each_unread(Store *store, const Span *span, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store,
      "SELECT message_id, hex(digest) AS digest, kept, envelope_sender,"
      "  envelope_recipient, size, received_at"
      " FROM message WHERE kind = 'unreadable' AND kept IS NOT NULL"
      "  AND notes & :mailbox = 0 AND received_at >= :since"
      "  AND (:until = 0 OR received_at <= :until) ORDER BY message_id",
      VALUES(INT(":mailbox", NOTE_MAILBOX), INT(":since", span->since), INT(":until", span->until)),
      func, data, error);
}

bool
store_is_unread(Store *store, gint64 message_id, const char *kept, bool *unread, GError **error)
{
  gint64 found;
  if (!store_get_int(store,
                     "SELECT 1 FROM message WHERE message_id = :message_id AND kept = :kept"
                     " AND kind = 'unreadable'",
                     VALUES(INT(":message_id", message_id), TEXT(":kept", kept)), &found, error))
    return false;
  *unread = found != 0;
  return true;
}

bool
store_note_reread(Store *store, const Decision *decision, gint64 entries, GError **error)
{
  return store_audit(store, decision, NULL, NULL, entries, error);
}

bool
store_needless_copies(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT message_id, kept FROM message WHERE kept IS NOT NULL"
                     " AND kind NOT IN ('other', 'challenge', 'unreadable')",
                     NULL, func, data, error);
}

bool
store_unkeep(Store *store, gint64 message_id, GError **error)
{
  return store_run(store, "UPDATE message SET kept = NULL WHERE message_id = :id",
                   VALUES(INT(":id", message_id)), error);
}

bool
store_kept_octets(Store *store, gint64 *octets, GError **error)
{
  return store_get_int(store, "SELECT value FROM setting WHERE name = 'kept-octets'", NULL, octets,
                       error);
}

bool
store_set_kept_octets(Store *store, gint64 octets, GError **error)
{
  return store_run(store,
                   "INSERT INTO setting (name, value) VALUES ('kept-octets', :octets)"
                   " ON CONFLICT DO UPDATE SET value = excluded.value",
                   VALUES(INT(":octets", octets)), error);
}

static gint64
file_size(const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat(path, suffix, NULL);
  struct stat info;
  return stat(name, &info) == 0 ? info.st_size : 0;
}

bool
store_size(Store *store, gint64 *octets, GError **error)
{
  gint64 unused, page;
  if (!store_get_int(store, "PRAGMA freelist_count", NULL, &unused, error) ||
      !store_get_int(store, "PRAGMA page_size", NULL, &page, error))
    return false;
  *octets = file_size(store->path, "") + file_size(store->path, "-wal") - unused * page;
  return true;
}

bool
store_has_room(Store *store, gint64 max, GError **error)
{
  gint64 octets = 0;
  if (max == 0)
    return true;
  if (!store_size(store, &octets, error))
    return false;
  return octets < max || throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                               "%s: the database has reached its limit of %" G_GINT64_FORMAT
                               " octets: raise [database] max-size",
                               store->path, max);
}
