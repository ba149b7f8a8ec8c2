#include "config.h"

#include "intake/maillog.h"

#include <string.h>

#include "base/dates.h"
#include "mail/address.h"
#include "intake/maillog-accepted.h"
#include "intake/maillog-origin.h"

enum {
  IDS_MAX = 100000, /* queue ids of which something is known */
  ID_MAX = 32,      /* octets of a queue id */
};

struct MailLog {
  char *sender; /* NULL = any but the null sender */
  gint64 now;
  GStrv relays; /* borrowed */
  MailLogHash hash;
  gconstpointer hash_data;
  GHashTable *queue; /* id to Queued */
};

typedef struct {
  MailLogQueued known;
  bool ours;
} Queued;

MailLog *
maillog_new(const char *sender, const GStrv relays, gint64 now)
{
  MailLog *log = g_new0(MailLog, 1);
  log->sender = g_strdup(sender);
  log->relays = relays;
  log->now = now;
  log->queue = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return log;
}

void
maillog_free(MailLog *log)
{
  if (log == NULL)
    return;
  g_hash_table_unref(log->queue);
  g_free(log->sender);
  g_free(log);
}

void
maillog_hash_with(MailLog *log, MailLogHash hash, gconstpointer data)
{
  log->hash = hash;
  log->hash_data = data;
}

/* --- the queue ---------------------------------------------------------------------------------*/

/* When a line was written. */
typedef struct {
  gint64 day;    /* the last second of its day, but not in the future */
  gint64 second; /* 0 = not known */
} Moment;

/* A message of which nothing is known yet, in place of an earlier one with this id. */
static Queued *
enqueue(MailLog *log, const char *id, const Moment *at)
{
  if (g_hash_table_size(log->queue) >= IDS_MAX)
    g_hash_table_remove_all(log->queue);
  Queued *queued = g_new0(Queued, 1);
  queued->known.counts = -1;
  queued->known.at = at->day;
  g_hash_table_replace(log->queue, g_strdup(id), queued);
  return queued;
}

static Queued *
find_queued(MailLog *log, const char *id, const Moment *at)
{
  Queued *queued = g_hash_table_lookup(log->queue, id);
  return queued != NULL ? queued : enqueue(log, id, at);
}

static void
note_origin(MailLog *log, const char *id, MailLogOrigin origin, const Moment *at)
{
  enqueue(log, id, at)->ours = origin == ORIGIN_OURS;
}

/* Those that strangers have chosen are not even remembered. */
static void
note_message_id(const MailLog *log, Queued *queued, const char *message_id)
{
  if (queued->ours && log->hash != NULL && *message_id != '\0')
    queued->known.message = log->hash(message_id, log->hash_data);
}

/* Whether address is sender, perhaps with an extension. */
static bool
is_sender(const char *address, const char *sender)
{
  size_t local = strcspn(sender, "@");
  return g_ascii_strncasecmp(address, sender, local) == 0 &&
         (address[local] == '@' || address[local] == '+' || address[local] == '-') &&
         g_ascii_strcasecmp(address_domain(address), address_domain(sender)) == 0;
}

static void
note_sender(const MailLog *log, Queued *queued, const char *address)
{
  queued->known.counts =
      *address != '\0' && (log->sender == NULL || is_sender(address, log->sender));
}

/* If the sender is unknown, perhaps it was in yesterday's log. */
static bool
is_wanted(const MailLog *log, const Queued *queued)
{
  if (queued == NULL || queued->known.counts < 0)
    return log->sender == NULL;
  return queued->known.counts != 0;
}

static void
hand_out(const MailLog *log, const char *id, const char *text, size_t length, const Moment *moment,
         bool accepted, MailLogFunc func, gpointer data)
{
  Queued *queued = g_hash_table_lookup(log->queue, id);
  g_autofree char *copy = g_strndup(text, length);
  g_autofree char *address = is_wanted(log, queued) ? address_parse(copy, false) : NULL;
  if (queued != NULL)
    queued->known.at = moment->day;
  if (address == NULL)
    return;
  const MailLogRecipient recipient = {.address = address,
                                      .at = moment->day,
                                      .accepted = accepted ? moment->second : 0,
                                      .message = queued != NULL ? queued->known.message : 0};
  func(&recipient, data);
}

void
maillog_resume(MailLog *log, const char *id, const MailLogQueued *queued)
{
  const Moment at = {.day = queued->at};
  if (strlen(id) >= ID_MAX)
    return;
  Queued *again = enqueue(log, id, &at);
  again->known = *queued;
  again->ours = true;
}

bool
maillog_each_queued(const MailLog *log, MailLogQueuedFunc func, gpointer data, GError **error)
{
  GHashTableIter iter;
  gpointer id, value;
  g_hash_table_iter_init(&iter, log->queue);
  while (g_hash_table_iter_next(&iter, &id, &value)) {
    const Queued *queued = value;
    if (queued->ours && !func(id, &queued->known, data, error))
      return false;
  }
  return true;
}

/* --- dates -------------------------------------------------------------------------------------*/

/* The last second of that day, or now if that is earlier. */
static gint64
end_of_day(const MailLog *log, int year, int month, int day)
{
  g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 23, 59, 59);
  gint64 at = date != NULL ? g_date_time_to_unix(date) : log->now;
  return MIN(at, log->now);
}

static int
number(const char *text, int length)
{
  int value = 0;
  for (int i = 0; i < length; i++) {
    if (!g_ascii_isdigit(text[i]) && !(i == 0 && text[i] == ' '))
      return -1;
    value = 10 * value + (text[i] == ' ' ? 0 : text[i] - '0');
  }
  return value;
}

/* "+01:00", "+0100", "Z"; without a zone, *seconds is unchanged. */
static bool
read_zone(const char *text, int *seconds)
{
  if (*text == 'Z') {
    *seconds = 0;
    return true;
  }
  if ((*text != '+' && *text != '-') || strnlen(text, 5) < 5)
    return false;
  int hours = number(text + 1, 2), minutes = number(text + (text[3] == ':' ? 4 : 3), 2);
  if (hours < 0 || minutes < 0)
    return false;
  *seconds = (*text == '-' ? -60 : 60) * (60 * hours + minutes);
  return true;
}

/* text: "19:40:00", perhaps with a fraction and a zone; otherwise it is local time. */
static gint64
read_second(const MailLog *log, int year, int month, int day, const char *text)
{
  if (strnlen(text, 8) < 8 || text[2] != ':' || text[5] != ':')
    return 0;
  int hour = number(text, 2), minute = number(text + 3, 2), second = number(text + 6, 2), zone = 0;
  text += 8;
  if (*text == '.' || *text == ',')
    text += 1 + strspn(text + 1, "0123456789");
  if (*text == ' ' && text[1] != '\0' && strchr("+-", text[1]) != NULL)
    text++;
  g_autoptr(GDateTime) date = read_zone(text, &zone)
                                  ? g_date_time_new_utc(year, month, day, hour, minute, second)
                                  : g_date_time_new_local(year, month, day, hour, minute, second);
  return date != NULL ? MIN(g_date_time_to_unix(date) - zone, log->now) : 0;
}

/* "2026-11-21": *at, and what follows the date; NULL where there is none. */
static const char *
read_iso_date(const MailLog *log, const char *text, Moment *at)
{
  if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
    return NULL;
  int year = number(text, 4), month = number(text + 5, 2), day = number(text + 8, 2);
  if (year < 1970 || month < 1 || day < 1)
    return NULL;
  at->day = end_of_day(log, year, month, day);
  at->second = text[10] != '\0' ? read_second(log, year, month, day, text + 11) : 0;
  return text + 10;
}

/* "Nov 21 19:40:00 ", of this year, or of the last one if it would be in the future. As above. */
static const char *
read_syslog_date(const MailLog *log, const char *text, Moment *at)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (strnlen(text, 16) < 16 || text[3] != ' ' || text[6] != ' ' || text[15] != ' ')
    return NULL;
  char name[] = {text[0], text[1], text[2], '\0'};
  const char *place = strstr(months, name);
  int day = number(text + 4, 2);
  if (place == NULL || (place - months) % 3 != 0 || day < 1)
    return NULL;
  int month = 1 + (int)(place - months) / 3;
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(log->now + SECONDS_PER_DAY);
  int year = g_date_time_get_year(now);
  g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 0, 0, 0);
  bool future = date != NULL && g_date_time_compare(date, now) > 0;
  year -= future;
  at->day = end_of_day(log, year, month, day);
  at->second = read_second(log, year, month, day, text + 7);
  return text + 16;
}

/* --- lines -------------------------------------------------------------------------------------*/

static const char *
skip_word(const char *text)
{
  text += strcspn(text, " ");
  return text + strspn(text, " ");
}

/* Copies the letters, digits and hyphens at text to id. Returns how many, or 0 if too many. */
static size_t
read_id(const char *text, char id[ID_MAX])
{
  size_t n = 0;
  while (g_ascii_isalnum(text[n]) || text[n] == '-')
    n++;
  if (n >= ID_MAX)
    return 0;
  g_strlcpy(id, text, n + 1);
  return n;
}

/* Finds the value of "name=<...>" at text. Returns its length, or -1 if it is something else. */
static gssize
angle_value(const char *text, const char *name, const char **value)
{
  size_t n = strlen(name);
  if (strncmp(text, name, n) != 0 || text[n] != '<')
    return -1;
  *value = text + n + 1;
  const char *end = strchr(*value, '>');
  return end != NULL ? end - *value : -1;
}

/* Lines that tell of a message, not of its recipients: "client=...", "message-id=<...>", "from=<s>,
 * size=..." and "removed". False if the line is not one of them. */
static bool
read_postfix_message(MailLog *log, const char *id, const char *program, const char *text,
                     const Moment *at)
{
  const char *value;
  MailLogOrigin origin = maillog_origin_postfix(program, text);
  if (origin != ORIGIN_UNKNOWN) {
    note_origin(log, id, origin, at);
    return true;
  }
  gssize length = angle_value(text, "from=", &value);
  if (length >= 0) {
    g_autofree char *sender = g_strndup(value, (gsize)length);
    note_sender(log, find_queued(log, id, at), sender);
    return true;
  }
  length = angle_value(text, "message-id=", &value);
  if (length >= 0) {
    g_autofree char *message_id = g_strndup(value, (gsize)length);
    note_message_id(log, find_queued(log, id, at), message_id);
    return true;
  }
  return strcmp(text, "removed") == 0 && (g_hash_table_remove(log->queue, id), true);
}

/* "4XyZ: to=<a@b>, orig_to=<c>, relay=..., status=sent (...)" */
static void
read_postfix(MailLog *log, const char *program, const char *text, const Moment *at,
             MailLogFunc func, gpointer data)
{
  char id[ID_MAX];
  const char *value;
  size_t n = read_id(text, id);
  if (n == 0 || strncmp(text + n, ": ", 2) != 0)
    return;
  text += n + 2;
  if (read_postfix_message(log, id, program, text, at))
    return;
  gssize length = angle_value(text, "to=", &value);
  if (length < 0 || strstr(text, ", status=") == NULL)
    return;
  const char *original = NULL, *fields = value + length + 1;
  gssize original_length =
      strncmp(fields, ", ", 2) == 0 ? angle_value(fields + 2, "orig_to=", &original) : -1;
  if (original_length >= 0)
    fields = original + original_length + 1;
  bool accepted = maillog_accepted_postfix(program, fields, log->relays);
  hand_out(log, id, value, (size_t)length, at, accepted, func, data);
  if (original_length >= 0)
    hand_out(log, id, original, (size_t)original_length, at, accepted, func, data);
}

/* "sender H=... id=..." */
static void
read_exim_arrival(MailLog *log, const char *id, const char *text, const Moment *at)
{
  size_t length = strcspn(text, " ");
  g_autofree char *sender = g_strndup(text, length);
  g_autofree char *message_id = maillog_message_id_exim(text + length);
  note_origin(log, id, maillog_origin_exim(text + length), at);
  Queued *queued = find_queued(log, id, at);
  note_sender(log, queued, strcmp(sender, "<>") == 0 ? "" : sender);
  if (message_id != NULL)
    note_message_id(log, queued, message_id);
}

/* "1vMabc-0000000AbCd-1x2Y => a@b <c@d> R=dnslookup ...", "... <= sender H=...", "... Completed" */
static void
read_exim(MailLog *log, const char *text, const Moment *at, MailLogFunc func, gpointer data)
{
  static const char *const flags[] = {"=> ", "-> ", ">> ", "** ", "== "};
  char id[ID_MAX];
  size_t n = read_id(text, id);
  if (n < 16 || text[6] != '-' || text[n] != ' ')
    return;
  text += n + 1;
  if (strncmp(text, "<= ", 3) == 0) {
    read_exim_arrival(log, id, text + 3, at);
    return;
  }
  if (strncmp(text, "Completed", 9) == 0)
    g_hash_table_remove(log->queue, id);
  bool delivery = false;
  for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
    delivery |= strncmp(text, flags[i], 3) == 0;
  if (!delivery)
    return;
  const char *address = text + 3, *next = skip_word(address);
  bool accepted = text[1] == '>' && *text != '>' &&
                  maillog_accepted_exim(*next == '<' ? skip_word(next) : next, log->relays);
  hand_out(log, id, address, strcspn(address, " "), at, accepted, func, data);
  if (*next == '<')
    hand_out(log, id, next, strcspn(next, " "), at, accepted, func, data);
}

/* The time may be followed by a time zone and a process id. */
static const char *
skip_exim_time(const char *text)
{
  text = skip_word(text + strspn(text, " "));
  if ((*text == '+' || *text == '-') && g_ascii_isdigit(text[1]))
    text = skip_word(text);
  return *text == '[' ? skip_word(text) : text;
}

bool
maillog_line(MailLog *log, const char *line, MailLogFunc func, gpointer data)
{
  Moment at;
  const char *rest = read_iso_date(log, line, &at);
  if (rest != NULL && *rest == ' ') {
    read_exim(log, skip_exim_time(rest), &at, func, data);
    return true;
  }
  rest = rest != NULL ? skip_word(rest) : read_syslog_date(log, line, &at);
  if (rest == NULL)
    return false;
  const char *program = skip_word(rest);
  rest = skip_word(program);
  size_t n = (size_t)(rest - program);
  if (g_strstr_len(program, (gssize)n, "postfix") != NULL)
    read_postfix(log, program, rest, &at, func, data);
  if (g_strstr_len(program, (gssize)n, "exim") == NULL)
    return true;
  const char *time = read_iso_date(log, rest, &at); /* unless Exim leaves that to syslog */
  read_exim(log, time != NULL ? skip_exim_time(time) : rest, &at, func, data);
  return true;
}
