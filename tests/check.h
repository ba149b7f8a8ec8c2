/* What every unit test includes: cmocka with what it needs, and checks that name the row of a
 * table that failed. One group a program: automake's TAP driver takes one plan. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

/* got and want may be NULL. */
static inline void
check_string(const char *what, const char *got, const char *want)
{
  if (g_strcmp0(got, want) != 0)
    fail_msg("%s: got \"%s\", want \"%s\"", what, got != NULL ? got : "(null)",
             want != NULL ? want : "(null)");
}

static inline void
check_int(const char *what, gint64 got, gint64 want)
{
  if (got != want)
    fail_msg("%s: got %" G_GINT64_FORMAT ", want %" G_GINT64_FORMAT, what, got, want);
}
