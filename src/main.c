/* bouncedb: the command table, and the one place that prints an error.
 *
 * Without a command, and with standard input no terminal, it delivers: that is how a mail server
 * calls it. In delivery every failure is "try again" (75), for a mail server that hears anything
 * else may throw the only copy away. */
#include "config.h"

#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "cmd/cmd.h"

static const Command commands[] = {
    {"deliver", cmd_deliver, "Record one message from standard input (the default in a pipe)"},
    {"parse", cmd_parse, "Show what would be recorded, as JSON Lines"},
    {"import", cmd_import, "Record messages from mbox files, Maildirs and folders"},
    {"explain", cmd_explain, "Explain a reply, a recorded failure or a message"},
    {"list", cmd_list, "List recorded failures"},
    {"show", cmd_show, "Show everything known about an address or a message"},
    {"check", cmd_check, "May this address be sent to? Exit 0: yes, 1: suppressed"},
    {"export", cmd_export, "Write the suppression list in the form that a tool imports"},
    {"allow", cmd_allow, "Addresses that reports are not to suppress"},
    {"suppress", cmd_suppress, "Addresses that are not to be written to"},
    {"release", cmd_release, "Undo what a provider's bad day has suppressed or held"},
    {"confirm", cmd_confirm, "Let what the guard holds come on the list"},
    {"forget", cmd_forget, "Erase everything personal of an address"},
    {"doctor", cmd_doctor, "What is held, and whether all is in order"},
    {"rules", cmd_rules, "List, check, test and draft rules"},
    {"reclassify", cmd_reclassify, "Judge recorded failures anew, by the present rules"},
    {"verp", cmd_verp, "Sign return paths, so that nobody can forge bounces"},
    {"sent", cmd_sent, "Remember to whom was written lately, by the mail log"},
    {"db", cmd_db, "Create, check and copy the database"},
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
  fputs("\nIn a pipe, bouncedb alone is bouncedb deliver. See bouncedb(1), and\n"
        "bouncedb COMMAND --help for the options of a command.\n",
        out);
}

static void
print_error(const GError *error)
{
  g_autofree char *text = escape_terminal(error->message);
  fprintf(stderr, "bouncedb: %s\n", text);
}

/* Whoever reads us through a pipe may have seen enough; that is nothing to complain of. */
static bool
flush_output(void)
{
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout))
    return true;
  if (errno != EPIPE)
    fputs("bouncedb: cannot write to standard output\n", stderr);
  return false;
}

static int
run(const Command *command, int argc, char **argv)
{
  bool deliver = command->run == cmd_deliver;
  Context context = {.now = time(NULL)};
  g_autoptr(GError) error = NULL;
  bool ok = command->run(&context, argc, argv, &error);
  if (error != NULL)
    print_error(error);
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

/* A descriptor 0 to 2 that is closed would be given to the next file that is opened, the database
 * say, and then be read or written as if it were a standard one. What is put there instead gives an
 * error on reading, and takes whatever is written. */
static void
occupy_standard_descriptors(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != fd)
      _exit(EXIT_TEMPFAIL);
}

/* Global options may stand before the command as well as behind it. */
static void
move_command_forward(int argc, char **argv)
{
  int at = cmd_first_word(argc, argv);
  if (at < argc && find_command(argv[at]) != NULL)
    cmd_move_forward(argv, at);
}

int
main(int argc, char **argv)
{
  occupy_standard_descriptors();
  /* A mail server's limit on file sizes is to give an error (75), not death (a bounce). */
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  move_command_forward(argc, argv);
  const char *name = argc > 1 ? argv[1] : NULL;
  const Command *command = name != NULL ? find_command(name) : NULL;
  if (command != NULL)
    return run(command, argc - 1, argv + 1);
  if (name != NULL && (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0)) {
    usage(stdout);
    return EXIT_OK;
  }
  if (name != NULL && strcmp(name, "--version") == 0) {
    puts(PACKAGE_STRING);
    return EXIT_OK;
  }
  if (!isatty(STDIN_FILENO)) {
    /* A word that is no command goes to deliver too: whatever a mail server has in its
     * configuration, its answer must be 0 or 75. */
    argv[0] = (char *)"deliver";
    return run(&commands[0], argc, argv);
  }
  if (name != NULL) {
    g_autofree char *text = escape_terminal(name);
    fprintf(stderr, "bouncedb: there is no command %s\n\n", text);
  }
  usage(stderr);
  return EXIT_USAGE;
}
