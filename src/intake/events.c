#include "config.h"

#include "intake/events.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  BUFFER = 64 << 10,
  PIECE = 4 << 10, /* octets copied at a time */
  KEY_MAX = 16,
  NAMES_MAX = 16 << 10, /* octets of the first record of CSV */
};

static const char form[] = "mandrill_events=";

typedef enum { SYNTAX_JSON, SYNTAX_CSV } Syntax;

struct Events {
  int fd;
  bool eof;
  Syntax syntax;
  char *header; /* of the message that an event becomes */
  GString *input;
  size_t at; /* in input */

  bool encoded; /* as a form: %7B is a brace */

  bool quoted, escaped; /* within a string, or after a backslash there */
  guint depth;          /* of open brackets */
  guint home;           /* depth at which events are */
  bool open;            /* an event has begun, and is being copied */
  GString *piece;       /* of it, not yet in the spool */
  GString *key;         /* the last string in the outermost object */

  GString *names; /* the first record of CSV, with its line end */
  bool named;     /* it is complete */
};

/* --- input -------------------------------------------------------------------------------------*/

static const char *
skip_blanks(const char *head, size_t length)
{
  const char *end = head + length;
  if (length >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
    head += 3;
  while (head < end && g_ascii_isspace(*head))
    head++;
  return head;
}

static bool
is_form(const char *head, size_t length)
{
  return length >= sizeof form - 1 && memcmp(head, form, sizeof form - 1) == 0;
}

bool
events_are(const char *head, size_t length)
{
  const char *end = head + length;
  const char *p = skip_blanks(head, length);
  if (is_form(p, (size_t)(end - p)) || (p < end && *p == '{'))
    return true;
  if (p == end || *p != '[')
    return false;
  p = skip_blanks(p + 1, (size_t)(end - p) - 1);
  return p < end && (*p == '{' || *p == ']');
}

static char *
make_header(Syntax syntax, const char *service)
{
  const char *type = syntax == SYNTAX_JSON ? "application/json" : "text/csv";
  return service != NULL ? g_strdup_printf("Content-Type: %s; service=%s\n\n", type, service)
                         : g_strdup_printf("Content-Type: %s\n\n", type);
}

Events *
events_new(int fd, const char *head, size_t length, const char *service)
{
  Events *events = g_new0(Events, 1);
  const char *text = skip_blanks(head, length);
  size_t rest = length - (size_t)(text - head);
  events->fd = fd;
  events->encoded = is_form(text, rest);
  events->syntax = service == NULL || events_are(head, length) ? SYNTAX_JSON : SYNTAX_CSV;
  size_t skip = events->encoded ? sizeof form - 1 : 0;
  events->input = g_string_new_len(text + skip, (gssize)(rest - skip));
  events->header = make_header(events->syntax, service);
  events->piece = g_string_sized_new(PIECE);
  events->key = g_string_new(NULL);
  events->names = g_string_new(NULL);
  return events;
}

void
events_free(Events *events)
{
  if (events == NULL)
    return;
  g_free(events->header);
  g_string_free(events->input, TRUE);
  g_string_free(events->piece, TRUE);
  g_string_free(events->key, TRUE);
  g_string_free(events->names, TRUE);
  g_free(events);
}

/* Moves what is left to the beginning of the input, and reads more. */
static bool
refill(Events *events, GError **error)
{
  char buffer[BUFFER];
  ssize_t n;
  g_string_erase(events->input, 0, (gssize)events->at);
  events->at = 0;
  while ((n = read(events->fd, buffer, sizeof buffer)) < 0)
    if (errno != EINTR)
      return throw_errno(error, "cannot read");
  g_string_append_len(events->input, buffer, n);
  events->eof = n == 0;
  return true;
}

/* An octet of a form (application/x-www-form-urlencoded), of which n are there: how many it took. 0
 * if it is not complete. */
static size_t
decode(const char *text, size_t n, bool eof, char *out)
{
  *out = *text == '+' ? ' ' : *text;
  if (*text != '%')
    return 1;
  if (n < 3)
    return eof ? 1 : 0;
  int high = g_ascii_xdigit_value(text[1]), low = g_ascii_xdigit_value(text[2]);
  if (high < 0 || low < 0)
    return 1;
  *out = (char)(high * 16 + low);
  return 3;
}

/* The next octet. *found is false at the end. */
static bool
next_octet(Events *events, char *out, bool *found, GError **error)
{
  for (;;) {
    const char *text = events->input->str + events->at;
    size_t n = events->input->len - events->at, used = 0;
    if (n > 0 && events->encoded && *text == '&') /* the next field of the form */
      n = 0;
    else if (n > 0)
      used = events->encoded ? decode(text, n, events->eof, out) : 1;
    *found = used > 0;
    if (*found && !events->encoded)
      *out = *text;
    events->at += used;
    if (*found || events->eof)
      return true;
    if (!refill(events, error))
      return false;
  }
}

/* --- JSON --------------------------------------------------------------------------------------*/

/* An array in a page, whose elements are events. */
static bool
is_page(const Events *events)
{
  static const char *const keys[] = {"items", "results", "events", "Bounces"};
  for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
    if (strcmp(events->key->str, keys[i]) == 0)
      return true;
  return false;
}

static void
begin(Events *events, Spool *spool)
{
  spool_reset(spool);
  spool_update(spool, events->header, strlen(events->header));
  g_string_truncate(events->piece, 0);
  events->open = true;
}

static void
flush(Events *events, Spool *spool)
{
  spool_update(spool, events->piece->str, events->piece->len);
  g_string_truncate(events->piece, 0);
}

static void
copy(Events *events, char octet, Spool *spool)
{
  g_string_append_c(events->piece, octet);
  if (events->piece->len == PIECE)
    flush(events, spool);
}

static void
read_quoted(Events *events, char octet)
{
  if (!events->escaped && octet == '"')
    events->quoted = false;
  else if (events->depth == 1 && events->key->len < KEY_MAX)
    g_string_append_c(events->key, octet);
  events->escaped = !events->escaped && octet == '\\';
}

static void
open_bracket(Events *events, char octet, Spool *spool)
{
  if (octet == '{' && events->depth == events->home && !events->open)
    begin(events, spool);
  else if (octet == '[' && events->depth == 0)
    events->home = 1;
  else if (octet == '[' && events->depth == 1 && events->home == 0 && is_page(events)) {
    events->home = 2;
    events->open = false;
  }
  events->depth++;
}

/* Returns whether it ends an event. */
static bool
close_bracket(Events *events)
{
  if (events->depth > 0)
    events->depth--;
  bool ends = events->open && events->depth == events->home;
  if (events->depth == 0)
    events->home = 0;
  return ends;
}

/* Returns whether the octet ends an event. */
static bool
read_json(Events *events, char octet, Spool *spool)
{
  bool ends = false;
  if (events->quoted)
    read_quoted(events, octet);
  else if (octet == '"') {
    events->quoted = true;
    g_string_truncate(events->key, events->depth == 1 ? 0 : events->key->len);
  } else if (octet == '{' || octet == '[')
    open_bracket(events, octet, spool);
  else if (octet == '}' || octet == ']')
    ends = close_bracket(events);
  if (events->open)
    copy(events, octet, spool);
  return ends;
}

/* --- CSV ---------------------------------------------------------------------------------------*/

/* A record ends with a line end outside of quotes. Returns whether the octet ends an event. */
static bool
read_csv(Events *events, char octet, Spool *spool)
{
  if (octet == '"')
    events->quoted = !events->quoted;
  bool ends = octet == '\n' && !events->quoted;
  if (!events->named) {
    if (events->names->len < NAMES_MAX)
      g_string_append_c(events->names, octet);
    events->named = ends;
    return false;
  }
  if (!events->open && (octet == '\r' || octet == '\n')) /* an empty line */
    return false;
  if (!events->open) {
    begin(events, spool);
    spool_update(spool, events->names->str, events->names->len);
  }
  copy(events, octet, spool);
  return ends;
}

/* --- both --------------------------------------------------------------------------------------*/

bool
events_next(Events *events, Spool *spool, bool *found, GError **error)
{
  char octet;
  bool ends = false, more = true;
  while (!ends) {
    if (!next_octet(events, &octet, &more, error))
      return false;
    if (!more)
      break;
    ends = events->syntax == SYNTAX_CSV ? read_csv(events, octet, spool)
                                        : read_json(events, octet, spool);
  }
  *found = events->open; /* at the end of the input, one that was cut */
  if (*found)
    flush(events, spool);
  events->open = false;
  return true;
}

void
events_digest(const char *id, guint8 out[DIGEST_SIZE])
{
  static const char domain[] = "event\n"; /* no header of a message begins like this */
  g_autoptr(Digest) digest = digest_new();
  digest_update(digest, domain, sizeof domain - 1);
  digest_update(digest, id, strlen(id));
  digest_finish(digest, out);
}
