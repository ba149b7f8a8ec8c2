/* The cage: a process that reads and classifies windows, and can do nothing else.
 *
 * It is forked before the first byte is parsed, gives up all authority (cage.h), and serves as many
 * messages as the parent gives it. Once it has parsed anything it is not trusted: its answers are
 * records that the parent validates field by field. If it dies, is late or sends an invalid
 * answer, the parent gets a Report of KIND_UNREADABLE with the cause in its notes, and starts a new
 * worker for the next message. While a worker lives, the parent is not dumpable: no core, no
 * ptrace. */
#pragma once

#include "worker/cage.h"

typedef struct Worker Worker;

/* Forks. Returns NULL and sets *error (TEMPFAIL) if that fails. rules, and the headers in limits,
 * are borrowed and must outlive the worker. limits may be NULL; members that are 0 get the
 * defaults: 512 MiB, 5 s of CPU, 60 s.
 */
Worker *worker_new(const Rules *rules, const CageLimits *limits, GError **error);

/* For a caller that has something to do before it waits for a single answer: pins parent and worker
 * to different CPUs until then. Some schedulers pack light tasks onto one CPU, where the two would
 * wait for each other; that costs a delivery a sixth of its time. Does nothing if there is only one
 * CPU, or no way to pin. */
void worker_split_cpus(Worker *worker);

/* Kills the process and reaps it. */
void worker_free(Worker *worker);

/* Hands over a window, which the worker reads after those that it already has. Fails only if a new
 * process cannot be forked. If a process ends, that is the doing of the window whose answer is
 * missing first: another process gets those after it. */
bool worker_submit(Worker *worker, const GString *window, GError **error);

/* Whether the worker takes another window of that many octets before it has answered: always if it
 * has none, and otherwise as long as neither side may have to wait for the other. */
bool worker_has_room(const Worker *worker, size_t length);

/* Waits for the answer to the earliest window that has none yet. If the notes have
 * NOTE_WORKER_STOPPED, the message may well be readable: it should be read again later. NULL and
 * *error (TEMPFAIL) if a process that is needed cannot be started: then the windows that it had are
 * forgotten. (transfer full) (nullable)
 */
Report *worker_collect(Worker *worker, GError **error);

/* Becomes readable when there is an answer (import polls it). */
int worker_fd(const Worker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worker, worker_free)
