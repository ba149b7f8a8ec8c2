#include "config.h"

#include "readers/letter.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/fields.h"
#include "mail/reply.h"
#include "readers/phrases.h"
#include "readers/returned.h"

/* --- the notice --- */

static bool
is_type(const Part *part, const char *type)
{
  return strcmp(part->type, type) == 0;
}

/* HTML counts only if there is no plain text: the two are renderings of the same text. */
static bool
has_plain_text(const Message *message)
{
  for (guint i = 0; i < message_n_parts(message); i++) {
    const Part *part = message_part(message, i);
    if (!part->returned && is_type(part, "text/plain") && !line_is_blank(part_text(part), SIZE_MAX))
      return true;
  }
  return false;
}

/* A multipart whose boundary never occurs: its content is all the text there is. A multipart that
 * was opened has no text of its own. */
static bool
is_unopened(const Part *part)
{
  return g_str_has_prefix(part->type, "multipart/") && *part_text(part) != '\0';
}

static void
append_part(GString *notice, const Part *part)
{
  if (notice->len > 0 && notice->str[notice->len - 1] != '\n')
    g_string_append_c(notice, '\n');
  if (notice->len > 0)
    g_string_append_c(notice, '\n');
  g_string_append(notice, part_text(part));
}

static char *
collect_notice(const Message *message)
{
  bool plain = has_plain_text(message);
  GString *notice = g_string_new(NULL);
  for (guint i = 0; i < message_n_parts(message); i++) {
    const Part *part = message_part(message, i);
    bool text = is_type(part, "text/plain") || is_type(part, "text/enriched") ||
                is_type(part, "text/us-ascii") || (is_type(part, "text/html") && !plain) ||
                is_unopened(part);
    if (!part->returned && text)
      append_part(notice, part);
  }
  return g_string_free(notice, FALSE);
}

/* --- the returned message --- */

static GPtrArray *
copy_headers(const Part *part)
{
  GPtrArray *fields = fields_new();
  for (guint i = 0; i < part->headers->len; i++) {
    const Header *header = g_ptr_array_index(part->headers, i);
    fields_add(fields, header->name, header->value);
  }
  return fields;
}

/* The header block at text; what follows its first empty line is the body. */
static GPtrArray *
parse_header(const char *text)
{
  g_autoptr(GString) block = g_string_new(NULL);
  for (const char *line = text; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    size_t skip = *line == '>' ? 1 + (line[1] == ' ') : 0;
    if (line_is_blank(line + skip, length - MIN(skip, length)))
      break;
    g_string_append_len(block, line + skip, (gssize)(length - skip));
    g_string_append_c(block, '\n');
  }
  return fields_parse(block->str);
}

static GPtrArray *
find_returned(const Message *message, char *notice)
{
  char *cut = (char *)returned_find(notice);
  const Part *part = message_returned(message);
  GPtrArray *fields = part != NULL ? copy_headers(part) : cut != NULL ? parse_header(cut) : NULL;
  if (cut != NULL)
    *cut = '\0';
  return fields != NULL ? fields : fields_new();
}

/* --- who wrote it --- */

static bool
is_system_mailbox(const char *value)
{
  static const char *const names[] = {"mailer-daemon", "postmaster", "maildaemon", "mail-daemon",
                                      "mdaemon", "mailerdaemon", "mailsystem", "mailer",
                                      "post_master",
                                      /* Exchange uses the same name everywhere */
                                      "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"};
  g_autofree char *address = address_parse(value, true);
  if (address == NULL)
    return false;
  if (*address == '"' && letter_names_system(address))
    return true;
  size_t n = strcspn(address, "@+");
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (strlen(names[i]) == n && g_ascii_strncasecmp(address, names[i], n) == 0)
      return true;
  return false;
}

bool
letter_names_system(const char *from)
{
  static const char *const words[] = {
      "mail deliver",  "mail system",      "delivery system", "delivery sub", "postmaster",
      "mailer-daemon", "mail admin",       "system admin",    "mail service", "mail-deliver",
      "mail.deliver",  "mdaemon",          "smtp gateway",    "smtp_gateway", "delivery service",
      "ndr admin",     "message transfer", "mailerdaemon",    "maildelivery", NULL};
  return line_has_any(from, SIZE_MAX, words);
}

/* "Mail Server <noreply@example.net>": a display name that is a mail system's, and nothing else. */
static bool
is_called_system(const char *from)
{
  static const char *const names[] = {"mail server",           "mailserver",
                                      "email server",          "e-mail server",
                                      "mail system",           "mail delivery system",
                                      "mail delivery service", "mail delivery subsystem",
                                      "mail transfer agent",   "smtp server"};
  size_t n = strcspn(from, "<");
  g_autofree char *name = g_strndup(from, n);
  g_strdelimit(name, "\"'", ' ');
  g_strstrip(name);
  for (size_t i = 0; from[n] == '<' && i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strcasecmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Local users and their programs write From without a domain too, so that alone proves nothing. */
static bool
is_from_system(const Message *message)
{
  const Part *top = message_part(message, 0);
  g_autofree char *from = part_header_decoded(top, "From");
  const char *path = part_header(top, "Return-Path");
  return (path != NULL && is_system_mailbox(path)) ||
         (from != NULL && (strcmp(from, "<>") == 0 || is_system_mailbox(from) ||
                           (strchr(from, '@') == NULL && letter_names_system(from)) ||
                           (path != NULL && strcmp(path, "<>") == 0 && is_called_system(from))));
}

/* What cron, monitors and their like send to an administrator: the output of programs, which may
 * quote anything. cronie marks it as automatic. Exchange's journal encloses a copy of each message,
 * and so of each notice too. */
static bool
is_program_output(const Message *message)
{
  static const char *const names[] = {"root",   "cron",    "anacron",  "logcheck", "logwatch",
                                      "nagios", "icinga",  "zabbix",   "monit",    "munin",
                                      "sentry", "jenkins", "fail2ban", "git"};
  const Part *top = message_part(message, 0);
  const char *subject = part_header(top, "Subject");
  if (part_header(top, "X-Cron-Env") != NULL || part_header(top, "X-MS-Journal-Report") != NULL ||
      (subject != NULL && g_str_has_prefix(subject, "Cron <")))
    return true;
  g_autofree char *from = address_parse(part_header(top, "From"), true);
  size_t n = from != NULL ? strcspn(from, "@ ") : 0;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (strlen(names[i]) == n && g_ascii_strncasecmp(from, names[i], n) == 0)
      return true;
  return false;
}

static bool
is_report(const Message *message)
{
  return strcmp(message_part(message, 0)->type, "multipart/report") == 0;
}

static bool
is_marked(const Message *message)
{
  const Part *top = message_part(message, 0);
  const char *path = part_header(top, "Return-Path");
  const char *submitted = part_header(top, "Auto-Submitted");
  if (submitted != NULL && g_ascii_strncasecmp(submitted, "no", 2) != 0)
    return true;
  return (path != NULL && strcmp(path, "<>") == 0) ||
         part_header(top, "X-Failed-Recipients") != NULL ||
         part_header(top, "X-MS-Exchange-Message-Is-Ndr") != NULL;
}

/* --- the letter --- */

static char *
fold_subject(const Message *message)
{
  g_autofree char *subject = part_header_decoded(message_part(message, 0), "Subject");
  return fold(subject != NULL ? subject : "");
}

Letter *
letter_new(const Message *message)
{
  Letter *letter = g_new0(Letter, 1);
  letter->message = message;
  letter->subject = fold_subject(message);
  letter->notice = collect_notice(message);
  letter->returned = find_returned(message, letter->notice);
  letter->excerpts = excerpts_new(letter->notice);
  letter->parties = parties_new(message, letter->returned);
  letter->transcript = transcript_new(letter->notice);
  letter->from_system = is_from_system(message);
  letter->program_output = is_program_output(message);
  letter->marked = is_report(message) || (is_marked(message) && !letter->program_output);
  letter->automatic = letter->from_system || letter->marked;
  return letter;
}

void
letter_free(Letter *letter)
{
  if (letter == NULL)
    return;
  parties_free(letter->parties);
  transcript_free(letter->transcript);
  excerpts_free(letter->excerpts);
  g_free(letter->notice);
  g_free(letter->subject);
  g_ptr_array_unref(letter->returned);
  g_free(letter);
}

const char *
letter_header(const Letter *letter, const char *name)
{
  return part_header(message_part(letter->message, 0), name);
}

const char *
letter_returned(const Letter *letter, const char *name)
{
  return fields_get(letter->returned, name);
}

bool
letter_is_headed(const Letter *letter)
{
  return phrases_find(PHRASE_FAILURE, letter->subject) ||
         phrases_find(PHRASE_DELAY, letter->subject) ||
         phrases_find(PHRASE_NOTICE, letter->subject);
}

bool
letter_quotes_refusal(const Letter *letter)
{
  if (!phrases_find(PHRASE_FAILURE, letter->subject))
    return false;
  g_autofree char *folded = letter_fold_notice(letter);
  return reply_is_refusal(folded);
}

/* Whether the subject is that of the returned message: "Re: Offers". */
static bool
has_returned_subject(const Letter *letter)
{
  const char *value = letter_returned(letter, "Subject");
  g_autofree char *decoded = value != NULL ? message_decode_words(value) : NULL;
  g_autofree char *subject = decoded != NULL ? fold(decoded) : NULL;
  return subject != NULL && *subject != '\0' && g_str_has_suffix(letter->subject, subject);
}

bool
letter_returns_refusal(const Letter *letter)
{
  if (letter->returned->len == 0 || !has_returned_subject(letter))
    return false;
  g_autofree char *folded = letter_fold_notice(letter);
  return phrases_find(PHRASE_SENT, folded) && phrases_find(PHRASE_FAILURE, folded) &&
         reply_is_refusal(folded);
}

bool
letter_is_list_mail(const Letter *letter)
{
  return letter_header(letter, "List-Id") != NULL || letter_header(letter, "List-Post") != NULL ||
         letter_header(letter, "List-Unsubscribe") != NULL;
}

char *
letter_fold_notice(const Letter *letter)
{
  enum { FOLD_MAX = 64 << 10 };
  size_t length = strnlen(letter->notice, FOLD_MAX);
  g_autofree char *head = g_utf8_make_valid(letter->notice, (gssize)length);
  return fold(head);
}

bool
letter_has_status_part(const Letter *letter)
{
  for (guint i = 0; i < message_n_parts(letter->message); i++) {
    const Part *part = message_part(letter->message, i);
    if (!part->returned && part_is_status(part))
      return true;
  }
  return false;
}

char *
letter_complete(const Letter *letter, const char *local)
{
  g_autofree char *found = NULL;
  static const char *const names[] = {"To", "Cc"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *cursor = letter_returned(letter, names[i]);
    if (cursor == NULL)
      continue;
    for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address)) {
      size_t n = strcspn(address, "@");
      if (n != strlen(local) || g_ascii_strncasecmp(address, local, n) != 0)
        continue;
      if (found != NULL && !address_equal(found, address)) {
        g_free(address);
        return NULL;
      }
      g_free(found);
      found = g_strdup(address);
    }
  }
  return g_steal_pointer(&found);
}
