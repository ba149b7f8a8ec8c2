/* A message as a uniform tree of parts. The only module that knows GMime.
 *
 * The tree is flattened into an array in reading order; part 0 is the message itself. GMime's
 * three shapes (message, multipart, message part) are made one: a part of type message/rfc822,
 * message/global or text/rfc822-headers (and their kin) has exactly one child, the entity inside
 * with its own headers; base64-encoded returned messages are opened too.
 *
 * Everything returned is borrowed from the Message and valid as long as it is. The input must have
 * gone through scan (bounded, LF line ends, no NUL); nothing here aborts on any bytes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { MESSAGE_DEPTH_MAX = 20 };

typedef struct {
  char *name;  /* as written */
  char *value; /* unfolded, outer blanks removed; raw words (RFC 2047 not decoded) as UTF-8 */
} Header;

typedef struct Part Part;
struct Part {
  const Part *parent; /* NULL for part 0 */
  guint index;        /* its place in reading order */
  guint depth;
  bool returned;      /* inside the returned message: never the words of the reporting system */
  char *type;         /* lower case "type/subtype"; "text/plain" where none is given */
  GPtrArray *headers; /* (element-type Header); never NULL */
  struct PartContent *content; /* private */
};

typedef struct Message Message;

/* Never NULL. Where there is no header block all of it is body (NOTE_NO_HEADER). */
Message *message_new(const char *window, size_t length);
void message_free(Message *message);

unsigned message_notes(const Message *message); /* of Note */
guint message_n_parts(const Message *message);
const Part *message_part(const Message *message, guint index);

/* The first part of that type that the reporting system wrote (not inside the returned message);
 * type may end in a slash ("text/") to mean all subtypes. NULL where there is none. */
const Part *message_find(const Message *message, const char *type);

/* The entity (headers) of the returned message, where the letter has one as a part; else NULL. */
const Part *message_returned(const Message *message);

/* First field of that name, case-insensitive; NULL where there is none. */
const char *part_header(const Part *part, const char *name);

/* The same with RFC 2047 words decoded. (transfer full) (nullable) */
char *part_header_decoded(const Part *part, const char *name);

/* RFC 2047 words of a value that stands in no part's header, decoded. (transfer full) */
char *message_decode_words(const char *value);

/* A parameter of Content-Type ("report-type"), lower case. (transfer full) (nullable) */
char *part_parameter(const Part *part, const char *name);

/* It holds the fields of a report (RFC 3464, RFC 6533). */
bool part_is_status(const Part *part);

/* Date field as Unix seconds, 0 where absent or senseless. */
gint64 part_date(const Part *part);

/* The decoded bytes of a leaf (transfer encoding undone), NUL-terminated; "" for the others. */
const char *part_bytes(const Part *part, size_t *length);

/* The text of a leaf as valid UTF-8 with LF line ends; HTML is reduced to its text. */
const char *part_text(const Part *part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)
