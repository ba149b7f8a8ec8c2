/* bouncedb config: what is in force, and where it comes from. An error in the configuration ends it
 * as it ends every other command: with the place. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/escape.h"
#include "base/json.h"
#include "cmd/cmd.h"

typedef struct {
  const Context *context;
  char *group; /* the last one */
} Printer;

/* Not of the file: --db, or a default. */
static const char *
other_origin(const Context *context, const char *group, const char *key)
{
  bool option =
      context->database != NULL && strcmp(group, "database") == 0 && strcmp(key, "file") == 0;
  return option ? "option" : "default";
}

static void
print_text(const char *group, const char *key, const char *value, const Assignment *origin,
           gpointer data)
{
  enum { VALUE_COLUMNS = 44 };
  Printer *printer = data;
  const Context *context = printer->context;
  const char *other = other_origin(context, group, key);
  bool from_file = origin != NULL && strcmp(other, "default") == 0;
  g_autofree char *line = g_strdup_printf("%s = %s", key, value);
  g_autofree char *safe = escape_terminal(line);
  if (g_strcmp0(printer->group, group) != 0)
    printf("\n[%s]\n", group);
  g_free(printer->group);
  printer->group = g_strdup(group);
  printf("%s%*s  # ", safe, MAX(0, VALUE_COLUMNS - columns_width(safe, strlen(safe))), "");
  if (from_file)
    printf("line %u\n", origin->line);
  else
    printf("%s\n", strcmp(other, "option") == 0 ? "--db" : other);
}

static void
print_json(const char *group, const char *key, const char *value, const Assignment *origin,
           gpointer data)
{
  const Context *context = ((Printer *)data)->context;
  const char *other = other_origin(context, group, key);
  bool from_file = origin != NULL && strcmp(other, "default") == 0;
  Json json = json_begin();
  json_text(&json, "group", group);
  json_text(&json, "key", key);
  json_text(&json, "value", value);
  json_text(&json, "origin", from_file ? "file" : other);
  json_text(&json, "file", from_file ? context->settings->file : NULL);
  if (from_file)
    json_int(&json, "line", origin->line);
  else
    json_none(&json, "line");
  json_print(&json);
}

bool
cmd_config(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, NULL,
          "Print the configuration that is in force, and where each value comes from. Exit\n"
          "status: 78 if it is invalid; the error names the file and the line.",
          entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "config takes no arguments: %s", argv[1]);
  const char *file = context->settings->file;
  Printer printer = {.context = context};
  cmd_page(context);
  if (!context->json)
    printf("# %s\n", file != NULL ? file : "no configuration file: all values are defaults");
  settings_each(context->settings, context->json ? print_json : print_text, &printer);
  g_free(printer.group);
  return true;
}
