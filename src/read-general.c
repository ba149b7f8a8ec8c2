/* The general reader: for notices that no dialect's reader knows.
 *
 * It goes by what all notices have in common. A mail system wrote them, they say that something was
 * not delivered, and they name the address. So: first be sure that it is a notice; then weigh each
 * address that the notice names by what stands round it; what the returned message was addressed to
 * weighs most. Only the words of the reporting system are read, never the returned message. */
#include "readers.h"

#include <string.h>

#include "address.h"
#include "fold.h"
#include "phrases.h"
#include "recipients.h"
#include "reply.h"
#include "text.h"

enum {
  CANDIDATES_MAX = 2000,
  NOTICE_MAX = 64 << 10, /* octets that are searched for phrases */
  ENOUGH = 3,            /* weight from which an address is taken for one that failed */
};

/* --- is it a notice? ---------------------------------------------------------------------------
 */

/* The name that a mail system gives itself in From. */
static bool
names_system(const char *from)
{
  static const char *const words[] = {
      "mail deliver",  "mail system",      "delivery system", "delivery sub", "postmaster",
      "mailer-daemon", "mail admin",       "system admin",    "mail service", "mail-deliver",
      "mail.deliver",  "mdaemon",          "smtp gateway",    "smtp_gateway", "delivery service",
      "ndr admin",     "message transfer", "mailerdaemon",    "maildelivery"};
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (text_find(from, SIZE_MAX, words[i]) != NULL)
      return true;
  return false;
}

static bool
is_discussion(const Letter *letter, const char *subject)
{
  static const char *const begins[] = {"re:", "fwd:", "fw:", "aw:", "wg:", "["};
  for (size_t i = 0; i < G_N_ELEMENTS(begins); i++)
    if (g_str_has_prefix(subject, begins[i]))
      return true;
  return letter_header(letter, "List-Id") != NULL || letter_header(letter, "List-Post") != NULL;
}

/* How sure it is that a mail system wrote this about a delivery; 0 is not at all. */
static int
weigh_letter(const Letter *letter)
{
  const Part *top = message_part(letter->message, 0);
  g_autofree char *decoded = part_header_decoded(top, "Subject");
  g_autofree char *subject = fold(decoded != NULL ? decoded : "");
  g_autofree char *from = part_header_decoded(top, "From");
  bool failure = phrases_find(PHRASE_FAILURE, subject) || phrases_find(PHRASE_DELAY, subject);
  bool system = from != NULL && names_system(from);
  if (letter_header(letter, "X-Failed-Recipients") != NULL)
    return 4;
  if (!system && is_discussion(letter, subject))
    return 0;
  return 2 * system + 2 * failure + letter->automatic + (letter->returned->len > 0);
}

static char *
fold_notice(const Letter *letter)
{
  size_t length = strnlen(letter->notice, NOTICE_MAX);
  g_autofree char *head = g_utf8_make_valid(letter->notice, (gssize)length);
  return fold(head);
}

/* The letter speaks of a failure or of a delay, or quotes the reply of a server. */
static bool
speaks_of_delivery(const char *folded)
{
  g_auto(Reply) reply = {0};
  if (phrases_find(PHRASE_FAILURE, folded) || phrases_find(PHRASE_DELAY, folded))
    return true;
  reply_unwrap(folded, &reply);
  return reply.code >= 400 || reply.status.klass >= 4;
}

static Probe
probe(const Letter *letter)
{
  return weigh_letter(letter) >= 2 ? PROBE_MAYBE : PROBE_NO;
}

/* --- which addresses? --------------------------------------------------------------------------
 */

typedef struct {
  const Mention *mention; /* the first */
  int weight;
  guint order;
} Candidate;

/* The words in front of an address on its line, as far as they can label it. */
static bool
labelled(const char *notice, const Mention *mention, const char *const *words)
{
  enum { LOOK_BACK = 40 };
  const char *p = mention->begin;
  for (int n = 0; n < LOOK_BACK && p > notice && p[-1] != '\n' && p[-1] != '>'; n++)
    p--;
  for (; *words != NULL; words++)
    if (text_find(p, (size_t)(mention->begin - p), *words) != NULL)
      return true;
  return false;
}

static const char *const recipient_labels[] = {
    "recipient", "rcpt to",   "address", "to:",    "user",     "failed",
    "deliver",   "mailbox",   "empf",    "destin", "adressat", "宛先",
    "收件",      "получател", "account", "for:",   NULL};
static const char *const other_labels[] = {
    "mail from", "from:", "sender",  "contact",   "e-mail to",  "email to",   "mail to",
    "write to",  "help",  "support", "questions", "message-id", "message id", "reply-to",
    "absender",  "http",  "helo",    "ehlo",      "complain",   NULL};

static bool
is_field(const Letter *letter, const char *const *names, const char *address, bool returned)
{
  for (; *names != NULL; names++) {
    const char *cursor = returned ? letter_returned(letter, *names) : letter_header(letter, *names);
    if (cursor == NULL)
      continue;
    for (char *other; (other = address_next(&cursor, NULL)) != NULL; g_free(other))
      if (address_equal(other, address)) {
        g_free(other);
        return true;
      }
  }
  return false;
}

static bool
is_role(const char *address)
{
  static const char *const names[] = {"postmaster@", "mailer-daemon@", "abuse@",   "support@",
                                      "hostmaster@", "helpdesk@",      "noreply@", "no-reply@"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strncasecmp(address, names[i], strlen(names[i])) == 0)
      return true;
  return false;
}

/* What speaks for and against the address of a mention. */
static int
weigh_mention(const Letter *letter, const Mention *mention)
{
  static const char *const to[] = {"To", "Cc", "Delivered-To", "X-Original-To", NULL};
  static const char *const own[] = {"To", "From", "Reply-To", "Return-Path", NULL};
  static const char *const senders[] = {"From", "Sender", "Return-Path", "Reply-To", NULL};
  bool addressee = is_field(letter, to, mention->address, true);
  int weight = addressee ? 4 : 0;
  if (mention->heading)
    weight += 3;
  if (labelled(letter->notice, mention, recipient_labels))
    weight += 3;
  if (labelled(letter->notice, mention, other_labels))
    weight -= 6;
  if (!addressee && (is_field(letter, own, mention->address, false) ||
                     is_field(letter, senders, mention->address, true)))
    weight -= 8;
  if (!addressee && is_role(mention->address))
    weight -= 3;
  g_autofree char *paragraph = excerpts_paragraph(letter->excerpts, mention);
  g_autofree char *folded = fold(paragraph);
  if (speaks_of_delivery(folded))
    weight += 2;
  return weight;
}

/* One candidate an address, with the best weight of its mentions. */
static GPtrArray *
find_candidates(const Letter *letter)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  for (guint i = 0; i < mentions->len && i < CANDIDATES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    int weight = weigh_mention(letter, mention);
    g_autofree char *key = g_ascii_strdown(mention->address, -1);
    Candidate *candidate = g_hash_table_lookup(known, key);
    if (candidate == NULL) {
      candidate = g_new0(Candidate, 1);
      *candidate = (Candidate){.mention = mention, .weight = weight, .order = i};
      g_ptr_array_add(candidates, candidate);
      g_hash_table_insert(known, g_steal_pointer(&key), candidate);
    } else {
      candidate->weight = MAX(candidate->weight, weight);
    }
  }
  return candidates;
}

static int
best_weight(const GPtrArray *candidates)
{
  int best = 0;
  for (guint i = 0; i < candidates->len; i++)
    best = MAX(best, ((const Candidate *)g_ptr_array_index(candidates, i))->weight);
  return best;
}

/* Those that weigh enough; where none does, the only one that is not the sender. */
static void
add_candidates(const GPtrArray *candidates, Report *report)
{
  int least = best_weight(candidates) >= ENOUGH ? ENOUGH : 0;
  guint n = 0;
  for (guint i = 0; i < candidates->len; i++)
    n += ((const Candidate *)g_ptr_array_index(candidates, i))->weight >= least;
  if (least == 0 && n != 1)
    return;
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = g_ptr_array_index(candidates, i);
    if (candidate->weight >= least)
      recipients_add_failed(report, candidate->mention->address, NULL);
  }
}

/* Exim and Google name them in a field of their own. */
static void
add_failed_field(const Letter *letter, Report *report)
{
  const char *cursor = letter_header(letter, "X-Failed-Recipients");
  if (cursor == NULL)
    return;
  for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address))
    recipients_add_failed(report, address, NULL);
}

/* Nobody is named: the returned message was for one person only. */
static void
add_only_addressee(const Letter *letter, Report *report)
{
  const char *cursor = letter_returned(letter, "To");
  if (cursor == NULL || letter_returned(letter, "List-Post") != NULL)
    return;
  g_autofree char *to = address_next(&cursor, NULL);
  g_autofree char *second = to != NULL ? address_next(&cursor, NULL) : NULL;
  static const char *const senders[] = {"From", "Sender", NULL};
  if (to != NULL && second == NULL && !is_field(letter, senders, to, true))
    recipients_add_failed(report, to, NULL);
}

/* --- what is said about them -------------------------------------------------------------------
 */

/* The words about the address where they tell something, else all words of the notice: a letter
 * about one failure often gives the reason before it names the address, or far behind it. */
static void
fill_words(const Letter *letter, Report *report, const char *folded_notice)
{
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    g_autofree char *about = excerpts_about(letter->excerpts, recipient->final_recipient);
    g_auto(Reply) reply = {0};
    reply_unwrap(about, &reply);
    if (reply.code >= 400 || reply.status.klass >= 4) {
      bounce_set(&recipient->diagnostic, about, BOUNCE_DIAGNOSTIC_MAX);
      continue;
    }
    g_auto(Reply) any = {0};
    reply_unwrap(letter->notice, &any);
    bool alone = report->recipients->len == 1;
    if (alone && any.code >= 400)
      bounce_set(&recipient->diagnostic, letter->notice, BOUNCE_DIAGNOSTIC_MAX);
    (void)folded_notice;
    if (alone)
      bounce_set(&recipient->notice, letter->notice, BOUNCE_TEXT_MAX);
  }
}

static Action
tell_action(const Letter *letter, const char *folded)
{
  const Part *top = message_part(letter->message, 0);
  g_autofree char *decoded = part_header_decoded(top, "Subject");
  g_autofree char *subject = fold(decoded != NULL ? decoded : "");
  if (phrases_find(PHRASE_DELAY, subject))
    return ACTION_DELAYED;
  if (phrases_find(PHRASE_DELAY, folded) && !phrases_find(PHRASE_FINAL, folded) &&
      !phrases_find(PHRASE_FINAL, subject))
    return ACTION_DELAYED;
  return ACTION_FAILED;
}

static bool
read_general(const Letter *letter, Report *report)
{
  g_autofree char *folded = fold_notice(letter);
  if (!speaks_of_delivery(folded) && weigh_letter(letter) < 4)
    return false;
  add_failed_field(letter, report);
  if (report->recipients->len == 0) {
    g_autoptr(GPtrArray) candidates = find_candidates(letter);
    add_candidates(candidates, report);
  }
  if (report->recipients->len == 0)
    add_only_addressee(letter, report);
  fill_words(letter, report, folded);
  Action action = tell_action(letter, folded);
  for (guint i = 0; i < report->recipients->len; i++)
    report_recipient(report, i)->action = action;
  report->kind = action == ACTION_DELAYED ? KIND_DELAY : KIND_BOUNCE;
  return report->recipients->len > 0 || weigh_letter(letter) >= 4;
}

const Reader reader_general = {"general", probe, read_general};
