#include "config.h"

#include "export/export.h"

#include <string.h>

#include "base/atomic-file.h"
#include "base/safe-file.h"
#include "base/text.h"
#include "store/store-copy.h"
#include "store/store-export.h"

enum { KEY_MIN = 16, KEY_MAX = 4096 }; /* octets of a key for hashes */

static bool
read_key(const char *path, GBytes **out, GError **error)
{
  gsize length;
  g_autofree char *text = safe_read(path, SAFE_OURS | SAFE_PRIVATE | SAFE_ONE_NAME, KEY_MAX + 2,
                                    &length, BOUNCEDB_ERROR_CONFIG, error);
  if (text == NULL)
    return false;
  while (length > 0 && strchr("\r\n", text[length - 1]) != NULL)
    length--;
  if (length < KEY_MIN || length > KEY_MAX)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: a key must have %d to %d bytes", path, KEY_MIN,
                 KEY_MAX);
  *out = g_bytes_new(text, length);
  return true;
}

bool
export_hash_parse(const char *text, ExportHash *out, GError **error)
{
  *out = (ExportHash){.type = G_CHECKSUM_SHA256};
  if (g_str_has_prefix(text, "hmac:"))
    return read_key(text + strlen("hmac:"), &out->key, error);
  if (strcmp(text, "md5") == 0)
    out->type = G_CHECKSUM_MD5;
  else if (strcmp(text, "sha256") != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--hash must be md5, sha256 or hmac:FILE");
  return true;
}

void
export_hash_clear(ExportHash *hash)
{
  g_clear_pointer(&hash->key, g_bytes_unref);
}

static char *
hash_address(const ExportHash *hash, const char *address)
{
  if (hash->key == NULL)
    return g_compute_checksum_for_string(hash->type, address, -1);
  return g_compute_hmac_for_bytes(hash->type, hash->key,
                                  g_bytes_new_static(address, strlen(address)));
}

typedef struct {
  const Export *what;
  ExportCounts *counts;
  Writer *writer;  /* NULL in a dry run, or if the output is a database */
  Writer *removed; /* NULL = none */
  StoreCopy *copy; /* NULL = none */
} Run;

/* Removed addresses go to a file of their own, unless rows tell what has changed. */
static bool
write_row(const Run *run, Entry *row, GError **error)
{
  g_autofree char *hash =
      run->what->hash != NULL ? hash_address(run->what->hash, row->address) : NULL;
  if (hash != NULL)
    row->address = hash;
  Writer *writer = row->removed && !run->what->options.changes ? run->removed : run->writer;
  return writer == NULL || writer_add(writer, row, error);
}

/* In an incremental export, an entry that no longer matches the selection is reported as removed.
 */
static bool
on_row(Entry *row, gpointer data, GError **error)
{
  Run *run = data;
  const Export *what = run->what;
  if (row->allowed)
    return !format_takes(what->options.format, row->address) || write_row(run, row, error);
  bool taken = !row->removed && selection_takes(what->selection, row->klass, row->reason,
                                                row->domain, row->list_id, row->since);
  if (!taken && (what->after < 0 || !selection_takes_domain(what->selection, row->domain)))
    return true;
  if (!format_takes(what->options.format, row->address)) {
    run->counts->dropped += taken;
    if (taken && what->left_out != NULL)
      what->left_out(row->address);
    return true;
  }
  if (taken) {
    run->counts->added++;
  } else {
    run->counts->removed++;
    *row = (Entry){.address = row->address, .removed = true};
  }
  return run->copy != NULL ? store_copy_add(run->copy, row, error) : write_row(run, row, error);
}

static bool
read_rows(Store *store, Run *run, GError **error)
{
  const Export *what = run->what;
  const StoreExport rows = {.after = what->after,
                            .now = what->now,
                            .exceptions =
                                what->options.format->exception != NULL && what->after < 0,
                            .list_id = what->selection->lists != NULL,
                            .detail = (what->options.format->flags & FORMAT_DETAIL) != 0};
  return store_export(store, &rows, &run->counts->seq, on_row, run, error);
}

static bool
check_strict(const Export *what, const ExportCounts *counts, GError **error)
{
  if (!what->strict || counts->dropped == 0)
    return true;
  g_autofree char *addresses = text_count((guint64)counts->dropped, "address", "addresses");
  return throw(error, BOUNCEDB_ERROR_DATA,
               "%s would have to be left out, because %s would misread %s", addresses,
               what->options.format->name, counts->dropped == 1 ? "it" : "them");
}

/* SQLite writes the database itself, to the draft of the output. */
static bool
run_copy(Store *store, Run *run, GError **error)
{
  g_autoptr(AtomicFile) draft = atomic_file_new(run->what->output, error);
  if (draft == NULL)
    return false;
  g_autoptr(StoreCopy) copy = store_copy_new(atomic_file_name(draft), error);
  run->copy = copy;
  if (copy == NULL || !read_rows(store, run, error) || !store_copy_finish(copy, error))
    return false;
  return check_strict(run->what, run->counts, error) && atomic_file_publish(draft, -1, error);
}

/* The removed addresses come first: an importer that sees the new list finds them, too. */
static bool
publish(const Run *run, GError **error)
{
  const Export *what = run->what;
  if (!writer_end(run->writer, error) ||
      (run->removed != NULL && !writer_end(run->removed, error)) ||
      !check_strict(what, run->counts, error))
    return false;
  g_strlcpy(run->counts->sha256, writer_sha256(run->writer), sizeof run->counts->sha256);
  gint64 stamp = what->stamp != NULL
                     ? what->stamp(run->counts->seq, writer_octets(run->writer), what->stamp_data)
                     : -1;
  return (run->removed == NULL || writer_publish(run->removed, -1, error)) &&
         writer_publish(run->writer, stamp, error);
}

static bool
run_writers(Store *store, Run *run, GError **error)
{
  const Export *what = run->what;
  const WriterOptions plain = {.format = &format_table[0], .guard = GUARD_RAW};
  g_autoptr(Writer) writer = what->append ? writer_new_append(what->output, &what->options, error)
                                          : writer_new(what->output, &what->options, error);
  if (writer == NULL)
    return false;
  g_autoptr(Writer) removed = NULL;
  if (what->removed != NULL && (removed = writer_new(what->removed, &plain, error)) == NULL)
    return false;
  run->writer = writer;
  run->removed = removed;
  return read_rows(store, run, error) && publish(run, error);
}

bool
export_run(Store *store, const Export *what, ExportCounts *counts, GError **error)
{
  *counts = (ExportCounts){0};
  Run run = {.what = what, .counts = counts};
  if (what->dry)
    return read_rows(store, &run, error) && check_strict(what, counts, error);
  if (what->options.format->syntax == SYNTAX_SQLITE)
    return run_copy(store, &run, error);
  return run_writers(store, &run, error);
}
