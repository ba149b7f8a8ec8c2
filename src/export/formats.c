#include "config.h"

#include "export/formats.h"

#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/json.h"
#include "mail/bounce.h"

/* Signs that mean something to one reader of lines or another, and that no mailbox of this world
 * has: quotes and blanks stand in quoted local parts only. */
static const char special[] = "\",;:<>()[]\\";

#define ORDINARY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+"

#define CSV_COLUMNS                                                                                \
  "address,recipient,class,reason,status,reply_code,provider,list_id,since,first_at,last_at,"      \
  "failures,diagnostic\n"
#define CSV_ROW                                                                                    \
  "$address,$recipient,$class,$reason,$status,$reply_code,$provider,$list_id,$since,$first_at,"    \
  "$last_at,$failures,$diagnostic\n"
#define JSON_MEMBERS                                                                               \
  "\"address\":$address,\"recipient\":$recipient,\"class\":$class,\"reason\":$reason,"             \
  "\"status\":$status,\"reply_code\":$reply_code,\"provider\":$provider,\"list_id\":$list_id,"     \
  "\"since\":$since,\"first_at\":$first_at,\"last_at\":$last_at,\"failures\":$failures,"           \
  "\"diagnostic\":$diagnostic}"

#define PLAIN_ROW .syntax = SYNTAX_LINE, .row = "$address\n", .changes = "$op\t$address\n"
#define PLAIN_FLAGS (FORMAT_APPENDS | FORMAT_HASHES)

const Format format_table[] = {
    {.name = "plain",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .what = "one address a line",
     .import = "grep -vixFf FILE subscribers.txt"},
    {.name = "mailman", /* whose delmembers fails at an address with other letters, and deletes
                           nobody */
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_ASCII,
     .what = "plain, for Mailman 3",
     .import = "mailman delmembers -l LIST -f FILE -G -N"},
    {.name = "sympa",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .what = "plain, for Sympa 6.2.68 and later",
     .import = "sympa del --quiet LIST@DOMAIN < FILE"},
    {.name = "phplist", /* its form puts the line into SQL as it is */
     PLAIN_ROW,
     .flags = PLAIN_FLAGS,
     .refuse = "'`",
     .what = "plain, for phpList",
     .import = "paste into Subscribers > Manage suppression list"},
    {.name = "rspamd",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_WHOLE,
     .refuse = "/",
     .what = "plain, a map of rspamd",
     .import = "local.d/multimap.conf: bouncedb { type = \"rcpt\"; map = \"FILE\"; }"},
    {.name = "mailjet",
     PLAIN_ROW,
     .flags = PLAIN_FLAGS | FORMAT_NO_FORMULA,
     .what = "plain, for Mailjet",
     .import = "upload: Contacts > Exclusion list > Manage contacts"},
    {.name = "csv",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_PEOPLE | FORMAT_DETAIL | FORMAT_APPENDS,
     .header = CSV_COLUMNS,
     .row = CSV_ROW,
     .changes = "$op," CSV_ROW,
     .what = "all that is known of each address, for spreadsheets",
     .import = "open FILE as UTF-8, separated by commas"},
    {.name = "jsonl",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL | FORMAT_APPENDS,
     .row = "{" JSON_MEMBERS "\n",
     .changes = "{\"op\":$op," JSON_MEMBERS "\n",
     .what = "the same, one JSON object a line",
     .import = "jq -r .address FILE"},
    {.name = "json",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL,
     .row = "{" JSON_MEMBERS,
     .changes = "{\"op\":$op," JSON_MEMBERS,
     .open = "[",
     .close = "]\n",
     .what = "the same, one JSON array",
     .import = "jq -r '.[].address' FILE"},
    {.name = "listmonk",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .date = DATE_DAY,
     .header = "email,attributes\n",
     .row = "$address,$attributes\n",
     .what = "CSV for the blocklist of listmonk",
     .import = "curl -u USER:TOKEN -F 'params={\"mode\":\"blocklist\",\"delim\":\",\"}' -F "
               "file=@FILE https://HOST/api/import/subscribers"},
    {.name = "listmonk-webhook", /* without created_at it would store the year 1 */
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_DETAIL | FORMAT_APPENDS,
     .row = "{\"email\":$address,\"type\":$kind,\"source\":\"bouncedb\",\"created_at\":$since,"
            "\"meta\":{\"reason\":$reason,\"status\":$status,\"diagnostic\":$diagnostic}}\n",
     .complaint = "complaint",
     .hard = "hard",
     .soft = "soft",
     .what = "bounces for listmonk's counters, one JSON body a line; each counts, so send it once",
     .import = "while read -r body; do curl -u USER:TOKEN -H Content-Type:application/json -d "
               "\"$body\" https://HOST/webhooks/bounce; done < FILE"},
    {.name = "ses",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_ASCII | FORMAT_NO_FORMULA,
     .row = "$address,$kind\n",
     .part_rows = 100000,
     .complaint = "COMPLAINT",
     .hard = "BOUNCE",
     .soft = "BOUNCE",
     .what = "CSV for the account-level suppression list of Amazon SES",
     .import = "aws sesv2 create-import-job --import-destination "
               "SuppressionListDestination={SuppressionListImportAction=PUT} --import-data-source "
               "S3Url=s3://BUCKET/FILE,DataFormat=CSV"},
    {.name = "ses-json",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_ASCII,
     .row = "{\"emailAddress\":$address,\"reason\":$kind}\n",
     .part_rows = 100000,
     .complaint = "COMPLAINT",
     .hard = "BOUNCE",
     .soft = "BOUNCE",
     .what = "the same as JSON Lines",
     .import = "as ses, with DataFormat=JSON"},
    {.name = "mailgun",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_DETAIL,
     .date = DATE_RFC2822,
     .header = "address,code,error,created_at\n",
     .row = "$address,$code,$diagnostic,$since\n",
     .part_octets = 25000000,
     .what = "CSV for the bounces of Mailgun",
     .import = "curl -u api:KEY -F file=@FILE https://api.mailgun.net/v3/DOMAIN/bounces/import"},
    {.name = "sendgrid",
     .syntax = SYNTAX_JSON,
     .row = "$address",
     .open = "{\"recipient_emails\":[",
     .close = "]}\n",
     .batch = 1000,
     .what = "global suppressions of SendGrid, one JSON body a line",
     .import = "while read -r body; do curl -H 'Authorization: Bearer KEY' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://api.sendgrid.com/v3/asm/suppressions/global; done < FILE"},
    {.name = "postmark",
     .syntax = SYNTAX_JSON,
     .row = "{\"EmailAddress\":$address}",
     .open = "{\"Suppressions\":[",
     .close = "]}\n",
     .batch = 50,
     .what = "suppressions of Postmark, one JSON body a line",
     .import = "while read -r body; do curl -H 'X-Postmark-Server-Token: TOKEN' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://api.postmarkapp.com/message-streams/STREAM/suppressions; done < FILE"},
    {.name = "sparkpost", /* an address is shut off only by both types */
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .header = "recipient,type,description\n",
     .row = "$address,transactional,$summary\n$address,non_transactional,$summary\n",
     .what = "CSV for the suppression list of SparkPost (Bird)",
     .import = "upload: Recipients > Suppressions > Add"},
    {.name = "mautic",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA | FORMAT_APPENDS,
     .header = "email,doNotEmail\n",
     .row = "$address,1\n",
     .what = "CSV for Mautic",
     .import = "Contacts > Import, map doNotEmail; then bin/console mautic:import"},
    {.name = "mautic-json",
     .syntax = SYNTAX_JSON,
     .row = "{\"email\":$address,\"doNotContact\":[{\"channel\":\"email\",\"reason\":$kind_number,"
            "\"comments\":$summary}]}",
     .open = "[",
     .close = "]\n",
     .batch = 200,
     .complaint = "1",
     .hard = "2",
     .soft = "2",
     .what = "bodies for Mautic's interface, one JSON array a line",
     .import = "while read -r body; do curl -u USER:PASSWORD -H Content-Type:application/json -d "
               "\"$body\" https://HOST/api/contacts/batch/new; done < FILE"},
    {.name = "brevo",
     .syntax = SYNTAX_CSV,
     .flags = FORMAT_NO_FORMULA,
     .header = "EMAIL\n",
     .row = "$address\n",
     .part_octets = 8000000,
     .what = "CSV for Brevo",
     .import = "POST /v3/contacts/import with FILE as fileBody, emailBlacklist and "
               "updateExistingContacts true"},
    {.name = "mailchimp",
     .syntax = SYNTAX_JSON,
     .row = "{\"email_address\":$address,\"status\":$kind}",
     .open = "{\"members\":[",
     .close = "],\"update_existing\":true}\n",
     .batch = 500,
     .complaint = "unsubscribed",
     .hard = "cleaned",
     .soft = "cleaned",
     .what = "members of a Mailchimp list, one JSON body a line",
     .import = "while read -r body; do curl -u user:KEY -d \"$body\" "
               "https://DC.api.mailchimp.com/3.0/lists/LIST; done < FILE"},
    {.name = "mailerlite",
     .syntax = SYNTAX_JSON,
     .flags = FORMAT_APPENDS,
     .row = "{\"email\":$address,\"status\":$kind}\n",
     .complaint = "junk",
     .hard = "bounced",
     .soft = "bounced",
     .what = "subscribers of MailerLite, one JSON body a line",
     .import = "while read -r body; do curl -H 'Authorization: Bearer TOKEN' -H "
               "Content-Type:application/json -d \"$body\" "
               "https://connect.mailerlite.com/api/subscribers; done < FILE"},
    {.name = "postfix", /* not an access map: DISCARD there takes the message from everybody */
     .syntax = SYNTAX_LINE,
     .flags = FORMAT_APPENDS | FORMAT_WHOLE,
     .date = DATE_DAY,
     .row = "$address\terror:5.1.1 on the suppression list since $since: $reason\n",
     .what = "transport map of Postfix",
     .import = "postmap hash:FILE; main.cf: transport_maps = hash:FILE"},
    {.name = "exim",
     .syntax = SYNTAX_LINE,
     .flags = FORMAT_APPENDS | FORMAT_WHOLE,
     .date = DATE_DAY,
     .row = "$address: on the suppression list since $since: $reason\n",
     .what = "file for a lookup (lsearch) of Exim",
     .import = "redirect router with allow_fail: data = "
               "${lookup{$local_part@$domain}lsearch{FILE}{:fail: $value}}"},
    {.name = "sqlite",
     .syntax = SYNTAX_SQLITE,
     .flags = FORMAT_ANY_ADDRESS | FORMAT_DETAIL | FORMAT_WHOLE,
     .what = "SQLite database with one table, suppression, for readers of every kind",
     .import = "Postfix: transport_maps = sqlite:MAP; MAP: dbpath = FILE, query = SELECT 'error:"
               "5.1.1 ' || reason FROM suppression WHERE address = '%s'"},
    {.name = NULL},
};

const Format *
format_find(const char *name)
{
  for (const Format *format = format_table; format->name != NULL; format++)
    if (strcmp(format->name, name) == 0)
      return format;
  return NULL;
}

/* Which addresses. */

static bool
is_text(const char *address)
{
  if (strlen(address) > BOUNCE_ADDRESS_MAX || *address == '\0' ||
      !g_utf8_validate(address, -1, NULL))
    return false;
  for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c))
    if (g_unichar_iscntrl(g_utf8_get_char(c)))
      return false;
  return true;
}

/* Nearly all addresses there are, and found out fast. */
static bool
is_ordinary(const char *address)
{
  size_t local = strspn(address, ORDINARY);
  size_t domain = address[local] == '@' ? strspn(address + local + 1, ORDINARY) : 0;
  return local > 0 && domain > 0 && address[local + 1 + domain] == '\0' &&
         local + 1 + domain <= BOUNCE_ADDRESS_MAX;
}

bool
format_is_plain(const char *address)
{
  if (is_ordinary(address))
    return true;
  const char *at = strchr(address, '@');
  if (!is_text(address) || *address == '#' || at == NULL || at == address || at[1] == '\0' ||
      strchr(at + 1, '@') != NULL || strpbrk(address, special) != NULL)
    return false;
  for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c)) {
    gunichar letter = g_utf8_get_char(c);
    if (g_unichar_isspace(letter) || g_unichar_type(letter) == G_UNICODE_FORMAT)
      return false;
  }
  return true;
}

bool
format_takes(const Format *format, const char *address)
{
  bool any = (format->flags & FORMAT_ANY_ADDRESS) != 0;
  if (any ? !is_text(address) : !format_is_plain(address))
    return false;
  if ((format->flags & FORMAT_ASCII) != 0 && !g_str_is_ascii(address))
    return false;
  if ((format->flags & FORMAT_NO_FORMULA) != 0 && strchr(ESCAPE_CSV_ADDRESS, *address) != NULL)
    return false;
  return format->refuse == NULL || strpbrk(address, format->refuse) == NULL;
}

/* What stands for a $name. */

typedef enum {
  VALUE_ADDRESS,
  VALUE_TEXT, /* strangers' words */
  VALUE_WORD, /* ours */
  VALUE_NUMBER,
  VALUE_TIME,
  VALUE_COMPUTED,
  VALUE_RAW, /* computed, and a number to JSON */
} ValueType;

typedef void (*ComputeFunc)(const Format *format, const Entry *row, GString *out);

typedef struct {
  const char *name;
  ValueType type;
  size_t offset;
  ComputeFunc compute; /* VALUE_COMPUTED, VALUE_RAW: a word of ours */
} Field;

static void
compute_op(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  g_string_append(out, row->removed ? "remove" : "add");
}

static bool
is_complaint(const Entry *row)
{
  return g_strcmp0(row->reason, "complaint") == 0;
}

static bool
is_soft(const Entry *row)
{
  return g_strcmp0(row->klass, "quota") == 0 || g_strcmp0(row->klass, "transient") == 0;
}

static void
compute_kind(const Format *format, const Entry *row, GString *out)
{
  g_string_append(out, is_complaint(row) ? format->complaint
                       : is_soft(row)    ? format->soft
                                         : format->hard);
}

/* For importers that want a code of a permanent failure whatever the server said. */
static void
compute_code(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  bool permanent = row->reply_code >= 500 && row->reply_code <= 599;
  g_string_append_printf(out, "%d", permanent ? (int)row->reply_code : 550);
}

static void
compute_summary(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  char day[DATE_BUFFER];
  g_string_append_printf(out, "%s since %s", row->reason != NULL ? row->reason : "removed",
                         date_day(row->since, day));
}

static void
compute_attributes(const Format *format, const Entry *row, GString *out)
{
  (void)format;
  char day[DATE_BUFFER];
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_open(&json, "bouncedb", '{');
  json_string(&json, "reason", row->reason);
  json_string(&json, "since", date_day(row->since, day));
  json_close(&json, '}');
  json_close(&json, '}');
  g_autofree char *text = json_finish(&json);
  g_string_append(out, text);
}

static const Field fields[] = {
    {"address", VALUE_ADDRESS, offsetof(Entry, address), NULL},
    {"attributes", VALUE_COMPUTED, 0, compute_attributes},
    {"class", VALUE_WORD, offsetof(Entry, klass), NULL},
    {"code", VALUE_RAW, 0, compute_code},
    {"diagnostic", VALUE_TEXT, offsetof(Entry, diagnostic), NULL},
    {"failures", VALUE_NUMBER, offsetof(Entry, failures), NULL},
    {"first_at", VALUE_TIME, offsetof(Entry, first_at), NULL},
    {"kind", VALUE_COMPUTED, 0, compute_kind},
    {"kind_number", VALUE_RAW, 0, compute_kind},
    {"last_at", VALUE_TIME, offsetof(Entry, last_at), NULL},
    {"list_id", VALUE_TEXT, offsetof(Entry, list_id), NULL},
    {"op", VALUE_COMPUTED, 0, compute_op},
    {"provider", VALUE_WORD, offsetof(Entry, provider), NULL},
    {"reason", VALUE_WORD, offsetof(Entry, reason), NULL},
    {"recipient", VALUE_ADDRESS, offsetof(Entry, recipient), NULL},
    {"reply_code", VALUE_NUMBER, offsetof(Entry, reply_code), NULL},
    {"since", VALUE_TIME, offsetof(Entry, since), NULL},
    {"status", VALUE_WORD, offsetof(Entry, status), NULL},
    {"summary", VALUE_COMPUTED, 0, compute_summary},
};

static const Field *
find_field(const char *name, size_t length)
{
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (strncmp(fields[i].name, name, length) == 0 && fields[i].name[length] == '\0')
      return &fields[i];
  return NULL;
}

/* Quoted where it has to be. Controls, which only a hand can have put into the database, would
 * break lines that some importers read one by one, quoted or not. */
static void
append_cell(const char *text, const char *lead, GString *out)
{
  gsize start = out->len;
  bool bare =
      strpbrk(text, ",;\" \t\r\n") == NULL && (*text == '\0' || strchr(lead, *text) == NULL);
  if (bare)
    g_string_append(out, text);
  else
    escape_csv(out, text, lead);
  for (char *c = out->str + start; *c != '\0'; c++)
    if (g_ascii_iscntrl(*c))
      *c = ' ';
}

static const char *
guarded(ValueType type, FormatGuard guard)
{
  if (guard == GUARD_RAW)
    return "";
  return type == VALUE_ADDRESS && guard == GUARD_NORMAL ? ESCAPE_CSV_ADDRESS : ESCAPE_CSV_TEXT;
}

static void
append_text(const Format *format, ValueType type, const char *text, FormatGuard guard, GString *out)
{
  if (format->syntax == SYNTAX_JSON)
    json_append(out, text);
  else if (text != NULL && format->syntax == SYNTAX_CSV)
    append_cell(text, guarded(type, guard), out);
  else if (text != NULL)
    g_string_append(out, text);
}

static void
append_number(const Format *format, gint64 number, GString *out)
{
  if (number != 0)
    g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
  else if (format->syntax == SYNTAX_JSON)
    g_string_append(out, "null");
}

static const char *
time_text(const Format *format, gint64 at, char buffer[DATE_BUFFER])
{
  if (at == 0)
    return NULL;
  switch (format->date) {
  case DATE_RFC2822:
    return date_rfc2822(at, buffer);
  case DATE_DAY:
    return date_day(at, buffer);
  case DATE_RFC3339:
    break;
  }
  return date_rfc3339(at, buffer);
}

static void
append_computed(const Format *format, const Field *field, const Entry *row, GString *out)
{
  if (field->type == VALUE_RAW) {
    field->compute(format, row, out);
    return;
  }
  g_autoptr(GString) text = g_string_new(NULL);
  field->compute(format, row, text);
  append_text(format, VALUE_WORD, text->str, GUARD_RAW, out);
}

static void
append_value(const Format *format, const Field *field, const Entry *row, FormatGuard guard,
             GString *out)
{
  const void *place = (const char *)row + field->offset;
  char buffer[DATE_BUFFER];
  switch (field->type) {
  case VALUE_ADDRESS:
  case VALUE_TEXT:
  case VALUE_WORD:
    append_text(format, field->type, *(const char *const *)place, guard, out);
    return;
  case VALUE_NUMBER:
    append_number(format, *(const gint64 *)place, out);
    return;
  case VALUE_TIME:
    append_text(format, VALUE_WORD, time_text(format, *(const gint64 *)place, buffer), guard, out);
    return;
  case VALUE_COMPUTED:
  case VALUE_RAW:
    append_computed(format, field, row, out);
    return;
  }
}

void
format_header(const Format *format, bool changes, GString *out)
{
  if (format->header == NULL)
    return;
  if (changes)
    g_string_append(out, "op,"); /* of the CSV formats only csv has such a form */
  g_string_append(out, format->header);
}

void
format_row(const Format *format, const Entry *row, FormatGuard guard, bool changes, GString *out)
{
  const char *text = changes ? format->changes : format->row;
  while (*text != '\0') {
    size_t literal = strcspn(text, "$");
    g_string_append_len(out, text, (gssize)literal);
    text += literal;
    if (*text == '\0')
      return;
    size_t length = strspn(++text, "abcdefghijklmnopqrstuvwxyz_");
    const Field *field = find_field(text, length);
    if (field != NULL)
      append_value(format, field, row, guard, out);
    text += length;
  }
}
