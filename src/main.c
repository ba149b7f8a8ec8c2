/* bouncedb: the table of commands, and the only place that prints an error.
 *
 * Without a command, and if standard input is not a terminal, it delivers: that is how a mail
 * server runs it. Then every failure is "try again" (75), because at any other status a mail server
 * may discard the only copy of the message. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/nearest.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/tempfail.h"
#include "cmd/terminal.h"
#include "cmd/waiting.h"

static const Command commands[] = {
    {"deliver", cmd_deliver, "Record one message from standard input (the default in a pipe)"},
    {"parse", cmd_parse, "Show what would be recorded, as JSON Lines"},
    {"import", cmd_import, "Record the messages in mbox files, Maildirs and directories"},
    {"lmtp", cmd_lmtp, "Record the messages that mail servers deliver by LMTP (a service)"},
    {"explain", cmd_explain, "Explain a reply, a recorded failure or a message"},
    {"list", cmd_list, "List recorded failures"},
    {"stats", cmd_stats, "Count recent failures, and say what to do first"},
    {"trends", cmd_trends, "Say what fails more than usual, and since when"},
    {"report", cmd_report, "Write a report: a page, JSON, or metrics for Prometheus"},
    {"show", cmd_show, "Show everything known about an address or a message"},
    {"check", cmd_check, "Say whether you may send to these addresses"},
    {"export", cmd_export, "Write the suppression list in the format that a tool imports"},
    {"allow", cmd_allow, "Never suppress these addresses, whatever is reported"},
    {"suppress", cmd_suppress, "Suppress these addresses, whatever is reported"},
    {"release", cmd_release, "Undo what a provider's bad day has suppressed"},
    {"confirm", cmd_confirm, "Suppress addresses that the guard holds back"},
    {"forget", cmd_forget, "Erase all personal data about an address"},
    {"prune", cmd_prune, "Delete what is old and no longer needed"},
    {"setup", cmd_setup, "Print how to make the mail server run bouncedb, or do it"},
    {"doctor", cmd_doctor, "Say what needs attention, and check that deliveries work"},
    {"config", cmd_config, "Print the configuration in force, and where it comes from"},
    {"rules", cmd_rules, "List, check, test and draft rules"},
    {"reclassify", cmd_reclassify, "Judge recorded failures again, by the current rules"},
    {"verp", cmd_verp, "Sign return paths, so that bounces cannot be forged"},
    {"sent", cmd_sent, "Record recent recipients from the mail log"},
    {"db", cmd_db, "Create, check and copy the database"},
    {"sync", cmd_sync, "Bring this host and its fleet into step"},
    {"fleet", cmd_fleet, "Manage a fleet of many mail hosts"},
};

static const Command *
find_command(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    if (strcmp(commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static void
usage(FILE *out)
{
  fputs("Usage: bouncedb COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", out);
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fputs("\nIn a pipe, bouncedb without a command is bouncedb deliver. For the options of a\n"
        "command, run bouncedb help COMMAND. See also bouncedb(1).\n",
        out);
}

static void
print_error(const GError *error)
{
  g_autofree char *text = escape_terminal(error->message);
  fprintf(stderr, "bouncedb: %s\n", text);
}

/* A reader that closes the pipe has seen enough: that needs no message. */
static bool
reader_is_gone(void)
{
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

static bool
flush_output(void)
{
  if (fflush(stdout) == 0 && !ferror(stdout))
    return true;
  if (!reader_is_gone())
    fputs("bouncedb: cannot write to standard output\n", stderr);
  return false;
}

static int
run(const Command *command, int argc, char **argv)
{
  bool deliver = command->run == cmd_deliver;
  Context context = {.now = time(NULL), .delivers = deliver};
  if (!deliver)
    tempfail_accept_signals();
  g_autoptr(GError) error = NULL;
  bool ok = command->run(&context, argc, argv, &error);
  terminal_end_page();
  if (error != NULL && !(ferror(stdout) && reader_is_gone()))
    print_error(error);
  if (error != NULL && owner_became() != NULL)
    fprintf(stderr, "bouncedb: this ran as user %s, which owns the database\n", owner_became());
  int status = ok || context.helped ? context.status
               : deliver            ? EXIT_TEMPFAIL
                                    : exits_from_error(error);
  settings_free(context.settings);
  g_free(context.config_file);
  g_free(context.database);
  if (!deliver && !flush_output() && status == EXIT_OK)
    status = EXIT_TEMPFAIL;
  return status;
}

/* If descriptor 0, 1 or 2 is closed, the next file to be opened would get it, perhaps the database,
 * and be used as standard input or output. /dev/null for writing accepts all output and gives an
 * error on reading. */
static void
occupy_standard_descriptors(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_WRONLY) != fd)
      _exit(EXIT_TEMPFAIL);
}

/* Global options may come before the command too. */
static void
move_command_forward(int argc, char **argv)
{
  int at = cmd_first_word(argc, argv);
  if (at < argc && find_command(argv[at]) != NULL)
    cmd_move_forward(argv, at);
}

static bool
asks(const char *name)
{
  static const char *const words[] = {"--help", "-h", "help", "--version", "-V", NULL};
  return g_strv_contains(words, name);
}

/* NULL if every command is too far from the word. *hint: in words. */
static const Command *
nearest_command(const char *word, char **hint)
{
  const char *names[G_N_ELEMENTS(commands) + 1] = {NULL};
  const Command *nearest = NULL;
  int best = NEAREST_DISTANCE + 1;
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
    int distance = nearest_distance(word, commands[i].name);
    if (distance < best && (size_t)distance < strlen(word)) {
      nearest = &commands[i];
      best = distance;
    }
    names[i] = commands[i].name;
  }
  *hint = nearest_hint(word, names);
  return nearest;
}

/* A word that is nearly a command is a person's mistake, unless there is a message: the
 * configuration of a mail server may have the same mistake. Any other word may be part of such a
 * configuration, so that it means "try again" in every pipe, unless help was asked for. */
static int
refuse(const char *word, bool help)
{
  tempfail_arm(TEMPFAIL_LIMIT);
  g_autofree char *text = escape_terminal(word), *hint = NULL;
  bool typed = nearest_command(word, &hint) != NULL || help || isatty(STDIN_FILENO);
  bool waiting = typed && waiting_message();
  if (!typed)
    waiting_drain();
  const char *why = waiting  ? " (status 75, because there is a message on standard input)"
                    : !typed ? " (status 75, because this may be a delivery)"
                             : "";
  fprintf(stderr, "bouncedb: unknown command: %s%s%s\n", text,
          *hint != '\0' ? hint : "; bouncedb --help lists the commands", why);
  return *why != '\0' ? EXIT_TEMPFAIL : EXIT_USAGE;
}

/* "help list", "help verp make": the help of that command */
static int
help_command(int argc, char **argv)
{
  const Command *command = find_command(argv[2]);
  if (command == NULL)
    return refuse(argv[2], true);
  char *arguments[] = {argv[2], argc > 3 ? argv[3] : (char *)"--help", (char *)"--help", NULL};
  return run(command, argc > 3 ? 3 : 2, arguments);
}

/* "__complete list --cl": argv[2] and following are the words so far, the last one unfinished. */
static int
complete(int argc, char **argv)
{
  char *empty[] = {argv[0], argv[1], (char *)"", NULL};
  if (waiting_message())
    return EXIT_TEMPFAIL;
  if (argc < 3)
    argc = 3, argv = empty;
  const Completion completion = {.current = argv[argc - 1],
                                 .previous = argc > 3 ? argv[argc - 2] : ""};
  int at = cmd_first_word(argc - 2, argv + 1);
  const Command *command = at < argc - 2 ? find_command(argv[at + 1]) : NULL;
  if (command != NULL) {
    Context context = {.completion = &completion};
    g_autoptr(GError) error = NULL;
    argv[argc - 1] = NULL;
    command->run(&context, argc - 2 - at, argv + at + 1, &error);
    return flush_output() ? EXIT_OK : EXIT_TEMPFAIL;
  }
  bool first = at == argc - 2 || strcmp(argv[at + 1], "help") == 0;
  for (gsize i = 0; first && i < G_N_ELEMENTS(commands); i++)
    complete_word(&completion, commands[i].name, commands[i].summary);
  if (first)
    complete_word(&completion, "help", "Print the help of a command");
  return flush_output() ? EXIT_OK : EXIT_TEMPFAIL;
}

static int
answer(int argc, char **argv)
{
  tempfail_arm(TEMPFAIL_LIMIT);
  if (waiting_message()) {
    fputs("bouncedb: " CMD_HELP_REFUSED "\n", stderr);
    return EXIT_TEMPFAIL;
  }
  if (argc > 2 && strcmp(argv[1], "help") == 0)
    return help_command(argc, argv);
  if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
    puts(PACKAGE_STRING);
  else
    usage(stdout);
  return flush_output() ? EXIT_OK : EXIT_TEMPFAIL;
}

int
main(int argc, char **argv)
{
  occupy_standard_descriptors();
  /* A limit on file sizes, set by the mail server, must be an error (75), not a death by a signal,
   * which is a bounce. */
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  move_command_forward(argc, argv);
  const char *name = argc > 1 ? argv[1] : NULL;
  const Command *command = name != NULL ? find_command(name) : NULL;
  if (command != NULL)
    return run(command, argc - 1, argv + 1);
  if (name != NULL && strcmp(name, "__complete") == 0)
    return complete(argc, argv);
  if (name != NULL && asks(name))
    return answer(argc, argv);
  if (name != NULL && *name != '-')
    return refuse(name, false);
  if (!isatty(STDIN_FILENO)) {
    /* So does an unknown option: whatever is in the configuration of a mail server, it must get 0
     * or 75. */
    argv[0] = (char *)"deliver";
    return run(&commands[0], argc, argv);
  }
  usage(stderr);
  return EXIT_USAGE;
}
