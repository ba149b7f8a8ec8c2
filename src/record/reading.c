#include "config.h"

#include "record/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "mail/scan.h"

const char reading_stopped[] =
    "the process that parses was killed from outside, or was not done in time";

/* One octet more, so that the scan sees that the message is longer. */
void
reading_spool_init(Spool *spool, gint64 max_parse)
{
  spool_init(spool, (size_t)max_parse + 1);
}

static CageLimits
limits_of(const Settings *settings)
{
  return (CageLimits){
      .required = settings->cage_required,
      .subscriber_headers = (const char *const *)settings->subscriber_headers,
  };
}

Worker *
reading_worker(const Rules *rules, const Settings *settings, GError **error)
{
  const CageLimits limits = limits_of(settings);
  return worker_new(rules, &limits, error);
}

Worker *
reading_worker_once(const Rules *rules, const Settings *settings, GError **error)
{
  CageLimits limits = limits_of(settings);
  limits.once = true;
  return worker_new(rules, &limits, error);
}

bool
reading_submit(Worker *worker, const Spool *spool, unsigned *notes, GError **error)
{
  *notes = 0;
  g_autoptr(GString) window =
      scan_window(spool->head->str, spool->head->len, spool->max - 1, notes);
  return worker_submit(worker, window, error);
}

Report *
reading_collect(Worker *worker, unsigned notes, GError **error)
{
  Report *report = worker_collect(worker, error);
  if (report != NULL)
    report->notes |= notes;
  return report;
}

bool
reading_was_stopped(const Report *report)
{
  return (report->notes & NOTE_WORKER_STOPPED) != 0;
}

bool
reading_fill(Spool *spool, int fd, const char *path, GError **error)
{
  bool more;
  g_autoptr(GError) cause = NULL;
  if (spool_fill(spool, fd, &more, &cause) && (!more || spool_drain(spool, fd, NULL, NULL, &cause)))
    return true;
  return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", path, cause->message);
}

static bool
spool_file(Spool *spool, const char *path, GError **error)
{
  if (strcmp(path, "-") == 0)
    return reading_fill(spool, STDIN_FILENO, "standard input", error);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", path, g_strerror(errno));
  bool ok = reading_fill(spool, fd, path, error);
  close(fd);
  return ok;
}

Report *
reading_file(Worker *worker, const char *path, gint64 max_parse, guint8 digest[DIGEST_SIZE],
             GError **error)
{
  unsigned notes;
  g_auto(Spool) spool = {0};
  reading_spool_init(&spool, max_parse);
  if (!spool_file(&spool, path, error) || !reading_submit(worker, &spool, &notes, error))
    return NULL;
  digest_finish(spool.digest, digest);
  g_autoptr(Report) report = reading_collect(worker, notes, error);
  if (report == NULL)
    return NULL;
  if (reading_was_stopped(report)) {
    throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s", path, reading_stopped);
    return NULL;
  }
  return g_steal_pointer(&report);
}
