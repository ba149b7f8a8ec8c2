/* Waves: the same unknown text for many recipient domains at once. So many mailboxes do not vanish
 * on one day with the same words: the sender is refused, or its own host stopped the messages, in
 * words that no rule knows yet. Such failures do not count (lifted = 'wave').
 *
 * A day is a day of a wave for a text if that day, the one before and the one after have failures
 * with the text for WAVE_DOMAINS domains or more. What was set aside stays so until reclassify
 * finds another reason.
 *
 * The index failure_text makes the cost independent of the number of failures: each of the five
 * days that can matter is asked for its next domain, at most WAVE_DOMAINS times. */
#include "config.h"

#include "store/store-private.h"

enum {
  WAVE_DOMAINS = 5,
  REACH = 2, /* a failure may make the day before a day of a wave, which looks at the one before */
  N_DAYS = 2 * REACH + 1,
};

/* A failure whose text is unknown, and the other domains that the text came for. */
typedef struct {
  gint64 failure_id;
  char *masked, *domain, *address;
  gint64 day;
  bool supports;              /* its address has an entry that may rest on it */
  GPtrArray *domains[N_DAYS]; /* from REACH days before to REACH days after; NULL = not read yet */
} Unknown;

static void
unknown_clear(Unknown *unknown)
{
  g_free(unknown->masked);
  g_free(unknown->domain);
  g_free(unknown->address);
  for (int i = 0; i < N_DAYS; i++)
    g_clear_pointer(&unknown->domains[i], g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Unknown, unknown_clear)

static const char find_unknown[] =
    "SELECT masked, recipient_domain, address, day, EXISTS"
    "  (SELECT 1 FROM entry AS e WHERE e.address = f.address AND e.reason = 'undefined')"
    " FROM failure AS f WHERE failure_id = :id AND counts = 1 AND reason = 'undefined' AND masked "
    "IS NOT NULL"
    "   AND address IS NOT NULL AND recipient_domain IS NOT NULL";

static bool
read_unknown(Store *store, gint64 failure_id, Unknown *out, GError **error)
{
  bool found;
  *out = (Unknown){.failure_id = failure_id};
  g_autoptr(KeptStatement) s = store_statement(store, STATEMENT_UNKNOWN, find_unknown,
                                               VALUES(INT(":id", failure_id)), error);
  if (s == NULL || !store_step(store, s, &found, error))
    return false;
  if (!found)
    return true;
  out->masked = g_strdup(store_column_text(s, 0));
  out->domain = g_strdup(store_column_text(s, 1));
  out->address = g_strdup(store_column_text(s, 2));
  out->day = sqlite3_column_int64(s, 3);
  out->supports = sqlite3_column_int(s, 4) != 0;
  return true;
}

/* --- domains --- */

static const char next_domain[] =
    "SELECT recipient_domain FROM failure"
    " WHERE masked = :masked AND day = :day AND counts = 1 AND recipient_domain > :after"
    "   AND failure_id <> :id ORDER BY recipient_domain LIMIT 1";

/* *domain: NULL = there is no other one. */
static bool
find_next(Store *store, const Unknown *unknown, gint64 day, const char *after, char **domain,
          GError **error)
{
  bool found;
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_WAVE_DOMAIN, next_domain,
                      VALUES(TEXT(":masked", unknown->masked), INT(":day", day),
                             TEXT(":after", after), INT(":id", unknown->failure_id)),
                      error);
  if (s == NULL || !store_step(store, s, &found, error))
    return false;
  *domain = found ? g_strdup(store_column_text(s, 0)) : NULL;
  return true;
}

/* The domains of a day, WAVE_DOMAINS of them at most. */
static bool
read_domains(Store *store, Unknown *unknown, int index, GError **error)
{
  if (unknown->domains[index] != NULL)
    return true;
  GPtrArray *domains = unknown->domains[index] = g_ptr_array_new_with_free_func(g_free);
  const char *after = "";
  while (domains->len < WAVE_DOMAINS) {
    char *domain;
    if (!find_next(store, unknown, unknown->day - REACH + index, after, &domain, error))
      return false;
    if (domain == NULL)
      return true;
    g_ptr_array_add(domains, domain);
    after = domain;
  }
  return true;
}

/* *before, *after: how many domains the day and its neighbours have without the failure and with
 * it; exact only below WAVE_DOMAINS. */
static bool
count_domains(Store *store, Unknown *unknown, int index, guint *before, guint *after,
              GError **error)
{
  g_autoptr(GHashTable) domains = g_hash_table_new(g_str_hash, g_str_equal);
  for (int i = index - 1; i <= index + 1; i++) {
    if (!read_domains(store, unknown, i, error))
      return false;
    for (guint d = 0; d < unknown->domains[i]->len; d++)
      g_hash_table_add(domains, g_ptr_array_index(unknown->domains[i], d));
  }
  *before = g_hash_table_size(domains);
  g_hash_table_add(domains, unknown->domain);
  *after = g_hash_table_size(domains);
  return true;
}

/* --- setting aside --- */

static const char supported[] =
    "SELECT DISTINCT f.address FROM failure AS f CROSS JOIN entry AS e USING (address)"
    " WHERE f.masked = :masked AND f.day = :day AND f.counting = 1 AND e.reason = 'undefined'";

static const char set_day_aside[] =
    "UPDATE failure SET lifted = 'wave'"
    " WHERE masked = :masked AND day = :day AND counts = 1 AND lifted IS NULL";

/* The trigger failure_bears_no_more removes the entries that rested on these failures. */
static bool
set_aside(Store *store, const Unknown *unknown, gint64 day, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  const StoreValue *values = VALUES(TEXT(":masked", unknown->masked), INT(":day", day));
  return store_get_texts(store, supported, values, addresses, error) &&
         store_run(store, set_day_aside, values, error) &&
         store_reconsider_each(store, addresses, error);
}

/* If the failure makes this day one of a wave, sets aside what came on it. *member: the failure
 * itself came on such a day. */
static bool
weigh_day(Store *store, Unknown *unknown, int index, bool *member, GError **error)
{
  guint before, after;
  if (!count_domains(store, unknown, index, &before, &after, error))
    return false;
  if (index == REACH)
    *member = after >= WAVE_DOMAINS;
  return before >= WAVE_DOMAINS || after < WAVE_DOMAINS ||
         set_aside(store, unknown, unknown->day - REACH + index, error);
}

static bool
weigh(Store *store, Unknown *unknown, bool *member, GError **error)
{
  if (!read_domains(store, unknown, REACH, error))
    return false;
  if (unknown->domains[REACH]->len >= WAVE_DOMAINS) {
    *member = true; /* and the days before and after are known to be days of this wave */
    return true;
  }
  for (int index = REACH - 1; index <= REACH + 1; index++)
    if (!weigh_day(store, unknown, index, member, error))
      return false;
  return true;
}

/* A failure of a wave that is known already. */
static bool
join(Store *store, const Unknown *unknown, GError **error)
{
  static const char sql[] =
      "UPDATE failure SET lifted = 'wave' WHERE failure_id = :id AND lifted IS NULL";
  return store_run_kept(store, STATEMENT_SET_ASIDE, sql, VALUES(INT(":id", unknown->failure_id)),
                        error) &&
         (!unknown->supports || store_reconsider(store, unknown->address, error));
}

bool
store_weigh_wave(Store *store, gint64 failure_id, bool *member, GError **error)
{
  g_auto(Unknown) unknown;
  *member = false;
  return read_unknown(store, failure_id, &unknown, error) &&
         (unknown.masked == NULL || weigh(store, &unknown, member, error)) &&
         (!*member || join(store, &unknown, error));
}

/* --- all of them --- */

static const char set_all_aside[] =
    "WITH told AS (SELECT DISTINCT masked, day FROM failure"
    "              WHERE masked IS NOT NULL AND counts = 1),"
    " wave AS (SELECT masked, day FROM told WHERE"
    "   (SELECT count(DISTINCT recipient_domain) FROM failure AS f"
    "    WHERE f.masked = told.masked AND f.day BETWEEN told.day - 1 AND told.day + 1"
    "      AND f.counts = 1) >= :domains)"
    " UPDATE failure SET lifted = 'wave'"
    " WHERE masked IS NOT NULL AND counting = 1 AND address IS NOT NULL AND reason = 'undefined'"
    "   AND (masked, day) IN (SELECT masked, day FROM wave)";

bool
store_reweigh_waves(Store *store, GError **error)
{
  return store_run(store, set_all_aside, VALUES(INT(":domains", WAVE_DOMAINS)), error);
}
