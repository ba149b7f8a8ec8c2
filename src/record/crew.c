#include "config.h"

#include "record/crew.h"

#include <glib-unix.h>
#include <unistd.h>

#include "mail/digest.h"
#include "record/reading.h"

enum {
  WORKERS_MAX = 64,
  LATE_SECONDS = 61, /* a little more than a worker has (worker.h) */
};

typedef struct {
  Crew *crew;
  Worker *worker;
  gpointer message; /* NULL = idle */
  unsigned notes;
  guint source;
  gint64 since; /* monotonic microseconds */
} Slot;

struct Crew {
  CrewUser user;
  size_t max_parse;
  Slot slots[WORKERS_MAX];
  guint n_slots;
  GQueue queue;
  guint feeding; /* the source that hands over what waits */
  bool paused;
};

static guint
processors(void)
{
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (guint)MIN(n, WORKERS_MAX) : 1;
}

Crew *
crew_new(const CrewUser *user, const Rules *rules, const Settings *settings, GError **error)
{
  digest_prepare_many();
  Crew *crew = g_new0(Crew, 1);
  crew->user = *user;
  crew->n_slots = processors();
  g_queue_init(&crew->queue);
  if (crew_replace(crew, rules, settings, error))
    return crew;
  crew_free(crew);
  return NULL;
}

void
crew_free(Crew *crew)
{
  if (crew == NULL)
    return;
  if (crew->feeding != 0)
    g_source_remove(crew->feeding);
  for (guint i = 0; i < crew->n_slots; i++) {
    if (crew->slots[i].source != 0)
      g_source_remove(crew->slots[i].source);
    worker_free(crew->slots[i].worker);
  }
  g_queue_clear(&crew->queue);
  g_free(crew);
}

bool
crew_replace(Crew *crew, const Rules *rules, const Settings *settings, GError **error)
{
  Worker *fresh[WORKERS_MAX];
  guint n = 0;
  while (n < crew->n_slots && (fresh[n] = reading_worker(rules, settings, error)) != NULL)
    n++;
  bool ok = n == crew->n_slots;
  for (guint i = 0; i < n; i++) {
    worker_free(ok ? crew->slots[i].worker : fresh[i]);
    if (ok)
      crew->slots[i] = (Slot){.crew = crew, .worker = fresh[i]};
  }
  if (ok)
    crew->max_parse = (size_t)settings->max_parse;
  return ok;
}

/* --- handing over ------------------------------------------------------------------------------*/

static void feed(Crew *crew);

/* The slot is idle again before done() is called, which may bring the next message. */
static void
finish(Slot *slot, Report *report, const GError *error)
{
  gpointer message = slot->message;
  slot->message = NULL;
  if (slot->source != 0)
    g_source_remove(slot->source);
  slot->source = 0;
  slot->crew->user.done(message, report, error);
}

static void
collect(Slot *slot)
{
  Crew *crew = slot->crew;
  g_autoptr(GError) error = NULL;
  Report *report = reading_collect(slot->worker, slot->notes, &error);
  finish(slot, report, error);
  feed(crew);
}

static gboolean
on_answer(int fd, GIOCondition condition, gpointer data)
{
  (void)fd, (void)condition;
  collect(data);
  return G_SOURCE_CONTINUE; /* it has been removed */
}

static bool
hand_over(Slot *slot, GError **error)
{
  Crew *crew = slot->crew;
  g_autoptr(GString) window = g_string_new(NULL);
  const Spool spool = {.head = window, .max = crew->max_parse + 1};
  if (!crew->user.window(slot->message, window, error))
    return false;
  g_string_truncate(window, spool.max); /* as deliver has it */
  if (!reading_submit(slot->worker, &spool, &slot->notes, error))
    return false;
  slot->since = g_get_monotonic_time();
  slot->source =
      g_unix_fd_add(worker_fd(slot->worker), G_IO_IN | G_IO_HUP | G_IO_ERR, on_answer, slot);
  return true;
}

static void
feed(Crew *crew)
{
  for (guint i = 0; i < crew->n_slots && !crew->paused; i++) {
    Slot *slot = &crew->slots[i];
    while (slot->message == NULL && !g_queue_is_empty(&crew->queue)) {
      g_autoptr(GError) error = NULL;
      slot->message = g_queue_pop_head(&crew->queue);
      if (!hand_over(slot, &error))
        finish(slot, NULL, error);
    }
  }
}

static gboolean
on_feed(gpointer data)
{
  Crew *crew = data;
  crew->feeding = 0;
  feed(crew);
  return G_SOURCE_REMOVE;
}

static void
feed_soon(Crew *crew)
{
  if (crew->feeding == 0 && !crew->paused)
    crew->feeding = g_idle_add_full(G_PRIORITY_DEFAULT, on_feed, crew, NULL);
}

void
crew_read(Crew *crew, gpointer message)
{
  g_queue_push_tail(&crew->queue, message);
  feed_soon(crew);
}

bool
crew_cancel(Crew *crew, gpointer message)
{
  return g_queue_remove(&crew->queue, message);
}

void
crew_tick(Crew *crew)
{
  gint64 late = g_get_monotonic_time() - (gint64)LATE_SECONDS * G_USEC_PER_SEC;
  for (guint i = 0; i < crew->n_slots; i++)
    if (crew->slots[i].message != NULL && crew->slots[i].since < late)
      collect(&crew->slots[i]);
}

void
crew_pause(Crew *crew)
{
  crew->paused = true;
}

void
crew_go_on(Crew *crew)
{
  crew->paused = false;
  feed_soon(crew);
}

bool
crew_is_idle(const Crew *crew)
{
  for (guint i = 0; i < crew->n_slots; i++)
    if (crew->slots[i].message != NULL)
      return false;
  return true;
}

bool
crew_has_messages(const Crew *crew)
{
  return !g_queue_is_empty((GQueue *)&crew->queue) || !crew_is_idle(crew);
}
