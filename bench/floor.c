/* floor DATABASE: what a delivery cannot cost less than.
 *
 * The same libraries, and nothing that is not needed: reads a message from standard input, parses
 * it with GMime, decodes its report, and commits one row with SQLite's own defaults for durability
 * (WAL, synchronous=FULL, a checkpoint at close). bench.sh holds the program against it. */
#include "config.h"

#include <gmime/gmime.h>
#include <sqlite3.h>
#include <unistd.h>

static GByteArray *
read_message(void)
{
  GByteArray *message = g_byte_array_new();
  guint8 buffer[65536];
  ssize_t n;
  while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
    g_byte_array_append(message, buffer, (guint)n);
  return message;
}

static void
decode_report(GMimeObject *parent, GMimeObject *part, gpointer data)
{
  (void)parent;
  if (!GMIME_IS_PART(part) ||
      !g_mime_content_type_is_type(g_mime_object_get_content_type(part), "message", "*"))
    return;
  GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(data);
  g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
  GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
  if (content != NULL)
    g_mime_data_wrapper_write_to_stream(content, stream);
  g_object_unref(stream);
}

static GByteArray *
parse(GByteArray *bytes)
{
  g_mime_init();
  GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  GByteArray *report = g_byte_array_new();
  if (message != NULL) {
    g_mime_message_foreach(message, decode_report, report);
    g_object_unref(message);
  }
  g_object_unref(parser);
  g_object_unref(stream);
  return report;
}

static int
commit(const char *path, GByteArray *report)
{
  sqlite3 *db;
  sqlite3_stmt *insert;
  if (sqlite3_open(path, &db) != SQLITE_OK)
    return 75;
  sqlite3_busy_timeout(db, 60000);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", NULL, NULL, NULL);
  sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, text TEXT)", NULL,
               NULL, NULL);
  sqlite3_prepare_v2(db, "INSERT INTO report (text) VALUES (?)", -1, &insert, NULL);
  sqlite3_bind_text(insert, 1, (const char *)report->data, (int)report->len, SQLITE_STATIC);
  int result = sqlite3_step(insert);
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return result == SQLITE_DONE ? 0 : 75;
}

int
main(int argc, char **argv)
{
  if (argc != 2)
    return 64;
  GByteArray *message = read_message();
  GByteArray *report = parse(message);
  return commit(argv[1], report);
}
