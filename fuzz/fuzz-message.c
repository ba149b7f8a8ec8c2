/* A message, all the way through parent and worker. */
#include "config.h"

#include "fuzz.h"

#include "base/fold.h"
#include "mail/digest.h"
#include "mail/message.h"
#include "mail/scan.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "judge/rules.h"
#include "worker/wire.h"

enum { WINDOW = 1 << 20 }; /* octets; the default of max-parse */

static void
digest_of(const char *bytes, size_t size, size_t piece, guint8 out[DIGEST_SIZE])
{
  g_autoptr(Digest) digest = digest_new();
  for (size_t at = 0; at < size; at += piece)
    digest_update(digest, bytes + at, MIN(piece, size - at));
  digest_finish(digest, out);
}

static void
check_digest(const char *bytes, size_t size)
{
  guint8 whole[DIGEST_SIZE], pieces[DIGEST_SIZE];
  digest_of(bytes, size, size + 1, whole);
  digest_of(bytes, size, 7, pieces);
  g_assert(memcmp(whole, pieces, sizeof whole) == 0);
}

static void
check_folds(const char *text)
{
  fuzz_check_utf8(text);
  g_autofree char *folded = fold(text);
  g_autofree char *again = fold(folded);
  g_assert(g_utf8_validate(folded, -1, NULL));
  g_assert(strcmp(folded, again) == 0);
}

static void
check_part(const Part *part)
{
  size_t length;
  const char *bytes = part_bytes(part, &length);
  g_assert(bytes[length] == '\0');
  check_folds(part_text(part));
  for (guint i = 0; i < part->headers->len; i++) {
    const Header *header = g_ptr_array_index(part->headers, i);
    g_autofree char *decoded = part_header_decoded(part, header->name);
    fuzz_check_utf8(header->name);
    fuzz_check_utf8(header->value);
    check_folds(decoded);
  }
  g_autofree char *parameter = part_parameter(part, "charset");
  g_assert(parameter == NULL || g_utf8_validate(parameter, -1, NULL));
  g_assert(part_date(part) >= 0);
}

static void
check_report(const Message *message)
{
  static Rules *rules;
  if (rules == NULL)
    rules = rules_load(NULL, NULL);
  static const char *const headers[] = {"X-ListMember", "X-Subscriber", NULL};
  g_autoptr(Report) report = readers_read(message, headers);
  classify_report(rules, report);
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  g_autoptr(Report) received = wire_decode(record->str, record->len, rules);
  g_assert(received != NULL);
}

FUZZ_TARGET(message)
{
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  unsigned notes = 0;
  digest_prepare_many();
  check_digest((const char *)data, size);
  g_autoptr(GString) window = scan_window((const char *)data, size, WINDOW, &notes);
  g_assert(window->len <= WINDOW);
  g_autoptr(Message) message = message_new(window->str, window->len);
  for (guint i = 0; i < message_n_parts(message); i++)
    check_part(message_part(message, i));
  check_report(message);
  return 0;
}
