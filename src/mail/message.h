/* A message as a uniform tree of parts. The only module that knows GMime.
 *
 * The tree is flattened into an array in reading order; part 0 is the message itself. GMime's three
 * kinds of nodes (message, multipart, message part) become one. A part of type message/rfc822,
 * message/global, text/rfc822-headers or similar has exactly one child: the entity inside, with its
 * own headers. Returned messages in base64 are opened too.
 *
 * What these functions return is borrowed from the Message and valid as long as the Message is. The
 * input must be a window from scan (bounded, LF line ends, no NUL); no input makes them abort. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { MESSAGE_DEPTH_MAX = 20 };

typedef struct {
  char *name;  /* as written */
  char *value; /* unfolded, outer blanks removed, as UTF-8; RFC 2047 not decoded */
} Header;

typedef struct Part Part;
struct Part {
  const Part *parent; /* NULL for part 0 */
  guint index;        /* in reading order */
  guint depth;
  bool returned;               /* in the returned message, so not the reporting system's words */
  char *type;                  /* lower case "type/subtype"; "text/plain" if none is given */
  GPtrArray *headers;          /* (element-type Header); never NULL */
  struct PartContent *content; /* private */
};

typedef struct Message Message;

/* Does what message_new would otherwise do the first time: afterwards, no file is opened. False if
 * GMime is not installed. */
bool message_init(void);

/* Never NULL. Ends the process if GMime is not installed. Without a header block everything is body
 * (NOTE_NO_HEADER). */
Message *message_new(const char *window, size_t length);
void message_free(Message *message);

unsigned message_notes(const Message *message); /* of Note */
guint message_n_parts(const Message *message);
const Part *message_part(const Message *message, guint index);

/* The first part of that type outside the returned message; NULL if there is none. A type that ends
 * in a slash ("text/") matches all subtypes. */
const Part *message_find(const Message *message, const char *type);

/* The returned message (its entity, with the headers), if it is a part of the message; NULL
 * otherwise. */
const Part *message_returned(const Message *message);

/* The value of the first field of that name, case-insensitive; NULL if there is none. */
const char *part_header(const Part *part, const char *name);

/* The same with RFC 2047 words decoded. (transfer full) (nullable) */
char *part_header_decoded(const Part *part, const char *name);

/* Decodes the RFC 2047 words in a value. (transfer full) */
char *message_decode_words(const char *value);

/* A parameter of Content-Type ("report-type"), lower case. (transfer full) (nullable) */
char *part_parameter(const Part *part, const char *name);

/* Whether the part has the fields of a report (RFC 3464, RFC 6533). */
bool part_is_status(const Part *part);

/* A date as in mail (RFC 5322 section 3.3) in Unix seconds; 0 if it makes no sense. */
gint64 message_date(const char *value);

/* The Date field in Unix seconds; 0 if it is absent or makes no sense. */
gint64 part_date(const Part *part);

/* The content of a leaf without its transfer encoding, NUL-terminated; "" for other parts. */
const char *part_bytes(const Part *part, size_t *length);

/* The text of a leaf as valid UTF-8 with LF line ends; of HTML, only the text. */
const char *part_text(const Part *part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)
