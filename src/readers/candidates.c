#include "config.h"

#include "readers/candidates.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/fields.h"
#include "mail/reply.h"
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

/* The addresses in the headers, collected once for all mentions. */
typedef struct {
  const Letter *letter;
  GHashTable *addressees; /* of the returned message */
  GHashTable *senders;    /* of the returned message, and both ends of the notice */
} Scene;

/* --- the headers --- */

static void
collect(GHashTable *set, const char *value)
{
  const char *cursor = value != NULL ? value : "";
  for (char *address;
       g_hash_table_size(set) < CANDIDATES_MAX && (address = address_next(&cursor, NULL)) != NULL;
       g_free(address))
    g_hash_table_add(set, g_ascii_strdown(address, -1));
}

static void
collect_returned(const Scene *scene)
{
  static const char *const to[] = {"To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"};
  static const char *const from[] = {"From", "Sender", "Return-Path", "Reply-To"};
  const GPtrArray *fields = scene->letter->returned;
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    for (size_t n = 0; n < G_N_ELEMENTS(to); n++)
      if (g_ascii_strcasecmp(field->name, to[n]) == 0)
        collect(scene->addressees, field->value);
    for (size_t n = 0; n < G_N_ELEMENTS(from); n++)
      if (g_ascii_strcasecmp(field->name, from[n]) == 0)
        collect(scene->senders, field->value);
    if (g_ascii_strcasecmp(field->name, "Received") == 0)
      collect(scene->addressees, line_find(field->value, SIZE_MAX, " for "));
  }
}

static Scene
scene_new(const Letter *letter)
{
  static const char *const own[] = {"To", "From", "Reply-To", "Return-Path"};
  Scene scene = {
      .letter = letter,
      .addressees = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
      .senders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
  };
  collect_returned(&scene);
  for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
    collect(scene.senders, letter_header(letter, own[i]));
  return scene;
}

static void
scene_clear(Scene *scene)
{
  g_hash_table_unref(scene->addressees);
  g_hash_table_unref(scene->senders);
}

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

/* Whether a list begins here: the nearest text above is a line that ends in a colon, or a heading
 * between rules. */
static bool
is_introduced(const char *notice, const Mention *mention)
{
  enum { BLANKS_MAX = 200 };
  const char *p = mention->line;
  for (int n = 0; n < BLANKS_MAX && p > notice && g_ascii_isspace(p[-1]); n++)
    p--;
  return p > notice && (p[-1] == ':' || (p - notice > 3 && strncmp(p - 3, "---", 3) == 0));
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

static const char *const recipient_labels[] = {
    "recipient", "rcpt to", "address",  "to:",  "user",      "failed",  "deliver", "mailbox",
    "empf",      "destin",  "adressat", "宛先", "получател", "account", "for:",    NULL};
static const char *const other_labels[] = {
    "mail from",  "from:",       "sender",        "contact",   "please mail", "please send",
    "write to",   "help",        "support",       "questions", "message-id",  "message id",
    "reply-to",   "absender",    "http",          "helo",      "ehlo",        "complain",
    "identifier", "mail to the", "e-mail to the", NULL};

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
rank_mention(const Scene *scene, const char *key, const Mention *mention, bool listed)
{
  const char *notice = scene->letter->notice;
  bool addressee = g_hash_table_contains(scene->addressees, key);
  bool sender = !addressee && (is_role(mention->address) || mention_is_refused_sender(mention) ||
                               g_hash_table_contains(scene->senders, key));
  bool failed = listed || (!sender && mention_is_next_to_reply(mention));
  bool called = mention_is_labelled(mention, notice, recipient_labels);
  if (sender || (!listed && mention_is_labelled(mention, notice, other_labels)))
    return addressee || failed || called ? RANK_NAMED : RANK_NONE;
  if (failed)
    return listed ? RANK_LISTED : RANK_FAILED;
  if (mention_in_summary(mention))
    return addressee ? RANK_NAMED : RANK_NONE;
  if (addressee)
    return RANK_ADDRESSEE;
  return called || mention_heads_line(mention, notice) ? RANK_LABELLED : RANK_NAMED;
}

/* One candidate for each address, with the highest rank of its mentions. */
static GPtrArray *
find_candidates(const Scene *scene)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const Letter *letter = scene->letter;
  const GPtrArray *mentions = excerpts_mentions(letter->excerpts);
  List list = {0};
  for (guint i = 0; i < mentions->len && i < CANDIDATES_MAX; i++) {
    const Mention *mention = g_ptr_array_index(mentions, i);
    bool listed = take_item(&list, letter->notice, mention) || tells_failure(letter, mention);
    g_autofree char *key = g_ascii_strdown(mention->address, -1);
    Rank rank = rank_mention(scene, key, mention, listed);
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

/* Adds those of the highest rank; if they are merely named, only one that stands alone. */
static void
add_best(const GPtrArray *candidates, Rank least, Report *report)
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

void
candidates_add(const Letter *letter, Need need, Report *report)
{
  static const Rank least[] = {
      [NEED_NAME] = RANK_NAMED, [NEED_LABEL] = RANK_LABELLED, [NEED_LIST] = RANK_LISTED};
  Scene scene = scene_new(letter);
  g_autoptr(GPtrArray) candidates = find_candidates(&scene);
  if (excerpts_mentions(letter->excerpts)->len > CANDIDATES_MAX)
    report->notes |= NOTE_RECIPIENTS_CUT;
  add_best(candidates, least[need], report);
  scene_clear(&scene);
}
