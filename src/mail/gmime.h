/* GMime's functions.
 *
 * GMime brings twelve other libraries along, and to load them takes as long as all the rest of a
 * delivery's start. The process that parses needs it, not its parent. So it is not linked: the one
 * loads it, while the other opens the database. A program that contains its libraries has it from
 * the beginning (static-gmime.c).
 *
 * Only mail/ includes this. */
#pragma once

#include <gmime/gmime.h>
#include <stdbool.h>

/* Its functions that are used, and GObject's. */
#define GMIME_FUNCTIONS(X)                                                                         \
  X(g_mime_content_type_get_mime_type)                                                             \
  X(g_mime_content_type_get_parameter)                                                             \
  X(g_mime_content_type_is_type)                                                                   \
  X(g_mime_content_type_parse)                                                                     \
  X(g_mime_data_wrapper_write_to_stream)                                                           \
  X(g_mime_header_get_name)                                                                        \
  X(g_mime_header_get_raw_value)                                                                   \
  X(g_mime_header_list_get_count)                                                                  \
  X(g_mime_header_list_get_header_at)                                                              \
  X(g_mime_iconv_open)                                                                             \
  X(g_mime_init)                                                                                   \
  X(g_mime_message_get_mime_part)                                                                  \
  X(g_mime_message_part_get_message)                                                               \
  X(g_mime_message_part_get_type)                                                                  \
  X(g_mime_multipart_get_count)                                                                    \
  X(g_mime_multipart_get_part)                                                                     \
  X(g_mime_multipart_get_prologue)                                                                 \
  X(g_mime_multipart_get_type)                                                                     \
  X(g_mime_object_get_content_type)                                                                \
  X(g_mime_object_get_header_list)                                                                 \
  X(g_mime_parser_construct_part)                                                                  \
  X(g_mime_parser_new_with_stream)                                                                 \
  X(g_mime_parser_options_free)                                                                    \
  X(g_mime_parser_options_new)                                                                     \
  X(g_mime_parser_options_set_warning_callback)                                                    \
  X(g_mime_part_get_content)                                                                       \
  X(g_mime_part_get_type)                                                                          \
  X(g_mime_stream_mem_new_with_buffer)                                                             \
  X(g_mime_stream_mem_new_with_byte_array)                                                         \
  X(g_mime_stream_mem_set_owner)                                                                   \
  X(g_mime_utils_header_decode_date)                                                               \
  X(g_mime_utils_header_decode_text)                                                               \
  X(g_object_unref)                                                                                \
  X(g_type_check_instance_is_a)

typedef struct {
#define GMIME_MEMBER(name) __typeof__(name) *name;
  GMIME_FUNCTIONS(GMIME_MEMBER)
#undef GMIME_MEMBER
} GMimeFunctions;

extern GMimeFunctions gmime; /* set by gmime_load() */

/* False if it is not installed, or lacks one of them. */
bool gmime_load(void);
