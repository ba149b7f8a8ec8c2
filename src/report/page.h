/* The report as a page: one HTML file that asks nobody for anything. */
#pragma once

#include "report/overview.h"

/* (transfer full) */
char *page_html(const Overview *overview);
