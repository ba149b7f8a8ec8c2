#include "config.h"

#include "export/list-files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/store-export.h"
#include "export/export.h"

enum {
  NANOSECONDS = 1000000000,
  LOOK_BACK = 64, /* changes; a file that lacks more is written from scratch */
};

void
list_file_free(ListFile *list)
{
  if (list == NULL)
    return;
  g_free(list->path);
  selection_clear(&list->selection);
  g_free(list);
}

bool
list_file_can_append(const Format *format)
{
  return (format->flags & FORMAT_APPENDS) != 0;
}

typedef struct {
  const ListFile *list;
  const char *identity; /* of the database */
  const char *filter;
} Kept;

/* The nanoseconds of the modification time, as list-files.h describes them. */
static gint64
stamp(gint64 seq, gint64 octets, gconstpointer data)
{
  const Kept *kept = data;
  g_autofree char *text =
      g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s %s", kept->identity, seq,
                      octets, kept->list->format->name, kept->filter);
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
  sum[12] = '\0';
  return (gint64)(g_ascii_strtoull(sum, NULL, 16) % NANOSECONDS);
}

/* The last change that the file contains; -1 if it is older than LOOK_BACK changes, or if the file
 * must not be appended to, since it has a second name or belongs to another user. */
static gint64
file_sequence(const Kept *kept, gint64 last)
{
  struct stat st;
  if (lstat(kept->list->path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
      st.st_uid != geteuid())
    return -1;
  for (gint64 seq = last; seq >= 0 && seq > last - LOOK_BACK; seq--)
    if (stamp(seq, st.st_size, kept) == st.st_mtim.tv_nsec)
      return seq;
  return -1;
}

/* The caller holds the ticket. */
static bool
bring_up_to_date(Store *store, const Kept *kept, GError **error)
{
  gint64 last;
  if (!store_sequence(store, &last, error))
    return false;
  gint64 seq = file_sequence(kept, last);
  if (seq == last)
    return true;
  bool append = false;
  if (seq >= 0 && !store_only_additions(store, seq, &append, error))
    return false;
  ExportCounts counts;
  const Export what = {.options = {.format = kept->list->format},
                       .selection = &kept->list->selection,
                       .output = kept->list->path,
                       .after = append ? seq : -1,
                       .append = append,
                       .stamp = stamp,
                       .stamp_data = kept};
  return export_run(store, &what, &counts, error);
}

/* Looks at the file first, without the ticket: usually it is up to date. */
static bool
update(Store *store, const ListFile *list, const char *identity, gint64 last, GError **error)
{
  g_autofree char *filter = selection_describe(&list->selection);
  const Kept kept = {list, identity, filter};
  if (file_sequence(&kept, last) == last)
    return true;
  if (!store_lock(store, error))
    return false;
  bool ok = bring_up_to_date(store, &kept, error);
  store_unlock(store);
  return ok;
}

bool
list_files_update(Store *store, const GPtrArray *lists, GError **error)
{
  gint64 last;
  if (lists->len == 0)
    return true;
  g_autofree char *identity = store_identity(store, error);
  if (identity == NULL || !store_sequence(store, &last, error))
    return false;
  bool ok = true;
  for (guint i = 0; i < lists->len; i++) {
    g_autoptr(GError) cause = NULL;
    if (update(store, g_ptr_array_index(lists, i), identity, last, &cause))
      continue;
    if (ok)
      g_propagate_prefixed_error(error, g_steal_pointer(&cause), "a list file is not up to date: ");
    ok = false;
  }
  return ok;
}

bool
list_file_is_current(Store *store, const ListFile *list, bool *current, GError **error)
{
  gint64 last;
  g_autofree char *identity = store_identity(store, error);
  if (identity == NULL || !store_sequence(store, &last, error))
    return false;
  g_autofree char *filter = selection_describe(&list->selection);
  const Kept kept = {list, identity, filter};
  *current = file_sequence(&kept, last) == last;
  return true;
}
