/* Subcommands: one file each, one row in main.c's table. */
#pragma once

#include "base/error.h"
#include "store/decision.h"
#include "store/store.h"
#include "cmd/exits.h"
#include "cmd/settings.h"

typedef struct {
  Settings *settings; /* loaded by cmd_options; NULL before */
  gint64 now;         /* Unix seconds: the clock, or what --now says */
  char *config_file;  /* --config */
  char *database;     /* --db */
  bool helped;        /* cmd_options printed the help, and nothing else is to be done */
  int status;         /* exit status of a command that returns true; EXIT_OK unless it sets it */
} Context;

typedef struct {
  const char *name;
  /* argv[0] is the name of the subcommand. False where context->helped, or with *error set, which
   * then decides the exit status. */
  bool (*run)(Context *context, int argc, char **argv, GError **error);
  const char *summary;
} Command;

/* Parses the command's own options (entries may be NULL) and the global ones, which may stand
 * anywhere; loads the settings. operands as shown in the usage line ("FILE..."). What remains in
 * argv[1..] are operands, as raw bytes. Also false, with *error unset, once the help is printed. */
bool cmd_options(Context *context, const char *operands, const char *summary,
                 const GOptionEntry *entries, int *argc, char ***argv, GError **error);

/* The first argument that is neither an option nor the value of a global one; argc where there is
 * none. */
int cmd_first_word(int argc, char **argv);

/* argv[at] becomes argv[1]; what stood before it stands behind it. */
void cmd_move_forward(char **argv, int at);

/* Runs the verb that the arguments name ("check" of "rules check"); global options may precede it.
 * verbs ends with {0}; operands and summary are for the help without a verb. To name no verb is an
 * error (USAGE). */
bool cmd_run_verb(Context *context, const Command *verbs, const char *operands, const char *summary,
                  int argc, char **argv, GError **error);

/* The database, for writing: in the default place it is created on first use, and nowhere else. It
 * follows the thresholds and the guard of the settings from then on. */
Store *cmd_open_store(const Settings *settings, GError **error);

/* An operand that is to be an address, with or without angle brackets; a local part alone is one
 * too. NULL and *error (USAGE) where it is none. (transfer full) */
char *cmd_address(const char *operand, GError **error);

/* Calls func with every line of standard input, without its end. false with *error set ends it. */
typedef bool (*CmdLineFunc)(const char *line, gpointer data, GError **error);
bool cmd_each_line(CmdLineFunc func, gpointer data, GError **error);

/* Calls func with every operand, an address; for "-", with every line of standard input that is not
 * blank. false with *error set ends it. */
typedef bool (*CmdAddressFunc)(const char *address, gpointer data, GError **error);
bool cmd_each_address(char **operands, CmdAddressFunc func, gpointer data, GError **error);

/* Of who runs the program, now. command and note are borrowed. */
Decision cmd_decision(const Context *context, const char *command, const char *note);

/* Brings the lists alongside up to date. */
bool cmd_update_lists(Store *store, const Settings *settings, GError **error);

/* An option's text (nullable) that is to be stored. */
bool cmd_check_text(const char *option, const char *text, GError **error);

bool cmd_deliver(Context *context, int argc, char **argv, GError **error);
bool cmd_parse(Context *context, int argc, char **argv, GError **error);
bool cmd_import(Context *context, int argc, char **argv, GError **error);
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
bool cmd_doctor(Context *context, int argc, char **argv, GError **error);
bool cmd_rules(Context *context, int argc, char **argv, GError **error);
bool cmd_rules_draft(Context *context, int argc, char **argv, GError **error);
bool cmd_reclassify(Context *context, int argc, char **argv, GError **error);
bool cmd_sent(Context *context, int argc, char **argv, GError **error);
bool cmd_verp(Context *context, int argc, char **argv, GError **error);
bool cmd_db(Context *context, int argc, char **argv, GError **error);
