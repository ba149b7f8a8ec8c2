/* reencode WAY FOLDER FILE...: writes each message to a file of the same name in the folder, with
 * the texts in it in another encoding: base64, quoted-printable or 8bit. */
#include "config.h"

#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)

static void
encode_text(GMimeObject *parent, GMimeObject *object, gpointer way)
{
  (void)parent;
  if (!GMIME_IS_TEXT_PART(object))
    return;
  GMimePart *part = GMIME_PART(object);
  GMimeDataWrapper *content = g_mime_part_get_content(part);
  if (content == NULL)
    return;
  /* decoded first, so that the line endings are the part's own */
  g_autoptr(GMimeStream) decoded = g_mime_stream_mem_new();
  g_mime_data_wrapper_write_to_stream(content, decoded);
  g_mime_stream_reset(decoded);
  g_autoptr(GMimeDataWrapper) plain =
      g_mime_data_wrapper_new_with_stream(decoded, GMIME_CONTENT_ENCODING_DEFAULT);
  g_mime_part_set_content(part, plain);
  g_mime_part_set_content_encoding(part, g_mime_content_encoding_from_string(way));
}

static bool
write_message(const char *way, const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  gsize size;
  if (!g_file_get_contents(from, &bytes, &size, NULL))
    return false;
  gsize blank = strspn(bytes, " \t\r\n"); /* where mail systems begin to read */
  g_autoptr(GMimeStream) in = g_mime_stream_mem_new_with_buffer(bytes + blank, size - blank);
  g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(in);
  g_autoptr(GMimeMessage) message = g_mime_parser_construct_message(parser, NULL);
  g_autoptr(GMimeStream) out = g_mime_stream_fs_open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);
  if (message == NULL || out == NULL)
    return false;
  GMimeObject *top = g_mime_message_get_mime_part(message);
  if (GMIME_IS_MULTIPART(top))
    g_mime_multipart_foreach(GMIME_MULTIPART(top), encode_text, (gpointer)way);
  else if (top != NULL)
    encode_text(NULL, top, (gpointer)way);
  return g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, out) >= 0;
}

int
main(int argc, char **argv)
{
  g_mime_init();
  for (int i = 3; i < argc; i++) {
    g_autofree char *name = g_path_get_basename(argv[i]);
    g_autofree char *to = g_build_filename(argv[2], name, NULL);
    if (!write_message(argv[1], argv[i], to)) {
      fprintf(stderr, "reencode: %s\n", argv[i]);
      return 1;
    }
  }
  return 0;
}
