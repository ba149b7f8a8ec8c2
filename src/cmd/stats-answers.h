/* The three questions that stats answers first. */
#pragma once

#include "report/news.h"
#include "cmd/stats.h"

/* What is unusual, at most so many of it; whose fault it is; what to do first. Lines have at most
 * width columns. */
void stats_answer(const Rules *rules, const Stats *stats, const News *news, gint64 now, guint most,
                  int width);

/* Whether the answers tell what to do about it already. */
bool stats_answers_tell(const News *news, guint most, const StatsRemedy *remedy);

/* Prints why it fails and what to do, from the words of the last rule. rule: nullable. */
void stats_print_advice(const Rules *rules, const char *rule, int indent, int width);
