#include "config.h"

#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/nearest.h"
#include "mail/address.h"
#include "store/store-expire.h"
#include "store/store-forgotten.h"
#include "store/store-thresholds.h"
#include "cmd/owner.h"
#include "cmd/terminal.h"
#include "cmd/waiting.h"

/* Prints plain ASCII: GLib uses an ellipsis that not every terminal has. */
static void
print_help(GOptionContext *options)
{
  g_autofree char *text = g_option_context_get_help(options, TRUE, NULL);
  g_auto(GStrv) pieces = g_strsplit(text, "\342\200\246", -1);
  g_autofree char *plain = g_strjoinv("...", pieces);
  g_print("%s", plain);
}

/* "--" only ends the options. */
static void
drop_separator(int *argc, char **argv)
{
  if (*argc < 2 || strcmp(argv[1], "--") != 0)
    return;
  for (int i = 1; i < *argc; i++)
    argv[i] = argv[i + 1];
  (*argc)--;
}

static void
add_names(GPtrArray *names, const GOptionEntry *entries)
{
  for (; entries != NULL && entries->long_name != NULL; entries++)
    g_ptr_array_add(names, g_strconcat("--", entries->long_name, NULL));
}

/* Which option may have been meant. (transfer full) */
static char *
hint_at_option(const char *word, const GOptionEntry *entries, const GOptionEntry *globals)
{
  if (!g_str_has_prefix(word, "--"))
    return g_strdup("");
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  add_names(names, entries);
  add_names(names, globals);
  g_ptr_array_add(names, NULL);
  g_autofree char *name = g_strndup(word, strcspn(word, "="));
  return nearest_hint(name, (const char *const *)names->pdata);
}

/* What stands between GLib's quotation marks; NULL if nothing does. (transfer full) (nullable) */
static char *
quoted_value(const char *message)
{
  static const char opening[] = "\342\200\234", closing[] = "\342\200\235";
  const char *begin = strstr(message, opening);
  const char *end = begin != NULL ? g_strrstr(begin, closing) : NULL;
  begin += begin != NULL ? strlen(opening) : 0;
  return end != NULL ? g_strndup(begin, (gsize)(end - begin)) : NULL;
}

/* Says GLib's error as our own say it; the option is the last word in it that begins with "-". */
static void
reword_option(const GOptionEntry *entries, const GOptionEntry *globals, GError *error)
{
  const char *last = g_strrstr(error->message, " -");
  if (error->domain != G_OPTION_ERROR || last == NULL)
    return;
  bool unknown = error->code == G_OPTION_ERROR_UNKNOWN_OPTION;
  g_autofree char *message = error->message, *value = unknown ? NULL : quoted_value(message);
  g_autofree char *word = g_strndup(last + 1, unknown ? strlen(last + 1) : strcspn(last + 1, " "));
  g_autofree char *hint = unknown ? hint_at_option(word, entries, globals) : NULL;
  if (unknown)
    error->message = g_strdup_printf("unknown option: %s%s", word, hint);
  else if (value == NULL)
    error->message = g_strdup_printf("%s needs a value", word);
  else
    error->message = g_strdup_printf("%s takes a number, not \"%s\"", word, value);
}

/* Options are raw bytes (FILENAME): mail servers run us in the C locale, in which GLib refuses
 * non-ASCII bytes in a STRING. */
bool
cmd_options(Context *context, const char *operands, const char *summary,
            const GOptionEntry *entries, int *argc, char ***argv, GError **error)
{
  gint64 now = -1;
  gboolean help = FALSE, quiet = FALSE, no_pager = FALSE;
  const GOptionEntry globals[] = {
      {"config", 'c', 0, G_OPTION_ARG_FILENAME, &context->config_file,
       "Read this configuration instead of the default ones", "FILE"},
      {"db", 0, 0, G_OPTION_ARG_FILENAME, &context->database, "Use this database", "FILE"},
      {"now", 0, 0, G_OPTION_ARG_INT64, &now,
       "Use this as the current time (for tests and replays)", "SECONDS"},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Do not tell what was done", NULL},
      {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "Print long output without a pager", NULL},
      {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL},
      G_OPTION_ENTRY_NULL};
  if (context->completion != NULL) {
    complete_command(context->completion, (*argv)[0], operands, entries, globals);
    context->helped = true;
    return false;
  }
  g_autoptr(GOptionContext) options = g_option_context_new(operands);
  g_option_context_set_summary(options, summary);
  g_option_context_set_help_enabled(options, FALSE);
  if (entries != NULL)
    g_option_context_add_main_entries(options, entries, NULL);
  g_option_context_add_main_entries(options, globals, NULL);
  g_autofree char *name = g_strdup_printf("bouncedb %s", (*argv)[0]);
  g_set_prgname(name);
  if (!g_option_context_parse(options, argc, argv, error)) {
    reword_option(entries, globals, *error);
    return false;
  }
  if (help && context->delivers && waiting_message())
    return throw(error, BOUNCEDB_ERROR_USAGE, CMD_HELP_REFUSED);
  if (help) {
    print_help(options);
    context->helped = true;
    return false;
  }
  drop_separator(argc, *argv);
  context->now_is_set = now >= 0;
  if (now >= 0)
    context->now = now;
  context->quiet = quiet;
  context->no_pager = no_pager;
  context->settings = settings_load(context->config_file, context->database, error);
  return context->settings != NULL;
}

/* The arguments that a global option takes, with its value; 0 = it is not one. */
static int
global_option(const char *argument)
{
  static const char *const with_value[] = {"--config", "-c", "--db", "--now", NULL};
  static const char *const prefixes[] = {"--config=", "--db=", "--now="};
  if (g_strv_contains(with_value, argument))
    return 2;
  for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(argument, prefixes[i]))
      return 1;
  static const char *const alone[] = {"--help", "-h", "--quiet", "-q", "--no-pager", NULL};
  return g_strv_contains(alone, argument) ? 1 : 0;
}

int
cmd_first_word(int argc, char **argv)
{
  int at = 1;
  while (at < argc && *argv[at] == '-') {
    int n = global_option(argv[at]);
    if (n == 0)
      return argc;
    at += n;
  }
  return MIN(at, argc);
}

void
cmd_move_forward(char **argv, int at)
{
  char *word = argv[at];
  memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
  argv[1] = word;
}

static bool
refuse_verb(const char *command, const char *word, const Command *verbs, const char *operands,
            GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (; verbs->name != NULL; verbs++)
    g_ptr_array_add(names, (gpointer)verbs->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *hint = nearest_hint(word, (const char *const *)names->pdata);
  return *hint != '\0'
             ? throw(error, BOUNCEDB_ERROR_USAGE, "%s has no subcommand %s%s", command, word, hint)
             : throw(error, BOUNCEDB_ERROR_USAGE, "%s has no subcommand %s, only %s", command, word,
                     operands);
}

bool
cmd_run_verb(Context *context, const Command *verbs, const char *operands, const char *summary,
             int argc, char **argv, GError **error)
{
  int at = cmd_first_word(argc, argv);
  for (const Command *verb = verbs; at < argc && verb->name != NULL; verb++)
    if (strcmp(argv[at], verb->name) == 0) {
      g_autofree char *name = g_strdup_printf("%s %s", argv[0], verb->name);
      cmd_move_forward(argv, at);
      argv[1] = name;
      return verb->run(context, argc - 1, argv + 1, error);
    }
  const char *command = argv[0], *word = at < argc ? argv[at] : NULL;
  return cmd_options(context, operands, summary, NULL, &argc, &argv, error) &&
         (word != NULL
              ? refuse_verb(command, word, verbs, operands, error)
              : throw(error, BOUNCEDB_ERROR_USAGE, "%s needs a subcommand: %s", command, operands));
}

Store *
cmd_open_as(const Context *context, StoreMode mode, GError **error)
{
  const char *database = context->settings->database;
  if (!owner_become(database, error))
    return NULL;
  Store *store = store_open(database, mode, error);
  if (store == NULL)
    owner_explain(database, context->settings->file, error);
  return store;
}

/* Every command that records comes through here, so this is where the thresholds are applied. */
Store *
cmd_open_store_with(const Context *context, const StoreOptions *options, GError **error)
{
  const Settings *settings = context->settings;
  if (!owner_become(settings->database, error))
    return NULL;
  g_autoptr(Store) store = settings->database_default
                               ? store_open_default(settings->database, options, error)
                               : store_open_with(settings->database, STORE_WRITE, options, error);
  if (store == NULL)
    owner_explain(settings->database, settings->file, error);
  if (store == NULL || !store_apply_thresholds(store, &settings->thresholds, error) ||
      (thresholds_expire(&settings->thresholds) && !store_expire(store, context->now, error)))
    return NULL;
  return g_steal_pointer(&store);
}

Store *
cmd_open_store(const Context *context, GError **error)
{
  return cmd_open_store_with(context, NULL, error);
}

/* What follows a quoted local part; without one, all of operand. */
static const char *
after_quotes(const char *operand)
{
  const char *p = operand;
  if (*p != '"')
    return operand;
  for (p++; *p != '\0' && *p != '"'; p++)
    if (*p == '\\' && p[1] != '\0')
      p++;
  return *p == '"' ? p : operand;
}

char *
cmd_address(const char *operand, GError **error)
{
  const char *rest = after_quotes(operand);
  bool several = strpbrk(rest, " \t") != NULL || strchr(rest, '@') != strrchr(rest, '@');
  char *address = several ? NULL : address_parse(operand, true);
  if (address == NULL)
    throw(error, BOUNCEDB_ERROR_USAGE, "not an address%s: %s",
          *operand == '@' ? ", but a domain" : "", operand);
  return address;
}

char *
cmd_entry(const char *operand, GError **error)
{
  if (*operand != '@')
    return cmd_address(operand, error);
  g_autofree char *anyone = g_strconcat("x", operand, NULL), *address = cmd_address(anyone, NULL);
  if (address != NULL && g_ascii_strcasecmp(address_domain(address), operand + 1) == 0)
    return g_strdup(address + 1);
  throw(error, BOUNCEDB_ERROR_USAGE, "not a domain: %s", operand + 1);
  return NULL;
}

bool
cmd_is_complete(const char *operand)
{
  g_autofree char *address = cmd_entry(operand, NULL);
  return address != NULL && *address_domain(address) != '\0';
}

bool
cmd_is_comment(const char *line)
{
  line += strspn(line, " \t\r");
  return *line == '\0' || (*line == '#' && !cmd_is_complete(line));
}

bool
cmd_each_line(CmdLineFunc func, gpointer data, GError **error)
{
  g_autofree char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while ((length = getline(&line, &size, stdin)) >= 0) {
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
      line[--length] = '\0';
    if (!func(line, data, error))
      return false;
  }
  return ferror(stdin) == 0 || throw_errno(error, "cannot read standard input");
}

typedef struct {
  CmdAddressFunc func;
  gpointer data;
  guint64 number; /* of the line */
} AddressReader;

static bool
read_address(const char *line, gpointer data, GError **error)
{
  AddressReader *reader = data;
  g_autofree char *text = g_strstrip(g_strdup(line));
  reader->number++;
  if (cmd_is_comment(text))
    return true;
  g_autofree char *address = cmd_address(text, NULL);
  if (address == NULL)
    return throw(error, BOUNCEDB_ERROR_DATA,
                 "line %" G_GUINT64_FORMAT ": not an address: %s (nothing was changed)",
                 reader->number, text);
  return reader->func(address, reader->data, error);
}

bool
cmd_each_address(char **operands, CmdAddressFunc func, gpointer data, GError **error)
{
  for (; *operands != NULL; operands++) {
    if (strcmp(*operands, "-") == 0) {
      AddressReader reader = {func, data, 0};
      if (!cmd_each_line(read_address, &reader, error))
        return false;
      continue;
    }
    g_autofree char *address = cmd_address(*operands, error);
    if (address == NULL || !func(address, data, error))
      return false;
  }
  return true;
}

bool
cmd_can_tell_forgotten(Store *store, bool *can, GError **error)
{
  g_autofree char *why = NULL;
  if (!store_can_tell_forgotten(store, can, &why, error))
    return false;
  g_autofree char *shown = why != NULL ? escape_terminal(why) : NULL;
  if (shown != NULL)
    fprintf(stderr, "bouncedb: cannot tell about forgotten addresses: %s\n", shown);
  return true;
}

Decision
cmd_decision(const Context *context, const char *command, const char *note)
{
  return (Decision){.command = command, .note = note, .uid = owner_invoker(), .now = context->now};
}

static bool
is_same_file(const char *path, const struct stat *st)
{
  struct stat other;
  return path != NULL && stat(path, &other) == 0 && other.st_dev == st->st_dev &&
         other.st_ino == st->st_ino;
}

bool
cmd_check_output(const Context *context, const char *path, GError **error)
{
  static const char *const endings[] = {"", "-wal", "-shm", ".lock", ".key", ".cursor.lock"};
  const Settings *settings = context->settings;
  const char *const named[] = {settings->file, settings->rules, settings->verp_key,
                               settings->verp_key_old};
  struct stat st;
  if (path == NULL || stat(path, &st) != 0)
    return true;
  if (S_ISDIR(st.st_mode))
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s is a directory", path);
  bool used = false;
  for (gsize i = 0; i < G_N_ELEMENTS(named); i++)
    used = used || is_same_file(named[i], &st);
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
    g_autofree char *part = g_strconcat(settings->database, endings[i], NULL);
    used = used || is_same_file(part, &st);
  }
  return !used || throw(error, BOUNCEDB_ERROR_USAGE,
                        "%s is in use by bouncedb itself: name another file", path);
}

/* Options are raw bytes, but the database is UTF-8. */
bool
cmd_check_text(const char *option, const char *text, GError **error)
{
  return text == NULL || g_utf8_validate(text, -1, NULL) ||
         throw(error, BOUNCEDB_ERROR_USAGE, "%s is not UTF-8", option);
}

void
cmd_page(const Context *context)
{
  if (!context->no_pager)
    terminal_page();
}

void
cmd_say(const Context *context, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *safe = escape_terminal(text);
  if (!context->quiet)
    puts(safe);
}
