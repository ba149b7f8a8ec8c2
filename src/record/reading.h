/* A message on its way through the worker. */
#pragma once

#include "base/error.h"
#include "worker/worker.h"
#include "intake/spool.h"
#include "settings/settings.h"

/* A spool for reading_submit. max_parse: [delivery] max-parse, in octets. */
void reading_spool_init(Spool *spool, gint64 max_parse);

/* Reads the open file to its end into the spool. If it cannot be read, *error (DATA) names path. */
bool reading_fill(Spool *spool, int fd, const char *path, GError **error);

/* A worker with the limits that the settings ask for (worker_new). */
Worker *reading_worker(const Rules *rules, const Settings *settings, GError **error);

/* The same for a single message: the process ends by itself, while its answer is recorded. */
Worker *reading_worker_once(const Rules *rules, const Settings *settings, GError **error);

/* Submits what is safe to parse of the message. *notes: what was found to be wrong with it, for the
 * notes of the report that the worker will give. */
bool reading_submit(Worker *worker, const Spool *spool, unsigned *notes, GError **error);

/* The answer to reading_submit, with its notes. NULL and *error (TEMPFAIL) if the worker cannot be
 * started again. (transfer full) (nullable) */
Report *reading_collect(Worker *worker, unsigned notes, GError **error);

/* Whether the report only says that the worker was stopped from outside, or was not done in time.
 * It is not to be recorded then, unless that happens again and again. */
bool reading_was_stopped(const Report *report);
extern const char reading_stopped[]; /* in words */

/* Reads the message in the file at path, or on standard input for "-", to its end. digest is that
 * of the whole message. NULL and *error (DATA) if it cannot be read, or (TEMPFAIL) if the worker
 * was stopped. (transfer full) */
Report *reading_file(Worker *worker, const char *path, gint64 max_parse, guint8 digest[DIGEST_SIZE],
                     GError **error);
