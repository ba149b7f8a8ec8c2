/* The ticket: a flock on FILE.lock, which is never removed. The kernel serves waiters in order, as
 * SQLite's own busy handler does not. */
#pragma once

#include "base/error.h"

/* A descriptor; -1 on error. */
int ticket_open(const char *path, GError **error);

bool ticket_take(int ticket, int wait_ms, GError **error);
void ticket_give(int ticket);

/* The file is empty until a database has been created beside it. */
bool ticket_is_marked(int ticket);
bool ticket_mark(int ticket, GError **error);
