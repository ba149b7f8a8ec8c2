/* What may stand on the command line, for the completion of a shell: the hidden command __complete
 * runs a command up to its options, which are then printed instead of read. So the scripts of the
 * shells (contrib/completion) know nothing that the program does not tell them.
 *
 * Each candidate is a line: the word, a tab and a description. The line ":files" means that a file
 * name may follow. */
#pragma once

#include <glib.h>

typedef struct {
  const char *current;  /* the word that is being typed; may be "" */
  const char *previous; /* the one before; "" if there is none */
  const char *before;   /* what each candidate begins with, such as "--class="; NULL = nothing */
} Completion;

/* Prints word, after what is before it, if it begins as the current one does. description:
 * nullable. */
void complete_word(const Completion *completion, const char *word, const char *description);

/* Prints what may follow on the command line of command: the value of the option before, options,
 * verbs, or file names. operands: as in the help (nullable). Both arrays may be NULL. */
void complete_command(const Completion *completion, const char *command, const char *operands,
                      const GOptionEntry *entries, const GOptionEntry *globals);
