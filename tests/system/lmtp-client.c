/* lmtp-client ADDRESS talk            sends standard input, and prints the replies to the end
 * lmtp-client ADDRESS load CONNECTIONS MESSAGES [OCTETS]
 *                                     delivers numbered messages until each is acknowledged,
 * however often the service has gone; every fifth is sent by two connections. OCTETS: reports of
 * that length, all different lmtp-client ADDRESS slow CONNECTIONS OCTETS sends so much of a message
 * by each, says "ready", and ends the messages at the end of standard input
 *
 * ADDRESS is unix:PATH or a port of 127.0.0.1. For "load" it may be "pipe": then a program gets
 * each message on its standard input, and what follows OCTETS is its command. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "lib/letters.h"

enum { AGAIN = 5 };

static const char *service;
static char **command; /* of the service "pipe" */

/* -1 = there is no service at the moment */
static int
try_to_connect(void)
{
  union {
    struct sockaddr any;
    struct sockaddr_un local;
    struct sockaddr_in v4;
  } address = {0};
  socklen_t length;
  if (g_str_has_prefix(service, "unix:")) {
    address.local.sun_family = AF_UNIX;
    g_strlcpy(address.local.sun_path, service + 5, sizeof address.local.sun_path);
    length = sizeof address.local;
  } else {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons((guint16)strtoul(service, NULL, 10));
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = sizeof address.v4;
  }
  int fd = socket(address.any.sa_family, SOCK_STREAM, 0);
  if (fd >= 0 && connect(fd, &address.any, length) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static bool
put(int fd, const char *bytes, size_t length)
{
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

/* The code of the next reply; 0 = the service is gone. */
static int
get_reply(FILE *replies)
{
  char line[600];
  do
    if (fgets(line, sizeof line, replies) == NULL)
      return 0;
  while (line[3] == '-');
  return (int)strtol(line, NULL, 10);
}

/* As it is sent, with its end. */
static GString *
stuff(const char *text)
{
  GString *out = g_string_new(NULL);
  bool start = true;
  for (; *text != '\0'; text++) {
    if (start && *text == '.')
      g_string_append_c(out, '.');
    start = *text == '\n';
    g_string_append(out, start ? "\r" : "");
    g_string_append_c(out, *text);
  }
  g_string_append(out, ".\r\n");
  return out;
}

/* --- load --------------------------------------------------------------------------------------*/

typedef struct {
  int fd; /* -1 = not connected */
  FILE *replies;
} Client;

static void
hang_up(Client *client)
{
  if (client->fd < 0)
    return;
  fclose(client->replies);
  client->fd = -1;
}

static bool
begin(Client *client)
{
  static const char hello[] = "LHLO client\r\n";
  if (client->fd >= 0)
    return true;
  client->fd = try_to_connect();
  if (client->fd < 0)
    return false;
  client->replies = fdopen(client->fd, "r");
  if (get_reply(client->replies) == 220 && put(client->fd, hello, strlen(hello)) &&
      get_reply(client->replies) == 250)
    return true;
  hang_up(client);
  return false;
}

/* Whether the message is acknowledged. */
static bool
deliver(Client *client, const GString *content)
{
  static const char envelope[] = "MAIL FROM:<>\r\nRCPT TO:<bounces@example.org>\r\nDATA\r\n";
  if (begin(client) && put(client->fd, envelope, strlen(envelope)) &&
      get_reply(client->replies) == 250 && get_reply(client->replies) == 250 &&
      get_reply(client->replies) == 354 && put(client->fd, content->str, content->len)) {
    int code = get_reply(client->replies);
    if (code == 250)
      return true;
    if (code >= 500) {
      fprintf(stderr, "refused: %d\n", code);
      _exit(1);
    }
    if (code != 0)
      return false;
  }
  hang_up(client);
  return false;
}

/* About as long as a usual report. */
static char *
long_letter(int number, size_t octets)
{
  g_autofree char *text = letter_text(number * 3 + 1);
  GString *letter = g_string_new(text);
  char *end = strstr(letter->str, "--b--");
  g_string_truncate(letter, (gsize)(end - letter->str));
  g_string_append(letter, "Subject: News\nFrom: news@example.org\n");
  while (letter->len + 60 < octets)
    g_string_append_printf(letter, "X-Filler: all that has happened, and what has not: %08d\n",
                           (int)letter->len);
  g_string_append(letter, "--b--\n");
  return g_string_free(letter, FALSE);
}

/* Whether the program exits with 0. */
static bool
pipe_to_program(const char *text)
{
  int fds[2], status;
  if (pipe(fds) != 0)
    return false;
  pid_t pid = fork();
  if (pid == 0) {
    dup2(fds[0], STDIN_FILENO);
    close(fds[0]);
    close(fds[1]);
    execv(command[0], command);
    _exit(127);
  }
  close(fds[0]);
  (void)!write(fds[1], text, strlen(text));
  close(fds[1]);
  return waitpid(pid, &status, 0) == pid && status == 0;
}

typedef struct {
  int clients, messages;
  size_t octets;  /* 0 = letters that tests count */
  gint64 *delays; /* shared: microseconds of each message */
} Load;

static void
deliver_one(const Load *load, Client *client, int number, gint64 *delay)
{
  g_autofree char *text =
      load->octets > 0 ? long_letter(number, load->octets) : letter_text(number);
  g_autoptr(GString) content = stuff(text);
  gint64 start = g_get_monotonic_time();
  while (command != NULL ? !pipe_to_program(text) : !deliver(client, content))
    poll(NULL, 0, 10);
  if (delay != NULL)
    *delay = g_get_monotonic_time() - start;
}

static void
be_client(const Load *load, int which)
{
  Client client = {.fd = -1};
  for (int i = which; i < load->messages; i += load->clients) {
    int other = i + 1;
    deliver_one(load, &client, i, &load->delays[i]);
    if (load->octets == 0 && other < load->messages && other % AGAIN == 0)
      deliver_one(load, &client, other, NULL);
  }
  hang_up(&client);
  _exit(0);
}

static int
by_value(const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
  return x < y ? -1 : x > y;
}

static int
run_load(Load *load)
{
  size_t size = sizeof *load->delays * (size_t)load->messages;
  load->delays = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  gint64 start = g_get_monotonic_time();
  for (int i = 0; i < load->clients; i++)
    if (fork() == 0)
      be_client(load, i);
  bool ok = true;
  for (int i = 0, status; i < load->clients; i++)
    ok = wait(&status) > 0 && status == 0 && ok;
  double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
  qsort(load->delays, (size_t)load->messages, sizeof *load->delays, by_value);
  printf("%d messages, %.0f a second, p50 %.1f ms, p99 %.1f ms\n", load->messages,
         load->messages / seconds, (double)load->delays[load->messages / 2] / 1000,
         (double)load->delays[load->messages * 99L / 100] / 1000);
  munmap(load->delays, size);
  return ok ? 0 : 1;
}

/* --- the others --------------------------------------------------------------------------------*/

static int
run_slow(int clients, size_t octets)
{
  g_autofree Client *all = g_new0(Client, clients);
  int answered = 0;
  for (int i = 0; i < clients; i++) {
    all[i].fd = -1;
    g_autofree char *text = octets > 0 ? long_letter(i, octets) : letter_text(i);
    g_autoptr(GString) content = stuff(text);
    g_autofree char *begun =
        g_strdup_printf("MAIL FROM:<>\r\nRCPT TO:<bounces@example.org>\r\nDATA\r\n%.*s",
                        (int)(content->len - 3), content->str);
    if (!begin(&all[i]) || !put(all[i].fd, begun, strlen(begun)))
      return 1;
    get_reply(all[i].replies);
    get_reply(all[i].replies);
    get_reply(all[i].replies);
  }
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF)
    ;
  for (int i = 0; i < clients; i++)
    put(all[i].fd, ".\r\n", 3);
  for (int i = 0; i < clients; i++)
    answered += get_reply(all[i].replies) == 250;
  printf("%d\n", answered);
  return 0;
}

/* Sends some of standard input, or that it has ended. */
static bool
pass_on(int fd)
{
  char buffer[4096];
  ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
  if (n > 0 && put(fd, buffer, (size_t)n))
    return true;
  shutdown(fd, SHUT_WR);
  return false;
}

static int
run_talk(void)
{
  char buffer[4096];
  ssize_t n;
  struct pollfd both[] = {{.fd = try_to_connect(), .events = POLLIN},
                          {.fd = STDIN_FILENO, .events = POLLIN}};
  if (both[0].fd < 0)
    return 1;
  for (;;) {
    poll(both, 2, -1);
    if (both[1].revents != 0 && !pass_on(both[0].fd))
      both[1].fd = -1;
    if (both[0].revents == 0)
      continue;
    n = recv(both[0].fd, buffer, sizeof buffer, 0);
    if (n <= 0)
      return 0;
    fwrite(buffer, 1, (size_t)n, stdout);
    fflush(stdout);
  }
}

int
main(int argc, char **argv)
{
  if (argc < 3)
    return 64;
  service = argv[1];
  if (strcmp(argv[2], "talk") == 0)
    return run_talk();
  if (argc < 5)
    return 64;
  int clients = (int)strtol(argv[3], NULL, 10), number = (int)strtol(argv[4], NULL, 10);
  if (strcmp(argv[2], "slow") == 0)
    return run_slow(clients, (size_t)number);
  Load load = {
      .clients = clients, .messages = number, .octets = argc > 5 ? strtoul(argv[5], NULL, 10) : 0};
  if (strcmp(service, "pipe") == 0 && argc > 6)
    command = argv + 6;
  return run_load(&load);
}
