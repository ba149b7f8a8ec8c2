/* What the subcommands share. Each has a file cmd-NAME.c and a row in main.c's table. */
#pragma once

#include "base/error.h"
#include "store/decision.h"
#include "store/store.h"
#include "settings/settings.h"
#include "cmd/complete.h"
#include "cmd/exits.h"

typedef struct {
  Settings *settings;           /* loaded by cmd_options; NULL before */
  gint64 now;                   /* Unix seconds: the clock, or --now */
  bool now_is_set;              /* it is --now */
  char *config_file;            /* --config */
  char *database;               /* --db */
  const Completion *completion; /* print candidates instead of running; NULL = run */
  bool delivers;                /* a mail server may be waiting, which has to get status 0 or 75 */
  gboolean json;                /* --json, of commands that have it */
  bool quiet;                   /* --quiet: no line about what was done */
  bool no_pager;                /* --no-pager */
  bool helped;                  /* cmd_options printed the help; there is nothing left to do */
  int status;                   /* exit status of a command that returns true; initially EXIT_OK */
} Context;

typedef struct {
  const char *name;
  /* argv[0] is the name of the command. Returns false with *error set, which decides the exit
   * status, or false with context->helped. */
  bool (*run)(Context *context, int argc, char **argv, GError **error);
  const char *summary;
} Command;

/* Parses the command's own options (entries is nullable) and the global ones, in any order, and
 * loads the settings. operands and summary are for the help; operands is what follows the options
 * in the usage line, such as "FILE...". Afterwards argv[1..] are the operands, as raw bytes.
 * Returns false with *error set, or false with context->helped. */
bool cmd_options(Context *context, const char *operands, const char *summary,
                 const GOptionEntry *entries, int *argc, char ***argv, GError **error);

/* Why a mail server gets no help. */
#define CMD_HELP_REFUSED "help was asked for, but there is a message on standard input"

/* The index of the first argument after global options and their values; argc if there is none, or
 * if another option comes first, for only its command knows whether it takes a value. */
int cmd_first_word(int argc, char **argv);

/* Moves argv[at] to argv[1], and what was before it to after it. */
void cmd_move_forward(char **argv, int at);

/* Runs the verb that the arguments name, such as "check" in "rules check"; global options may
 * precede it. verbs ends with {0}. operands and summary are for the help without a verb. To name
 * none of them is an error (USAGE). */
bool cmd_run_verb(Context *context, const Command *verbs, const char *operands, const char *summary,
                  int argc, char **argv, GError **error);

/* Opens the database. Root becomes its owner first (owner.h). */
Store *cmd_open_as(const Context *context, StoreMode mode, GError **error);

/* The same for writing. Applies the thresholds and the guard of the settings, and removes
 * the suppressions that have ended. In the default place, and only there, it is created on first
 * use. */
Store *cmd_open_store(const Context *context, GError **error);
Store *cmd_open_store_with(const Context *context, const StoreOptions *options, GError **error);

/* The address in an operand, with or without angle brackets; a local part alone is an address too.
 * NULL and *error (USAGE) if it is not one. (transfer full) */
char *cmd_address(const char *operand, GError **error);

/* The same, or "@domain", by which the entry of a whole domain is known (suppress --domain). */
char *cmd_entry(const char *operand, GError **error);

/* Whether the operand has a domain. Reports name local parts alone too, but what a person types is
 * more likely incomplete. */
bool cmd_is_complete(const char *operand);

/* Whether a line of a list of addresses is blank or begins with '#', unless that is an address. */
bool cmd_is_comment(const char *line);

/* Calls func with each line of standard input, without its line ending, until it returns false. */
typedef bool (*CmdLineFunc)(const char *line, gpointer data, GError **error);
bool cmd_each_line(CmdLineFunc func, gpointer data, GError **error);

/* Calls func with the address in each operand, until it returns false. "-" stands for the lines of
 * standard input, except comments. For commands that then change nothing at all: if something is
 * not an address, the error says so. */
typedef bool (*CmdAddressFunc)(const char *address, gpointer data, GError **error);
bool cmd_each_address(char **operands, CmdAddressFunc func, gpointer data, GError **error);

/* Whether addresses that were forgotten can be recognised. Warns on standard error if not: then the
 * rest can still be answered. */
bool cmd_can_tell_forgotten(Store *store, bool *can, GError **error);

/* A decision made now by the user who runs the program. command and note are borrowed. */
Decision cmd_decision(const Context *context, const char *command, const char *note);

/* Passes the output that follows to the user's pager, on a terminal (terminal_page()). Not for a
 * command that reads the same terminal. main() waits for the pager. */
void cmd_page(const Context *context);

/* Prints a line about what was done, unless the user wants none (--quiet). */
void cmd_say(const Context *context, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether the file at path (nullable, "-" = none) may be replaced: not a directory, and nothing
 * that belongs to the database or is named by the configuration. Otherwise the error is USAGE. */
bool cmd_check_output(const Context *context, const char *path, GError **error);

/* Checks the text (nullable) of an option that is to be stored. */
bool cmd_check_text(const char *option, const char *text, GError **error);

bool cmd_deliver(Context *context, int argc, char **argv, GError **error);
bool cmd_parse(Context *context, int argc, char **argv, GError **error);
bool cmd_import(Context *context, int argc, char **argv, GError **error);
bool cmd_lmtp(Context *context, int argc, char **argv, GError **error);
bool cmd_explain(Context *context, int argc, char **argv, GError **error);
bool cmd_list(Context *context, int argc, char **argv, GError **error);
bool cmd_show(Context *context, int argc, char **argv, GError **error);
bool cmd_check(Context *context, int argc, char **argv, GError **error);
bool cmd_export(Context *context, int argc, char **argv, GError **error);
bool cmd_allow(Context *context, int argc, char **argv, GError **error);
bool cmd_suppress(Context *context, int argc, char **argv, GError **error);
bool cmd_release(Context *context, int argc, char **argv, GError **error);
bool cmd_confirm(Context *context, int argc, char **argv, GError **error);
bool cmd_forget(Context *context, int argc, char **argv, GError **error);
bool cmd_report(Context *context, int argc, char **argv, GError **error);
bool cmd_prune(Context *context, int argc, char **argv, GError **error);
bool cmd_setup(Context *context, int argc, char **argv, GError **error);
bool cmd_doctor(Context *context, int argc, char **argv, GError **error);
bool cmd_rules(Context *context, int argc, char **argv, GError **error);
bool cmd_rules_draft(Context *context, int argc, char **argv, GError **error);
bool cmd_reclassify(Context *context, int argc, char **argv, GError **error);
bool cmd_sent(Context *context, int argc, char **argv, GError **error);
bool cmd_stats(Context *context, int argc, char **argv, GError **error);
bool cmd_trends(Context *context, int argc, char **argv, GError **error);
bool cmd_verp(Context *context, int argc, char **argv, GError **error);
bool cmd_config(Context *context, int argc, char **argv, GError **error);
bool cmd_db(Context *context, int argc, char **argv, GError **error);
bool cmd_sync(Context *context, int argc, char **argv, GError **error);
bool cmd_fleet(Context *context, int argc, char **argv, GError **error);
