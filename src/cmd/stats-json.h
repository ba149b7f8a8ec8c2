/* bouncedb stats for programs. */
#pragma once

#include "judge/rules.h"
#include "cmd/stats.h"

/* One object on one line. (transfer full) */
char *stats_json(const Rules *rules, const Stats *stats);
