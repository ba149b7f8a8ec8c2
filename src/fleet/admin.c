#include "config.h"

#include "fleet/admin.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/escape.h"
#include "base/json.h"
#include "store/store-fleet.h"

#define PAGE "5000"

static gint64
file_number(const EmbeddedFile *file)
{
  return g_ascii_strtoll(file->name, NULL, 10);
}

/* One number: as an object, or as a sentence that ends in it. */
static void
tell(bool json, const char *key, const char *sentence, gint64 n)
{
  if (!json) {
    printf("%s: %" G_GINT64_FORMAT "\n", sentence, n);
    return;
  }
  g_auto(Json) object = json_begin();
  json_int(&object, key, n);
  json_print(&object);
}

/* Each file in a transaction of its own, which also notes its number. */
static bool
run_file(Session *session, const EmbeddedFile *file, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf("BEGIN;\n%s\nUPDATE fleet.head SET version = %" G_GINT64_FORMAT ";\nCOMMIT;",
                      file->text, file_number(file));
  if (session_exec(session, sql, error))
    return true;
  g_prefix_error(error, "%s: ", file->name);
  return false;
}

static bool
find_version(Session *session, gint64 *version, GError **error)
{
  *version = 0;
  g_autoptr(Rows) exists =
      session_call(session, "SELECT to_regclass('fleet.head') IS NOT NULL", NULL, 0, NULL, error);
  if (exists == NULL)
    return false;
  if (g_strcmp0(session_text(exists, 0, 0), "t") != 0)
    return true;
  g_autoptr(Rows) rows =
      session_call(session, "SELECT version FROM fleet.head", NULL, 0, NULL, error);
  if (rows != NULL)
    *version = session_int(rows, 0, 0);
  return rows != NULL;
}

bool
admin_init(Session *session, bool json, GError **error)
{
  gint64 before, version;
  if (!find_version(session, &before, error))
    return false;
  version = before;
  for (const EmbeddedFile *file = embedded_fleet; file->name != NULL; file++) {
    if (file_number(file) > before && !run_file(session, file, error))
      return false;
    version = MAX(version, file_number(file));
  }
  tell(json, "schema",
       before == version ? "the fleet has the current schema" : "the fleet now has schema",
       version);
  return true;
}

static void
print_cell(const Rows *rows, int row, int column, int width)
{
  const char *text = session_text(rows, row, column);
  g_autofree char *shown = escape_terminal(text != NULL ? text : "-");
  printf("%-*s%s", width, shown, column + 1 < PQnfields(rows) ? "  " : "\n");
}

static void
print_host(const Rows *rows, int row)
{
  g_auto(Json) object = json_begin();
  json_text(&object, "name", session_text(rows, row, 0));
  json_text(&object, "version", session_text(rows, row, 1));
  for (int column = 2; column < PQnfields(rows); column++)
    if (session_text(rows, row, column) != NULL)
      json_int(&object, PQfname(rows, column), session_int(rows, row, column));
    else
      json_none(&object, PQfname(rows, column));
  json_print(&object);
}

static void
print_hosts(const Rows *rows)
{
  static const int widths[] = {24, 8, 10, 13, 14, 1};
  puts(
      "host                      version   sent s ago  messages left  changes missed  clock off s");
  for (int row = 0; row < PQntuples(rows); row++)
    for (int column = 0; column < PQnfields(rows); column++)
      print_cell(rows, row, column, widths[column]);
}

bool
admin_hosts(Session *session, bool json, GError **error)
{
  static const char sql[] =
      "SELECT name, version, pushed_ago, backlog, changes_behind, skew FROM fleet.host_lag"
      " ORDER BY name, host_id";
  g_autoptr(Rows) rows = session_call(session, sql, NULL, 0, NULL, error);
  if (rows == NULL)
    return false;
  if (!json)
    print_hosts(rows);
  for (int row = 0; json && row < PQntuples(rows); row++)
    print_host(rows, row);
  return true;
}

/* A function of the schema that returns a number. */
static bool
call_number(Session *session, const char *sql, const char *const *values, int n, gint64 *out,
            GError **error)
{
  g_autoptr(Rows) rows = session_call(session, sql, values, n, NULL, error);
  if (rows != NULL)
    *out = session_int(rows, 0, 0);
  return rows != NULL;
}

bool
admin_remove(Session *session, const char *name, bool json, bool *found, GError **error)
{
  const char *const values[] = {name};
  gint64 n;
  if (!call_number(session, "SELECT fleet.remove_host($1)", values, 1, &n, error))
    return false;
  *found = n > 0;
  tell(json, "removed", "hosts removed", n);
  return true;
}

bool
admin_thresholds(Session *session, Store *store, bool json, GError **error)
{
  gint64 n;
  g_autoptr(GString) what = g_string_new(NULL);
  if (!store_fleet_thresholds(store, what, error))
    return false;
  const char *const values[] = {what->str};
  if (!call_number(session, "SELECT fleet.set_thresholds($1::jsonb)", values, 1, &n, error))
    return false;
  tell(json, "thresholds", "thresholds (bouncedb fleet reweigh applies them to what is known)", n);
  return true;
}

static char *
number_or_null(gint64 number)
{
  return number != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
}

bool
admin_confirm(Session *session, const AdminSpan *span, bool json, GError **error)
{
  gint64 n;
  g_autofree char *since = number_or_null(span->since), *until = number_or_null(span->until);
  const char *const values[] = {span->provider, span->domain, since, until};
  if (!call_number(session, "SELECT fleet.confirm($1, $2, $3::bigint, $4::bigint)", values, 4, &n,
                   error))
    return false;
  tell(json, "confirmed", "entries confirmed", n);
  return true;
}

bool
admin_reweigh(Session *session, bool json, GError **error)
{
  g_autofree char *after = g_strdup("00000000-0000-0000-0000-000000000000");
  gint64 before, seq;
  if (!call_number(session, "SELECT seq FROM fleet.head", NULL, 0, &before, error))
    return false;
  while (after != NULL) {
    const char *const values[] = {after};
    g_autoptr(Rows) rows =
        session_call(session, "SELECT fleet.reweigh($1::uuid, " PAGE ")", values, 1, NULL, error);
    if (rows == NULL)
      return false;
    g_free(after);
    after = g_strdup(session_text(rows, 0, 0));
  }
  if (!call_number(session, "SELECT seq FROM fleet.head", NULL, 0, &seq, error))
    return false;
  tell(json, "changes", "changes of the list", seq - before);
  return true;
}

/* Until a call returns 0; *total: of all. */
static bool
repeat(Session *session, const char *sql, gint64 time, gint64 *total, GError **error)
{
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, time);
  const char *const values[] = {text};
  *total = 0;
  for (gint64 n = 1; n > 0; *total += n)
    if (!call_number(session, sql, values, 1, &n, error))
      return false;
  return true;
}

bool
admin_purge(Session *session, gint64 before, gint64 now, bool json, GError **error)
{
  gint64 ended, deleted = 0;
  if (!repeat(session, "SELECT fleet.expire($1::bigint, " PAGE ")", now, &ended, error) ||
      (before != 0 &&
       !repeat(session, "SELECT fleet.purge($1::bigint, " PAGE ")", before, &deleted, error)))
    return false;
  if (!json) {
    printf("entries ended: %" G_GINT64_FORMAT "; reports deleted: %" G_GINT64_FORMAT "\n", ended,
           deleted);
    return true;
  }
  g_auto(Json) object = json_begin();
  json_int(&object, "ended", ended);
  json_int(&object, "deleted", deleted);
  json_print(&object);
  return true;
}
