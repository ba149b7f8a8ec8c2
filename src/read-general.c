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
};

/* --- is it a notice? --- */

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
  bool reply =
      letter_header(letter, "In-Reply-To") != NULL || letter_header(letter, "References") != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(begins) && reply; i++)
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
  bool notice = phrases_find(PHRASE_FAILURE, subject) || phrases_find(PHRASE_DELAY, subject) ||
                phrases_find(PHRASE_NOTICE, subject);
  bool system = letter->from_system || (from != NULL && names_system(from));
  if (letter_header(letter, "X-Failed-Recipients") != NULL)
    return 4;
  if (!system && is_discussion(letter, subject))
    return 0;
  return 2 * system + 2 * notice + letter->automatic + (letter->returned->len > 0);
}

/* The letter speaks of a failure or of a delay, or quotes the reply of a server. */
static bool
speaks_of_delivery(const char *folded)
{
  return phrases_find(PHRASE_FAILURE, folded) || phrases_find(PHRASE_DELAY, folded) ||
         phrases_find(PHRASE_SUCCESS, folded) || recipients_quotes_refusal(folded);
}

/* A server's transcript of a session in which it was the server ("Out: 220 ..."): a note to its own
 * postmaster about a client that went wrong. Nobody's letter came back. */
static bool
is_session_of_server(const char *notice)
{
  enum { LINES = 40 };
  const char *line = notice;
  for (int n = 0; n < LINES && *line != '\0'; n++, line = text_next_line(line))
    if (g_str_has_prefix(line + strspn(line, " \t"), "Out: 220"))
      return true;
  return false;
}

/* A person's letter about a failed delivery must not be taken for one: a subject alone proves
 * nothing. It does where nobody signs: From is an address and no more. */
static bool
is_sure(const Letter *letter)
{
  return letter->automatic || weigh_letter(letter) > 2;
}

static bool
is_nameless(const Letter *letter)
{
  const char *from = letter_header(letter, "From");
  return from != NULL && *from != '"' && strchr(from, '(') == NULL &&
         (strchr(from, '<') == NULL || *from == '<');
}

static Probe
probe(const Letter *letter)
{
  if (is_session_of_server(letter->notice))
    return PROBE_NO;
  bool notice = is_sure(letter) ? weigh_letter(letter) >= 2
                                : weigh_letter(letter) == 2 && is_nameless(letter);
  return notice ? PROBE_MAYBE : PROBE_NO;
}

/* --- which addresses? --- */

/* What the surroundings of an address make of it. Where some address has a higher rank, those of a
 * lower rank are something else: a contact, the sender, the list that the letter was sent to. */
typedef enum {
  RANK_NONE,      /* the sender, a contact, the name of a message */
  RANK_NAMED,     /* named without more */
  RANK_LABELLED,  /* it begins its line, or a label says what it is */
  RANK_ADDRESSEE, /* and the returned message was sent to it */
  RANK_FAILED,    /* beside the reply of a server */
  RANK_LISTED,    /* in a list that a sentence introduces; replies may follow each of its items */
} Rank;

typedef struct {
  const Mention *mention; /* the one with the highest rank */
  Rank rank;
} Candidate;

/* The words in front of an address, as far as they can label it: its line, and the one above. */
static bool
labelled(const char *notice, const Mention *mention, const char *const *words)
{
  enum { LOOK_BACK = 48 };
  const char *p = mention->begin;
  for (int n = 0; n < LOOK_BACK && p > notice && p[-1] != '>' && p[-1] != '@'; n++) {
    if (p[-1] == '\n' && (p - 1 == notice || p[-2] == '\n'))
      break;
    p--;
  }
  for (; *words != NULL; words++)
    if (text_find(p, (size_t)(mention->begin - p), *words) != NULL)
      return true;
  return false;
}

static const char *const recipient_labels[] = {
    "recipient", "rcpt to", "address",  "to:",  "user",      "failed",  "deliver", "mailbox",
    "empf",      "destin",  "adressat", "宛先", "получател", "account", "for:",    NULL};
static const char *const other_labels[] = {
    "mail from",  "from:",       "sender",        "contact",   "please mail", "please send",
    "write to",   "help",        "support",       "questions", "message-id",  "message id",
    "reply-to",   "absender",    "http",          "helo",      "ehlo",        "complain",
    "identifier", "mail to the", "e-mail to the", NULL};

/* The summary of a message that some systems begin with ("To: ... Subject: ..."): it says whom the
 * letter was for, not who failed. */
static bool
in_summary(const char *notice, const Mention *mention)
{
  enum { LINES = 3 };
  static const char *const names[] = {"subject:", "betreff:", "objet :", "asunto:", "sent:"};
  const char *line = mention->begin;
  while (line > notice && line[-1] != '\n')
    line--;
  const char *label = line + strspn(line, " \t");
  if (g_ascii_strncasecmp(label, "to:", 3) != 0 && g_ascii_strncasecmp(label, "cc:", 3) != 0 &&
      g_ascii_strncasecmp(label, "an:", 3) != 0)
    return false;
  for (int n = 0; n < LINES && *line != '\0'; n++) {
    line = text_next_line(line);
    const char *next = line + strspn(line, " \t");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
      if (g_ascii_strncasecmp(next, names[i], strlen(names[i])) == 0)
        return true;
  }
  return false;
}

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

/* "550 <ann@example.net>... User unknown", "<ann@example.net>: 550 no": a line with an address and
 * the code of a refusal. */
static bool
beside_reply(const char *notice, const Mention *mention)
{
  const char *line = mention->begin;
  while (line > notice && line[-1] != '\n')
    line--;
  const char *begin = line + strspn(line, " \t<>");
  if (reply_code_at(begin) >= 400)
    return true;
  const char *rest = mention->end + strspn(mention->end, ">'\")*: \t,;");
  return reply_code_at(rest) >= 400;
}

/* "504 <news@news.example>: Sender address rejected" */
static bool
is_refused_sender(const char *notice, const Mention *mention)
{
  const char *line = mention->begin;
  while (line > notice && line[-1] != '\n')
    line--;
  return reply_code_at(line + strspn(line, " \t<>")) >= 400 &&
         text_find(line, text_line_length(line), "sender") != NULL;
}

/* Begins a list: the nearest text above is a line that ends in a colon, or a heading between
 * ornaments. */
static bool
is_introduced(const char *notice, const Mention *mention)
{
  const char *p = mention->begin;
  while (p > notice && p[-1] != '\n')
    p--;
  while (p > notice && g_ascii_isspace(p[-1]))
    p--;
  return p > notice && (p[-1] == ':' || (p - notice > 3 && strncmp(p - 3, "---", 3) == 0));
}

/* How far the words of a line are in from its edge. What somebody else said is further in, wherever
 * its marks stand. */
static size_t
line_indent(const char *notice, const Mention *mention)
{
  enum { QUOTED = 100 };
  const char *line = mention->begin;
  while (line > notice && line[-1] != '\n')
    line--;
  size_t indent = strspn(line, " \t>");
  return g_str_has_prefix(line + indent, "<<<") ? indent + QUOTED : indent;
}

/* A list of addresses, each at the head of its line. */
typedef struct {
  bool open;
  size_t indent;   /* of its first item */
  const char *end; /* of the line of its last item */
} List;

/* A paragraph between two items that does not stand further to the right than they do ends the
 * list; a line without an empty one in front belongs to the item, wrapped perhaps. */
static bool
is_broken(const List *list, const Mention *mention)
{
  bool gap = false;
  for (const char *line = text_next_line(list->end); line < mention->begin;
       line = text_next_line(line)) {
    size_t length = text_line_length(line);
    if (line + length >= mention->begin)
      break;
    bool blank = text_is_blank(line, length);
    if (gap && !blank && strspn(line, " \t") <= list->indent)
      return true;
    gap = blank;
  }
  return false;
}

/* Is the mention an item of the list? What stands further in belongs to the item above it. */
static bool
take_item(List *list, const char *notice, const Mention *mention)
{
  if (list->open && mention->begin < list->end)
    return false; /* "ann@example.net: 550 <ann@example.net> unknown" */
  if (list->open && mention->heading && is_broken(list, mention))
    list->open = false;
  size_t indent = line_indent(notice, mention);
  bool item = mention->heading && (!list->open || indent <= list->indent);
  if (item && is_introduced(notice, mention))
    *list = (List){.open = true, .indent = indent};
  else if (!item && indent == 0)
    list->open = false;
  list->end = mention->end + text_line_length(mention->end);
  return item && list->open;
}

/* It heads its line by intent, not because prose happens to be wrapped in front of it: that began
 * in the line above and goes on behind it. */
static bool
heads_line(const char *notice, const Mention *mention)
{
  const char *line = mention->begin;
  while (line > notice && line[-1] != '\n')
    line--;
  bool first = line - notice < 2 || line[-2] == '\n';
  const char *rest = mention->end + strspn(mention->end, ">\"', ");
  bool goes_on = rest > mention->end && g_ascii_islower(*rest);
  return mention->heading && (first || !goes_on);
}

static Rank
rank_mention(const Letter *letter, const Mention *mention, bool listed)
{
  static const char *const to[] = {"To", "Cc", "Delivered-To", "X-Original-To", NULL};
  static const char *const own[] = {"To", "From", "Reply-To", "Return-Path", NULL};
  static const char *const senders[] = {"From", "Sender", "Return-Path", "Reply-To", NULL};
  bool addressee =
      is_field(letter, to, mention->address, true) || letter_was_sent_to(letter, mention->address);
  bool sender =
      !addressee && (is_role(mention->address) || is_refused_sender(letter->notice, mention) ||
                     is_field(letter, own, mention->address, false) ||
                     is_field(letter, senders, mention->address, true));
  bool failed = listed || (!sender && beside_reply(letter->notice, mention));
  if (sender || (labelled(letter->notice, mention, other_labels) && !listed)) {
    bool perhaps = addressee || failed || labelled(letter->notice, mention, recipient_labels);
    return perhaps ? RANK_NAMED : RANK_NONE;
  }
  if (failed)
    return listed ? RANK_LISTED : RANK_FAILED;
  if (in_summary(letter->notice, mention))
    return addressee ? RANK_NAMED : RANK_NONE;
  if (addressee)
    return RANK_ADDRESSEE;
  return heads_line(letter->notice, mention) || labelled(letter->notice, mention, recipient_labels)
             ? RANK_LABELLED
             : RANK_NAMED;
}

/* "<ann@example.org>: words" in the first column: the form that most systems give to one failure
 * among several. Further in it may be the middle of a reply. */
static bool
is_entry(const char *notice, const Mention *mention)
{
  return mention->begin > notice && mention->begin[-1] == '<' &&
         (mention->begin - 1 == notice || mention->begin[-2] == '\n') && mention->end[0] == '>' &&
         mention->end[1] == ':';
}

/* The address heads lines of its own, and they tell of a failure. */
static bool
tells_failure(const Letter *letter, const Mention *mention)
{
  if (is_entry(letter->notice, mention))
    return true;
  g_autofree char *about =
      mention->heading ? excerpts_about(letter->excerpts, mention->address) : NULL;
  g_autofree char *folded = about != NULL ? fold(about) : NULL;
  return folded != NULL &&
         (recipients_quotes_refusal(about) || phrases_find(PHRASE_FAILURE, folded));
}

/* One candidate an address, with the highest rank of its mentions. */
static GPtrArray *
find_candidates(const Letter *letter)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  List list = {0};
  for (guint i = 0; i < mentions->len && i < CANDIDATES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    bool listed = take_item(&list, letter->notice, mention);
    Rank rank = rank_mention(letter, mention, listed || tells_failure(letter, mention));
    g_autofree char *key = g_ascii_strdown(mention->address, -1);
    Candidate *candidate = g_hash_table_lookup(known, key);
    if (candidate == NULL) {
      candidate = g_new0(Candidate, 1);
      *candidate = (Candidate){.mention = mention, .rank = rank};
      g_ptr_array_add(candidates, candidate);
      g_hash_table_insert(known, g_steal_pointer(&key), candidate);
    } else if (rank > candidate->rank) {
      *candidate = (Candidate){.mention = mention, .rank = rank};
    }
  }
  return candidates;
}

/* Those of the highest rank; of those that are only named, the only one. */
static void
add_candidates(const GPtrArray *candidates, Rank least, Report *report)
{
  Rank best = RANK_NONE;
  guint n = 0;
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = g_ptr_array_index(candidates, i);
    n = candidate->rank > best ? 1 : n + (candidate->rank == best);
    best = MAX(best, candidate->rank);
  }
  if (best < least || (best == RANK_NAMED && n != 1))
    return;
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = g_ptr_array_index(candidates, i);
    if (candidate->rank == best)
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

/* The host of a provider's own system is longer than the domain of its mailboxes; an address that
 * the notice gives as an example shows it. Borrowed. */
static const char *
mail_domain(const Letter *letter, const char *host)
{
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  for (guint i = 0; i < mentions->len && i < CANDIDATES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    const char *domain = address_domain(mention->address);
    size_t n = strlen(domain), length = strlen(host);
    if (length > n + 1 && host[length - n - 1] == '.' && strcmp(host + length - n, domain) == 0)
      return domain;
  }
  return host;
}

/* The name at the beginning of a line that holds nothing else, or keeps a distance from what does.
 */
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

/* "the following recipients could not be reached:" and then a name without a domain: some providers
 * know only their own. It is completed from the returned message or, as a provider's own notice,
 * from the host that sends it. */
static void
add_local_part(const Letter *letter, Report *report)
{
  static const char *const words[] = {"recipient", "user", "mail", "deliver"};
  g_autofree char *from = address_parse(letter_header(letter, "From"), false);
  for (const char *line = letter->notice; from != NULL && *line != '\0';
       line = text_next_line(line)) {
    size_t length = text_line_length(line);
    bool telling = false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
      telling |= text_find(line, length, words[i]) != NULL;
    if (length == 0 || line[length - 1] != ':' || !telling)
      continue;
    g_autofree char *local = read_name(text_next_line(line));
    if (local == NULL)
      continue;
    g_autofree char *whole = letter_complete(letter, local);
    g_autofree char *guess =
        g_strconcat(local, "@", mail_domain(letter, address_domain(from)), NULL);
    recipients_add_failed(report, whole != NULL ? whole : guess, NULL);
    return;
  }
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

/* --- what became of them --- */

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
  g_autofree char *folded = recipients_fold_notice(letter);
  if (!speaks_of_delivery(folded) && weigh_letter(letter) < 4)
    return false;
  bool sure = is_sure(letter);
  add_failed_field(letter, report);
  if (report->recipients->len == 0) {
    g_autoptr(GPtrArray) candidates = find_candidates(letter);
    /* A person may write about a failed delivery too, and name somebody in passing. */
    add_candidates(candidates, sure ? RANK_NAMED : RANK_LABELLED, report);
  }
  if (report->recipients->len == 0 && sure)
    add_local_part(letter, report);
  if (report->recipients->len == 0 && sure)
    add_only_addressee(letter, report);
  recipients_fill_words(report, letter);
  Action action = recipients_tell_action(letter);
  for (guint i = 0; i < report->recipients->len; i++)
    report_recipient(report, i)->action = action;
  report->kind = kind_of(action);
  return report->recipients->len > 0 || weigh_letter(letter) >= 4;
}

const Reader reader_general = {"general", probe, read_general};
