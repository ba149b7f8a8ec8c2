/* Workers that parse messages in parallel, in GLib's main loop. */
#pragma once

#include "judge/rules.h"
#include "settings/settings.h"

typedef struct Crew Crew;

typedef struct {
  /* It is the message's turn: appends its beginning to out. What happens then is told by done(). */
  bool (*window)(gpointer message, GString *out, GError **error);

  /* report: transfer full; NULL = *error, which is the caller's, says why there is none. Never
   * called from within crew_read(). */
  void (*done)(gpointer message, Report *report, const GError *error);
} CrewUser;

/* As many workers as there are processors. Everything is borrowed. */
Crew *crew_new(const CrewUser *user, const Rules *rules, const Settings *settings, GError **error);

/* Only when nothing is waiting. */
void crew_free(Crew *crew);

/* Has the message read by the next worker that is idle. */
void crew_read(Crew *crew, gpointer message);

/* Forgets a message, if it still waits for a worker. Otherwise, returns false. */
bool crew_cancel(Crew *crew, gpointer message);

/* Gives up on workers that are late. To be called about every second. */
void crew_tick(Crew *crew);

/* Lets no message begin until crew_go_on(). */
void crew_pause(Crew *crew);
void crew_go_on(Crew *crew);
bool crew_is_idle(const Crew *crew);

/* Whether a message is with a worker, or waits for one. */
bool crew_has_messages(const Crew *crew);

/* Starts other workers, with these rules and settings, in place of those that are idle: all. */
bool crew_replace(Crew *crew, const Rules *rules, const Settings *settings, GError **error);
