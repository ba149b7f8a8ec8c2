/* The thresholds and limits that the database works with. */
#pragma once

#include "store/decision.h"
#include "store/store.h"
#include "store/thresholds.h"

/* Stores the thresholds and the guard's limits if they differ from those in the database. They
 * apply to what is recorded from then on. Uses a transaction of its own if one is needed. */
bool store_apply_thresholds(Store *store, const Thresholds *thresholds, GError **error);

bool store_has_thresholds(Store *store, const Thresholds *thresholds, bool *same, GError **error);

/* Weighs every address again: entries that no longer reach their threshold are lifted, addresses
 * that now reach one are added. In a transaction; the audit gets a line. */
bool store_reweigh(Store *store, const Decision *decision, gint64 *lifted, gint64 *added,
                   GError **error);
