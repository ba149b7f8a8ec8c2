/* What the files of the store share. No other folder includes this. */
#pragma once

#include "store/store-decisions.h"
#include "store/store-failure.h"
#include "store/store-hash.h"
#include "store/store-record.h"
#include "store/store-statement.h"
#include "store/store.h"

enum { STORE_PAGE = 2048 }; /* octets of a page of the database; set_page_size says why */

struct Store {
  sqlite3 *db;
  char *path;
  int ticket; /* descriptor of FILE.lock; -1 = none */
  int wait_ms;
  bool any_forgotten; /* at the beginning of the transaction */
  gint64 text_left;   /* octets of text that the message may still repeat for its recipients */
  bool about_one;     /* the message that is recorded is about one recipient */
  gint64 filled;      /* a message that has added as many entries as one may that nothing proves */
  bool archive;       /* what is recorded comes from an archive, for which its owner vouches */
  bool keeps_log;     /* the log is short, so closing does not copy it back */
  bool network;       /* hosts share no memory: rollback journal, ticket before opening */
  guint8 sent_key[STORE_KEY_SIZE]; /* of the hashes in sent; read at first use */
  bool has_sent_key;
  guint8 fleet_key[STORE_KEY_SIZE]; /* of store-fleet.h; the same */
  bool has_fleet_key;
  sqlite3_stmt *statements[N_STATEMENTS]; /* by StatementId; prepared at first use */
};

/* store.c. Makes an empty file a database that no other process knows yet: without a ticket, and
 * without a log once it is closed. */
Store *store_open_draft(const char *path, GError **error);

/* The failures that a delivery or a decision makes stop counting. Those of a wave are among them,
 * for they would count again under another reason. */
#define COUNTS "counts = 1 AND (lifted IS NULL OR lifted = 'wave')"

/* store-failure.c. The columns of a failure joined with its message that make a StoreFailure, which
 * the caller clears. */
#define FAILURE_COLUMNS                                                                            \
  "recipient, final_recipient, original_recipient, action, status, reply_code, stage,"             \
  " diagnostic, notice, remote_mta, sender, provider, class, reason, rule, matched, masked,"       \
  " message.reporting_mta"
void store_read_failure(const StoreCell *cells, guint n, StoreFailure *out);

/* store-recipient.c. The time for which what a message reports counts. Anyone can write a Date, so
 * it is used only in an archive, which its owner vouches for, and only if it lies in the past. */
gint64 store_event_time(const Report *report, const StoreMessage *message);

/* Adds to out->repeated if the failure was reported before. */
bool store_record_recipient(Store *store, const Report *report, const Recipient *recipient,
                            const StoreMessage *message, Recorded *out, GError **error);

/* Prepare what the failure of one recipient takes (store_expect_bounce). store-recipient.c,
 * store-count.c, store-weigh.c, store-decide.c. */
bool store_expect_failure(Store *store, GError **error);
bool store_expect_count(Store *store, GError **error);
bool store_expect_weighing(Store *store, GError **error);
bool store_expect_entry(Store *store, GError **error);

/* store-audit.c. Adds a line to the audit. address and span: nullable. */
bool store_audit(Store *store, const Decision *decision, const char *address, const Span *span,
                 gint64 rows, GError **error);

/* The same for an order to erase an address, which the line does not name; a host of a fleet notes
 * by what the fleet knows it. If nothing was found here, there is a line only on a host of a fleet:
 * other hosts may know the address. */
bool store_audit_forget(Store *store, const Decision *decision, const char *address, bool found,
                        GError **error);

/* store-forgotten.c. Drops the hash of a forgotten address, which is treated like any other again.
 * address: nullable. *remembered: it was forgotten. */
bool store_remember(Store *store, const char *address, bool *remembered, GError **error);

/* If the recipient was forgotten, clears the parameters of a bound statement that identify it: the
 * event is recorded, but not whose it was. */
bool store_hide_forgotten(Store *store, sqlite3_stmt *statement, const Recipient *recipient,
                          GError **error);

/* If the address is suppressed, stores a keyed hash of it, by which it stays suppressed when its
 * entry is erased. */
bool store_keep_suppressed(Store *store, const char *address, gint64 now, GError **error);

/* store-fleet.c. What lifts a failure that only this host can know: the rest follows at the centre.
 * schema/host/fleet.sql says the same. */
#define FLEET_LIFTED "IN ('wave', 'accepted', 'expired')"

enum { FLEET_WHO_SIZE = 16 }; /* octets of a who */

/* Whether this is a host of a fleet. Only then are there the tables of schema/host. */
bool store_in_fleet(Store *store, bool *in_fleet, GError **error);

/* Step 15 of the schema: drops these tables unless this host has joined. In a transaction. */
bool store_fleet_move_apart(Store *store, GError **error);

/* Reads the key of the fleet once. */
bool store_fleet_read_key(Store *store, GError **error);

/* store-fleet-send.c. The text with all addresses in it replaced except this one, which may be
 * NULL. An address is a word with "@" or "%40" in it. (transfer full) */
char *fleet_hide(const char *text, const char *address);

/* store-domains.c. Converts what was stored before schema 4. In a transaction. */
bool store_convert_domains(Store *store, GError **error);

/* The parameters of a Span, and what it selects: rows whose time is the column at. */
#define SPAN_VALUES(span)                                                                          \
  VALUES(TEXT(":provider", (span)->provider), ADDRESS(":domain", (span)->domain),                  \
         INT(":since", (span)->since),                                                             \
         INT(":until", (span)->until != 0 ? (span)->until : G_MAXINT64))

#define OF_SPAN(at)                                                                                \
  at " BETWEEN :since AND :until AND (:provider IS NULL OR provider = :provider)"                  \
     " AND (:domain IS NULL OR recipient_domain = lower(:domain))"

/* store-restore.c. What the decisions to allow an address (the key), or the releases in a span,
 * have lifted counts again, unless something else has overtaken it. They have been withdrawn
 * before. */
bool store_restore_address(Store *store, const char *address, GError **error);
bool store_restore_span(Store *store, const Span *span, GError **error);

/* How the store names a trust, and what proves it (NULL = nothing). Both are constants. */
const char *store_trust_name(Trust trust);
const char *store_proof_name(Trust trust);

/* store-sent.c. Removes an address from the recent recipients. */
bool store_sent_forget(Store *store, const char *address, GError **error);

/* store-own.c. Whether name, of the table never, includes the address: a domain includes its
 * subdomains. */
#define IS_OWN(address)                                                                            \
  "name = " address " OR (instr(name, '@') = 0"                                                    \
  " AND substr(" address ", -length(name) - 1) IN ('@' || name, '.' || name))"

/* store-own.c. Replaces one's own addresses and domains (in lower case, a blank between two; NULL =
 * none), and removes their entries. In a transaction. */
bool store_write_own(Store *store, const char *never, GError **error);

/* store-guard.c. What the guard looks at in a new entry. */
typedef struct {
  const char *source; /* a provider, or a recipient's domain */
  gint64 at;          /* Unix seconds */
  gint64 message_id;
  bool unproven; /* nothing proves the failure or complaint that decides */
} Guarded;

/* Whether it has to wait for a person's decision. */
bool store_guard(Store *store, const Guarded *entry, bool *held, GError **error);

/* store-weigh.c. What follows from a row that was just recorded. */
bool store_weigh_failure(Store *store, gint64 failure_id, GError **error);
bool store_weigh_delivery(Store *store, gint64 delivery_id, GError **error);
bool store_weigh_complaint(Store *store, gint64 complaint_id, GError **error);

/* For a failure that can never suppress: only updates the count of addresses that have failed. */
bool store_name_address(Store *store, gint64 failure_id, GError **error);

/* store-count.c. Counts a failure that was just recorded, with its verdict. provider: nullable. */
bool store_count_failure(Store *store, gint64 failure_id, const char *klass, const char *reason,
                         const char *provider, GError **error);

/* In a database that had no counters yet, sets them to what the days have. */
bool store_start_counters(Store *store, GError **error);

/* The same for the sums by list. */
bool store_start_lists(Store *store, GError **error);

/* Sums up the failures that are not yet. In a transaction. */
bool store_sum_up(Store *store, GError **error);

/* The first columns of daily, selected from failure JOIN message. */
#define DAILY_KEY                                                                                  \
  " failed_at / 86400, class, reason, coalesce(provider, ''), coalesce(list_id, ''),"              \
  " coalesce(recipient_domain, '')"

/* The Monday on or before a day since 1970. */
#define WEEK_OF(day) day " - (" day " + 3) % 7"

/* Rows of daily_sum from failures f. NEW_FOR: the address has not failed before with the same. */
#define NEW_FOR(same)                                                                              \
  "sum(f.address IS NOT NULL AND NOT EXISTS (SELECT 1 FROM failure AS o"                           \
  " WHERE o.address = f.address AND o.failure_id < f.failure_id AND " same "))"
#define SAME_DAY "o.day = f.day AND o.class = f.class"
#define SAME_REASON "o.reason = f.reason AND o.provider IS f.provider"
#define SUM_OF(failures)                                                                           \
  "INSERT INTO daily_sum SELECT f.day, class, reason, coalesce(provider, ''), count(*), " NEW_FOR( \
      SAME_DAY) ", " NEW_FOR(SAME_REASON                                                           \
                             " AND o.class = f.class") ", " NEW_FOR(SAME_REASON) ","               \
                                                                                 " min(failed_at)" \
                                                                                 ", "              \
                                                                                 "max(failed_at)," \
                                                                                 " min(failure_"   \
                                                                                 "id), "           \
                                                                                 "max(failure_id)" \
                                                                                 " FROM " failures
#define SUM_GROUPS " GROUP BY 1, 2, 3, 4"

/* The time that a failure took, as time_sum has it. */
enum { TIME_TO_BOUNCE_MAX = 30 * 86400 }; /* seconds */
#define TIME_TO_BOUNCE                                                                             \
  "CASE WHEN failed_at - sent_at <= 60 THEN 60 WHEN failed_at - sent_at <= 300 THEN 300"           \
  " WHEN failed_at - sent_at <= 3600 THEN 3600 WHEN failed_at - sent_at <= 21600 THEN 21600"       \
  " WHEN failed_at - sent_at <= 86400 THEN 86400 WHEN failed_at - sent_at <= 172800 THEN 172800"   \
  " WHEN failed_at - sent_at <= 432000 THEN 432000 ELSE 2592000 END"

/* store-recount.c. The first day (since 1970) whose failures are all there, in SQL. What came
 * before has been pruned, and is counted as it was then. */
#define COUNTED_FROM                                                                               \
  "(SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM setting WHERE name = 'counted-from')"

/* text: the masked texts that there are, one after the other by the index, so that the failures of
 * each need not be read. */
#define MASKED_TEXTS                                                                               \
  "WITH RECURSIVE text (masked) AS (SELECT min(masked) FROM failure WHERE masked IS NOT NULL"      \
  "  UNION ALL SELECT (SELECT min(masked) FROM failure WHERE masked > text.masked) FROM text"      \
  "  WHERE masked IS NOT NULL LIMIT 20000)"

/* From now on, the failures of earlier days are not all there. In a transaction. */
bool store_stop_counting(Store *store, gint64 day, GError **error);

/* The days on which an address has failed, the one of a failure or the one given, are to be counted
 * again; or those with a list that a condition on list_id selects. In a transaction, before the
 * failures are erased. */
bool store_note_recount(Store *store, gint64 failure_id, GError **error);
bool store_note_recount_address(Store *store, const char *address, GError **error);
bool store_note_recount_lists(Store *store, const char *condition, GError **error);

/* Counts these days again; or all days that have not been pruned. In a transaction. */
bool store_recount(Store *store, GError **error);
bool store_recount_history(Store *store, GError **error);

/* store-hide.c. Removes a recipient's domain from the counts of days that cannot be counted again,
 * unless something else names it. In a transaction, after store_recount(). */
bool store_hide_domain(Store *store, const char *address, GError **error);

/* The same for the lists that a condition on list_id selects. Before store_recount(). */
bool store_hide_lists(Store *store, const char *condition, GError **error);

/* store-wave.c. Sets aside a new failure, and those before it that it shows to be part of a wave:
 * the same unknown text for many recipient domains at once. *member: this failure is part of one.
 */
bool store_weigh_wave(Store *store, gint64 failure_id, bool *member, GError **error);

/* The same for everything recorded. Entries that rest on it go; their addresses are left to the
 * caller. */
bool store_reweigh_waves(Store *store, GError **error);

/* store-alive.c. Failures for reasons that need more than one day no longer count if they came
 * before the latest acceptance that stands and is earlier than at (Unix seconds). *lifted: there
 * were some. */
bool store_lift_accepted(Store *store, const char *address, gint64 at, bool *lifted,
                         GError **error);

/* A message came from this address: a sign of life, if it is suppressed. */
bool store_note_writer(Store *store, const char *address, gint64 at, GError **error);

/* store-decide.c. Decides about an address (in lower case) from its whole history. An existing
 * entry stays: the caller first removes one that may be wrong. */
bool store_reconsider(Store *store, const char *address, GError **error);

/* For the address of a failure whose verdict was changed. */
bool store_reconsider_failure(Store *store, gint64 failure_id, GError **error);

bool store_reconsider_each(Store *store, const GPtrArray *addresses, GError **error);

/* For every address that a query of one column returns. */
bool store_reconsider_all(Store *store, const char *sql, const StoreValue *values, GError **error);
