/* bouncedb list: what is recorded, for people, spreadsheets and programs. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "store/store-list.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/list-print.h"
#include "cmd/period.h"
#include "cmd/terminal.h"

typedef struct {
  char **classes, **reasons, **domains, **providers;
  char *kind, *address, *since, *until, *format, *color;
  int limit; /* G_MININT = not given */
  gboolean reverse, json;
} Options;

static void
options_clear(Options *options)
{
  g_strfreev(options->classes);
  g_strfreev(options->reasons);
  g_strfreev(options->domains);
  g_strfreev(options->providers);
  g_free(options->kind);
  g_free(options->address);
  g_free(options->since);
  g_free(options->until);
  g_free(options->format);
  g_free(options->color);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What the filter borrows. */
typedef struct {
  StoreFilter filter;
  char *classes, *reasons, *domains, *providers, *address;
} Wanted;

static void
wanted_clear(Wanted *wanted)
{
  g_free(wanted->classes);
  g_free(wanted->reasons);
  g_free(wanted->domains);
  g_free(wanted->providers);
  g_free(wanted->address);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

/* --- options -----------------------------------------------------------------------------------*/

static bool
find_format(const Options *options, const ListFormat **out, GError **error)
{
  static const char *const names[] = {"text", "csv", "json", "jsonl", NULL};
  guint index = 0;
  if (options->json && options->format != NULL && strcmp(options->format, "jsonl") != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--json and --format cannot be combined");
  const char *name = options->json ? "jsonl" : options->format;
  if (name != NULL && !choice_find("--format", name, names, &index, error))
    return false;
  *out = &list_formats[index];
  return true;
}

/* "failure" is what the table is called, and "bounce" the message. */
static bool
read_kind(const Options *options, StoreFilter *filter, GError **error)
{
  guint index;
  if (options->kind == NULL)
    return true;
  g_autoptr(GPtrArray) kinds = choice_names(CHOICE_ROWS);
  if (!choice_find("--kind", options->kind, (const char *const *)kinds->pdata, &index, error))
    return false;
  const char *kind = g_ptr_array_index(kinds, index);
  if (strcmp(kind, "failure") != 0)
    filter->kind = kind;
  return true;
}

/* Which filters a kind has no columns for. */
static bool
check_kind(const Options *options, const char *kind, GError **error)
{
  bool failed = kind == NULL || strcmp(kind, "bounce") == 0 || strcmp(kind, "delay") == 0;
  bool complaint = g_strcmp0(kind, "complaint") == 0;
  bool recipients = failed || complaint || g_strcmp0(kind, "success") == 0;
  const char *option = !failed && options->classes != NULL                   ? "--class"
                       : !failed && options->reasons != NULL                 ? "--reason"
                       : !failed && !complaint && options->providers != NULL ? "--provider"
                       : !recipients && options->domains != NULL             ? "--domain"
                       : !recipients && options->address != NULL             ? "--address"
                                                                             : NULL;
  return option == NULL || throw(error, BOUNCEDB_ERROR_USAGE,
                                 "%s does not apply to messages of the kind %s", option, kind);
}

static bool
read_filter(const Context *context, const Options *options, Store *store, Wanted *wanted,
            GError **error)
{
  Period period;
  StoreFilter *filter = &wanted->filter;
  if (!choice_words("--class", options->classes, CHOICE_CLASS, &wanted->classes, error) ||
      !choice_words("--reason", options->reasons, CHOICE_REASON, &wanted->reasons, error) ||
      !choice_domains(options->domains, &wanted->domains, error) ||
      !choice_providers(options->providers, context->settings, store, &wanted->providers, error) ||
      !period_parse(options->since, options->until, context->now, &period, error) ||
      (options->address != NULL &&
       (wanted->address = cmd_address(options->address, error)) == NULL))
    return false;
  filter->classes = wanted->classes;
  filter->reasons = wanted->reasons;
  filter->domains = wanted->domains;
  filter->providers = wanted->providers;
  filter->address = wanted->address;
  filter->since = period.since;
  filter->until = period.until;
  filter->oldest_first = options->reverse;
  return true;
}

/* --- output ------------------------------------------------------------------------------------*/

enum { AROUND_ROWS = 4 }; /* lines: the header, what is left out, the next two prompts */

/* On a terminal, a screenful of failures with two lines each, unless a number was asked for. */
static gint64
limit_of(const Options *options, const ListFormat *format)
{
  if (options->limit >= 0)
    return options->limit;
  bool text = strcmp(format->name, "text") == 0;
  return text && terminal_is_one() ? MAX((terminal_lines() - AROUND_ROWS) / 2, 5) : 0;
}

static bool
print_more(Store *store, const StoreFilter *filter, guint rows, GError **error)
{
  gint64 all;
  if (filter->limit == 0 || rows < filter->limit || !terminal_is_one())
    return true;
  if (!store_list_count(store, filter, &all, error))
    return false;
  if (all > rows)
    printf("%" G_GINT64_FORMAT " more; --limit 0 lists all\n", all - rows);
  return true;
}

static bool
print(Store *store, const StoreFilter *filter, const ListFormat *format, ListPrinter *printer,
      GError **error)
{
  fputs(format->before, stdout);
  if (!store_list(store, filter, format->print, printer, error))
    return false;
  fputs(format->after, stdout);
  return strcmp(format->name, "text") != 0 || print_more(store, filter, printer->rows, error);
}

static bool
list(Context *context, const Options *options, GError **error)
{
  const ListFormat *format = &list_formats[0];
  g_auto(Wanted) wanted = {0};
  ListPrinter printer = {.columns = terminal_is_one() ? terminal_columns() : 0};
  if (!find_format(options, &format, error) || !read_kind(options, &wanted.filter, error) ||
      !check_kind(options, wanted.filter.kind, error) ||
      !terminal_color(options->color, &printer.color, error))
    return false;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL || !read_filter(context, options, store, &wanted, error))
    return false;
  wanted.filter.limit = limit_of(options, format);
  cmd_page(context);
  bool ok = print(store, &wanted.filter, format, &printer, error);
  if (terminal_end_page() && !ok) {
    g_clear_error(error); /* that the user has seen enough is not an error */
    return true;
  }
  context->status = printer.rows > 0 ? EXIT_OK : EXIT_NEGATIVE;
  if (ok && printer.rows == 0 && strcmp(format->name, "text") == 0)
    fprintf(stderr, "bouncedb: nothing is recorded that matches%s\n",
            options->address == NULL || cmd_is_complete(options->address)
                ? ""
                : "; an address has a domain (@...)");
  return ok;
}

bool
cmd_list(Context *context, int argc, char **argv, GError **error)
{
  g_auto(Options) o = {.limit = G_MININT};
  const GOptionEntry entries[] = {
      {"class", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.classes, "Only these classes", "CLASS,..."},
      {"reason", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.reasons, "Only these reasons", "REASON,..."},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.domains, "Only recipients in these domains",
       "DOMAIN,..."},
      {"address", 0, 0, G_OPTION_ARG_FILENAME, &o.address, "Only this recipient", "ADDRESS"},
      {"provider", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.providers, "Only these providers",
       "ID,..."},
      {"kind", 0, 0, G_OPTION_ARG_FILENAME, &o.kind,
       "What to list, such as delay, complaint or unreadable (default: failure)", "KIND"},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &o.since,
       "Only since this time: yesterday, 7d, 2026-01-31T12:00", "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &o.until, "Only until this time", "TIME"},
      {"limit", 0, 0, G_OPTION_ARG_INT, &o.limit,
       "Only the newest N; 0 = all (default; on a terminal, a screenful)", "N"},
      {"reverse", 0, 0, G_OPTION_ARG_NONE, &o.reverse, "The oldest of them first", NULL},
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &o.format, "text (default), csv, json or jsonl",
       "FORMAT"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, "The same as --format jsonl", NULL},
      {"color", 0, 0, G_OPTION_ARG_FILENAME, &o.color, "auto (default), always or never", "WHEN"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, NULL,
          "List recorded failures, newest first. show and explain take the id in the first\n"
          "column. Exit status: 1 if nothing is found.",
          entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "list takes no arguments: %s%s", argv[1],
                 strchr(argv[1], '@') != NULL ? " (did you mean --address?)" : "");
  if (o.limit < 0 && o.limit != G_MININT)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--limit must not be negative");
  return list(context, &o, error);
}
