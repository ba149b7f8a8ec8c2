/* The general reader, for notices in none of the known dialects.
 *
 * It relies on what all notices have in common: a mail system wrote them, they say that something
 * was not delivered, and they name the address. So it first makes sure that the message is a
 * notice, and then ranks each address in it by its surroundings (candidates.c). It reads only the
 * words of the reporting system, never the returned message. */
#include "config.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/candidates.h"
#include "readers/filter-note.h"
#include "readers/ordinary.h"
#include "readers/outcome.h"
#include "readers/phrases.h"
#include "readers/readers.h"
#include "readers/recipients.h"
#include "readers/wording.h"

enum {
  EXAMPLES_MAX = 200, /* addresses that are searched for a domain */
  WORDS_MAX = 8 << 10 /* octets of a notice that are searched for names */
};

/* --- is it a notice? --- */

/* How certain it is that a mail system wrote this about a delivery; 0 means not at all. */
static int
weigh_letter(const Letter *letter)
{
  const Part *top = message_part(letter->message, 0);
  g_autofree char *from = part_header_decoded(top, "From");
  bool system = letter->from_system || (from != NULL && letter_names_system(from));
  if (letter_header(letter, "X-Failed-Recipients") != NULL)
    return 4;
  return 2 * system + 2 * letter_is_headed(letter) + letter->automatic +
         (letter->returned->len > 0);
}

/* Whether the message speaks of a failure or a delay, or quotes a server's reply. If a message is
 * returned, the subject may be the only place that does. */
static bool
speaks_of_delivery(const Letter *letter, const char *folded)
{
  return (letter->returned->len > 0 && letter_is_headed(letter)) ||
         phrases_find(PHRASE_FAILURE, folded) || phrases_find(PHRASE_DELAY, folded) ||
         phrases_find(PHRASE_SUCCESS, folded) || reply_is_refusal(folded);
}

/* The transcript of a session in which the system was the server ("Out: 220 ..."): a note to its
 * own postmaster about a faulty client, not a returned message. */
static bool
is_session_of_server(const char *notice)
{
  enum { LINES = 40 };
  const char *line = notice;
  for (int n = 0; n < LINES && *line != '\0'; n++, line = line_next(line))
    if (g_str_has_prefix(line + strspn(line, " \t"), "Out: 220"))
      return true;
  return false;
}

/* A person's message about a failed delivery must not be taken for a notice, so a subject alone
 * proves nothing. */
static bool
is_sure(const Letter *letter)
{
  return letter->automatic || weigh_letter(letter) > 2;
}

/* If From is a bare address, without a name, the subject is enough. */
static bool
is_nameless(const Letter *letter)
{
  g_autofree char *from = part_header_decoded(message_part(letter->message, 0), "From");
  return from != NULL && strchr(from, '@') != NULL && *from != '"' && strchr(from, '(') == NULL &&
         (strchr(from, '<') == NULL || *from == '<');
}

static Probe
probe(const Letter *letter)
{
  if (is_session_of_server(letter->notice) || filter_note_is(letter) || ordinary_is(letter))
    return PROBE_NO;
  bool notice = is_sure(letter) ? weigh_letter(letter) >= 2
                                : weigh_letter(letter) == 2 && is_nameless(letter);
  return notice ? PROBE_MAYBE : PROBE_NO;
}

/* --- recipients that ranking does not find --- */

/* Exim and Google name the recipients in a field of their own. */
static void
add_failed_field(const Letter *letter, Report *report)
{
  const char *cursor = letter_header(letter, "X-Failed-Recipients");
  if (cursor == NULL)
    return;
  for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address))
    recipients_add_failed(report, address, NULL);
}

/* A provider's own mail host has a longer name than the domain of its mailboxes. An address that
 * the notice gives as an example shows that domain. (transfer none) */
static const char *
mail_domain(const Letter *letter, const char *host)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  for (guint i = 0; i < mentions->len && i < EXAMPLES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    const char *domain = address_domain(mention->address);
    size_t n = strlen(domain), length = strlen(host);
    if (length > n + 1 && host[length - n - 1] == '.' && strcmp(host + length - n, domain) == 0)
      return domain;
  }
  return host;
}

/* The name at the beginning of a line that holds nothing else, or nothing else close to it. */
static char *
read_name(const char *line)
{
  line += strspn(line, " \t\n");
  size_t n = strcspn(line, " \t\n");
  size_t distance = strspn(line + n, " \t");
  if (distance == 1 && line[n + 1] != '\n')
    return NULL;
  g_autofree char *word = g_strndup(line, n);
  g_autofree char *local = address_parse(word, true);
  bool plain = local != NULL && strcmp(local, word) == 0 && strchr(local, '@') == NULL;
  return plain ? g_steal_pointer(&local) : NULL;
}

/* "the following recipients could not be reached:", and then a name without a domain: some
 * providers omit their own. The domain comes from the returned message or, since the provider
 * itself wrote the notice, from the host that sent it. */
static void
add_local_part(const Letter *letter, Report *report)
{
  static const char *const words[] = {"recipient", "user", "mail", "deliver"};
  g_autofree char *from = address_parse(letter_header(letter, "From"), false);
  for (const char *line = letter->notice; from != NULL && *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    bool telling = false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
      telling |= line_find(line, length, words[i]) != NULL;
    if (length == 0 || line[length - 1] != ':' || !telling)
      continue;
    g_autofree char *local = read_name(line_next(line));
    if (local == NULL)
      continue;
    g_autofree char *whole = letter_complete(letter, local);
    g_autofree char *guess =
        g_strconcat(local, "@", mail_domain(letter, address_domain(from)), NULL);
    recipients_add_failed(report, whole != NULL ? whole : guess, NULL);
    return;
  }
}

/* Whether the line only greets its reader, or ends the letter: whoever it names has not failed. */
static bool
is_courtesy(const char *line, size_t length)
{
  static const char *const ends[] = {"regards",         "sincerely",        "best regards",
                                     "kind regards",    "mit freundlichen", "viele gr",
                                     "cordialement",    "saludos",          "atenciosamente",
                                     "cordiali saluti", "met vriendelijke", NULL};
  enum { COURTESY_MAX = 60 };
  if (length > COURTESY_MAX)
    return false;
  g_autofree char *text = g_strndup(line, length);
  g_autofree char *folded = fold(text);
  bool found = ordinary_greets(folded);
  for (size_t i = 0; ends[i] != NULL && !found; i++)
    found = g_str_has_prefix(folded, ends[i]);
  return found;
}

/* "Ann Example was not found": the address is in the header of the returned message. What repeats
 * that header names everybody. */
static void
add_called(const Letter *letter, Report *report)
{
  static const char *const header[] = {"to:", "cc:", "bcc:", "an:", "from:", NULL};
  g_autoptr(GString) said = g_string_new(NULL);
  for (const char *line = letter->notice; *line != '\0' && said->len < WORDS_MAX;
       line = line_next(line)) {
    size_t length = text_cut(line, MIN(line_length(line), WORDS_MAX)),
           skip = MIN(strspn(line, " \t>"), length);
    if (!line_has_any(line + skip, MIN(length - skip, 5), header) &&
        !is_courtesy(line + skip, length - skip))
      g_string_append_len(said, line, (gssize)length);
    g_string_append_c(said, ' ');
  }
  g_autofree char *folded = fold(said->str);
  g_autofree char *address = parties_called(letter->parties, folded);
  if (address != NULL)
    recipients_add_failed(report, address, NULL);
}

/* Nobody is named, but the returned message was for one person only. */
static void
add_only_addressee(const Letter *letter, Report *report)
{
  const char *only = parties_only_addressee(letter->parties);
  if (only != NULL)
    recipients_add_failed(report, only, NULL);
}

/* Whether there is more than a mark or a name to show that this is a notice. Parcels fail to be
 * delivered too, and a postmaster who writes about a refusal reports none. */
static bool
is_proved(const Letter *letter, const char *folded)
{
  bool headed = letter_is_headed(letter);
  if (letter_header(letter, "X-Failed-Recipients") != NULL || letter->returned->len > 0 ||
      (headed && letter->from_system))
    return true;
  if (!headed && !phrases_find(PHRASE_SENT, folded) && !phrases_find(PHRASE_SENT, letter->subject))
    return false;
  return letter->marked
             ? letter->from_system || reply_is_refusal(folded)
             : phrases_find(PHRASE_FAILURE, folded) || phrases_find(PHRASE_DELAY, folded);
}

/* Whether a line says "Reason: 550 unknown", or begins with a reply. */
static bool
quotes_reply(const Letter *letter)
{
  for (const char *line = letter->notice; *line != '\0'; line = line_next(line)) {
    const char *colon = memchr(line, ':', line_length(line));
    const char *rest = colon != NULL ? colon + 1 + strspn(colon + 1, " \t") : line;
    if (reply_code_at(line + strspn(line, " \t")) >= 400 || reply_code_at(rest) >= 400)
      return true;
  }
  return false;
}

/* How much must be said about an address. What does not come from a mail system names its readers
 * and contacts more often than recipients. */
static Need
choose_need(const Letter *letter, bool known, bool sure)
{
  if (!letter->from_system && letter->returned->len == 0)
    return NEED_REPLY;
  if (sure)
    return NEED_NAME;
  return known && (letter_is_headed(letter) || quotes_reply(letter)) ? NEED_LABEL : NEED_LIST;
}

static Kind
kind_of(Action action)
{
  return action == ACTION_DELAYED     ? KIND_DELAY
         : action == ACTION_DELIVERED ? KIND_SUCCESS
                                      : KIND_BOUNCE;
}

static bool
read_general(const Letter *letter, Report *report)
{
  g_autofree char *folded = letter_fold_notice(letter);
  bool named = weigh_letter(letter) >= 4; /* certainly a notice */
  bool known = named || speaks_of_delivery(letter, folded);
  bool sure = known && is_sure(letter) && is_proved(letter, folded);
  if (!known && !letter->from_system)
    return false;
  Action action = outcome_of(letter);
  add_failed_field(letter, report);
  if (report->recipients->len > 0 && action == ACTION_DELAYED)
    outcome_add_delayed(report, letter);
  if (report->recipients->len == 0)
    candidates_add(letter, choose_need(letter, known, sure), report);
  if (report->recipients->len == 0 && sure)
    add_local_part(letter, report);
  if (report->recipients->len == 0 && sure)
    add_called(letter, report);
  if (report->recipients->len == 0 && sure)
    add_only_addressee(letter, report);
  wording_fill_from_notice(report, letter);
  for (guint i = 0; i < report->recipients->len; i++)
    report_recipient(report, i)->action = action;
  outcome_by_section(report, letter);
  report->kind = report->recipients->len > 0 ? outcome_kind(report) : kind_of(action);
  return report->recipients->len > 0 ||
         (named && (letter->from_system || letter->returned->len > 0));
}

const Reader reader_general = {"general", probe, read_general};
