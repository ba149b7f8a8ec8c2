#include "config.h"

#include "judge/frames.h"

#include <stdbool.h>
#include <string.h>

/* Phrases after which, up to the end of the sentence, nothing is evidence; folded. They are those
 * of Exim, Postfix, qmail, Sendmail, Courier, dma, Domino, Exchange and of companies' footers. */
static const char *const frames[] = {
    "this message was created automatically",
    "a message that you sent",
    "a message sent by",
    "a message you sent",
    "the message that you sent came back",
    "the message you sent",
    "your message could not be delivered to",
    "your message to the following",
    "your message was not delivered to",
    "your message has not been delivered",
    "your message did not reach",
    "the following address",
    "the following recipient",
    "the following message",
    "the following user",
    "the message identifier is",
    "the date of the message is",
    "the subject of the message is",
    "the address to which",
    "the addresses to which",
    "no action is required",
    "you do not need to resend",
    "delivery attempts will continue",
    "eventually the mail delivery software",
    "the mail server will keep trying",
    "the attached message had",
    "the number and frequency of delivery attempts",
    "one or more unsuccessful delivery attempts",
    "this is a permanent error",
    "this is a temporary error",
    "this is a warning message only",
    "dies ist nur eine warnung",
    "sie brauchen die nachricht nicht erneut",
    "sie müssen die nachricht nicht erneut",
    "vous n'avez pas besoin de renvoyer",
    "no es necesario que vuelva a enviar",
    "no necesita volver a enviar",
    "não é necessário reenviar",
    "non è necessario inviare di nuovo",
    "u hoeft het bericht niet opnieuw",
    "detta är endast en varning",
    "du behöver inte skicka",
    "dette er kun en advarsel",
    "dette er bare en advarsel",
    "this is the mail system",
    "this is the postfix program",
    "this is the qmail-send",
    "this is the dragonfly mail agent",
    "this is the machine generated",
    "this is an automatically generated",
    "this is a delivery status notification",
    "this is a mime-encapsulated message",
    "i'm sorry to have to inform",
    "i'm afraid i wasn't able",
    "sorry it didn't work out",
    "for further assistance",
    "for more information",
    "if you do so, please include",
    "if you do so, please",
    "you can delete your own text",
    "and this warning may be",
    "the message has not yet been delivered",
    "the header of the original",
    "delivery report unavailable",
    "if this message remains",
    "running the courier",
    "original message follows",
    "message removed",
    "the original message was received",
    "below this line is",
    "--- below this line",
    "--- the following addresses",
    "----- the following addresses",
    "----- transcript of session",
    "reporting-mta:",
    "undeliverable mail",
    "undelivered mail",
    "delivery to the following recipient",
    "delivery has failed to these recipients",
    "échec de la remise pour ces destinataires",
    "no se pudo entregar el mensaje a los siguientes destinatarios",
    "falha na entrega a estes destinatários",
    "aflevering van uw bericht aan deze geadresseerden",
    "leveransen misslyckades till följande mottagare",
    "levering mislykkedes til disse modtagere",
    "toimitus epäonnistui näille vastaanottajille",
    "doručení selhalo těmto příjemcům",
    "a kézbesítés nem sikerült a következő címzetteknek",
    "η παράδοση απέτυχε σε αυτούς τους παραλήπτες",
    "не удалось доставить сообщение следующим получателям",
    "unfortunately, your message could not",
    "diagnostic information for administrators",
    "original message headers",
    "message headers follow",
    "attachment is a copy",
    "generating server",
    "this e-mail is confidential",
    "this email is confidential",
    "this message is confidential",
    "this e-mail and any",
    "this email and any",
    "this message and any",
    "please do not reply",
    "if you are not the intended",
    "if you have received this",
    "the information contained in this",
    "message will be retried",
    "will keep trying until",
    "your letter, or its header",
    /* What causes such failures in general */
    "common causes",
    "common reasons",
    "frequent causes",
    "frequent reasons",
    "typical causes",
    "typical reasons",
    "usual reasons",
    "possible causes include",
    "possible reasons include",
    "the most common reason",
    "check that the recipient exists",
    "check whether the recipient",
    "häufige ursachen",
    "häufigste ursache",
    "häufige gründe",
    "mögliche ursachen",
    "mögliche gründe",
    "prüfen sie, ob",
    "bitte prüfen sie",
    "bitte überprüfen sie",
    "causes fréquentes",
    "causes possibles",
    "raisons possibles",
    "les causes les plus",
    "vérifiez que",
    "veuillez vérifier",
    "causas frecuentes",
    "causas comunes",
    "posibles causas",
    "causas mais comuns",
    "possíveis causas",
    "cause più comuni",
    "possibili cause",
    "veelvoorkomende oorzaken",
    "mogelijke oorzaken",
    "controleer of",
    "vanliga orsaker",
    "möjliga orsaker",
    "mulige årsager",
    "mulige årsaker",
    "najczęstsze przyczyny",
    "możliwe przyczyny",
    "możné příčiny",
    "возможные причины",
    "частые причины",
    "olası nedenler",
};

enum { NO_FRAME = -1, N_PAIRS = 256 };

/* Frames whose first two octets have the same sum are linked, so that few are compared. */
typedef struct {
  gint16 first[N_PAIRS], next[G_N_ELEMENTS(frames)];
} FrameIndex;

static unsigned
pair_of(const char *text)
{
  return ((unsigned)(guchar)text[0] * 5 + (guchar)text[1]) % N_PAIRS;
}

static const FrameIndex *
frame_index(void)
{
  static FrameIndex index;
  static bool made;
  if (made)
    return &index;
  memset(index.first, NO_FRAME, sizeof index.first);
  for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
    gint16 *first = &index.first[pair_of(frames[i])];
    index.next[i] = *first;
    *first = (gint16)i;
  }
  made = true;
  return &index;
}

static bool
begins_frame(const FrameIndex *index, const char *text, size_t length)
{
  for (int i = index->first[pair_of(text)]; i != NO_FRAME; i = index->next[i]) {
    size_t n = strlen(frames[i]);
    if (n <= length && memcmp(text, frames[i], n) == 0)
      return true;
  }
  return false;
}

/* Octets before the first frame of the sentence; all of them where it has none. */
static size_t
frame_begin(const char *sentence, size_t length)
{
  const FrameIndex *index = frame_index();
  for (size_t at = 0; at < length; at++)
    if ((at == 0 || !g_ascii_isalnum(sentence[at - 1])) &&
        begins_frame(index, sentence + at, length - at))
      return at;
  return length;
}

/* Octets up to the end of the sentence, or to a colon: what follows a colon is not a frame. */
static size_t
sentence_length(const char *text)
{
  size_t n = 0;
  while (text[n] != '\0' && text[n] != '\n' &&
         !(g_ascii_ispunct(text[n]) && strchr(".!?;:", text[n]) != NULL &&
           (text[n + 1] == ' ' || text[n + 1] == '\0' || text[n + 1] == '\n')))
    n++;
  return n;
}

/* Octets of the frame: up to the end of the sentence, or to an address, a ruled line or a reason.
 */
static size_t
frame_length(const char *frame, size_t length)
{
  static const char *const ends[] = {" <", " \"", " --", " because", "(reason", "\n"};
  const char *at = memchr(frame, '@', length);
  if (at != NULL) {
    while (at > frame && at[-1] != ' ')
      at--;
    length = (size_t)(at - frame);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
    const char *found = g_strstr_len(frame, (gssize)length, ends[i]);
    if (found != NULL)
      length = (size_t)(found - frame);
  }
  return length;
}

char *
frames_cut(const char *folded)
{
  GString *out = g_string_new(NULL);
  while (*folded != '\0') {
    size_t length = sentence_length(folded), begin = frame_begin(folded, length);
    size_t end = begin + (begin < length ? frame_length(folded + begin, length - begin) : 0);
    size_t next = end < length && end > 0 ? end : length + strspn(folded + length, ".!?;: \n");
    g_string_append_len(out, folded, (gssize)(begin < length ? begin : next));
    if (begin < length && out->len > 0 && out->str[out->len - 1] != '\n')
      g_string_append_c(out, '\n');
    folded += MAX(next, 1);
  }
  return g_string_free(out, FALSE);
}

size_t
frames_lead(const char *folded)
{
  static const char *const leads[] = {
      "administrative prohibition",
      "administratively prohibited",
      "delivery error",
      "delivery failed",
      "delivery not authorized",
      "delivery not possible",
      "message not accepted",
      "message not delivered",
      "message refused",
      "message rejected",
      "mail not accepted",
      "mail rejected",
      "mail refused",
      "requested action aborted",
      "requested action not taken",
      "requested mail action aborted",
      "requested mail action not taken",
      "sorry",
      "service currently unavailable",
      "service not available",
      "service temporarily unavailable",
      "service unavailable",
      "transaction failed",
      "transaction rejected",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(leads); i++) {
    size_t length = strlen(leads[i]);
    if (strncmp(folded, leads[i], length) != 0)
      continue;
    size_t gap = strspn(folded + length, ".:;,- ");
    return gap > 1 && folded[length + gap] != '\0' ? length + gap : 0;
  }
  return 0;
}

size_t
frames_colon(const char *folded)
{
  enum { FRAME_MAX = 64 };
  for (size_t n = 0; n < FRAME_MAX && folded[n] != '\0' && folded[n] != '\n'; n++)
    if (folded[n] == ':' && folded[n + 1] == ' ' && folded[n + 2] != '\0')
      return n + 2;
  return 0;
}

/* Octets of the first of the words that stands here as a whole word; 0 = none does. */
static size_t
word_length(const char *text, const char *const *words)
{
  for (; *words != NULL; words++) {
    size_t length = strlen(*words);
    if (**words == *text && strncmp(text, *words, length) == 0 && !g_ascii_isalnum(text[length]))
      return length;
  }
  return 0;
}

static const char *const checks[] = {"spf", "dkim",   "dmarc", "arc", "sender address",
                                     "tls", "sender", NULL};

/* Octets of "sender <ADDRESS> ok", if nothing follows that could limit it; 0 = it is not here. */
static size_t
passed_length(const char *text)
{
  static const char *const results[] = {"pass",     "passed",   "ok", "is ok",
                                        "accepted", "verified", NULL};
  static const char *const next[] = {"but", "and", "however", NULL};
  size_t n = word_length(text, checks);
  if (n == 0)
    return 0;
  while (text[n] != '\0' && (strchr(" =:<>", text[n]) != NULL || g_ascii_isupper(text[n])))
    n++;
  size_t result = word_length(text + n, results);
  const char *end = text + n + result, *rest = end + strspn(end, " ");
  bool ends = *rest == '\0' || strchr(",;:.)\n", *rest) != NULL || word_length(rest, next) > 0 ||
              word_length(rest, checks) > 0;
  return result > 0 && ends ? n + result : 0;
}

void
frames_drop_passed(char *text)
{
  if (strstr(text, "pass") == NULL && strstr(text, "ok") == NULL &&
      strstr(text, "accepted") == NULL && strstr(text, "verified") == NULL)
    return;
  char *out = text, before = ' ';
  for (const char *at = text; *at != '\0';) {
    size_t length = g_ascii_isalnum(before) ? 0 : passed_length(at);
    before = length > 0 ? '\n' : *at;
    at += MAX(length, 1);
    *out++ = before;
  }
  *out = '\0';
}
