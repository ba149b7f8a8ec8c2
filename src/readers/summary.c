#include "config.h"

#include "readers/summary.h"

#include <string.h>

#include "readers/phrases.h"
#include "readers/titles.h"

/* What is counted, after "12 ". */
static const char *const counted[] = {
    "messages",     "mails",    "emails",    "e-mails",     "bounces",   "hard bounces",
    "soft bounces", "bounced",  "failures",  "nachrichten", "mensajes",  "correos",
    "mensagens",    "messaggi", "berichten", "meddelanden", "meldinger", "beskeder",
    "wiadomości",   "zpráv",    "писем",     "сообщений",   "листів",    "通",
    "件",           "封",       NULL};

/* What reports cover, and how they are ordered. */
static const char *const periods[] = {"last 24 hours",
                                      "past 24 hours",
                                      "last 7 days",
                                      "last week",
                                      "this week",
                                      "last month",
                                      "this month",
                                      "since yesterday",
                                      "since midnight",
                                      "statistics",
                                      "bounce report",
                                      "mail report",
                                      "by recipient",
                                      "by domain",
                                      "bounces by",
                                      "bounced recipients",
                                      "top failed",
                                      "top bounce",
                                      "last bounced",
                                      "letzten 24 stunden",
                                      "letzten 7 tage",
                                      "diese woche",
                                      "statistik",
                                      "dernières 24 heures",
                                      "cette semaine",
                                      "statistiques",
                                      "últimas 24 horas",
                                      "esta semana",
                                      "estadística",
                                      "estatística",
                                      "ultime 24 ore",
                                      "questa settimana",
                                      "statistiche",
                                      "afgelopen 24 uur",
                                      "statistieken",
                                      "ostatnich 24 godzin",
                                      "statystyk",
                                      "последние 24 часа",
                                      "статистик",
                                      "過去24時間",
                                      "统计",
                                      "統計",
                                      NULL};

/* Whether a number above one stands before what is counted: "12 messages", but not "a limit of 100
 * messages per hour". */
static bool
counts_messages(const char *text)
{
  for (const char *p = text; (p = strpbrk(p, "0123456789")) != NULL;) {
    const char *rest = p + strspn(p, "0123456789");
    bool one = rest - p == 1 && *p == '1';
    bool word = p == text || strchr(" ([:", p[-1]) != NULL;
    rest += *rest == ' ';
    for (const char *const *noun = counted; word && !one && *noun != NULL; noun++)
      if (g_str_has_prefix(rest, *noun) && !g_str_has_prefix(rest + strlen(*noun), " per") &&
          !g_str_has_prefix(rest + strlen(*noun), " a "))
        return true;
    p = rest + strspn(rest, "0123456789");
  }
  return false;
}

bool
summary_is(const Letter *letter, const char *opening)
{
  if (letter->returned->len > 0 || letter_has_status_part(letter) ||
      phrases_find(PHRASE_SENT, opening) || phrases_find(PHRASE_SENT, letter->subject))
    return false;
  g_autofree char *subject = titles_own_subject(letter->subject);
  g_autofree char *own = titles_drop(opening);
  return counts_messages(subject) || counts_messages(own) || phrases_any(subject, periods) ||
         phrases_any(own, periods);
}
