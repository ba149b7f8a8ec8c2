#include "cmd.h"

#include <string.h>

#include "address.h"

bool
cmd_parse(Context *context, const char *operands, const char *summary, const GOptionEntry *entries,
          int *argc, char ***argv, GError **error)
{
  gint64 now = -1;
  /* Raw bytes (FILENAME), for mail servers run us in the C locale, where GLib would refuse
   * non-ASCII bytes in a STRING. */
  const GOptionEntry globals[] = {
      {"config", 'c', 0, G_OPTION_ARG_FILENAME, &context->config_file,
       "Read this configuration instead of the default ones", "FILE"},
      {"db", 0, 0, G_OPTION_ARG_FILENAME, &context->database, "Use this database", "FILE"},
      {"now", 0, 0, G_OPTION_ARG_INT64, &now,
       "Take this for the present time (for tests and replays)", "SECONDS"},
      G_OPTION_ENTRY_NULL};
  g_autoptr(GOptionContext) options = g_option_context_new(operands);
  g_option_context_set_summary(options, summary);
  g_option_context_set_help_enabled(options, FALSE);
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
      {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL}, G_OPTION_ENTRY_NULL};
  if (entries != NULL)
    g_option_context_add_main_entries(options, entries, NULL);
  g_option_context_add_main_entries(options, globals, NULL);
  g_option_context_add_main_entries(options, help_entry, NULL);
  g_autofree char *prgname = g_strdup_printf("bouncedb %s", (*argv)[0]);
  g_set_prgname(prgname);
  if (!g_option_context_parse(options, argc, argv, error))
    return false;
  if (help) {
    /* plain ASCII, for GLib writes an ellipsis that not every terminal has */
    g_autofree char *text = g_option_context_get_help(options, TRUE, NULL);
    g_auto(GStrv) pieces = g_strsplit(text, "\342\200\246", -1);
    g_autofree char *plain = g_strjoinv("...", pieces);
    g_print("%s", plain);
    return false;
  }
  /* "--" only ends the options */
  if (*argc > 1 && g_strcmp0((*argv)[1], "--") == 0) {
    for (int i = 1; i < *argc; i++)
      (*argv)[i] = (*argv)[i + 1];
    (*argc)--;
  }
  if (now >= 0)
    context->now = now;
  context->settings = settings_load(context->config_file, context->database, error);
  return context->settings != NULL;
}

Store *
cmd_open_store(const Settings *settings, GError **error)
{
  return settings->database_default ? store_open_default(settings->database, error)
                                    : store_open(settings->database, STORE_WRITE, error);
}

char *
cmd_address(const char *operand, GError **error)
{
  char *address = strpbrk(operand, " \t") == NULL ? address_parse(operand, true) : NULL;
  if (address == NULL)
    throw(error, BOUNCEDB_ERROR_USAGE, "no address: %s", operand);
  return address;
}
