/* The cage: a process that reads and classifies windows, and can do nothing else.
 *
 * It is forked before the first byte is parsed, with resource limits and no_new_privs, and lives
 * for as many messages as the parent gives it. Its answers are GVariants that the parent validates
 * field by field: once it has parsed, it is not trusted. When it dies, is late or lies, the parent
 * gets a Report of KIND_UNREADABLE with the cause in its notes, and a new worker for the next
 * message. */
#pragma once

#include "worker/cage.h"

typedef struct Worker Worker;

/* Forks. NULL and *error (TEMPFAIL) where that is not possible. rules are borrowed and must outlive
 * the worker. Of limits (nullable) what is 0 has its default: 512 MiB, 5 s of CPU, 60 s. */
Worker *worker_new(const Rules *rules, const CageLimits *limits, GError **error);

/* For who waits for one answer and has something to do meanwhile: until the answer is there, parent
 * and worker keep to processors of their own. A scheduler that packs what is light onto one (to
 * save power, or because it knows that the others are not really there) would have them wait for
 * each other, which costs a delivery a sixth of its time. In vain, without harm, where there is one
 * processor only, or no way to ask. */
void worker_split_cpus(Worker *worker);

/* Ends the process without waiting for its end, where no more answers are wanted of it: what the
 * kernel has to tidy up then runs beside what follows. */
void worker_dismiss(Worker *worker);

/* Ends the process and reaps it. */
void worker_free(Worker *worker);

/* Hand over a window. false and *error only where a new process cannot be forked. */
bool worker_submit(Worker *worker, const GString *window, GError **error);

/* Wait for the answer to the submitted window. Never NULL. (transfer full) */
Report *worker_collect(Worker *worker);

/* Readable when an answer is there (for poll by import). */
int worker_fd(const Worker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worker, worker_free)
