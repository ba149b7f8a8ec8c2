#include "config.h"

#include "readers/recipients.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/reply.h"

Recipient *
recipients_add_failed(Report *report, const char *address, const char *diagnostic)
{
  g_autofree char *parsed = address_parse(address, false);
  if (parsed == NULL)
    return NULL;
  Recipient *recipient = report_add_recipient(report);
  if (recipient == NULL)
    return NULL;
  bounce_set(&recipient->final_recipient, parsed, BOUNCE_ADDRESS_MAX);
  bounce_set(&recipient->diagnostic, diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  recipient->action = ACTION_FAILED;
  return recipient;
}

/* Whether the returned message went to the subscribers of a list (RFC 2369, RFC 2919). */
static bool
is_mailing(const Letter *letter)
{
  static const char *const names[] = {"List-Unsubscribe", "List-Id", "Feedback-ID"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (letter_returned(letter, names[i]) != NULL)
      return true;
  const char *precedence = letter_returned(letter, "Precedence");
  return precedence != NULL && g_ascii_strcasecmp(precedence, "bulk") == 0;
}

/* Fields name a "final" recipient, which implies that there may be another one. */
static bool
has_fields(const Report *report, const Letter *letter)
{
  return strcmp(report->reader, "rfc3464") == 0 || letter_has_status_part(letter);
}

/* Whether the notice comes from the domain that was written to: its own server tells where it
 * forwarded the message. A qmail system is left with the address that it names. */
static bool
is_own_forward(const Report *report, const Letter *letter)
{
  if (strcmp(report->reader, "qmail") == 0)
    return false;
  g_autofree char *from = address_parse(letter_header(letter, "From"), false);
  const char *domain = address_domain(parties_mailed(letter->parties));
  const char *host = address_domain(from);
  size_t n = strlen(domain), length = strlen(host);
  return n > 0 && length >= n && g_ascii_strcasecmp(host + length - n, domain) == 0 &&
         (length == n || host[length - n - 1] == '.');
}

/* The address that was mailed, if a server noted it and forwarded the message to the one that
 * failed. Without that proof the failed recipient may have been a Bcc, and another address would be
 * blamed. If To and Cc name others and not this one, it may be a list; in a message to
 * undisclosed recipients they name nobody, and the server that forwarded it has to say so. */
static const char *
forwarded_from(const Letter *letter, const char *final)
{
  const char *mailed = parties_mailed(letter->parties);
  if (mailed == NULL || final == NULL || address_equal(mailed, final) ||
      parties_is_written_to(letter->parties, final) || parties_is_passed_on(letter->parties))
    return NULL;
  bool hidden = !parties_has_addressee(letter->parties);
  bool meant = parties_is_written_to(letter->parties, mailed) ||
               (hidden && parties_was_taken_for(letter->parties, mailed));
  return meant ? mailed : NULL;
}

/* What the server says itself: "(expanded from: <a@b>)", "(ultimately) generated from a@b". */
static char *
expanded_from(const char *notice)
{
  static const char *const words[] = {"expanded from", "generated from", "originally addressed to",
                                      "forwarded from"};
  for (size_t i = 0; i < G_N_ELEMENTS(words) && notice != NULL; i++) {
    const char *p = line_find(notice, SIZE_MAX, words[i]);
    if (p == NULL)
      continue;
    p += strlen(words[i]);
    char *address = address_next(&p, NULL);
    if (address != NULL)
      return address;
  }
  return NULL;
}

/* Whether the message was not sent to the original recipient, whatever the client put there: the
 * returned message names the final one, and not the original one. */
static bool
is_foreign_original(const Recipient *recipient, const Letter *letter)
{
  const Parties *parties = letter->parties;
  const char *mailed = parties_mailed(parties);
  const char *final = recipient->final_recipient;
  return final != NULL && parties_is_written_to(parties, final) &&
         !parties_is_addressee(parties, recipient->original_recipient) &&
         (mailed == NULL || address_equal(mailed, final));
}

/* Exchange's own forms of an address: an X.500 name in the place of the local part
 * ("IMCEAEX-_O=ORG@example.net"), and a domain that exists only in its own network. */
static bool
is_internal(const char *address)
{
  static const char *const domains[] = {".local",   ".lan",    ".internal",   ".intern",
                                        ".intra",   ".corp",   ".home",       ".priv",
                                        ".private", ".domain", ".localdomain"};
  if (g_ascii_strncasecmp(address, "IMCEA", 5) == 0)
    return true;
  const char *domain = address_domain(address);
  const char *last = strrchr(domain, '.');
  for (size_t i = 0; last != NULL && i < G_N_ELEMENTS(domains); i++)
    if (g_ascii_strcasecmp(last, domains[i]) == 0)
      return true;
  return false;
}

/* The addressee that an internal address stands for: the one with the same local part, or the only
 * one. (transfer full) (nullable) */
static char *
external_form(const Letter *letter, const char *final)
{
  if (final == NULL || !is_internal(final) || parties_is_addressee(letter->parties, final))
    return NULL;
  g_autofree char *local = g_strndup(final, strcspn(final, "@"));
  char *same = letter_complete(letter, local);
  return same != NULL ? same : g_strdup(parties_only_addressee(letter->parties));
}

/* The address that the message was forwarded from, as the server says or the returned message
 * proves. (transfer full) (nullable) */
static char *
find_origin(const Recipient *recipient, const Letter *letter, bool may_be_forwarded)
{
  const char *original = recipient->original_recipient;
  const char *final = recipient->final_recipient;
  if (original != NULL && parties_is_addressee(letter->parties, original))
    return g_strdup(original);
  const char *mailed = may_be_forwarded ? forwarded_from(letter, final) : NULL;
  if (original != NULL)
    return g_strdup(mailed != NULL                           ? mailed
                    : is_foreign_original(recipient, letter) ? final
                                                             : original);
  g_autofree char *about = final != NULL ? excerpts_about(letter->excerpts, final) : NULL;
  char *origin = expanded_from(about != NULL ? about : recipient->notice);
  if (origin == NULL)
    origin = g_strdup(mailed);
  return origin != NULL ? origin : external_form(letter, final);
}

static void
complete_final(Recipient *recipient, const Letter *letter)
{
  if (recipient->final_recipient == NULL || strchr(recipient->final_recipient, '@') != NULL)
    return;
  g_autofree char *whole = letter_complete(letter, recipient->final_recipient);
  if (whole != NULL)
    bounce_set(&recipient->final_recipient, whole, BOUNCE_ADDRESS_MAX);
}

/* may_be_forwarded: this is the only recipient, and the returned message may name the address it
 * was forwarded from. */
static void
settle(Recipient *recipient, const Letter *letter, bool may_be_forwarded)
{
  complete_final(recipient, letter);
  if (recipient->recipient != NULL)
    return;
  g_autofree char *origin = find_origin(recipient, letter, may_be_forwarded);
  bounce_set(&recipient->recipient, origin != NULL ? origin : recipient->final_recipient,
             BOUNCE_ADDRESS_MAX);
}

static guint
hash_recipient(gconstpointer key)
{
  const Recipient *recipient = key;
  guint hash = recipient->action;
  for (const char *p = recipient->recipient; *p != '\0'; p++)
    hash = hash * 33 + (guchar)g_ascii_tolower(*p);
  return hash;
}

static gboolean
same_failure(gconstpointer a, gconstpointer b)
{
  const Recipient *x = a, *y = b;
  return x->action == y->action && address_equal(x->recipient, y->recipient) &&
         (g_strcmp0(x->diagnostic, y->diagnostic) == 0 || y->diagnostic == NULL);
}

/* Whether a server refused it for good. */
static bool
is_refused(const Recipient *recipient)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(recipient->diagnostic, &reply);
  return reply.code != 0 ? reply.code >= 500 : recipient->status.klass == 5;
}

static bool
is_same(const Recipient *a, const Recipient *b)
{
  return a->action == b->action && address_equal(a->recipient, b->recipient) &&
         address_equal(a->final_recipient, b->final_recipient);
}

/* One host was tried in vain, and another refused the same recipient: the refusal counts. Hosts are
 * told one after the other. Returns whether recipient is the lesser of the two. */
static bool
outrank(GPtrArray *kept, GHashTable *seen, Recipient *recipient)
{
  Recipient *last = kept->len > 0 ? g_ptr_array_index(kept, kept->len - 1) : NULL;
  if (last == NULL || recipient->action != ACTION_FAILED || !is_same(last, recipient) ||
      is_refused(last) == is_refused(recipient))
    return false;
  if (is_refused(last))
    return true;
  g_hash_table_remove(seen, last);
  g_ptr_array_remove_index(kept, kept->len - 1);
  return false;
}

/* Undoes Exim's octal escapes, so that no reader has to. */
static void
recover(char **field)
{
  if (*field == NULL || strchr(*field, '\\') == NULL)
    return;
  g_autofree char *text = charset_recover_reply(*field);
  bounce_set(field, text, BOUNCE_DIAGNOSTIC_MAX);
}

/* The first failure without an address is kept: the return path may tell whose it is. */
static void
drop(Report *report, Recipient *recipient)
{
  if (recipient->recipient == NULL && report->nameless == NULL &&
      recipient->action == ACTION_FAILED)
    report->nameless = recipient;
  else
    recipient_free(recipient);
}

void
recipients_settle(Report *report, const Letter *letter)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(hash_recipient, same_failure);
  GPtrArray *all = report->recipients;
  bool may_be_forwarded = all->len == 1 && (has_fields(report, letter) || is_mailing(letter) ||
                                            is_own_forward(report, letter));
  report->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_free);
  for (guint i = 0; i < all->len; i++) {
    Recipient *recipient = g_ptr_array_index(all, i);
    recover(&recipient->diagnostic);
    recover(&recipient->notice);
    settle(recipient, letter, may_be_forwarded);
    if (recipient->recipient == NULL || g_hash_table_contains(seen, recipient) ||
        outrank(report->recipients, seen, recipient)) {
      drop(report, recipient);
      continue;
    }
    g_hash_table_add(seen, recipient);
    g_ptr_array_add(report->recipients, recipient);
  }
  g_ptr_array_set_free_func(all, NULL);
  g_ptr_array_unref(all);
}
