/* The tree of GMime objects is walked with an explicit stack, not by recursion. Entities are parsed
 * by construct_part, not construct_message: a GMimeMessage decodes every address and the subject at
 * once (64 octets of memory for each octet of a hostile To), and it separates its fields from those
 * of its body. */
#include "config.h"

#include "mail/message.h"

#include <string.h>

#include "base/lines.h"
#include "mail/bounce.h"
#include "mail/charset.h"
#include "mail/converters.h"
#include "mail/gmime.h"
#include "mail/html.h"
#include "mail/scan.h"

static void
unref(gpointer object)
{
  gmime.g_object_unref(object);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeContentType, unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, unref)

/* object is nullable. */
static bool
is_a(GMimeObject *object, GType (*type)(void))
{
  return gmime.g_type_check_instance_is_a((GTypeInstance *)object, type());
}

struct PartContent {
  GMimeObject *object; /* borrowed */
  GByteArray *bytes;
  char *text;
};

enum {
  OPENED_MAX = 8, /* encoded entities that are decoded and parsed again */
};

struct Message {
  GPtrArray *parts;   /* Part */
  GPtrArray *objects; /* what was parsed: the message, and entities encoded in it */
  GMimeParserOptions *options;
  guint opened; /* of OPENED_MAX */
  unsigned notes;
};

/* The year 2100. Later dates are nonsense. */
static const gint64 date_max = 4102444800;

/* An entity on the stack. */
typedef struct {
  GMimeObject *object;  /* NULL: the part has no content */
  GMimeObject *wrapper; /* the GMimeMessage around it, with the other half of its headers */
  const Part *parent;
  bool returned;
} Item;

static void
free_header(gpointer data)
{
  Header *header = data;
  g_free(header->name);
  g_free(header->value);
  g_free(header);
}

static void
free_part(gpointer data)
{
  Part *part = data;
  g_free(part->type);
  g_ptr_array_unref(part->headers);
  if (part->content->bytes != NULL)
    g_byte_array_unref(part->content->bytes);
  g_free(part->content->text);
  g_free(part->content);
  g_free(part);
}

static void
note_warning(gint64 offset, GMimeParserWarning warning, const gchar *item, gpointer data)
{
  (void)offset;
  (void)item;
  if (warning == GMIME_CRIT_NESTING_OVERFLOW)
    *(unsigned *)data |= NOTE_PARTS_CUT;
}

/* GMime 3.2.14 added the last argument under the same soname. A program that was compiled with the
 * earlier header and runs with the later library has to pass it too, or GMime calls what happens to
 * be in the register; the earlier library does not look at it. */
typedef void SetCallback(GMimeParserOptions *, GMimeParserWarningFunc, gpointer, GDestroyNotify);

static void
watch_warnings(Message *message)
{
  SetCallback *set =
      (SetCallback *)(void (*)(void))gmime.g_mime_parser_options_set_warning_callback;
  set(message->options, note_warning, &message->notes, NULL);
}

/* --- fields --- */

static char *
unfold(const char *raw)
{
  g_autofree char *line = g_malloc(strlen(raw) + 1);
  size_t n = 0;
  for (const char *p = raw; *p != '\0'; p++)
    if (*p != '\n' && *p != '\r')
      line[n++] = *p;
  return g_strstrip(charset_to_utf8(line, n, NULL));
}

static void
add_headers(Part *part, GMimeObject *object)
{
  GMimeHeaderList *list = gmime.g_mime_object_get_header_list(object);
  int n = gmime.g_mime_header_list_get_count(list);
  for (int i = 0; i < n; i++) {
    GMimeHeader *field = gmime.g_mime_header_list_get_header_at(list, i);
    const char *raw = gmime.g_mime_header_get_raw_value(field);
    if (raw == NULL)
      continue;
    Header *header = g_new0(Header, 1);
    header->name = charset_to_utf8(gmime.g_mime_header_get_name(field),
                                   strlen(gmime.g_mime_header_get_name(field)), NULL);
    header->value = unfold(raw);
    g_ptr_array_add(part->headers, header);
  }
}

const char *
part_header(const Part *part, const char *name)
{
  for (guint i = 0; i < part->headers->len; i++) {
    const Header *header = g_ptr_array_index(part->headers, i);
    if (g_ascii_strcasecmp(header->name, name) == 0)
      return header->value;
  }
  return NULL;
}

/* GMime converts encoded words itself (RFC 2047: =?charset?B?text?=). */
static void
expect_charsets(const char *value)
{
  char label[40];
  for (const char *p = value; (p = strstr(p, "=?")) != NULL;) {
    p += 2;
    size_t length = strcspn(p, "?*");
    g_strlcpy(label, p, MIN(length + 1, sizeof label));
    converters_expect(label);
  }
}

char *
message_decode_words(const char *value)
{
  /* GMime leaves such text as it is, but takes it apart first. */
  if (strstr(value, "=?") == NULL && g_str_is_ascii(value))
    return charset_to_utf8(value, strlen(value), NULL);
  expect_charsets(value);
  g_autofree char *decoded = gmime.g_mime_utils_header_decode_text(NULL, value);
  return charset_to_utf8(decoded, strlen(decoded), NULL);
}

char *
part_header_decoded(const Part *part, const char *name)
{
  const char *value = part_header(part, name);
  return value != NULL ? message_decode_words(value) : NULL;
}

char *
part_parameter(const Part *part, const char *name)
{
  const char *value = part_header(part, "Content-Type");
  if (value == NULL || line_find(value, SIZE_MAX, name) == NULL)
    return NULL;
  g_autoptr(GMimeContentType) type = gmime.g_mime_content_type_parse(NULL, value);
  const char *parameter = gmime.g_mime_content_type_get_parameter(type, name);
  return parameter != NULL ? g_utf8_strdown(parameter, -1) : NULL;
}

bool
part_is_status(const Part *part)
{
  return strcmp(part->type, "message/delivery-status") == 0 ||
         strcmp(part->type, "message/global-delivery-status") == 0;
}

gint64
message_date(const char *value)
{
  g_autoptr(GDateTime) date = gmime.g_mime_utils_header_decode_date(value);
  gint64 seconds = date != NULL ? g_date_time_to_unix(date) : 0;
  return seconds > 0 && seconds < date_max ? seconds : 0;
}

gint64
part_date(const Part *part)
{
  const char *value = part_header(part, "Date");
  return value != NULL ? message_date(value) : 0;
}

/* --- types --- */

/* Whether the part is a file with a message, whatever its type: "original.eml". */
static bool
is_mail_file(const Part *part)
{
  static const char *const names[] = {"Content-Type", "Content-Disposition"};
  for (size_t i = 0; part->parent != NULL && i < G_N_ELEMENTS(names); i++) {
    const char *value = part_header(part, names[i]);
    const char *suffix = value != NULL ? line_find(value, SIZE_MAX, ".eml") : NULL;
    if (suffix != NULL && !g_ascii_isalnum(suffix[4]))
      return true;
  }
  return false;
}

/* GMime's type decides, except for application/octet-stream: an encoded message/rfc822 is still
 * one, and an unreadable Content-Type means text (RFC 2045 section 5.2). */
static char *
part_type(const Part *part)
{
  GMimeObject *object = part->content->object;
  if (object == NULL)
    return g_strdup("text/plain");
  GMimeContentType *made = gmime.g_mime_object_get_content_type(object);
  g_autoptr(GMimeContentType) written = NULL;
  const char *value = part_header(part, "Content-Type");
  if (value != NULL && gmime.g_mime_content_type_is_type(made, "application", "octet-stream")) {
    if (strchr(value, '/') == NULL)
      return g_strdup("text/plain");
    made = written = gmime.g_mime_content_type_parse(NULL, value);
  }
  g_autofree char *name = gmime.g_mime_content_type_get_mime_type(made);
  if (is_a(object, gmime.g_mime_part_get_type) &&
      g_ascii_strcasecmp(name, "application/octet-stream") == 0 && is_mail_file(part))
    return g_strdup("message/rfc822");
  return g_ascii_strdown(name, -1);
}

static bool
holds_entity(const char *type)
{
  static const char *const types[] = {
      "message/rfc822",  "message/rfc2822",        "message/news",
      "message/global",  "message/global-headers", "message/rfc822-headers",
      "message/partial", "text/rfc822-headers",    "text/rfc822-header",
      "text/rfc822",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
    if (strcmp(type, types[i]) == 0)
      return true;
  return false;
}

/* --- bytes --- */

static GByteArray *
decode_content(GMimeObject *object)
{
  GByteArray *bytes = g_byte_array_new();
  GMimeDataWrapper *content = is_a(object, gmime.g_mime_part_get_type)
                                  ? gmime.g_mime_part_get_content((GMimePart *)object)
                                  : NULL;
  if (content == NULL)
    return bytes;
  g_autoptr(GMimeStream) stream = gmime.g_mime_stream_mem_new_with_byte_array(bytes);
  gmime.g_mime_stream_mem_set_owner((GMimeStreamMem *)stream, FALSE);
  gmime.g_mime_data_wrapper_write_to_stream(content, stream);
  return bytes;
}

/* In a multipart whose boundary never occurs, all the text precedes the first part. */
static GByteArray *
decode_prologue(GMimeMultipart *multipart)
{
  GByteArray *bytes = g_byte_array_new();
  const char *prologue = gmime.g_mime_multipart_get_prologue(multipart);
  if (prologue != NULL && gmime.g_mime_multipart_get_count(multipart) == 0)
    g_byte_array_append(bytes, (const guint8 *)prologue, (guint)strlen(prologue));
  return bytes;
}

static GByteArray *
content_bytes(struct PartContent *content)
{
  if (content->bytes != NULL)
    return content->bytes;
  if (is_a(content->object, gmime.g_mime_multipart_get_type))
    content->bytes = decode_prologue((GMimeMultipart *)content->object);
  else if (content->object != NULL)
    content->bytes = decode_content(content->object);
  else
    content->bytes = g_byte_array_new();
  g_byte_array_append(content->bytes, (const guint8 *)"", 1);
  g_byte_array_set_size(content->bytes, content->bytes->len - 1);
  return content->bytes;
}

const char *
part_bytes(const Part *part, size_t *length)
{
  GByteArray *bytes = content_bytes(part->content);
  *length = bytes->len;
  return (const char *)bytes->data;
}

static void
unify_line_ends(char *text)
{
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (*from == '\r' && from[1] == '\n')
      continue;
    *to++ = *from == '\r' ? '\n' : *from;
  }
  *to = '\0';
}

static bool
is_html(const Part *part, const char *text)
{
  if (strcmp(part->type, "text/html") == 0)
    return true;
  while (g_ascii_isspace(*text))
    text++;
  return g_ascii_strncasecmp(text, "<!doctype html", 14) == 0 ||
         g_ascii_strncasecmp(text, "<html", 5) == 0;
}

const char *
part_text(const Part *part)
{
  if (part->content->text != NULL)
    return part->content->text;
  size_t length;
  const char *bytes = part_bytes(part, &length);
  g_autofree char *charset = part_parameter(part, "charset");
  char *text = charset_to_utf8(bytes, length, charset);
  unify_line_ends(text);
  if (is_html(part, text)) {
    g_autofree char *document = text;
    text = html_to_text(document, strlen(document));
  }
  return part->content->text = text;
}

/* --- the tree --- */

/* NULL if GMime finds nothing to parse. The object belongs to the message. */
static GMimeObject *
parse(Message *message, const char *text, size_t length)
{
  g_autoptr(GMimeStream) stream = gmime.g_mime_stream_mem_new_with_buffer(text, length);
  g_autoptr(GMimeParser) parser = gmime.g_mime_parser_new_with_stream(stream);
  GMimeObject *object = gmime.g_mime_parser_construct_part(parser, message->options);
  if (object != NULL)
    g_ptr_array_add(message->objects, object);
  return object;
}

/* GMime finds nothing without a header block. With an empty one added, everything is body. */
static GMimeObject *
parse_entity(Message *message, const char *text, size_t length, bool *headless)
{
  const char *end = memchr(text, '\n', length);
  *headless = !scan_is_field(text, end != NULL ? (size_t)(end - text) : length);
  GMimeObject *object = *headless ? NULL : parse(message, text, length);
  if (object != NULL)
    return object;
  *headless = true;
  g_autoptr(GString) body = g_string_new("\n");
  g_string_append_len(body, text, (gssize)length);
  return parse(message, body->str, body->len);
}

static Part *
add_part(Message *message, const Item *item)
{
  Part *part = g_new0(Part, 1);
  part->parent = item->parent;
  part->index = message->parts->len;
  part->depth = item->parent != NULL ? item->parent->depth + 1 : 0;
  part->returned = item->returned;
  part->headers = g_ptr_array_new_with_free_func(free_header);
  part->content = g_new0(struct PartContent, 1);
  part->content->object = item->object;
  if (item->wrapper != NULL)
    add_headers(part, item->wrapper);
  if (item->object != NULL)
    add_headers(part, item->object);
  part->type = part_type(part);
  g_ptr_array_add(message->parts, part);
  return part;
}

/* Pushes the entity in a leaf that GMime did not open: headers alone, or an encoded message. */
static void
push_leaf_entity(Message *message, GArray *stack, const Part *part)
{
  if (message->opened++ >= OPENED_MAX) {
    message->notes |= NOTE_PARTS_CUT;
    return;
  }
  bool headless;
  size_t length;
  const char *bytes = part_bytes(part, &length);
  g_autoptr(GString) window = scan_window(bytes, length, SCAN_WINDOW_MAX, &message->notes);
  GMimeObject *object = parse_entity(message, window->str, window->len, &headless);
  if (object == NULL)
    return;
  Item child = {.object = object, .parent = part, .returned = true};
  g_array_append_val(stack, child);
}

static void
push_children(Message *message, GArray *stack, const Item *item, const Part *part)
{
  if (is_a(item->object, gmime.g_mime_multipart_get_type)) {
    GMimeMultipart *multipart = (GMimeMultipart *)item->object;
    for (int i = gmime.g_mime_multipart_get_count(multipart) - 1; i >= 0; i--) {
      Item child = {.object = gmime.g_mime_multipart_get_part(multipart, i),
                    .parent = part,
                    .returned = item->returned};
      g_array_append_val(stack, child);
    }
  } else if (is_a(item->object, gmime.g_mime_message_part_get_type)) {
    GMimeMessage *inner = gmime.g_mime_message_part_get_message((GMimeMessagePart *)item->object);
    Item child = {.object = inner != NULL ? gmime.g_mime_message_get_mime_part(inner) : NULL,
                  .wrapper = (GMimeObject *)inner,
                  .parent = part,
                  .returned = true};
    g_array_append_val(stack, child);
  } else if (holds_entity(part->type))
    push_leaf_entity(message, stack, part);
}

static void
flatten(Message *message, GMimeObject *root)
{
  g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(Item));
  Item item = {.object = root};
  g_array_append_val(stack, item);
  while (stack->len > 0) {
    item = g_array_index(stack, Item, stack->len - 1);
    g_array_set_size(stack, stack->len - 1);
    Part *part = add_part(message, &item);
    if (item.object == NULL)
      continue;
    if (part->depth < MESSAGE_DEPTH_MAX)
      push_children(message, stack, &item, part);
    else if (!is_a(item.object, gmime.g_mime_part_get_type))
      message->notes |= NOTE_PARTS_CUT;
  }
}

bool
message_init(void)
{
  static bool ready;
  if (!ready && gmime_load()) {
    gmime.g_mime_init();
    ready = true;
  }
  return ready;
}

Message *
message_new(const char *window, size_t length)
{
  if (!message_init())
    g_error("cannot load %s", GMIME_LIBRARY);
  Message *message = g_new0(Message, 1);
  message->parts = g_ptr_array_new_with_free_func(free_part);
  message->objects = g_ptr_array_new_with_free_func(unref);
  message->options = gmime.g_mime_parser_options_new();
  watch_warnings(message);
  bool headless;
  GMimeObject *root = parse_entity(message, window, length, &headless);
  if (headless)
    message->notes |= NOTE_NO_HEADER;
  flatten(message, root);
  return message;
}

void
message_free(Message *message)
{
  if (message == NULL)
    return;
  g_ptr_array_unref(message->parts);
  g_ptr_array_unref(message->objects);
  gmime.g_mime_parser_options_free(message->options);
  g_free(message);
}

unsigned
message_notes(const Message *message)
{
  return message->notes;
}

guint
message_n_parts(const Message *message)
{
  return message->parts->len;
}

const Part *
message_part(const Message *message, guint index)
{
  return g_ptr_array_index(message->parts, index);
}

const Part *
message_find(const Message *message, const char *type)
{
  bool prefix = g_str_has_suffix(type, "/");
  for (guint i = 0; i < message->parts->len; i++) {
    const Part *part = g_ptr_array_index(message->parts, i);
    if (part->returned)
      continue;
    if (prefix ? g_str_has_prefix(part->type, type) && !holds_entity(part->type)
               : strcmp(part->type, type) == 0)
      return part;
  }
  return NULL;
}

const Part *
message_returned(const Message *message)
{
  for (guint i = 0; i < message->parts->len; i++) {
    const Part *part = g_ptr_array_index(message->parts, i);
    if (part->returned && !part->parent->returned)
      return part;
  }
  return NULL;
}
