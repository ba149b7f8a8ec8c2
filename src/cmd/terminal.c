#include "config.h"

#include "cmd/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/escape.h"
#include "base/number.h"
#include "mail/address.h"

static pid_t pager; /* 0 = none runs */

bool
terminal_is_one(void)
{
  return pager > 0 || isatty(STDOUT_FILENO);
}

/* The pager writes to the same terminal as standard error. */
static bool
get_size(struct winsize *size)
{
  *size = (struct winsize){0};
  int fd = pager > 0 ? STDERR_FILENO : STDOUT_FILENO;
  return isatty(fd) && ioctl(fd, TIOCGWINSZ, size) == 0;
}

int
terminal_columns(void)
{
  struct winsize size;
  guint64 columns;
  const char *text = g_getenv("COLUMNS");
  if (text != NULL && number_parse(text, 20, 1000, &columns))
    return (int)columns;
  return terminal_is_one() && get_size(&size) && size.ws_col >= 20 ? size.ws_col : COLUMNS_DEFAULT;
}

int
terminal_lines(void)
{
  struct winsize size;
  if (!terminal_is_one())
    return 0;
  return get_size(&size) && size.ws_row > 0 ? size.ws_row : 24;
}

bool
terminal_color(const char *when, bool *color, GError **error)
{
  const char *no = g_getenv("NO_COLOR"), *term = g_getenv("TERM");
  *color = false;
  if (when == NULL || strcmp(when, "auto") == 0)
    *color = terminal_is_one() && (no == NULL || *no == '\0') && g_strcmp0(term, "dumb") != 0;
  else if (strcmp(when, "always") == 0)
    *color = true;
  else if (strcmp(when, "never") != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--color takes auto, always or never, not \"%s\"",
                 when);
  return true;
}

/* The program itself needs no locale, so nobody has set it. */
bool
terminal_is_utf8(void)
{
  static bool set, utf8;
  if (!set)
    utf8 = setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  set = true;
  return utf8;
}

char *
terminal_display(const char *address)
{
  return terminal_is_utf8() ? address_display(address) : g_strdup(address);
}

char *
terminal_address(const char *address)
{
  g_autofree char *display = terminal_display(address);
  return escape_terminal(display);
}

/* --- the pager ---------------------------------------------------------------------------------*/

/* NULL = none: the variable is empty or cat, or there is no such program. */
static GStrv
pager_arguments(void)
{
  const char *own = g_getenv("BOUNCEDB_PAGER");
  const char *command = own != NULL ? own : g_getenv("PAGER");
  g_auto(GStrv) words = NULL;
  if (!g_shell_parse_argv(command != NULL ? command : "less", NULL, &words, NULL) ||
      strcmp(words[0], "cat") == 0)
    return NULL;
  g_autofree char *program = g_find_program_in_path(words[0]);
  return program != NULL ? g_steal_pointer(&words) : NULL;
}

/* In the child. The program's own signal settings must not be inherited. */
static void
become_pager(char **words, const int *ends)
{
  signal(SIGPIPE, SIG_DFL);
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  close(ends[1]);
  setenv("LESS", "FRX", 0);
  setenv("LV", "-c", 0);
  execvp(words[0], words);
  _exit(127);
}

void
terminal_page(void)
{
  int ends[2];
  g_auto(GStrv) words = isatty(STDOUT_FILENO) ? pager_arguments() : NULL;
  if (words == NULL || pipe(ends) != 0)
    return;
  fflush(stdout);
  pager = fork();
  if (pager == 0)
    become_pager(words, ends);
  if (pager > 0) {
    dup2(ends[1], STDOUT_FILENO);
    signal(SIGINT, SIG_IGN); /* it is for the pager, which has the terminal */
  }
  close(ends[0]);
  close(ends[1]);
}

/* A user who has seen enough ends the pager, and the pipe breaks: that is not an error. */
bool
terminal_end_page(void)
{
  if (pager <= 0)
    return false;
  bool cut = fflush(stdout) != 0 || ferror(stdout);
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC); /* for what the pager did not take */
  if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
    close(STDOUT_FILENO);
  close(null);
  fflush(stdout);
  clearerr(stdout);
  while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
    continue;
  signal(SIGINT, SIG_DFL);
  pager = 0;
  return cut;
}
