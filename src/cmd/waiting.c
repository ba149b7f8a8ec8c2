#include "config.h"

#include "cmd/waiting.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* Mail servers write at once. A script may have inherited a pipe in which nothing ever comes. */
enum { PATIENCE_MS = 5000 };

static bool
may_be_message(void)
{
  struct stat st;
  return !isatty(STDOUT_FILENO) && fstat(STDIN_FILENO, &st) == 0 && !S_ISCHR(st.st_mode);
}

bool
waiting_message(void)
{
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  char first;
  ssize_t n;
  if (!may_be_message() || poll(&input, 1, PATIENCE_MS) <= 0)
    return false;
  do
    n = read(STDIN_FILENO, &first, 1);
  while (n < 0 && errno == EINTR);
  if (n == 0)
    return false;
  waiting_drain();
  return true;
}

void
waiting_drain(void)
{
  char buffer[64 << 10];
  ssize_t n;
  if (isatty(STDIN_FILENO))
    return;
  do
    n = read(STDIN_FILENO, buffer, sizeof buffer);
  while (n > 0 || (n < 0 && errno == EINTR));
}
