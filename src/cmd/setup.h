/* bouncedb setup: what has to be done so that this machine's mail server pipes bounces to bouncedb.
 *
 * The plan is a list of steps, and a step is a piece of shell script. They are found by asking the
 * machine, and a step that is already done is left out. What is printed is what --apply runs. */
#pragma once

#include "cmd/cmd.h"

typedef struct {
  char *why;      /* a sentence, for a comment */
  char *commands; /* lines of shell */
} SetupStep;

typedef struct {
  const Context *context;
  const Settings *settings; /* the context's: of the configuration that deliveries will read */
  bool forward;             /* for the user who runs this: ~/.forward */
  bool sign;                /* make a key for return paths */
  char *address;            /* that bounces are sent to; NULL = the server's default */
  char *owner;              /* of the database; NULL = any */
  char *config;             /* where the configuration is, or will be */
  char *database;           /* where the database is, or will be */
  char *server_config;      /* --server-config: NULL = where the server has it */
  char *self;               /* the path of this program */
  char *program;            /* how the server finds it, as a word of the shell */
  char *command;            /* the same, with the options that it needs */
  GPtrArray *steps;         /* (element-type SetupStep) */
  GPtrArray *notes;         /* (element-type char*) what else the administrator should know */
  GHashTable *saved;        /* files of which a step makes a backup */
} Setup;

typedef struct {
  const char *name;
  /* Completes the address, and sets the owner if the server leaves no choice. */
  bool (*look)(Setup *setup, GError **error);
  /* Adds the steps that concern the server. */
  bool (*plan)(Setup *setup, GError **error);
  /* The command that sends a message on standard input from the null sender to an address, which
   * follows. NULL ends it. (transfer full) */
  char **(*sender)(const Setup *setup);
  const char *queue; /* the command that shows what waits, and why */
} SetupServer;

extern const SetupServer setup_postfix, setup_exim, setup_opensmtpd, setup_sendmail;

/* --- setup-plan.c ------------------------------------------------------------------------------*/

void setup_step_free(SetupStep *step);

/* Adds a step. The text of commands is shell: pass words through permission_quote(). */
void setup_step(Setup *setup, const char *why, const char *commands, ...) G_GNUC_PRINTF(3, 4);

/* Adds a line about something that no command should change. */
void setup_note(Setup *setup, const char *text, ...) G_GNUC_PRINTF(2, 3);

/* Adds a step that copies the file, unless there is one already or the file does not exist. */
void setup_save(Setup *setup, const char *path);

/* Adds the steps that do not depend on the server: user, directory, configuration, key, database.
 * Before the server is told to run the program. */
bool setup_plan_database(Setup *setup, GError **error);

/* The step for ~/.forward of the user who runs this. line: all of it. */
bool setup_plan_forward(Setup *setup, const char *line, GError **error);

/* Whether a line of the text (nullable) contains the word. For what is already there. */
bool setup_text_has(const char *text, const char *word);

/* The contents of a file; NULL if it cannot be read. (transfer full) (nullable) */
char *setup_read(const char *path);

/* --- setup-run.c -------------------------------------------------------------------------------*/

/* What the program printed, without white space at the end; NULL if it cannot be run or fails. argv
 * ends with NULL, and the program is searched in the path and where servers are. (transfer full)
 * (nullable) */
char *setup_ask(const char *const *argv);

/* Whether the program can be run. */
bool setup_have(const char *program);

/* Runs the commands of all steps. */
bool setup_run(const Setup *setup, GError **error);

/* Runs argv with text as its standard input. */
bool setup_feed(char **argv, const char *text, GError **error);

/* --- setup-check.c -----------------------------------------------------------------------------*/

/* Sends a report of a delay through the server to the address, waits until it is recorded, and
 * erases it. It counts for nothing, even if this is interrupted. seconds: how long to wait. */
bool setup_check(Setup *setup, const SetupServer *server, int seconds, GError **error);
