#include "config.h"

#include "export/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"

enum { BUFFERED = 64 << 10 }; /* octets gathered before they are written */

struct Writer {
  WriterOptions options;
  char *path;        /* NULL = standard output */
  GPtrArray *drafts; /* (element-type AtomicFile) */
  FILE *out;
  GString *buffer, *row;
  GChecksum *sum;
  gint64 octets;      /* in all */
  gint64 part_octets; /* in this file */
  gint64 part_rows;
  guint batch_rows;
};

static bool
flush(Writer *writer, GError **error)
{
  GString *buffer = writer->buffer;
  if (writer->options.sum)
    g_checksum_update(writer->sum, (const guchar *)buffer->str, (gssize)buffer->len);
  if (fwrite(buffer->str, 1, buffer->len, writer->out) != buffer->len)
    return throw_errno(error, "cannot write the list");
  g_string_truncate(buffer, 0);
  return true;
}

static bool
append(Writer *writer, const char *text, gsize length, GError **error)
{
  g_string_append_len(writer->buffer, text, (gssize)length);
  writer->octets += (gint64)length;
  writer->part_octets += (gint64)length;
  return writer->buffer->len < BUFFERED || flush(writer, error);
}

static bool
append_header(Writer *writer, GError **error)
{
  g_string_truncate(writer->row, 0);
  format_header(writer->options.format, writer->options.changes, writer->row);
  return append(writer, writer->row->str, writer->row->len, error);
}

static bool
begin_part(Writer *writer, GError **error)
{
  writer->part_octets = writer->part_rows = 0;
  if (writer->path == NULL) {
    writer->out = writer->options.hold ? tmpfile() : stdout;
    if (writer->out == NULL)
      return throw_errno(error, "cannot create a temporary file");
    return append_header(writer, error);
  }
  g_autofree char *number = g_strdup_printf("%u", writer->drafts->len + 1);
  g_autofree char *path =
      writer->drafts->len == 0 ? g_strdup(writer->path) : atomic_file_variant(writer->path, number);
  AtomicFile *draft = atomic_file_new(path, error);
  if (draft == NULL)
    return false;
  g_ptr_array_add(writer->drafts, draft);
  writer->out = atomic_file_stream(draft);
  return append_header(writer, error);
}

static void
free_draft(gpointer draft)
{
  atomic_file_free(draft);
}

static Writer *
make_writer(const char *path, const WriterOptions *options)
{
  Writer *writer = g_new0(Writer, 1);
  writer->options = *options;
  writer->path = g_strdup(path);
  writer->drafts = g_ptr_array_new_with_free_func(free_draft);
  writer->buffer = g_string_sized_new(BUFFERED + 4096);
  writer->row = g_string_new(NULL);
  writer->sum = g_checksum_new(G_CHECKSUM_SHA256);
  return writer;
}

Writer *
writer_new(const char *path, const WriterOptions *options, GError **error)
{
  g_autoptr(Writer) writer = make_writer(path, options);
  return begin_part(writer, error) ? g_steal_pointer(&writer) : NULL;
}

Writer *
writer_new_append(const char *path, const WriterOptions *options, GError **error)
{
  g_autoptr(Writer) writer = make_writer(path, options);
  AtomicFile *draft = atomic_file_append(path, &writer->octets, error);
  if (draft == NULL)
    return NULL;
  g_ptr_array_add(writer->drafts, draft);
  writer->out = atomic_file_stream(draft);
  return g_steal_pointer(&writer);
}

static bool
open_batch(Writer *writer, GError **error)
{
  const Format *format = writer->options.format;
  const char *text = writer->batch_rows++ == 0 ? format->open : ",";
  return append(writer, text, strlen(text), error);
}

static bool
close_batch(Writer *writer, GError **error)
{
  const Format *format = writer->options.format;
  writer->batch_rows = 0;
  return append(writer, format->close, strlen(format->close), error);
}

/* Whether the row to be written would make this file too long. */
static bool
is_full(const Writer *writer)
{
  const Format *format = writer->options.format;
  gint64 rows =
      writer->options.chunk > 0 && format->batch == 0 ? writer->options.chunk : format->part_rows;
  if (writer->path == NULL || writer->part_rows == 0)
    return false;
  return (rows > 0 && writer->part_rows >= rows) ||
         (format->part_octets > 0 &&
          writer->part_octets + (gint64)writer->row->len > format->part_octets);
}

static bool
next_part(Writer *writer, GError **error)
{
  if (writer->batch_rows > 0 && !close_batch(writer, error))
    return false;
  return flush(writer, error) && begin_part(writer, error);
}

bool
writer_add(Writer *writer, const Entry *row, GError **error)
{
  const WriterOptions *options = &writer->options;
  const Format *format = options->format;
  g_string_truncate(writer->row, 0);
  format_row(format, row, options->guard, options->changes, writer->row);
  if (is_full(writer)) {
    g_autofree char *text = g_strndup(writer->row->str, writer->row->len);
    if (!next_part(writer, error)) /* which uses writer->row for the header */
      return false;
    g_string_assign(writer->row, text);
  }
  if (format->open != NULL && !open_batch(writer, error))
    return false;
  if (!append(writer, writer->row->str, writer->row->len, error))
    return false;
  writer->part_rows++;
  guint batch = options->chunk > 0 ? options->chunk : format->batch;
  return format->batch == 0 || writer->batch_rows < batch || close_batch(writer, error);
}

/* An empty list is an empty array, but not a request body. */
static bool
end_batch(Writer *writer, GError **error)
{
  const Format *format = writer->options.format;
  if (format->open == NULL)
    return true;
  if (writer->batch_rows == 0 && format->batch == 0 && !open_batch(writer, error))
    return false;
  return writer->batch_rows == 0 || close_batch(writer, error);
}

bool
writer_end(Writer *writer, GError **error)
{
  return end_batch(writer, error) && flush(writer, error);
}

gint64
writer_octets(const Writer *writer)
{
  return writer->octets;
}

const char *
writer_sha256(Writer *writer)
{
  return g_checksum_get_string(writer->sum);
}

/* Standard output may be something that cannot be synced. */
static bool
sync_output(GError **error)
{
  if (fflush(stdout) == 0 &&
      (fsync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP))
    return true;
  return throw_errno(error, "cannot write to standard output");
}

static void
remove_rest(const Writer *writer)
{
  for (guint i = writer->drafts->len + 1;; i++) {
    g_autofree char *number = g_strdup_printf("%u", i);
    g_autofree char *path = atomic_file_variant(writer->path, number);
    if (unlink(path) != 0)
      return;
  }
}

/* What was held back. */
static bool
copy_held(FILE *from, GError **error)
{
  char buffer[4096];
  size_t n;
  rewind(from);
  while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
    if (fwrite(buffer, 1, n, stdout) != n)
      return throw_errno(error, "cannot write to standard output");
  return ferror(from) == 0 || throw_errno(error, "cannot read a temporary file");
}

bool
writer_publish(Writer *writer, gint64 stamp, GError **error)
{
  if (writer->path == NULL)
    return (!writer->options.hold || copy_held(writer->out, error)) && sync_output(error);
  for (guint i = 0; i < writer->drafts->len; i++)
    if (!atomic_file_publish(g_ptr_array_index(writer->drafts, i), stamp, error))
      return false;
  const Format *format = writer->options.format;
  if (format->part_rows > 0 || format->part_octets > 0 || writer->options.chunk > 0)
    remove_rest(writer);
  return true;
}

void
writer_free(Writer *writer)
{
  if (writer == NULL)
    return;
  if (writer->path == NULL && writer->options.hold && writer->out != NULL)
    fclose(writer->out);
  g_ptr_array_unref(writer->drafts);
  g_string_free(writer->buffer, TRUE);
  g_string_free(writer->row, TRUE);
  g_checksum_free(writer->sum);
  g_free(writer->path);
  g_free(writer);
}
