/* What a file or a stream is, by its first octets: mail, several messages, or something else. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* How a file is compressed, by its magic number. */
typedef enum { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_XZ, COMPRESSION_ZSTD } Compression;
Compression shape_compression(const char *head, size_t length);

/* Why this is not mail, for people: "a PDF document"; NULL if it may be. Mail begins with a From_
 * line or a header block that has one of the usual fields, or with '{', as the notifications of
 * some services. */
const char *shape_is_not_mail(const char *head, size_t length);

/* Whether this is an mbox with several messages: it begins with a From_ line, and another one,
 * followed by a header block, comes after a blank line, and not within the parts of the first. */
bool shape_is_mailbox(const char *head, size_t length);
