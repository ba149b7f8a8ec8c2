/* What comes back when a decision is withdrawn: the failures and complaints that it had lifted
 * count again, unless something else has overtaken them, and their addresses are decided again. */
#include "config.h"

#include "store/store-private.h"

#define RELEASED(table, at)                                                                        \
  "WHEN EXISTS (SELECT 1 FROM release AS r WHERE " table "." at " BETWEEN r.since AND r.until"     \
  "   AND (r.provider IS NULL OR r.provider = " table ".provider)"                                 \
  "   AND (r.domain IS NULL OR r.domain = " table ".recipient_domain)) THEN 'release'"             \
  " WHEN EXISTS (SELECT 1 FROM override AS o WHERE o.address = " table ".address"                  \
  "   AND o.verdict = 'allow' AND o.at > " table "." at ") THEN 'allow'"

/* In the order of store-weigh.c. */
#define RESTORE_FAILURES                                                                           \
  "UPDATE failure SET lifted = CASE " RELEASED(                                                    \
      "failure",                                                                                   \
      "failed_at") " WHEN EXISTS (SELECT 1 FROM delivery AS d WHERE d.address = failure.address"   \
                   "   AND d.action = 'delivered' AND d.counts = 1 AND d.delivered_at > "          \
                   "failure.failed_at)"                                                            \
                   " THEN 'delivered' END"

#define RESTORE_COMPLAINTS                                                                         \
  "UPDATE complaint SET lifted = CASE " RELEASED("complaint", "complained_at") " END"

/* Whose lifted failures and complaints. The addresses are decided in the order in which they
 * failed, because the guard counts. */
typedef struct {
  const char *undefined, *addresses, *failures, *complaints; /* SQL */
} Scope;

#define SCOPE(failures_where, complaints_where)                                                    \
  {                                                                                                \
    .undefined = "SELECT failure_id FROM failure WHERE reason = 'undefined' AND " failures_where,  \
    .addresses = "SELECT address FROM (SELECT address, failed_at AS at FROM failure"               \
                 " WHERE " failures_where                                                          \
                 " UNION ALL SELECT address, complained_at FROM complaint WHERE " complaints_where \
                 ") GROUP BY address ORDER BY min(at)",                                            \
    .failures = RESTORE_FAILURES " WHERE " failures_where,                                         \
    .complaints = RESTORE_COMPLAINTS " WHERE " complaints_where                                    \
  }

static const Scope of_address =
    SCOPE("lifted = 'allow' AND address = :address", "lifted = 'allow' AND address = :address");

static const Scope of_span =
    SCOPE("lifted = 'release' AND address IS NOT NULL AND " OF_SPAN("failed_at"),
          "lifted = 'release' AND address IS NOT NULL AND " OF_SPAN("complained_at"));

/* A text that came for many domains at once does not count, whoever was allowed meanwhile. */
static bool
weigh_waves(Store *store, const GPtrArray *ids, GError **error)
{
  bool member;
  for (guint i = 0; i < ids->len; i++)
    if (!store_weigh_wave(store, g_ascii_strtoll(g_ptr_array_index(ids, i), NULL, 10), &member,
                          error))
      return false;
  return true;
}

static bool
restore(Store *store, const Scope *scope, const StoreValue *values, GError **error)
{
  g_autoptr(GPtrArray) undefined = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  return store_get_texts(store, scope->undefined, values, undefined, error) &&
         store_get_texts(store, scope->addresses, values, addresses, error) &&
         store_run(store, scope->failures, values, error) &&
         store_run(store, scope->complaints, values, error) &&
         weigh_waves(store, undefined, error) && store_reconsider_each(store, addresses, error);
}

bool
store_restore_address(Store *store, const char *address, GError **error)
{
  return restore(store, &of_address, VALUES(TEXT(":address", address)), error);
}

bool
store_restore_span(Store *store, const Span *span, GError **error)
{
  return restore(store, &of_span, SPAN_VALUES(span), error);
}
