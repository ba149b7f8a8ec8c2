/* What doctor tells about the messages that have come in, and which of them should not have. */
#include "config.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/dates.h"
#include "base/permission.h"
#include "mail/bounce.h"
#include "store/store-arrivals.h"
#include "cmd/doctor.h"

enum {
  KEPT_DAYS = 30,
  WARN_PERCENT = 80, /* of a limit */
  DISK_LEFT = 100 << 20,
  LIST_DAYS = 7,    /* in these, */
  LIST_OTHERS = 20, /* so many messages, and half of all, that are not reports: a mailing list */
};

static bool
tell_last(const Doctor *doctor, Store *store, GError **error)
{
  gint64 at;
  char minute[DATE_BUFFER];
  if (!store_last_arrival(store, &at, error))
    return false;
  if (at == 0)
    doctor_note(doctor, "deliveries", "no message has been recorded yet");
  else
    doctor_note(doctor, "deliveries", "the last message was recorded on %s",
                date_minute(at, minute));
  return true;
}

/* Nothing is lost beyond the limit, but messages are deferred. */
static bool
judge_size(Doctor *doctor, Store *store, GError **error)
{
  gint64 octets, max = doctor->settings->max_size;
  GError *full = NULL;
  if (!store_size(store, &octets, error))
    return false;
  if (!store_has_room(store, max, &full))
    doctor_defers(doctor, NULL, full);
  else if (max > 0 && octets / WARN_PERCENT >= max / 100)
    doctor_finding(doctor, "database",
                   "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                   " octets are used ([database] max-size)",
                   octets, max);
  return true;
}

/* Without a limit, too: a full disk defers everything. */
static void
judge_disk(Doctor *doctor)
{
  struct statvfs disk;
  const char *path = doctor->settings->database;
  if (statvfs(path, &disk) != 0 || disk.f_blocks == 0)
    return;
  guint64 left = (guint64)disk.f_bavail * disk.f_frsize;
  if (left < DISK_LEFT)
    doctor_finding(doctor, "disk",
                   "%" G_GUINT64_FORMAT " MiB are left for %s; when the disk is full, messages are "
                   "deferred ([database] max-size sets a limit before that)",
                   left >> 20, path);
}

typedef struct {
  Doctor *doctor;
  guint kinds[N_KINDS];
  guint unread; /* that may be readable now */
  gint64 since; /* the first of them; 0 = none */
} Kept;

/* A message that somebody has moved or removed has been seen. */
static bool
count_kept(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Kept *kept = data;
  const char *path = store_cell(cells, n, "kept");
  if (access(path, F_OK) != 0)
    return true;
  if ((store_cell_int(cells, n, "notes") & NOTE_MAILBOX) != 0) {
    g_autofree char *word = permission_quote(path);
    doctor_finding(kept->doctor, "input",
                   "several messages came as one (an mbox); record them with: bouncedb import %s, "
                   "and then remove the file",
                   word);
  } else {
    kept->unread += g_strcmp0(store_cell(cells, n, "kind"), kind_name(KIND_UNREADABLE)) == 0;
  }
  for (int kind = 0; kind < N_KINDS; kind++)
    kept->kinds[kind] += strcmp(kind_name((Kind)kind), store_cell(cells, n, "kind")) == 0;
  if (kept->since == 0)
    kept->since = store_cell_int(cells, n, "received_at");
  return true;
}

static bool
tell_kept(Doctor *doctor, Store *store, GError **error)
{
  Kept kept = {.doctor = doctor};
  char day[DATE_BUFFER];
  if (!store_kept_since(store, doctor->now - KEPT_DAYS * (gint64)SECONDS_PER_DAY, count_kept, &kept,
                        error))
    return false;
  if (kept.since != 0)
    doctor_note(
        doctor, "kept",
        "since %s, in %s/new: %u that are not reports (other), %u that ask for confirmation "
        "(challenge), %u that could not be read (unreadable)",
        date_day(kept.since, day), doctor->settings->keep, kept.kinds[KIND_OTHER],
        kept.kinds[KIND_CHALLENGE], kept.kinds[KIND_UNREADABLE]);
  if (kept.unread > 0)
    doctor_note(doctor, "kept",
                "to read the unreadable ones again: bouncedb reclassify --unreadable");
  return true;
}

static bool
judge_arrivals(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  gint64 messages = store_cell_int(cells, n, "messages"),
         others = store_cell_int(cells, n, "others");
  if (others >= LIST_OTHERS && others * 2 > messages)
    doctor_finding(data, "input",
                   "%" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT " messages of the last %d days "
                   "are not reports: is a mailing list or a newsletter delivered to the bounce "
                   "address?",
                   others, messages, LIST_DAYS);
  return true;
}

static bool
tell_empty(Doctor *doctor, Store *store, GError **error)
{
  gint64 at;
  char minute[DATE_BUFFER];
  if (!store_last_empty(store, &at, error))
    return false;
  if (at != 0 && at > doctor->now - LIST_DAYS * (gint64)SECONDS_PER_DAY)
    doctor_finding(
        doctor, "input",
        "something other than a mail server ran bouncedb without a command and without a message "
        "on %s; find the script that does this",
        date_minute(at, minute));
  return true;
}

bool
doctor_check_arrivals(Doctor *doctor, Store *store, GError **error)
{
  judge_disk(doctor);
  return tell_last(doctor, store, error) && tell_kept(doctor, store, error) &&
         tell_empty(doctor, store, error) && judge_size(doctor, store, error) &&
         store_arrivals_since(store, doctor->now - LIST_DAYS * (gint64)SECONDS_PER_DAY,
                              judge_arrivals, doctor, error);
}
