# The few switches of our own. They set BOUNCEDB_* variables, never the user's CFLAGS.

AC_DEFUN([BOUNCEDB_C11], [
  AC_MSG_CHECKING([for C11])
  AC_COMPILE_IFELSE(
    [AC_LANG_PROGRAM([], [[_Static_assert (__STDC_VERSION__ >= 201112L, "C11");]])],
    [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no]); AC_MSG_ERROR([a C11 compiler is needed])])
])

# BOUNCEDB_TRY_FLAG(VARIABLE, FLAG): append FLAG to VARIABLE if the compiler and linker take it
AC_DEFUN([BOUNCEDB_TRY_FLAG], [
  AC_MSG_CHECKING([whether $CC takes $2])
  bouncedb_save="$CFLAGS"
  CFLAGS="$CFLAGS -Werror $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
  CFLAGS="$bouncedb_save"
])

# libseccomp writes the worker's system call filter when this is built. A tarball has the result, for
# all architectures; so a cross build, or one without libseccomp, takes that.
AC_DEFUN([BOUNCEDB_FILTER], [
  AC_ARG_WITH([seccomp],
    [AS_HELP_STRING([--without-seccomp], [build without the filter for system calls])],
    [], [with_seccomp=auto])
  have_filter=no make_filter=no
  AC_CHECK_HEADERS([linux/seccomp.h])
  AS_IF([test "$with_seccomp" != no && test "$ac_cv_header_linux_seccomp_h" = yes], [
    PKG_CHECK_MODULES([SECCOMP], [libseccomp >= 2.5], [make_filter=yes],
      [AS_IF([test "$with_seccomp" = yes], [AC_MSG_ERROR([libseccomp is needed])])])
    AS_IF([test "$cross_compiling" = yes], [make_filter=no])
    AS_IF([test "$make_filter" = yes || test -f "$srcdir/generated/filter.c"], [have_filter=yes])
  ])
  AS_IF([test "$have_filter" = yes],
    [AC_DEFINE([HAVE_FILTER], [1], [Define if there is a filter for system calls.])])
  AM_CONDITIONAL([HAVE_FILTER], [test "$have_filter" = yes])
  AM_CONDITIONAL([MAKE_FILTER], [test "$make_filter" = yes])
])

AC_DEFUN([BOUNCEDB_WARNINGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
  m4_foreach_w([flag], [-Wall -Wextra -Wformat=2 -Wstrict-prototypes
    -Wmissing-prototypes -Wshadow -Wpointer-arith -Wwrite-strings -Wundef],
    [BOUNCEDB_TRY_FLAG([BOUNCEDB_CFLAGS], flag)])
  AS_IF([test "$enable_werror" = yes], [BOUNCEDB_CFLAGS="$BOUNCEDB_CFLAGS -Werror"])
  AC_SUBST([BOUNCEDB_CFLAGS])
  AC_SUBST([BOUNCEDB_LDFLAGS])
])

# BOUNCEDB_TRY_FORTIFY: level 3 where compiler and C library have it; otherwise 2. glibc warns of a
# level that it does not know.
AC_DEFUN([BOUNCEDB_TRY_FORTIFY], [
  AC_CACHE_CHECK([for _FORTIFY_SOURCE=3], [bouncedb_cv_fortify_3], [
    bouncedb_save="$CFLAGS"
    CFLAGS="$CFLAGS -O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
      [[
#if !defined __USE_FORTIFY_LEVEL || __USE_FORTIFY_LEVEL < 3
#error "no level 3"
#endif
      ]])],
      [bouncedb_cv_fortify_3=yes], [bouncedb_cv_fortify_3=no])
    CFLAGS="$bouncedb_save"
  ])
  AS_IF([test "$bouncedb_cv_fortify_3" = yes],
    [BOUNCEDB_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"],
    [BOUNCEDB_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
])

# The bytes come from strangers: every cheap defence is on, unless a sanitizer replaces it. Those
# that leave no other trace are recorded in the program, for make check-hardening.
AC_DEFUN([BOUNCEDB_HARDENING], [
  AS_IF([test "${enable_sanitizers:-no}" = no && test "${enable_coverage:-no}" = no], [
    m4_foreach_w([flag], [-fstack-protector-strong -fPIE -fcf-protection -fstack-clash-protection
      -ftrivial-auto-var-init=zero -frecord-gcc-switches],
      [BOUNCEDB_TRY_FLAG([BOUNCEDB_HARDENED], flag)])
    BOUNCEDB_CFLAGS="$BOUNCEDB_CFLAGS $BOUNCEDB_HARDENED"
    m4_foreach([flag], [[-pie], [-Wl,-z,relro], [-Wl,-z,now], [-Wl,-z,noexecstack]],
      [BOUNCEDB_TRY_FLAG([BOUNCEDB_LDFLAGS], m4_defn([flag]))])
    BOUNCEDB_TRY_FORTIFY
  ])
  AC_SUBST([BOUNCEDB_HARDENED])
  AC_SUBST([BOUNCEDB_CPPFLAGS])
])

# bouncedb-submit needs only the C library. Linked statically it starts in half the time, and there
# is no loader that could fail.
AC_DEFUN([BOUNCEDB_STATIC], [
  AS_IF([test "${enable_sanitizers:-no}" = no],
    [BOUNCEDB_TRY_FLAG([BOUNCEDB_STATIC_LDFLAGS], [-static-pie])])
  AC_SUBST([BOUNCEDB_STATIC_LDFLAGS])
])

# The libraries as archives, for a program that contains them. GMime's archive is used without what
# it needs for encryption (src/mail/static-gmime.c), so that its dependencies are those of the others.
AC_DEFUN([BOUNCEDB_ARCHIVES], [
  AC_ARG_ENABLE([static-deps],
    [AS_HELP_STRING([--enable-static-deps], [contain all libraries but that of C; starts in two thirds of the time])],
    [], [enable_static_deps=no])
  ARCHIVES= have_archives=no
  AS_IF([test "${enable_sanitizers:-no}" = no], [
    for flag in `$PKG_CONFIG --static --libs glib-2.0 gobject-2.0 jansson libidn2 sqlite3`; do
      AS_CASE([$flag], [-lm | -ldl | -lrt | -lpthread | -pthread], [], [ARCHIVES="$ARCHIVES $flag"])
    done
    ARCHIVES="-Wl,-Bstatic -lgmime-3.0 $ARCHIVES -lz -Wl,-Bdynamic -lm"
    AC_MSG_CHECKING([for all libraries as archives])
    bouncedb_save=$LIBS
    LIBS="$ARCHIVES $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [have_archives=yes])
    LIBS=$bouncedb_save
    AC_MSG_RESULT([$have_archives])
  ])
  AS_IF([test "$enable_static_deps$have_archives" = yesno],
    [AC_MSG_ERROR([--enable-static-deps needs:$ARCHIVES])])
  AC_SUBST([ARCHIVES])
  AM_CONDITIONAL([HAVE_ARCHIVES], [test "$have_archives" = yes])
  AM_CONDITIONAL([STATIC_DEPS], [test "$enable_static_deps" = yes])
])

AC_DEFUN([BOUNCEDB_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers], [build with the address and undefined behaviour sanitizers])],
    [], [enable_sanitizers=no])
  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
  AC_SUBST([SANITIZE])
  AS_IF([test "$enable_sanitizers" = yes], [
    BOUNCEDB_CFLAGS="$BOUNCEDB_CFLAGS $SANITIZE"
    BOUNCEDB_LDFLAGS="$BOUNCEDB_LDFLAGS $SANITIZE"
    AC_DEFINE([SANITIZED], [1], [Define where sanitizers watch: they need signals and memory of their own.])
  ])

  # The replay of the fuzz corpora has them even where the program does not.
  AC_CACHE_CHECK([whether $CC has sanitizers], [bouncedb_cv_sanitizers], [
    bouncedb_save=$CFLAGS
    CFLAGS="$CFLAGS $SANITIZE"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [bouncedb_cv_sanitizers=yes],
      [bouncedb_cv_sanitizers=no])
    CFLAGS=$bouncedb_save
  ])
  AM_CONDITIONAL([HAVE_SANITIZERS], [test "$bouncedb_cv_sanitizers" = yes])
])

AC_DEFUN([BOUNCEDB_COVERAGE], [
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [build for gcov])], [], [enable_coverage=no])
  AS_IF([test "$enable_coverage" = yes], [
    BOUNCEDB_CFLAGS="$BOUNCEDB_CFLAGS --coverage -O0"
    BOUNCEDB_LDFLAGS="$BOUNCEDB_LDFLAGS --coverage"
    AC_DEFINE([COVERED], [1], [Define where gcov counts: the worker has to write what it counted.])
  ])
])

# Chart.js of the distribution draws the charts of the report. Without it the report has tables only.
# The file is put into a script element as it is, so it must not contain the end of one.
AC_DEFUN([BOUNCEDB_CHARTJS], [
  AC_ARG_WITH([chartjs],
    [AS_HELP_STRING([--with-chartjs=FILE],
      [Chart.js 3 or 4 as one script (UMD), for the charts of the report; no: only tables])],
    [], [with_chartjs=auto])
  CHARTJS=
  AS_CASE([$with_chartjs],
    [auto | yes], [
      AC_MSG_CHECKING([for Chart.js])
      for file in /usr/share/javascript/chart.js/chart.min.js \
        /usr/share/nodejs/chart.js/dist/chart.umd.js; do
        AS_IF([test -z "$CHARTJS" && test -r "$file"], [CHARTJS=$file])
      done
      AC_MSG_RESULT([${CHARTJS:-no}])
      AS_IF([test "$with_chartjs$CHARTJS" = yes], [AC_MSG_ERROR([Chart.js is needed])])],
    [no], [],
    [CHARTJS=$with_chartjs])
  AS_IF([test -n "$CHARTJS"], [
    AS_IF([test -r "$CHARTJS"], [], [AC_MSG_ERROR([cannot read $CHARTJS])])
    AS_IF([head -c 500 "$CHARTJS" | grep 'Chart\.js v@<:@34@:>@\.' >/dev/null], [],
      [AC_MSG_ERROR([$CHARTJS is not Chart.js 3 or 4])])
    AS_IF([grep -iE '</?script|<!--' "$CHARTJS" >/dev/null],
      [AC_MSG_ERROR([$CHARTJS cannot be put into a page])])])
  AC_SUBST([CHARTJS])
])
