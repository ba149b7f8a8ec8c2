#include "config.h"

#include "store/store-verdicts.h"

#include "store/store-private.h"

/* A verdict without evidence is judged again only if it is "undefined" or rests on a code:
 * otherwise its evidence was erased by store_forget(), and the verdict stands. */
static const char next_failures[] =
    "SELECT failure_id, " FAILURE_COLUMNS " FROM failure JOIN message USING (message_id)"
    " WHERE failure_id > :after AND failed_at >= :since"
    "  AND (:until = 0 OR failed_at <= :until)"
    "  AND (diagnostic IS NOT NULL OR notice IS NOT NULL OR reason = 'undefined'"
    "       OR matched GLOB '[0-9]*')"
    " ORDER BY failure_id LIMIT 500";

typedef struct {
  StoreFailureFunc func;
  gpointer data;
  gint64 last; /* failure_id */
} Batch;

static bool
visit(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  Batch *batch = data;
  g_auto(StoreFailure) failure = {0};
  store_read_failure(cells, n, &failure);
  batch->last = store_cell_int(cells, n, "failure_id");
  return batch->func(batch->last, &failure, batch->data, error);
}

bool
store_each_failure(Store *store, const Span *span, StoreFailureFunc func, gpointer data,
                   GError **error)
{
  Batch batch = {.func = func, .data = data};
  for (gint64 after = -1; after != batch.last;) {
    after = batch.last;
    if (!store_query(
            store, next_failures,
            VALUES(INT(":after", after), INT(":since", span->since), INT(":until", span->until)),
            visit, &batch, error))
      return false;
  }
  return true;
}

/* The token of a signed return path counts once a day for each reason. Where two of its failures
 * get the same reason, the first keeps the token, and shuts out replays. */
static const char update_verdict[] =
    "UPDATE failure SET provider = :provider, class = :class, reason = :reason, party = :party,"
    "  rule = :rule, matched = :matched, masked = :masked,"
    "  token = iif(EXISTS (SELECT 1 FROM failure AS other WHERE other.token = failure.token"
    "    AND other.day = failure.day AND other.reason = :reason"
    "    AND other.failure_id <> failure.failure_id), NULL, token),"
    "  lifted = iif(lifted = 'wave' AND :reason <> 'undefined', NULL, lifted)"
    " WHERE failure_id = :id AND reason = :was_reason AND rule IS :was_rule"
    "  AND matched IS :was_matched";

/* A text that is still unknown, or unknown from now on, may be part of a wave. */
static bool
reconsider(Store *store, gint64 failure_id, const Verdict *was, const Verdict *verdict,
           GError **error)
{
  bool in_wave;
  if (verdict->reason == REASON_UNDEFINED && !store_weigh_wave(store, failure_id, &in_wave, error))
    return false;
  return verdict->reason == was->reason || store_reconsider_failure(store, failure_id, error);
}

bool
store_judge(Store *store, gint64 failure_id, const Verdict *was, const Verdict *verdict,
            bool *changed, GError **error)
{
  if (!store_run_kept(store, STATEMENT_VERDICT, update_verdict,
                      VALUES(INT(":id", failure_id), TEXT(":provider", verdict->provider),
                             TEXT(":class", class_name(verdict->klass)),
                             TEXT(":reason", reason_name(verdict->reason)),
                             TEXT(":party", party_name(reason_info(verdict->reason)->party)),
                             TEXT(":rule", verdict->rule), TEXT(":matched", verdict->matched),
                             TEXT(":masked", verdict->masked),
                             TEXT(":was_reason", reason_name(was->reason)),
                             TEXT(":was_rule", was->rule), TEXT(":was_matched", was->matched)),
                      error))
    return false;
  *changed = sqlite3_changes(store->db) > 0;
  return !*changed || (store_note_recount(store, failure_id, error) &&
                       reconsider(store, failure_id, was, verdict, error));
}

bool
store_judged(Store *store, const Span *span, const Decision *decision, gint64 entries,
             GError **error)
{
  return store_recount(store, error) && store_audit(store, decision, NULL, span, entries, error);
}

bool
store_unknown(Store *store, gint64 limit, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store, "SELECT * FROM unknown_reply LIMIT :limit",
                     VALUES(INT(":limit", limit)), func, data, error);
}
