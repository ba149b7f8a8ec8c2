/* bouncedb forget: erases all personal data about an address from the database, the list files and
 * the kept messages. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/safe-file.h"
#include "verp/named.h"
#include "store/store-forget.h"
#include "store/store-forgotten.h"
#include "store/store-query.h"
#include "export/list-files.h"
#include "intake/keep-find.h"
#include "cmd/cmd.h"

enum { KEPT_MAX = 256 << 20 }; /* octets; no mail server takes longer messages */

typedef struct {
  Store *store;
  Decision decision;
  bool dry_run;
  GPtrArray *words;     /* the addresses as they were given (element-type utf8) */
  GPtrArray *addresses; /* the same (element-type Named) */
  GString *lines;       /* what has become of each, printed after the commit */
  Json *json;           /* the same as an object; NULL = as lines */
  guint erased, kept;   /* addresses, messages */
} Run;

static void
free_named(gpointer named)
{
  named_free(named);
}

/* --- one address -------------------------------------------------------------------------------*/

static bool
count_row(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)cells, (void)n, (void)error;
  ++*(guint *)data;
  return true;
}

/* An entry of the whole domain has no hash. */
static bool
count_hash(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  *(guint *)data += *store_cell(cells, n, "address") != '@';
  return true;
}

/* What is known before, and what stays after. */
typedef struct {
  bool known;
  guint reports; /* failures, delays, deliveries and complaints */
  guint hashes;  /* 1 = it stays suppressed */
} Outcome;

/* A dry run must not create the key of the hashes, so it does not erase and roll back. */
static bool
erase(Run *run, const char *address, Outcome *out, GError **error)
{
  bool can_tell;
  if (!store_knows_address(run->store, address, &out->known, error) ||
      !store_address_events(run->store, address, count_row, &out->reports, error))
    return false;
  if (!run->dry_run && !store_forget(run->store, address, &run->decision, &out->known, error))
    return false;
  if (run->dry_run &&
      !store_suppression(run->store, address, run->decision.now, count_hash, &out->hashes, error))
    return false;
  return cmd_can_tell_forgotten(run->store, &can_tell, error) &&
         (!can_tell || store_forgotten(run->store, address, count_row, &out->hashes, error));
}

static void
add_object(Json *json, const char *address, const Outcome *outcome)
{
  json_open(json, NULL, '{');
  json_text(json, "address", address);
  json_bool(json, "known", outcome->known);
  json_int(json, "reports", outcome->reports);
  json_bool(json, "suppressed", outcome->hashes > 0);
  json_close(json, '}');
}

static void
tell(Run *run, const char *address, const Outcome *outcome)
{
  if (run->json != NULL) {
    add_object(run->json, address, outcome);
    return;
  }
  g_autofree char *shown = escape_terminal(address);
  const char *stays = outcome->hashes == 0 ? "" : "; it stays suppressed (a keyed hash remains)";
  if (outcome->known)
    g_string_append_printf(run->lines, "%s: %serased (reports: %u)%s\n", shown,
                           run->dry_run ? "would be " : "", outcome->reports, stays);
  else
    g_string_append_printf(run->lines, "%s: nothing was known about it%s%s\n", shown, stays,
                           cmd_is_complete(address) ? "" : "; an address has a domain (@...)");
}

static bool
forget(Run *run, const char *address, GError **error)
{
  Outcome outcome = {0};
  if (!erase(run, address, &outcome, error))
    return false;
  run->erased += outcome.known;
  tell(run, address, &outcome);
  return true;
}

static bool
add_address(const char *address, gpointer data, GError **error)
{
  (void)error;
  Run *run = data;
  g_ptr_array_add(run->words, g_strdup(address));
  g_ptr_array_add(run->addresses, named_new(address));
  return true;
}

/* --- kept messages -----------------------------------------------------------------------------*/

typedef struct {
  gint64 message_id;
  char *path;
} Kept;

static void
kept_free(gpointer data)
{
  Kept *kept = data;
  g_free(kept->path);
  g_free(kept);
}

static bool
collect(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Kept *kept = g_new0(Kept, 1);
  kept->message_id = store_cell_int(cells, n, "message_id");
  kept->path = g_strdup(store_cell(cells, n, "kept"));
  g_ptr_array_add(data, kept);
  return true;
}

/* Whether one of the addresses appears in the file, not encoded. */
static bool
names_any(const char *path, const GPtrArray *addresses, bool *named, GError **error)
{
  gsize length;
  *named = false;
  g_autofree char *text =
      safe_read(path, SAFE_REGULAR, KEPT_MAX, &length, BOUNCEDB_ERROR_TEMPFAIL, error);
  if (text == NULL)
    return false;
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = ' ';
  for (guint i = 0; i < addresses->len && !*named; i++)
    *named = named_in(g_ptr_array_index(addresses, i), text);
  return true;
}

/* Files are removed before the commit: if the commit fails, their rows are still there for a second
 * run. */
static bool
erase_kept(Run *run, GError **error)
{
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(kept_free);
  if (!store_kept(run->store, collect, kept, error))
    return false;
  for (guint i = 0; i < kept->len; i++) {
    const Kept *message = g_ptr_array_index(kept, i);
    g_autofree char *path = NULL;
    bool named = false;
    kept_find(message->path, &path);
    if (path != NULL && !names_any(path, run->addresses, &named, error))
      return false;
    if (!named)
      continue;
    run->kept++;
    if (run->dry_run)
      continue;
    if (unlink(path) != 0 && errno != ENOENT)
      return throw_errno(error, "%s: cannot remove", path);
    if (!atomic_file_sync_folder(path, error) ||
        !store_forget_kept(run->store, message->message_id, error))
      return false;
  }
  return true;
}

/* What takes long is done before the transaction. */
static bool
forget_all(Run *run, char **operands, GError **error)
{
  if (!cmd_each_address(operands, add_address, run, error) ||
      (!run->dry_run && !store_forget_search(run->store, run->addresses, error)) ||
      !store_begin(run->store, error))
    return false;
  bool ok = true;
  for (guint i = 0; ok && i < run->words->len; i++)
    ok = forget(run, g_ptr_array_index(run->words, i), error);
  ok = ok && erase_kept(run, error);
  if (!ok || run->dry_run) {
    store_rollback(run->store);
    return ok;
  }
  return store_commit(run->store, error);
}

static bool
finish(const Run *run, const Settings *settings, GError **error)
{
  return run->dry_run || (list_files_update(run->store, settings->lists, error) &&
                          store_forget_finish(run->store, run->addresses, error));
}

static void
print_summary(const Context *context, const Run *run)
{
  const char *would = run->dry_run ? "would be " : "";
  if (run->json != NULL) {
    json_close(run->json, ']');
    json_int(run->json, "kept_messages", run->kept);
    json_print(run->json);
    return;
  }
  if (context->quiet)
    return;
  fputs(run->lines->str, stdout);
  if (run->kept > 0)
    printf("kept messages %serased: %u\n", run->dry_run ? "that would be " : "", run->kept);
  printf("%u of %u %sforgotten\n", run->erased, run->addresses->len, would);
}

static Json
begin_object(bool dry_run)
{
  Json json = json_begin();
  json_bool(&json, "dry_run", dry_run);
  json_open(&json, "addresses", '[');
  return json;
}

bool
cmd_forget(Context *context, int argc, char **argv, GError **error)
{
  gboolean dry_run = FALSE;
  const GOptionEntry entries[] = {
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
       "Change nothing; only say what would be erased", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "ADDRESS...|-",
          "Erase all personal data about these addresses. Suppressed addresses stay suppressed:\n"
          "a keyed hash remains. A hyphen reads addresses from standard input, one per line.\n"
          "Exit status: 1 if nothing was known about any of them.",
          entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "forget needs an address, or - for standard input");
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(free_named);
  g_autoptr(GString) lines = g_string_new(NULL);
  g_autoptr(Store) store = cmd_open_store(context, error);
  g_auto(Json) json = begin_object(dry_run);
  Run run = {.store = store,
             .decision = cmd_decision(context, "forget", NULL),
             .dry_run = dry_run,
             .words = words,
             .addresses = addresses,
             .lines = lines,
             .json = context->json ? &json : NULL};
  if (store == NULL || !forget_all(&run, argv + 1, error) ||
      !finish(&run, context->settings, error))
    return false;
  print_summary(context, &run);
  context->status = run.erased + run.kept > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
