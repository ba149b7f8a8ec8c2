/* The report for Prometheus: text that the node exporter's textfile collector reads. */
#pragma once

#include "report/overview.h"

/* No label names an address. Counters never go down; what is counted by domain or list, of which
 * strangers can invent any number, are gauges of the most frequent ones. (transfer full) */
char *metrics_text(const Overview *overview);
