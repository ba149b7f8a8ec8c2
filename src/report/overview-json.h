/* The report for programs, and for the script in the page. */
#pragma once

#include "report/overview.h"

/* One object on one line (bouncedb-json(7)). (transfer full) */
char *overview_json(const Overview *overview);
