#include "config.h"

#include "store/store-ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/safe-file.h"
#include "store/store-access.h"

static const char marker[] = "bouncedb\n";

/* Whoever can open the file, even to read it, can hold the lock for ever. A copy from a backup may
 * have another mode than the one we gave it. */
static bool
shut_out_others(int fd, const char *name, GError **error)
{
  struct stat st;
  return (fstat(fd, &st) == 0 && ((st.st_mode & 0077) == 0 || fchmod(fd, 0600) == 0)) ||
         throw_errno(error, "%s: cannot make it private", name);
}

int
ticket_open(const char *path, GError **error)
{
  g_autofree char *name = g_strconcat(path, ".lock", NULL);
  g_autoptr(GError) cause = NULL;
  int fd =
      safe_open(name, O_RDWR | O_CREAT, SAFE_OWN | SAFE_ONE_NAME, BOUNCEDB_ERROR_TEMPFAIL, &cause);
  if (fd >= 0 && shut_out_others(fd, name, error))
    return fd;
  if (fd >= 0) {
    close(fd);
    return -1;
  }
  g_autofree char *problem = errno == EACCES ? store_access_problem(path, true) : NULL;
  if (problem != NULL)
    throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: cannot open: %s", name, problem);
  else
    g_propagate_error(error, g_steal_pointer(&cause));
  return -1;
}

static void
on_alarm(int signal_number)
{
  (void)signal_number; /* only interrupts flock */
}

/* Waits in the kernel's queue, because polling is not fair. The timer repeats, in case its first
 * alarm comes just before the call. */
static int
wait_in_queue(int ticket, int wait_ms)
{
  struct sigaction action = {.sa_handler = on_alarm}, old_action;
  struct itimerval timer = {.it_interval = {.tv_usec = 100000}, .it_value = {.tv_usec = 100000}},
                   old_timer;
  gint64 start = g_get_monotonic_time(), deadline = start + (gint64)wait_ms * 1000;
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, &old_action);
  setitimer(ITIMER_REAL, &timer, &old_timer);
  int result;
  do
    result = flock(ticket, LOCK_EX);
  while (result != 0 && errno == EINTR && g_get_monotonic_time() < deadline);
  int saved = errno;
  if (old_timer.it_value.tv_sec > 0) { /* an alarm that was set before comes a little late */
    gint64 left = old_timer.it_value.tv_sec - (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    old_timer.it_value.tv_sec = (time_t)MAX(left, 1);
  }
  signal(SIGALRM, SIG_IGN); /* discards an alarm that is pending */
  setitimer(ITIMER_REAL, &old_timer, NULL);
  sigaction(SIGALRM, &old_action, NULL);
  errno = saved;
  return result;
}

bool
ticket_take(int ticket, int wait_ms, GError **error)
{
  if (flock(ticket, LOCK_EX | LOCK_NB) == 0)
    return true;
  if ((errno == EWOULDBLOCK || errno == EINTR) && wait_in_queue(ticket, wait_ms) == 0)
    return true;
  if (errno == EINTR || errno == EWOULDBLOCK)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "other processes held the lock of the database for %d seconds"
                 " (fuser -v on the file that ends in .lock shows them)",
                 wait_ms / 1000);
  return throw_errno(error, "cannot lock the database");
}

void
ticket_give(int ticket)
{
  flock(ticket, LOCK_UN);
}

bool
ticket_is_marked(int ticket)
{
  struct stat st;
  return fstat(ticket, &st) == 0 && st.st_size > 0;
}

bool
ticket_mark(int ticket, GError **error)
{
  if (ticket_is_marked(ticket))
    return true;
  if (pwrite(ticket, marker, strlen(marker), 0) != (ssize_t)strlen(marker) || fsync(ticket) != 0)
    return throw_errno(error, "cannot mark the lock file");
  return true;
}
