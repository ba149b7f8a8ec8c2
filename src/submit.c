/* bouncedb-submit: for mail servers that can only run a program. It hands the message over to
 * "bouncedb lmtp", which has done at start what costs a delivery most. This program needs nothing
 * but the C library, and is static where that is possible.
 *
 * If the service does not take the envelope, nothing has been read from standard input yet, and
 * bouncedb runs instead, with the same arguments. From then on, only the service's acknowledgement
 * is success: everything else is 75, and the mail server tries again. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum {
  ADDRESS_MAX = 320, /* octets; longer ones are left to bouncedb */
  RECIPIENTS_MAX = 2,
  ENVELOPE_SECONDS = 10, /* for each reply, until bouncedb is run instead */
  MESSAGE_SECONDS = 600, /* for the acknowledgement, RFC 5321, 4.5.3.2.6 */
};

typedef struct {
  const char *sender, *recipients[RECIPIENTS_MAX];
  size_t n; /* recipients */
} Envelope;

typedef struct {
  FILE *in, *out; /* of one socket */
} Service;

/* Whether it can stand between angle brackets as it is. */
static bool
is_plain(const char *address)
{
  for (const char *at = address; *at != '\0'; at++)
    if (*at <= ' ' || *at > '~' || strchr("<>\"\\", *at) != NULL || at - address >= ADDRESS_MAX)
      return false;
  return true;
}

static void
add_recipient(Envelope *envelope, const char *address)
{
  if (address != NULL && *address != '\0' && envelope->n < RECIPIENTS_MAX &&
      (envelope->n == 0 || strcmp(envelope->recipients[0], address) != 0))
    envelope->recipients[envelope->n++] = address;
}

/* From options, and from what Postfix, Exim, qmail, Courier and OpenSMTPD put into the environment.
 * Returns false if there is more to it, which is bouncedb's to understand. */
static bool
find_envelope(char **argument, Envelope *envelope)
{
  envelope->sender = getenv("SENDER");
  for (; *argument != NULL; argument++) {
    if (strncmp(*argument, "--sender=", 9) == 0)
      envelope->sender = *argument + 9;
    else if (strncmp(*argument, "--recipient=", 12) == 0)
      add_recipient(envelope, *argument + 12);
    else
      return false;
  }
  add_recipient(envelope, getenv("ORIGINAL_RECIPIENT"));
  add_recipient(envelope, getenv("RECIPIENT"));
  for (size_t i = 0; i < envelope->n; i++)
    if (!is_plain(envelope->recipients[i]))
      return false;
  return envelope->sender != NULL && is_plain(envelope->sender) && envelope->n > 0;
}

static void
set_timeout(int fd, int seconds)
{
  struct timeval time = {.tv_sec = seconds};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static bool
connect_to(Service *service, const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || strlen(path) >= sizeof address.sun_path)
    return false;
  memcpy(address.sun_path, path, strlen(path) + 1);
  set_timeout(fd, ENVELOPE_SECONDS);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    return false;
  service->in = fdopen(fd, "r");
  service->out = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "w");
  return service->in != NULL && service->out != NULL;
}

/* Whether the next reply, of one or more lines, begins with that digit. */
static bool
expect(const Service *service, char digit)
{
  char line[4] = "";
  do {
    int octet = 0;
    for (size_t n = 0; octet != '\n'; n++) {
      octet = getc(service->in);
      if (octet == EOF)
        return false;
      if (n < sizeof line)
        line[n] = (char)octet;
    }
  } while (line[3] == '-');
  return line[0] == digit;
}

static bool
expect_for_recipients(const Service *service, const Envelope *envelope)
{
  for (size_t i = 0; i < envelope->n; i++)
    if (!expect(service, '2'))
      return false;
  return true;
}

/* Nothing of the message is sent before the service has taken the envelope. */
static bool
send_envelope(const Service *service, const Envelope *envelope)
{
  if (!expect(service, '2') || fputs("LHLO submit\r\n", service->out) == EOF ||
      fflush(service->out) == EOF || !expect(service, '2'))
    return false;
  fprintf(service->out, "MAIL FROM:<%s>\r\n", envelope->sender);
  for (size_t i = 0; i < envelope->n; i++)
    fprintf(service->out, "RCPT TO:<%s>\r\n", envelope->recipients[i]);
  return fputs("DATA\r\n", service->out) != EOF && fflush(service->out) != EOF &&
         expect(service, '2') && expect_for_recipients(service, envelope) && expect(service, '3');
}

/* Each LF becomes CRLF, and a dot at the beginning of a line is doubled. The service undoes both,
 * so that it has the octets that were read. */
static bool
send_message(const Service *service, const Envelope *envelope)
{
  int octet, last = '\n';
  set_timeout(fileno(service->in), MESSAGE_SECONDS);
  for (; (octet = getc_unlocked(stdin)) != EOF; last = octet) {
    if (octet == '.' && last == '\n')
      putc_unlocked('.', service->out);
    else if (octet == '\n')
      putc_unlocked('\r', service->out);
    if (putc_unlocked(octet, service->out) == EOF)
      return false;
  }
  return !ferror(stdin) && fputs(last == '\n' ? ".\r\n" : "\r\n.\r\n", service->out) != EOF &&
         fflush(service->out) != EOF && expect_for_recipients(service, envelope);
}

/* The one in the same directory. */
static int
run_bouncedb(char **arguments)
{
  char self[PATH_MAX] = BINDIR "/bouncedb-submit", path[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n > 0)
    self[n] = '\0';
  snprintf(path, sizeof path, "%.*s/bouncedb", (int)(strrchr(self, '/') - self), self);
  execv(path, arguments);
  fprintf(stderr, "bouncedb-submit: cannot run %s: %s\n", path, strerror(errno));
  return EX_TEMPFAIL;
}

int
main(int argc, char **argv)
{
  Service service;
  Envelope envelope = {0};
  const char *path = "/run/bouncedb/lmtp";
  char **rest = argv + 1;
  (void)argc;
  signal(SIGPIPE, SIG_IGN); /* a service that goes away is an error like others */
  if (*rest != NULL && strncmp(*rest, "--socket=", 9) == 0)
    path = *rest++ + 9;
  if (!find_envelope(rest, &envelope) || !connect_to(&service, path) ||
      !send_envelope(&service, &envelope)) {
    rest[-1] = argv[0]; /* without --socket, which bouncedb does not know */
    return run_bouncedb(rest - 1);
  }
  if (send_message(&service, &envelope))
    return EX_OK;
  fputs("bouncedb-submit: the service did not acknowledge the message\n", stderr);
  return EX_TEMPFAIL;
}
