#include "config.h"

#include "readers/candidates.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/fields.h"
#include "mail/reply.h"
#include "readers/announced.h"
#include "readers/phrases.h"
#include "readers/recipients.h"

/* What the surroundings say about an address. Only the addresses of the highest rank failed; the
 * others are contacts, the sender, the list that the message was sent to. */
typedef enum {
  RANK_NONE,      /* the sender, a contact, a Message-ID */
  RANK_NAMED,     /* named, no more */
  RANK_LABELLED,  /* begins its line, or has a label that says what it is */
  RANK_ADDRESSEE, /* an addressee of the returned message */
  RANK_FAILED,    /* next to a server's reply */
  RANK_LISTED,    /* in a list, or at the head of lines that tell of a failure */
} Rank;

typedef struct {
  const Mention *mention; /* the one with the highest rank */
  Rank rank;
} Candidate;

/* Whether the address begins its line and what follows tells of a failure. */
static bool
tells_failure(const Letter *letter, const Mention *mention)
{
  if (mention_is_entry(mention))
    return true;
  g_autofree char *about =
      mention->heading ? excerpts_about(letter->excerpts, mention->address) : NULL;
  g_autofree char *folded = about != NULL ? fold(about) : NULL;
  return folded != NULL && (reply_is_refusal(about) || phrases_find(PHRASE_FAILURE, folded));
}

/* --- lists --- */

/* A list of addresses, each at the beginning of its line. */
typedef struct {
  bool open;
  size_t indent;   /* of its first item */
  const char *end; /* of the line of its last item */
} List;

/* Whether the sentence that ends at this colon asks the reader to write to somebody. */
static bool
is_request(const char *notice, const char *colon)
{
  enum { SENTENCE_MAX = 300 };
  static const char *const words[] = {
      "please send",  "please contact", "please write", "please reply",
      "send a reply", "send a message", "contact the",  "contact us",
      "for review",   "questions",      "bitte senden", "wenden sie sich",
      "veuillez",     "por favor",      "contatti",     NULL};
  const char *begin = colon;
  for (int n = 0; n < SENTENCE_MAX && begin > notice; n++, begin--)
    if (begin[-1] == '.' || (begin[-1] == '\n' && begin - 1 > notice && begin[-2] == '\n'))
      break;
  g_autofree char *sentence = g_utf8_make_valid(begin, colon - begin);
  g_autofree char *folded = fold(sentence);
  return phrases_any(folded, words);
}

/* Whether a list begins here: the nearest text above is a line that ends in a colon, or a heading
 * between rules. */
static bool
is_introduced(const char *notice, const Mention *mention)
{
  enum { BLANKS_MAX = 200 };
  const char *p = mention->line;
  for (int n = 0; n < BLANKS_MAX && p > notice && g_ascii_isspace(p[-1]); n++)
    p--;
  if (p > notice && p[-1] == ':')
    return !is_request(notice, p - 1);
  return p - notice > 3 && strncmp(p - 3, "---", 3) == 0;
}

/* The column in which the words of the line begin. Quoted words count as indented, wherever their
 * marks are. */
static size_t
line_indent(const Mention *mention)
{
  enum { QUOTED = 100 };
  size_t indent = strspn(mention->line, " \t>");
  return g_str_has_prefix(mention->line + indent, "<<<") ? indent + QUOTED : indent;
}

/* The list ends at a paragraph between two items that is not indented further than they are. A line
 * without an empty line before it belongs to the item above; it may be wrapped. */
static bool
is_broken(const List *list, const Mention *mention)
{
  bool gap = false;
  for (const char *line = line_next(list->end); line < mention->line; line = line_next(line)) {
    bool blank = line_is_blank(line, line_length(line));
    if (gap && !blank && strspn(line, " \t") <= list->indent)
      return true;
    gap = blank;
  }
  return false;
}

/* Whether the mention is an item of the list. One that is indented further belongs to the item
 * above. */
static bool
take_item(List *list, const char *notice, const Mention *mention)
{
  if (list->open && mention->begin < list->end)
    return false; /* "ann@example.net: 550 <ann@example.net> unknown" */
  if (list->open && mention->heading && is_broken(list, mention))
    list->open = false;
  size_t indent = line_indent(mention);
  bool item = mention->heading && (!list->open || indent <= list->indent);
  if (item && is_introduced(notice, mention))
    *list = (List){.open = true, .indent = indent};
  else if (!item && indent == 0)
    list->open = false;
  list->end = mention->line_end;
  return item && list->open;
}

/* --- ranks --- */

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

static Rank
rank_mention(const Letter *letter, const Mention *mention, bool listed)
{
  const char *notice = letter->notice;
  if (letter->transcript != NULL &&
      transcript_is_command(mention->line, (size_t)(mention->begin - mention->line)))
    return reply_is_refusal(transcript_about(letter->transcript, mention->address)) ? RANK_FAILED
                                                                                    : RANK_NONE;
  bool addressee = parties_is_addressee(letter->parties, mention->address);
  bool sender = !addressee && (is_role(mention->address) || mention_is_refused_sender(mention) ||
                               parties_is_sender(letter->parties, mention->address));
  bool failed = listed || (!sender && mention_is_next_to_reply(mention));
  bool called = mention_is_called_recipient(mention, notice);
  if (sender || (!listed && mention_is_called_other(mention, notice)))
    return addressee || failed || (called && !mention_is_contact(mention)) ? RANK_NAMED : RANK_NONE;
  if (failed)
    return listed ? RANK_LISTED : RANK_FAILED;
  if (mention_in_summary(mention)) /* it says who failed only if nothing else does */
    return addressee || (letter->returned->len == 0 &&
                         parties_may_be_subscriber(letter->parties, mention->address))
               ? RANK_NAMED
               : RANK_NONE;
  if (addressee)
    return RANK_ADDRESSEE;
  return called || mention_heads_line(mention, notice) ? RANK_LABELLED : RANK_NAMED;
}

/* Whether only a comma or "and" divides the address from the one before: "to: ann@example.net,
 * bob@example.net". */
static bool
continues_list(const GPtrArray *mentions, guint at)
{
  enum { GAP_MAX = 8 };
  const Mention *mention = g_ptr_array_index(mentions, at);
  const Mention *before = at > 0 ? g_ptr_array_index(mentions, at - 1) : NULL;
  if (before == NULL || mention->line != before->line || mention->begin - before->end > GAP_MAX)
    return false;
  size_t gap = (size_t)(mention->begin - before->end);
  return memchr(before->end, ',', gap) != NULL || memchr(before->end, ';', gap) != NULL ||
         line_find(before->end, gap, " and ") != NULL;
}

/* One candidate for each address, with the highest rank of its mentions. */
static GPtrArray *
find_candidates(const Letter *letter)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  List list = {0};
  Announced announced = {0};
  Rank last = RANK_NONE;
  for (guint i = 0; i < mentions->len && i < CANDIDATES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    bool listed = take_item(&list, letter->notice, mention) || tells_failure(letter, mention);
    g_autofree char *key = g_ascii_strdown(mention->address, -1);
    announced_follow(&announced, letter, mentions, i);
    Rank rank = rank_mention(letter, mention, listed);
    if (announced.mention == mention)
      rank = MAX(rank, RANK_FAILED);
    else if (!listed && announced_covers(&announced, letter, mention))
      rank = MIN(rank, RANK_NAMED);
    Candidate *candidate = g_hash_table_lookup(known, key);
    bool continues = rank != RANK_NONE && continues_list(mentions, i);
    if (continues)
      rank = MAX(rank, last);
    last = continues || candidate == NULL ? rank : RANK_NONE; /* a header repeats who is named */
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

/* What precedes the address in its line, if that is a label: "Recipient: [SMTP:". */
static char *
label_of(const Candidate *candidate)
{
  enum { LABEL_MIN = 4, LABEL_MAX = 120 };
  const Mention *mention = candidate->mention;
  size_t length = (size_t)(mention->begin - mention->line);
  bool label = !mention->heading && length >= LABEL_MIN && length <= LABEL_MAX;
  return label ? g_strndup(mention->line, length) : NULL;
}

/* The labels of the candidates of that rank. */
static GHashTable *
collect_labels(const GPtrArray *candidates, Rank rank)
{
  GHashTable *labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = g_ptr_array_index(candidates, i);
    char *label = candidate->rank == rank ? label_of(candidate) : NULL;
    if (label != NULL)
      g_hash_table_add(labels, label);
  }
  return labels;
}

/* Whether the address has the same label as one that failed, and a reply of its own. */
static bool
is_alike(const Candidate *candidate, const Letter *letter, GHashTable *labels)
{
  g_autofree char *label = candidate->rank >= RANK_NAMED ? label_of(candidate) : NULL;
  if (label == NULL || !g_hash_table_contains(labels, label))
    return false;
  g_autofree char *about = excerpts_about(letter->excerpts, candidate->mention->address);
  return reply_is_refusal(about);
}

/* Those of the highest rank, and those that the notice treats in the same way; if they are merely
 * named, only one that stands alone. */
static GPtrArray *
take_best(const GPtrArray *candidates, const Letter *letter, Rank least)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func(g_free);
  Rank best = RANK_NONE;
  for (guint i = 0; i < candidates->len; i++)
    best = MAX(best, ((const Candidate *)g_ptr_array_index(candidates, i))->rank);
  g_autoptr(GHashTable) labels = collect_labels(candidates, best);
  for (guint i = 0; i < candidates->len && best >= least; i++) {
    const Candidate *candidate = g_ptr_array_index(candidates, i);
    if (candidate->rank == best || (best > RANK_NAMED && is_alike(candidate, letter, labels)))
      g_ptr_array_add(taken, g_strdup(candidate->mention->address));
  }
  if (best == RANK_NAMED && taken->len != 1)
    g_ptr_array_set_size(taken, 0);
  return taken;
}

GPtrArray *
candidates_find(const Letter *letter, Need need)
{
  static const Rank least[] = {[NEED_NAME] = RANK_NAMED,
                               [NEED_LABEL] = RANK_LABELLED,
                               [NEED_ADDRESSEE] = RANK_ADDRESSEE,
                               [NEED_REPLY] = RANK_FAILED,
                               [NEED_LIST] = RANK_LISTED};
  g_autoptr(GPtrArray) candidates = find_candidates(letter);
  return take_best(candidates, letter, least[need]);
}

void
candidates_add(const Letter *letter, Need need, Report *report)
{
  g_autoptr(GPtrArray) found = candidates_find(letter, need);
  if (excerpts_mentions(letter->excerpts)->len > CANDIDATES_MAX)
    report->notes |= NOTE_RECIPIENTS_CUT;
  for (guint i = 0; i < found->len; i++)
    recipients_add_failed(report, g_ptr_array_index(found, i), NULL);
}
