#include "config.h"

#include "readers/parties.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/fields.h"

struct Parties {
  const Message *notice;
  const GPtrArray *returned;
  GHashTable *written;  /* lower-case addresses in To, Cc and Bcc */
  GHashTable *envelope; /* those that the message was proved to be sent to */
  GHashTable *senders;
  GHashTable *own_domains; /* lower case */
  char *mailed;            /* the first of the envelope; NULL if none, or several */
  char *only;              /* the only address in To, or in Cc if there is no To */
  bool grouped;            /* a group may hide others */
};

/* --- values --- */

/* Some programs encode the whole field, the address included. */
static char *
decode_value(const char *value)
{
  bool encoded = strstr(value, "=?") != NULL && strchr(value, '@') == NULL;
  return encoded ? message_decode_words(value) : g_strdup(value);
}

/* The next address that is not the display name of another: "ann@example.net" <bob@example.org>.
 * (transfer full) (nullable) */
static char *
next_address(const char **cursor)
{
  char *address;
  while ((address = address_next(cursor, NULL)) != NULL) {
    const char *rest = *cursor + strspn(*cursor, "\"' \t");
    if (*rest != '<' || rest == *cursor)
      return address;
    g_free(address);
  }
  return NULL;
}

static void
collect(GHashTable *set, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *decoded = decode_value(value);
  const char *cursor = decoded;
  for (char *address; (address = next_address(&cursor)) != NULL; g_free(address))
    g_hash_table_add(set, g_ascii_strdown(address, -1));
}

/* The address, if there is exactly one. (transfer full) (nullable) */
static char *
only_address(const char *value)
{
  g_autofree char *decoded = decode_value(value);
  const char *cursor = decoded;
  g_autofree char *only = next_address(&cursor);
  g_autofree char *other = only != NULL ? next_address(&cursor) : NULL;
  return other == NULL ? g_steal_pointer(&only) : NULL;
}

static bool
contains(GHashTable *set, const char *address)
{
  if (address == NULL)
    return false;
  g_autofree char *key = g_ascii_strdown(address, -1);
  return g_hash_table_contains(set, key);
}

/* Whether an address list has a group, with members or without ("undisclosed-recipients:;"): a
 * colon outside of quotes, comments, brackets and literals. */
static bool
has_group(const char *value)
{
  int depth = 0;
  bool quoted = false;
  for (const char *p = value; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == '"')
      quoted = !quoted;
    else if (!quoted && strchr("(<[", *p) != NULL)
      depth++;
    else if (!quoted && strchr(")>]", *p) != NULL)
      depth -= depth > 0;
    else if (*p == ':' && !quoted && depth == 0)
      return true;
  }
  return false;
}

/* The address right at text, which may be in brackets. */
static char *
address_at(const char *text)
{
  const char *begin, *cursor = text + strspn(text, " \t\r\n<");
  const char *first = cursor;
  g_autofree char *address = address_next(&cursor, &begin);
  if (address == NULL || begin != first || *(cursor + strspn(cursor, "> \t")) == ',')
    return NULL;
  return g_steal_pointer(&address);
}

char *
parties_received_for(const char *value)
{
  for (const char *p = value; (p = line_find(p, SIZE_MAX, "for")) != NULL; p += 3) {
    if (p == value || !g_ascii_isspace(p[-1]) || !g_ascii_isspace(p[3]))
      continue;
    char *address = address_at(p + 3);
    if (address != NULL)
      return address;
  }
  return NULL;
}

/* --- fields --- */

static bool
is_one_of(const char *name, const char *const *names)
{
  for (; *names != NULL; names++)
    if (g_ascii_strcasecmp(name, *names) == 0)
      return true;
  return false;
}

/* The envelope recipient that the field proves. */
static char *
proved_recipient(const Field *field)
{
  static const char *const names[] = {
      "Delivered-To",   "X-Original-To", "Envelope-To",     "X-Envelope-To",
      "X-Delivered-To", "X-Rcpt-To",     "X-Apparently-To", NULL};
  if (g_ascii_strcasecmp(field->name, "Received") == 0)
    return parties_received_for(field->value);
  return is_one_of(field->name, names) ? address_only(field->value) : NULL;
}

/* A forwarder that rewrites the sender puts an address of its own there. */
static bool
is_rewritten(const char *address)
{
  return g_ascii_strncasecmp(address, "SRS0", 4) == 0 ||
         g_ascii_strncasecmp(address, "SRS1", 4) == 0;
}

static void
add_own_domain(Parties *parties, const char *value)
{
  g_autofree char *address = address_only(value);
  if (address == NULL || is_rewritten(address))
    return;
  g_hash_table_add(parties->own_domains, g_ascii_strdown(address_domain(address), -1));
}

static void
read_field(Parties *parties, const Field *field)
{
  static const char *const to[] = {"To",        "Cc",         "Bcc",           "Resent-To",
                                   "Resent-Cc", "Resent-Bcc", "Apparently-To", NULL};
  static const char *const from[] = {"From", "Sender", "Return-Path", "Reply-To", NULL};
  if (is_one_of(field->name, to)) {
    collect(parties->written, field->value);
    parties->grouped |= has_group(field->value);
  }
  if (is_one_of(field->name, from))
    collect(parties->senders, field->value);
  if (is_one_of(field->name, (const char *const[]){"From", "Sender", NULL}))
    add_own_domain(parties, field->value);
  g_autofree char *proved = proved_recipient(field);
  if (proved == NULL)
    return;
  collect(parties->envelope, proved);
  g_free(parties->mailed); /* servers add their fields at the top, so the last is the first */
  parties->mailed = g_steal_pointer(&proved);
}

static void
read_notice(Parties *parties, const Message *notice)
{
  static const char *const ends[] = {"To", "From", "Reply-To", "Return-Path"};
  const Part *top = message_part(notice, 0);
  for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
    collect(parties->senders, part_header(top, ends[i]));
  add_own_domain(parties, part_header(top, "To"));
}

static GHashTable *
set_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

Parties *
parties_new(const Message *notice, const GPtrArray *returned)
{
  Parties *parties = g_new0(Parties, 1);
  parties->notice = notice;
  parties->returned = returned;
  parties->written = set_new();
  parties->envelope = set_new();
  parties->senders = set_new();
  parties->own_domains = set_new();
  for (guint i = 0; i < returned->len; i++)
    read_field(parties, g_ptr_array_index(returned, i));
  const char *to = fields_get(returned, "To");
  const char *field = to != NULL ? to : fields_get(returned, "Cc");
  parties->only = field != NULL ? only_address(field) : NULL;
  read_notice(parties, notice);
  return parties;
}

void
parties_free(Parties *parties)
{
  if (parties == NULL)
    return;
  g_hash_table_unref(parties->written);
  g_hash_table_unref(parties->envelope);
  g_hash_table_unref(parties->senders);
  g_hash_table_unref(parties->own_domains);
  g_free(parties->mailed);
  g_free(parties->only);
  g_free(parties);
}

/* --- questions --- */

bool
parties_is_written_to(const Parties *parties, const char *address)
{
  return contains(parties->written, address);
}

/* Whether domain is host, or host is below it. */
static bool
is_within(const char *host, const char *domain)
{
  size_t n = strlen(domain), length = strlen(host);
  return n > 0 && length >= n && g_ascii_strcasecmp(host + length - n, domain) == 0 &&
         (length == n || host[length - n - 1] == '.');
}

static bool
has_in_domain(GHashTable *addresses, const char *host)
{
  GHashTableIter iter;
  gpointer address;
  g_hash_table_iter_init(&iter, addresses);
  while (g_hash_table_iter_next(&iter, &address, NULL))
    if (is_within(host, address_domain(address)))
      return true;
  return false;
}

bool
parties_is_in_domain(const Parties *parties, const char *host)
{
  return has_in_domain(parties->written, host) || has_in_domain(parties->envelope, host);
}

bool
parties_was_sent_to(const Parties *parties, const char *address)
{
  return contains(parties->envelope, address);
}

bool
parties_was_taken_for(const Parties *parties, const char *address)
{
  const char *latest = fields_get(parties->returned, "Received");
  g_autofree char *taken = latest != NULL ? parties_received_for(latest) : NULL;
  return taken != NULL && address != NULL && address_equal(taken, address);
}

bool
parties_is_addressee(const Parties *parties, const char *address)
{
  return contains(parties->written, address) || contains(parties->envelope, address);
}

bool
parties_is_sender(const Parties *parties, const char *address)
{
  return contains(parties->senders, address);
}

static bool
has_word(const GString *words, const char *word)
{
  size_t length = strlen(word);
  for (const char *at = words->str; (at = strstr(at, word)) != NULL; at += length)
    if ((at == words->str || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return true;
  return false;
}

static void
add_sender(GString *out, const char *value, size_t limit)
{
  g_autofree char *address = value != NULL ? address_only(value) : NULL;
  if (address == NULL || strchr(address, ' ') != NULL || is_rewritten(address) ||
      has_word(out, address) || out->len + 1 + strlen(address) > limit)
    return;
  if (out->len > 0)
    g_string_append_c(out, ' ');
  g_string_append(out, address);
}

char *
parties_senders(const Parties *parties, size_t limit)
{
  static const char *const from[] = {"From", "Sender", "Return-Path"};
  static const char *const to[] = {"To", "Delivered-To", "X-Original-To", "Envelope-To"};
  const Part *top = message_part(parties->notice, 0);
  GString *out = g_string_new(NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(from); i++)
    add_sender(out, fields_get(parties->returned, from[i]), limit);
  for (size_t i = 0; i < G_N_ELEMENTS(to); i++)
    add_sender(out, part_header(top, to[i]), limit);
  return g_string_free(out, out->len == 0);
}

/* Everyone on a mailing list gets the list's address in To. */
static bool
is_list(const Parties *parties, const char *address)
{
  static const char *const names[] = {"List-Post",      "X-BeenThere", "Mailing-List",
                                      "X-Mailing-List", "X-Loop",      "X-ML-Name"};
  const GPtrArray *returned = parties->returned;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (fields_get(returned, names[i]) != NULL)
      return true;
  const char *precedence = fields_get(returned, "Precedence");
  const char *delivered = fields_get(returned, "Delivered-To");
  const char *id = fields_get(returned, "List-Id");
  g_autofree char *as_id = g_strdelimit(g_strdup(address), "@", '.');
  return (precedence != NULL && g_ascii_strcasecmp(precedence, "list") == 0) ||
         (delivered != NULL && g_ascii_strncasecmp(delivered, "mailing list", 12) == 0) ||
         (id != NULL && line_find(id, SIZE_MAX, as_id) != NULL);
}

/* Neither the sender, nor a list, nor in a domain of the sender's. */
static bool
may_be_subscriber(const Parties *parties, const char *address)
{
  return address != NULL && !contains(parties->senders, address) && !is_list(parties, address) &&
         !contains(parties->own_domains, address_domain(address));
}

bool
parties_may_be_subscriber(const Parties *parties, const char *address)
{
  return may_be_subscriber(parties, address);
}

bool
parties_has_addressee(const Parties *parties)
{
  GHashTableIter iter;
  gpointer address;
  g_hash_table_iter_init(&iter, parties->written);
  while (g_hash_table_iter_next(&iter, &address, NULL))
    if (may_be_subscriber(parties, address))
      return true;
  return false;
}

bool
parties_is_passed_on(const Parties *parties)
{
  const char *field = fields_get(parties->returned, "Return-Path");
  g_autofree char *path = field != NULL ? address_only(field) : NULL;
  const char *to = part_header(message_part(parties->notice, 0), "To");
  g_autofree char *back = to != NULL ? address_only(to) : NULL;
  if (path == NULL || back == NULL || is_rewritten(path) || is_rewritten(back))
    return false;
  return !is_within(address_domain(path), address_domain(back)) &&
         !is_within(address_domain(back), address_domain(path));
}

const char *
parties_mailed(const Parties *parties)
{
  return may_be_subscriber(parties, parties->mailed) ? parties->mailed : NULL;
}

/* The display name before the address that begins at end: "Ann Example <", folded. */
static char *
display_name(const char *value, const char *end)
{
  enum { NAME_MAX_LENGTH = 200 };
  const char *begin = end;
  while (begin > value && end - begin < NAME_MAX_LENGTH && strchr(",;>", begin[-1]) == NULL)
    begin--;
  g_autofree char *raw = g_strndup(begin, (size_t)(end - begin));
  g_autofree char *name = message_decode_words(raw);
  g_strdelimit(name, "\"'<()", ' ');
  g_autofree char *folded = fold(name);
  return g_strdup(g_strstrip(folded));
}

static bool
names_person(const char *folded, const char *name)
{
  enum { NAME_MIN = 5 };
  size_t length = strlen(name);
  if (length < NAME_MIN || strchr(name, ' ') == NULL || strchr(name, '@') != NULL)
    return false;
  for (const char *at = folded; (at = strstr(at, name)) != NULL; at += length)
    if ((at == folded || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[length]))
      return true;
  return false;
}

char *
parties_called(const Parties *parties, const char *folded)
{
  enum { ADDRESSEES_MAX = 100 };
  static const char *const names[] = {"To", "Cc"};
  g_autofree char *found = NULL;
  guint n = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *value = fields_get(parties->returned, names[i]), *cursor = value, *begin;
    if (value == NULL)
      continue;
    for (char *address; n++ < ADDRESSEES_MAX && (address = address_next(&cursor, &begin)) != NULL;
         g_free(address)) {
      g_autofree char *name = display_name(value, begin);
      if (!names_person(folded, name) || !may_be_subscriber(parties, address))
        continue;
      if (found != NULL) {
        g_free(address);
        return NULL;
      }
      found = g_strdup(address);
    }
  }
  return g_steal_pointer(&found);
}

const char *
parties_only_addressee(const Parties *parties)
{
  if (parties->mailed != NULL)
    return parties_mailed(parties);
  bool alone = g_hash_table_size(parties->written) == 1 && !parties->grouped;
  return alone && may_be_subscriber(parties, parties->only) ? parties->only : NULL;
}
