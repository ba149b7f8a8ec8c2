/* Telling what has changed to whoever is not looking: syslog, and a program of the user. */
#pragma once

#include "report/news.h"
#include "settings/settings.h"

/* Leaves those changes that were not told yet in news->evidence; none if something was told less
 * than a day ago. now: Unix seconds. */
bool notify_choose(Store *store, News *news, gint64 now, GError **error);

/* Sends each change to syslog, and text to the standard input of the hook, as the settings say. The
 * hook runs without a shell. It is an error if it cannot be run, exits with another status than 0,
 * or does not end within a minute. */
bool notify_send(const Settings *settings, const Rules *rules, const News *news, const char *text,
                 GError **error);

/* Remembers that they were told. */
bool notify_remember(Store *store, const News *news, gint64 now, GError **error);
