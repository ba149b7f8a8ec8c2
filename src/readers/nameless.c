#include "config.h"

#include "readers/nameless.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/candidates.h"

bool
nameless_is_placeholder(const char *address)
{
  static const char *const words[] = {"unknown",
                                      "undisclosed",
                                      "undisclosed-recipients",
                                      "undisclosed-recipient",
                                      "unknown-recipient",
                                      "unlisted-recipients",
                                      "missing_mailbox",
                                      "n/a",
                                      "none",
                                      "null",
                                      "undefined",
                                      "unspecified",
                                      "unbekannt",
                                      "inconnu",
                                      "desconocido",
                                      "desconhecido",
                                      "sconosciuto",
                                      "onbekend",
                                      "recipient",
                                      "recipients"};
  size_t n = strcspn(address, "@");
  /* "recipient@example.net" and the other words may be mailboxes; these are not. */
  size_t count = address[n] == '@' ? 10 : G_N_ELEMENTS(words);
  for (size_t i = 0; i < count; i++)
    if (strlen(words[i]) == n && g_ascii_strncasecmp(address, words[i], n) == 0)
      return true;
  for (size_t i = 0; i < n; i++)
    if (g_ascii_isalnum(address[i]) || (guchar)address[i] >= 0x80)
      return false;
  return true;
}

/* Whether the address is the sender's, and the message went to somebody else: some gateways put the
 * address that they return the message to where the recipient belongs. */
static bool
is_only_sender(const Letter *letter, const char *address)
{
  return strchr(address, '@') != NULL && parties_is_sender(letter->parties, address) &&
         !parties_is_addressee(letter->parties, address) && parties_has_addressee(letter->parties);
}

/* Whether the word without "@" is a host: the one that reports, or one in the domain of somebody
 * that the message was written to. "first.last" is not. */
static bool
is_host(const Letter *letter, const Report *report, const char *word)
{
  if (strchr(word, '@') != NULL || strchr(word, '.') == NULL)
    return false;
  if (report->reporting_mta != NULL && g_ascii_strcasecmp(report->reporting_mta, word) == 0)
    return true;
  return parties_is_in_domain(letter->parties, word);
}

/* Whether the group names nobody, or only the sender, or a word that stands for an address. */
static bool
is_nameless(const Recipient *recipient, const Report *report, const Letter *letter)
{
  const char *final = recipient->final_recipient;
  if (recipient->original_recipient != NULL)
    return false;
  if (final == NULL || is_only_sender(letter, final) || is_host(letter, report, final))
    return true;
  if (!nameless_is_placeholder(final))
    return false;
  if (strchr(final, '@') != NULL)
    return !parties_is_addressee(letter->parties, final);
  g_autofree char *whole = letter_complete(letter, final);
  return whole == NULL;
}

static GPtrArray *
collect_nameless(Report *report, const Letter *letter)
{
  GPtrArray *nameless = g_ptr_array_new();
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    if (!is_nameless(recipient, report, letter))
      continue;
    g_clear_pointer(&recipient->final_recipient, g_free);
    g_ptr_array_add(nameless, recipient);
  }
  return nameless;
}

static void
add_key(GHashTable *set, const char *address)
{
  if (address != NULL)
    g_hash_table_add(set, g_ascii_strdown(address, -1));
}

/* Removes the addresses that the report names itself. */
static void
drop_known(GPtrArray *addresses, const Report *report)
{
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < report->recipients->len; i++) {
    add_key(known, report_recipient(report, i)->final_recipient);
    add_key(known, report_recipient(report, i)->original_recipient);
  }
  for (guint i = addresses->len; i > 0; i--) {
    g_autofree char *key = g_ascii_strdown(g_ptr_array_index(addresses, i - 1), -1);
    if (g_hash_table_contains(known, key))
      g_ptr_array_remove_index(addresses, i - 1);
  }
}

/* The addressee that the group's own diagnostic names: "550 <ann@example.net>... unknown". */
static void
name_by_diagnostic(Recipient *recipient, const Letter *letter)
{
  const char *cursor = recipient->diagnostic != NULL ? recipient->diagnostic : "";
  for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address))
    if (recipient->final_recipient == NULL && parties_is_addressee(letter->parties, address) &&
        !parties_is_sender(letter->parties, address))
      bounce_set(&recipient->final_recipient, address, BOUNCE_ADDRESS_MAX);
}

/* Whether the words about an address have the code or the status of the group. */
static bool
fits(const Recipient *recipient, const Letter *letter, const char *address)
{
  g_autofree char *about = excerpts_about(letter->excerpts, address);
  char status[STATUS_BUFFER];
  char code[] = {0, 0, 0, 0};
  if (about == NULL)
    return false;
  if (reply_code_at(recipient->diagnostic) != 0)
    memcpy(code, recipient->diagnostic, 3);
  return (status_present(recipient->status) &&
          strstr(about, status_format(recipient->status, status)) != NULL) ||
         (*code != '\0' && strstr(about, code) != NULL);
}

/* Whether the groups say the same, so that it does not matter which is whose. */
static bool
are_alike(const GPtrArray *nameless)
{
  const Recipient *first = g_ptr_array_index(nameless, 0);
  for (guint i = 1; i < nameless->len; i++) {
    const Recipient *other = g_ptr_array_index(nameless, i);
    if (other->action != first->action ||
        memcmp(&other->status, &first->status, sizeof(Status)) != 0 ||
        g_strcmp0(other->diagnostic, first->diagnostic) != 0)
      return false;
  }
  return true;
}

/* Several groups and as many addresses: in this order, if each fits. */
static bool
all_fit(const GPtrArray *nameless, const GPtrArray *addresses, const Letter *letter)
{
  if (nameless->len != addresses->len)
    return false;
  for (guint i = 0; i < nameless->len && !are_alike(nameless); i++)
    if (!fits(g_ptr_array_index(nameless, i), letter, g_ptr_array_index(addresses, i)))
      return false;
  return true;
}

static bool
assign(const GPtrArray *nameless, const GPtrArray *addresses, const Letter *letter)
{
  if (!all_fit(nameless, addresses, letter))
    return false;
  for (guint i = 0; i < nameless->len; i++) {
    Recipient *recipient = g_ptr_array_index(nameless, i);
    bounce_set(&recipient->final_recipient, g_ptr_array_index(addresses, i), BOUNCE_ADDRESS_MAX);
  }
  return true;
}

/* Makes one group stand for several failures. */
static void
spread(Report *report, Recipient *group, const GPtrArray *addresses)
{
  for (guint i = 0; i < addresses->len; i++) {
    Recipient *recipient = i == 0 ? group : report_add_recipient(report);
    if (recipient == NULL)
      return;
    bounce_set(&recipient->final_recipient, g_ptr_array_index(addresses, i), BOUNCE_ADDRESS_MAX);
    recipient->action = group->action;
    recipient->status = group->status;
    if (recipient != group)
      bounce_set(&recipient->diagnostic, group->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  }
}

/* The notice tells each failure with a reply of its own, and what the group says is true of one at
 * most. */
static void
spread_replies(Report *report, Recipient *group, const GPtrArray *addresses)
{
  g_clear_pointer(&group->diagnostic, g_free);
  group->status = (Status){0};
  spread(report, group, addresses);
}

/* Whether address is in the domain of the system that reports: more often a contact than a
 * recipient. */
static bool
is_reporters(const Letter *letter, const char *address)
{
  g_autofree char *from = address_parse(letter_header(letter, "From"), false);
  const char *domain = address_domain(address), *host = address_domain(from);
  size_t n = strlen(domain), length = strlen(host);
  return length >= n && g_ascii_strcasecmp(host + length - n, domain) == 0;
}

/* The addresses that the notice says failed. Without an addressee to compare with, a label has to
 * say so, and it must not be the reporting system's. */
static GPtrArray *
read_notice(const Letter *letter)
{
  GPtrArray *found = candidates_find(letter, NEED_ADDRESSEE);
  if (found->len > 0 || parties_has_addressee(letter->parties))
    return found;
  g_ptr_array_unref(found);
  found = candidates_find(letter, NEED_LABEL);
  if (found->len > 0 && is_reporters(letter, g_ptr_array_index(found, 0)))
    g_ptr_array_set_size(found, 0);
  return found;
}

static GPtrArray *
read_failed_field(const Letter *letter)
{
  GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
  const char *cursor = letter_header(letter, "X-Failed-Recipients");
  for (char *address; cursor != NULL && (address = address_next(&cursor, NULL)) != NULL;)
    g_ptr_array_add(found, address);
  return found;
}

void
nameless_settle(Report *report, const Letter *letter)
{
  g_autoptr(GPtrArray) nameless = collect_nameless(report, letter);
  for (guint i = nameless->len; i > 0; i--) {
    Recipient *recipient = g_ptr_array_index(nameless, i - 1);
    name_by_diagnostic(recipient, letter);
    if (recipient->final_recipient != NULL)
      g_ptr_array_remove_index(nameless, i - 1);
  }
  if (nameless->len == 0)
    return;
  g_autoptr(GPtrArray) told = read_notice(letter);
  g_autoptr(GPtrArray) listed = read_failed_field(letter);
  drop_known(told, report);
  drop_known(listed, report);
  if (assign(nameless, told, letter) || (told->len == 0 && assign(nameless, listed, letter)))
    return;
  if (nameless->len > 1)
    return;
  Recipient *group = g_ptr_array_index(nameless, 0);
  g_autoptr(GPtrArray) replied = candidates_find(letter, NEED_REPLY);
  drop_known(replied, report);
  if (replied->len > 1)
    spread_replies(report, group, replied);
  else if (told->len == 0 && listed->len > 0)
    spread(report, group, listed);
  else if (told->len == 0 && report->recipients->len == 1)
    bounce_set(&group->final_recipient, parties_mailed(letter->parties), BOUNCE_ADDRESS_MAX);
}
