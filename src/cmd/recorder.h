/* Many messages at a time, as the service gets them: workers parse them, and those that are ready
 * are recorded together, in one transaction. A message is answered when that has been committed, or
 * has failed: then it can be tried again.
 *
 * Runs in GLib's main loop. */
#pragma once

#include "lmtp/connection.h"
#include "cmd/cmd.h"

typedef struct {
  guint64 recorded, duplicates; /* messages that were acknowledged */
  guint64 deferred;             /* messages that are to be tried again */
  guint64 commits;
  gint64 commit_time; /* microseconds that these took */
} RecorderCounts;

typedef struct Recorder Recorder;

/* Starts the workers. The database is opened later. context is borrowed; its settings are in force.
 */
Recorder *recorder_new(Context *context, GError **error);

/* Only when no connection has a message. */
void recorder_free(Recorder *recorder);

/* For the server. */
const Handler *recorder_handler(const Recorder *recorder);

/* Loads the configuration again, with its rules and keys. It comes into force, and replaces the
 * settings of the context, when no worker is busy. If anything is wrong with it, *error says what,
 * and what was in force remains so. */
bool recorder_reload(Recorder *recorder, GError **error);

/* To be called about every second. */
void recorder_tick(Recorder *recorder);

/* Opens the database, if it is not open, and brings the list files up to date. */
bool recorder_open(Recorder *recorder, GError **error);

/* Messages that are complete, but not answered. */
guint recorder_pending(const Recorder *recorder);

const RecorderCounts *recorder_counts(const Recorder *recorder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recorder, recorder_free)
