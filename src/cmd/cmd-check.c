/* bouncedb check: tells scripts whether an address may be sent to. */
#include "config.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/verdict.h"

static bool
check_line(const char *line, gpointer data, GError **error)
{
  g_autofree char *text = g_strstrip(g_strdup(line));
  return cmd_is_comment(text) || verdicts_print(data, text, error);
}

static bool
check_all(Verdicts *verdicts, char **operands, GError **error)
{
  for (; *operands != NULL; operands++)
    if (strcmp(*operands, "-") == 0 ? !cmd_each_line(check_line, verdicts, error)
                                    : !verdicts_print(verdicts, *operands, error))
      return false;
  return true;
}

bool
cmd_check(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "ADDRESS...|-",
          "Say whether you may send to these addresses: one line for each, with the address,\n"
          "and \"ok\", \"invalid\", or \"suppressed\" or \"held\" with the reason and the date. A\n"
          "hyphen reads addresses from standard input, one per line. Exit status: 1 if any\n"
          "address is suppressed or invalid.",
          entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "check needs an address, or - for standard input");
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  Verdicts verdicts;
  if (store == NULL || !verdicts_init(&verdicts, store, context->now, error))
    return false;
  verdicts.json = context->json;
  if (!check_all(&verdicts, argv + 1, error))
    return false;
  context->status = verdicts.any ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}
