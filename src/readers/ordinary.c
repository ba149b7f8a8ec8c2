#include "config.h"

#include "readers/ordinary.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/listing.h"
#include "readers/phrases.h"
#include "readers/summary.h"
#include "readers/titles.h"

enum { OPENING_MAX = 400 }; /* octets at the beginning that are searched for phrases */

static bool
begins_with_any(const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (g_str_has_prefix(text, *words))
      return true;
  return false;
}

/* Whether From has the name or the address of a mail system. */
static bool
is_system(const Letter *letter)
{
  g_autofree char *from = part_header_decoded(message_part(letter->message, 0), "From");
  return letter->from_system || (from != NULL && letter_names_system(from));
}

/* Whether both the address and the header say that a mail system's program wrote it. */
static bool
is_system_program(const Letter *letter)
{
  return letter->from_system && letter->marked;
}

static char *
fold_opening(const char *text)
{
  text += strspn(text, " \t\n");
  g_autofree char *opening = g_utf8_make_valid(text, (gssize)strnlen(text, OPENING_MAX));
  return fold(opening);
}

/* --- people --- */

static const char *const answers[] = {
    "re:",   "re :",  "aw:",      "sv:",    "odp:",   "vs:",    "antw:", "ynt:",
    "res:",  "rif:",  "r:",       "на:",    "відп:",  "bls:",   "atb:",  "σχετ:",
    "回复:", "答复:", "回覆:",    "回复：", "答复：", "回覆：", "返信:", "返信：",
    "답장:", "회신:", "trả lời:", "תגובה:", "رد:",    NULL};
static const char *const forwards[] = {
    "fwd:",         "fw:",   "wg:",     "tr:",          "rv:",    "i:",      "vl:",
    "vb:",          "enc:",  "doorst:", "pd:",          "ilt:",   "i̇lt:",    "전달:",
    "转发:",        "轉寄:", "转发：",  "轉寄：",       "továb:", "přep:",   "προω:",
    "videres:",     "tr :",  "fwd :",   "転送:",        "転送：", "пересл:", "перес:",
    "chuyển tiếp:", "ส่งต่อ:", "הועבר:",  "إعادة توجيه:", "posl:",  "redir:",  NULL};

/* What follows the marks of answers and forwards: "re: fwd: failure notice". (transfer none) */
static const char *
skip_marks(const char *subject)
{
  while (begins_with_any(subject, answers) || begins_with_any(subject, forwards)) {
    subject += strcspn(subject, ":\357"); /* the full-width colon begins with this octet */
    subject += *subject == ':' ? 1 : strlen("：");
    subject += strspn(subject, " ");
  }
  return subject;
}

/* A postmaster answers and forwards mail too, so a system's name does not make a notice of that;
 * only what is marked as written by a program is one. */
static bool
is_discussion(const Letter *letter)
{
  const char *subject = skip_marks(letter->subject);
  bool answer = subject > letter->subject;
  bool forward = begins_with_any(letter->subject, forwards);
  bool reply =
      letter_header(letter, "In-Reply-To") != NULL || letter_header(letter, "References") != NULL;
  bool list = letter_is_list_mail(letter);
  if (!is_system(letter))
    return *subject == '[' || list || forward || (answer && reply);
  if (letter->marked)
    return list && (!letter->from_system || *subject == '[');
  return reply || forward || (list && !letter->from_system) || (list && *subject == '[') ||
         (answer && phrases_begin(PHRASE_FAILURE, subject));
}

/* A person forwards a notice: the message that this one returns comes from a mail system. */
static bool
is_forwarded_notice(const Letter *letter)
{
  const char *from = letter_returned(letter, "From");
  const char *path = letter_returned(letter, "Return-Path");
  return !letter->from_system && ((from != NULL && letter_names_system(from)) ||
                                  (path != NULL && g_str_has_prefix(path, "<>")));
}

/* Whether people write from that address too. */
static bool
is_from_postmaster(const Letter *letter)
{
  g_autofree char *from = address_parse(letter_header(letter, "From"), false);
  return from != NULL && g_ascii_strncasecmp(from, "postmaster@", 11) == 0;
}

/* "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>" and another field, in whatever
 * language: the header of a notice that somebody quotes. */
static bool
quotes_header(const Letter *letter)
{
  if (letter->marked || (letter->from_system && !is_from_postmaster(letter)))
    return false;
  for (const char *line = letter->notice; (line = line_find(line, SIZE_MAX, "mailer-daemon@"));
       line = line_next(line)) {
    const char *begin = line;
    while (begin > letter->notice && begin[-1] != '\n')
      begin--;
    const char *next = line_next(line);
    if (memchr(begin, ':', (size_t)(line - begin)) != NULL &&
        memchr(next, ':', line_length(next)) != NULL)
      return true;
  }
  return false;
}

/* The notice without the lines that quote another message. (transfer full) */
static char *
drop_quotes(const char *notice)
{
  GString *own = g_string_new(NULL);
  for (const char *line = notice; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    const char *p = line + strspn(line, " \t");
    bool quoted = (*p == '>' && !g_str_has_prefix(p, ">>>")) || g_str_has_prefix(p, "| ");
    if (!quoted)
      g_string_append_len(own, line, (gssize)length);
    g_string_append_c(own, '\n');
  }
  return g_string_free(own, FALSE);
}

/* Whether only the lines that the message quotes speak of a failure. */
static bool
is_quoted_notice(const Letter *letter)
{
  enum { OWN_MAX = 64 << 10 };
  if (is_system_program(letter) ||
      (strstr(letter->notice, "\n>") == NULL && strstr(letter->notice, "\n| ") == NULL))
    return false;
  g_autofree char *own = drop_quotes(letter->notice);
  g_autofree char *valid = g_utf8_make_valid(own, (gssize)strnlen(own, OWN_MAX));
  g_autofree char *folded = fold(valid);
  return !phrases_find(PHRASE_FAILURE, folded) && !phrases_find(PHRASE_DELAY, folded) &&
         !reply_is_refusal(folded);
}

/* Programs do not open with a question. */
static bool
opens_with_question(const Letter *letter)
{
  if (letter->marked)
    return false;
  const char *text = letter->notice + strspn(letter->notice, " \t\n");
  const char *end = strstr(text, "\n\n");
  g_autofree char *first = end != NULL ? g_strndup(text, (size_t)(end - text)) : g_strdup(text);
  g_autofree char *folded = fold_opening(first);
  return phrases_any(folded, (const char *const[]){"?", "？", "؟", "ますか", "니까", NULL});
}

/* "Dear colleagues, this morning messages were delayed." */
static bool
is_circular(const char *opening)
{
  static const char *const begins[] = {"dear colleague",
                                       "dear user",
                                       "dear all",
                                       "dear customers",
                                       "hi all",
                                       "hello all",
                                       "hi everyone",
                                       "liebe koll",
                                       "liebe nutzer",
                                       "hallo zusammen",
                                       "sehr geehrte dam",
                                       "chers ",
                                       "chères ",
                                       "estimados ",
                                       "gentili ",
                                       "prezados ",
                                       "caros ",
                                       "beste collega",
                                       "hej alla",
                                       "szanowni ",
                                       "drodzy ",
                                       "уважаемые ",
                                       "各位",
                                       "大家好",
                                       "皆様",
                                       NULL};
  return begins_with_any(opening, begins);
}

bool
ordinary_greets(const char *folded)
{
  static const char *const begins[] = {
      "dear ",     "hello ",  "hello,",   "hi ",        "hi,",    "sehr geehrte",     "liebe",
      "guten tag", "hallo ",  "bonjour",  "cher ",      "chère ", "madame, monsieur", "estimad",
      "hola",      "buenos ", "gentile ", "prezad",     "olá",    "geachte",          "beste ",
      "hej ",      "szanown", "уважаем",  "здравствуй", "尊敬的", "お世話になって",   NULL};
  return begins_with_any(folded, begins);
}

/* A salutation under a subject that speaks of no delivery, or from a postmaster in person who
 * speaks of no message of the reader's. */
static bool
opens_with_salutation(const Letter *letter, const char *opening)
{
  if (letter->returned->len > 0 || !ordinary_greets(opening))
    return false;
  return !letter_is_headed(letter) ||
         (is_from_postmaster(letter) && !letter->marked && !letter_has_status_part(letter) &&
          !phrases_find(PHRASE_SENT, opening));
}

/* --- programs --- */

static bool
is_alert(const char *subject)
{
  static const char *const begins[] = {"** ",      "problem:",   "problem ", "alert:",   "[alert",
                                       "[firing",  "[resolved",  "recovery", "critical", "bug#",
                                       "cron <",   "[fail2ban]", "trigger:", "daily ",   "weekly ",
                                       "monthly ", "campaign ",  "digest:",  "summary",  NULL};
  return begins_with_any(subject, begins);
}

static bool
has_calendar(const Letter *letter)
{
  for (guint i = 0; i < message_n_parts(letter->message); i++)
    if (strcmp(message_part(letter->message, i)->type, "text/calendar") == 0)
      return true;
  return false;
}

/* "[SD-4711] failure notice" */
static bool
has_key(const char *subject)
{
  size_t letters = 0;
  while (*subject == '[' && g_ascii_isalpha(subject[1 + letters]))
    letters++;
  size_t digits = 0;
  while (letters > 0 && subject[1 + letters] == '-' &&
         g_ascii_isdigit(subject[2 + letters + digits]))
    digits++;
  return digits > 0 && subject[2 + letters + digits] == ']';
}

/* "[Ticket#4711] failure notice", "Request received: failure notice", "Demande 4711 : Non remis".
 * After its own failure, the subject of a notice may repeat the same: "Undeliverable: [Ticket#4711]
 * Help". */
static bool
is_ticket(const Letter *letter)
{
  static const char *const begins[] = {"ticket",
                                       "[ticket",
                                       "[case",
                                       "[request",
                                       "[issue",
                                       "[incident",
                                       "[vorgang",
                                       "[anfrage",
                                       "[helpdesk",
                                       "[support",
                                       "[#",
                                       "we received your",
                                       "we have received your",
                                       "your request",
                                       "request received",
                                       "how would you rate",
                                       "how did we do",
                                       "rate our",
                                       NULL};
  static const char *const numbered[] = {
      "case ",       "request ", "issue ",     "incident ",  "anfrage ", "vorgang ",
      "demande ",    "dossier ", "solicitud ", "richiesta ", "pedido ",  "chamado ",
      "zgłoszenie ", "verzoek ", "melding ",   "ärende ",    "sag ",     "sak ",
      "požadavek ",  "заявка ",  "обращение ", "talep ",     NULL};
  const char *subject = skip_marks(letter->subject);
  g_autofree char *topic = g_strndup(subject, strcspn(subject, ":"));
  return begins_with_any(subject, begins) || has_key(subject) ||
         (begins_with_any(topic, numbered) && strpbrk(topic, "0123456789") != NULL);
}

/* "[#4711] failure notice", "Case 4711 created: failure notice". */
static bool
is_numbered(const char *subject)
{
  static const char *const words[] = {"ticket", "case ",   "request ", "incident",
                                      "issue ", "vorgang", "anfrage",  NULL};
  const char *number = strchr(subject, '#');
  return (number != NULL && g_ascii_isdigit(number[1])) || strstr(subject, "ticket") != NULL ||
         (phrases_any(subject, words) && strpbrk(subject, "0123456789") != NULL);
}

/* Somebody's program confirms that it got a message: a ticket system, or that of a postmaster. */
static bool
is_confirmation(const Letter *letter, const char *opening)
{
  if (is_ticket(letter) && !letter_has_status_part(letter))
    return true;
  if (letter->from_system && (letter_is_headed(letter) || letter->returned->len > 0))
    return false;
  return (!letter->from_system && is_numbered(letter->subject)) ||
         phrases_find(PHRASE_AUTO_REPLY, opening) ||
         phrases_find(PHRASE_AUTO_REPLY, letter->subject);
}

/* Whether a mail system's notice begins with an address that is not the reader's. */
static bool
tells_of_another(const Letter *letter)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  const Mention *first = mentions->len > 0 ? g_ptr_array_index(mentions, 0) : NULL;
  return first != NULL && first->heading && letter->from_system && letter_is_headed(letter) &&
         !is_from_postmaster(letter) && !parties_is_sender(letter->parties, first->address);
}

/* "Your mailbox is full, and incoming messages were not delivered", and the same about parcels. */
static bool
is_about_other(const Letter *letter, const char *folded)
{
  if (letter->returned->len > 0 || phrases_find(PHRASE_SENT, folded) || tells_of_another(letter))
    return false;
  g_autofree char *subject = titles_own_subject(letter->subject);
  if (phrases_find(PHRASE_MAILBOX, subject))
    return true;
  if (!phrases_find(PHRASE_MAILBOX, folded) && !phrases_find(PHRASE_GOODS, folded))
    return false;
  g_autofree char *own = titles_drop(folded);
  return phrases_find(PHRASE_MAILBOX, own) ||
         (phrases_find(PHRASE_GOODS, own) && !reply_is_refusal(own));
}

/* "Delivery failure: News", but not "mta: return a failure notice": the failure is the topic. */
static bool
opens_with_failure(const char *subject)
{
  g_autofree char *topic = g_strndup(subject, strcspn(subject, ":"));
  return phrases_find(PHRASE_FAILURE, topic) || phrases_find(PHRASE_DELAY, topic) ||
         phrases_find(PHRASE_NOTICE, topic);
}

/* The first paragraph, and the next after a salutation; folded. What comes later may be quoted.
 * (transfer full) */
static char *
fold_first_words(const Letter *letter)
{
  const char *text = letter->notice + strspn(letter->notice, " \t\n");
  const char *end = strstr(text, "\n\n");
  if (end != NULL && end > text && strchr(",!", end[-1]) != NULL)
    end = strstr(end + 2, "\n\n");
  g_autofree char *words = end != NULL ? g_strndup(text, (size_t)(end - text)) : g_strdup(text);
  return fold_opening(words);
}

/* Whether it claims, before anything else, to be about a message that its reader sent. One that
 * encloses a message need not say so in its subject too, nor one that begins with a heading between
 * rules. */
static bool
is_claimed(const Letter *letter, const char *opening)
{
  bool headed = letter_is_headed(letter);
  bool sent = phrases_find(PHRASE_SENT, opening) || phrases_find(PHRASE_SENT, letter->subject);
  if (message_returned(letter->message) != NULL)
    return headed || sent;
  if (headed && !opens_with_failure(letter->subject)) {
    g_autofree char *words = fold_first_words(letter);
    sent = phrases_find(PHRASE_SENT, words);
  }
  bool ruled = letter->returned->len > 0 && g_str_has_prefix(opening, "---");
  bool refused =
      letter->marked && opens_with_failure(letter->subject) && letter_quotes_refusal(letter);
  return (headed && (sent || ruled || refused)) ||
         (sent && letter->marked && letter_returns_refusal(letter));
}

/* A postmaster's program that names neither a failure in its subject nor a message of the reader's,
 * and returns nothing: the report of a probe, a list of addresses, a digest. A subject in another
 * script may name a failure in a language that is not known. */
static bool
is_other_report(const Letter *letter, const char *folded)
{
  return is_from_postmaster(letter) && g_str_is_ascii(letter->subject) &&
         !letter_is_headed(letter) && letter->returned->len == 0 &&
         !letter_has_status_part(letter) && !phrases_find(PHRASE_SENT, folded) &&
         !phrases_find(PHRASE_SENT, letter->subject);
}

bool
ordinary_is_personal(const Letter *letter)
{
  return is_discussion(letter) || is_forwarded_notice(letter) || is_quoted_notice(letter) ||
         opens_with_question(letter) || quotes_header(letter);
}

bool
ordinary_is(const Letter *letter)
{
  if (letter_header(letter, "X-Failed-Recipients") != NULL)
    return false;
  if (letter->program_output || is_alert(letter->subject) || has_calendar(letter) ||
      ordinary_is_personal(letter) || listing_is(letter->notice))
    return true;
  g_autofree char *opening = fold_opening(letter->notice);
  g_autofree char *folded = letter_fold_notice(letter);
  return is_circular(opening) || opens_with_salutation(letter, opening) ||
         is_confirmation(letter, opening) || is_about_other(letter, folded) ||
         summary_is(letter, opening) || is_other_report(letter, folded) ||
         (!letter->from_system && !is_claimed(letter, opening));
}
