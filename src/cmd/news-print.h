/* What has changed, in sentences and as JSON. */
#pragma once

#include "report/news.h"

/* "spf at Gmail: usually 3 a day, 212 since 2026-12-01 14:00; first: f1042". On one line, and safe
 * for terminals and logs. (transfer full) */
char *news_sentence(const Rules *rules, const Evidence *evidence);

/* The same without the first failure. (transfer full) */
char *news_summary(const Rules *rules, const Evidence *evidence);

/* The sentence, what to do, and the command that explains the first failure, in lines of at most
 * width columns. */
void news_print(GString *out, const Rules *rules, const Evidence *evidence, int width);

/* One object (bouncedb-json(7)). (transfer full) */
char *news_json(const Rules *rules, const Evidence *evidence);
