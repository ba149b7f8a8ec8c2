/* How long after a message was sent its failure came, as far as reports tell when it was sent. */
#pragma once

#include <glib.h>

#include "mail/taxonomy.h"
#include "store/store.h"

enum { N_TIMES = 8, TIMES_DAYS = 30 };

/* At most so many seconds, and more than the time before; and in words. */
gint64 times_limit(guint time);
const char *times_name(guint time);

typedef struct {
  Class klass;
  char *provider; /* "" = unknown */
  gint64 failures[N_TIMES];
} TimeSeries;

typedef struct {
  GPtrArray *series; /* of 30 days, by class and provider (element-type TimeSeries) */
  gint64 today[N_TIMES], yesterday[N_TIMES]; /* failures, and those of 7 and 30 days */
  gint64 week[N_TIMES], month[N_TIMES];
} Times;

Times *times_read(Store *store, gint64 today, GError **error);
void times_free(Times *times);

/* The failures of a class in 30 days, or of all if it is CLASS_NONE. */
gint64 times_sum(const Times *times, Class klass, guint time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Times, times_free)
