#include "config.h"

#include "readers/filter-note.h"

#include <string.h>

#include "base/fold.h"
#include "mail/reply.h"
#include "readers/phrases.h"

/* What filters call themselves and what they find, in From and in subjects. */
static const char *const filters[] = {"content-filter",   "content filter", "contentfilter",
                                      "amavis",           "mailscanner",    "virus",
                                      "banned",           "unchecked",      "infected",
                                      "malware",          "clamav",         "quarantin",
                                      "quarantän",        "quarantena",     "cuarentena",
                                      "quarentena",       "карантин",       "вирус",
                                      "spam report",      "spam digest",    "заблокирован",
                                      "blocked messages", "隔离",           "隔離",
                                      "ウイルス",         "病毒",           NULL};

/* amavis and its like to an administrator: "VIRUS (Eicar) in mail FROM LOCAL <ann@example.org>". */
static bool
is_to_administrator(const char *subject)
{
  static const char *const found[] = {"virus",      "banned",  "unchecked",  "spam", "infected",
                                      "bad header", "malware", "attachment", NULL};
  static const char *const whose[] = {" in mail from ",  " in mail to ",  " in message from ",
                                      " in message to ", " in mail for ", NULL};
  return phrases_any(subject, found) && phrases_any(subject, whose) &&
         strstr(subject, "from you") == NULL;
}

/* The message goes on, or waits for somebody who looks at it. */
static bool
goes_on(const char *folded)
{
  static const char *const words[] = {
      "will be relayed", "will be delivered to", "not quarantined", "quarantined as",
      "been quarantined", "was quarantined", "were quarantined", "is quarantined", "in quarantine",
      "to quarantine", "into quarantine", "to the quarantine", "were found to have",
      "message was delivered with", "rest of the message was delivered", "message has been cleaned",
      "message was cleaned", "was disinfected",
      /* German, French, Spanish, Portuguese, Italian, Dutch */
      "in quarantäne", "wird weitergeleitet an", "wird zugestellt an", "en quarantaine",
      "en cuarentena", "em quarentena", "de quarentena", "in quarantena", "in quarantaine",
      "será entregue", "será entregado", "sera remis à", "verrà consegnat",
      /* Nordic, Polish, Czech, Russian, Turkish */
      "i karantän", "i karantæne", "i karantene", "karanteeni", "kwarantann", "karantén",
      "карантин", "karantinaya",
      /* Chinese, Japanese, Korean */
      "隔离", "隔離", "격리", NULL};
  return phrases_any(folded, words);
}

/* The reader is the recipient, and not the sender, of the message that it is about. */
static bool
is_to_reader(const char *folded)
{
  static const char *const words[] = {
      "sent to you", "delivered to you", "message to you", "mail to you", "messages to you",
      "addressed to you",
      /* German, French, Spanish, Portuguese, Italian, Dutch */
      "nachricht an sie", "an sie gesendet", "an sie zugestellt", "qui vous était destiné",
      "vous a été envoyé", "enviado a usted", "dirigido a usted", "enviada para você",
      "inviato a lei", "a lei indirizzat", "aan u gericht", "aan u gestuurd", NULL};
  return phrases_any(folded, words);
}

/* From and the subject of the message, folded. */
static char *
fold_heading(const Letter *letter)
{
  g_autofree char *from = part_header_decoded(message_part(letter->message, 0), "From");
  g_autofree char *both = g_strconcat(from != NULL ? from : "", " ", letter->subject, NULL);
  return fold(both);
}

bool
filter_note_is(const Letter *letter)
{
  if (letter_has_status_part(letter) || letter_header(letter, "X-Failed-Recipients") != NULL)
    return false;
  if (is_to_administrator(letter->subject))
    return true;
  g_autofree char *folded = letter_fold_notice(letter);
  bool told = phrases_find(PHRASE_SENT, folded) || phrases_find(PHRASE_SENT, letter->subject);
  bool failed = phrases_find(PHRASE_FAILURE, letter->subject);
  g_autofree char *heading = fold_heading(letter);
  bool note = goes_on(folded) || (!told && !failed && phrases_any(heading, filters));
  if (letter->returned->len == 0 && is_to_reader(folded) && !reply_is_refusal(folded))
    return true;
  return note && !reply_is_refusal(folded) &&
         !(told && (failed || phrases_find(PHRASE_FAILURE, folded)));
}
