/* The taxonomy is in C and in the schema: the two must agree. */
#include "config.h"

#include "lib/store-fixture.h"

#include "mail/taxonomy.h"

static char *
row_of(const ReasonInfo *info)
{
  g_autofree char *threshold =
      info->suppress_days > 0 ? g_strdup_printf("%d/%d", info->suppress_days, info->suppress_span)
                              : g_strdup("never");
  return g_strjoin("|", info->name, party_name(info->party), class_name(info->on_5xx),
                   class_name(info->on_4xx), class_name(info->on_none), info->meaning, threshold,
                   NULL);
}

static void
test_agreement(void **state)
{
  Fixture *f = *state;
  for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++) {
    const ReasonInfo *info = reason_info((Reason)reason);
    g_autofree char *want = row_of(info);
    g_autofree char *sql = g_strdup_printf(
        "SELECT concat FROM (SELECT reason.reason || '|' || party || '|' || class_5xx || '|' ||"
        " class_4xx || '|' || class_none || '|' || meaning || '|' ||"
        " coalesce(days || '/' || span, 'never') AS concat"
        " FROM reason LEFT JOIN threshold USING (reason) WHERE reason.reason = '%s')",
        info->name);
    check_sql(f, sql, want);
  }
  g_autofree char *count = g_strdup_printf("%d", N_REASONS - 1);
  check_sql(f, "SELECT count(*) FROM reason", count);
}

/* The promise: no fault of the sender or of the message has a threshold, and the database accepts
 * none. */
static void
test_never(void **state)
{
  Fixture *f = *state;
  check_sql(f,
            "SELECT count(*) FROM threshold JOIN reason USING (reason)"
            " WHERE party IN ('sender', 'message')",
            "0");
  for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++) {
    const ReasonInfo *info = reason_info((Reason)reason);
    g_autofree char *sql =
        g_strdup_printf("INSERT INTO threshold (reason, days) VALUES ('%s', 1)", info->name);
    check_int(info->name, sql_run(f, sql),
              SQLITE_CONSTRAINT); /* there is one already, or there must be none */
    g_autofree char *remove =
        g_strdup_printf("DELETE FROM threshold WHERE reason = '%s'; %s", info->name, sql);
    check_int(info->name, sql_run(f, remove),
              info->suppress_days > 0 ? SQLITE_OK : SQLITE_CONSTRAINT);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_agreement, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_never, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests_name("taxonomy", tests, NULL, NULL);
}
