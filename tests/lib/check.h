/* Included by every unit test: cmocka with the headers it needs, and checks that name the table row
 * that failed. One group per program, since automake's TAP driver takes one plan. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#endif

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

/* fork() for a child that exits where it is: what its parent allocated is not its leak. */
static inline pid_t
check_fork(void)
{
  pid_t pid = fork();
#ifdef VALGRIND_CLO_CHANGE
  if (pid == 0)
    VALGRIND_CLO_CHANGE("--leak-check=no");
#endif
  return pid;
}
