/* bouncedb list: recorded failures, for people, spreadsheets and programs. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/json.h"
#include "store/store-query.h"
#include "cmd/cmd.h"
#include "cmd/period.h"

enum { REPLY_SHOWN = 60 }; /* characters, so that both lines of a failure fit into 80 columns */

typedef struct {
  char *klass, *reason, *domain, *provider, *since, *until, *format;
} Options;

typedef struct {
  guint rows;
} Printer;

static const char *
or_dash(const char *text)
{
  return text != NULL ? text : "-";
}

/* The beginning of a reply, on one line. Another program may have written it, so it need not be
 * UTF-8. (transfer full) */
static char *
beginning(const char *diagnostic)
{
  g_autofree char *valid = g_utf8_make_valid(diagnostic, -1);
  glong length = g_utf8_strlen(valid, -1);
  g_autofree char *cut = g_utf8_substring(valid, 0, MIN(length, REPLY_SHOWN));
  g_autofree char *safe = escape_terminal(cut);
  return g_strconcat(safe, length > REPLY_SHOWN ? "..." : "", NULL);
}

/* Two lines: what failed, and the reply. */
static bool
print_text(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Printer *printer = data;
  char at[DATE_BUFFER];
  const char *diagnostic = store_cell(cells, n, "diagnostic");
  g_autofree char *reply = beginning(diagnostic != NULL ? diagnostic : "-");
  g_autofree char *recipient = escape_terminal(or_dash(store_cell(cells, n, "recipient")));
  g_autofree char *provider = escape_terminal(or_dash(store_cell(cells, n, "provider")));
  printf("%6s  %s  %-9s  %-17s  %s\n        %-10s %s\n", store_cell(cells, n, "failure_id"),
         date_minute(store_cell_int(cells, n, "failed_at"), at), store_cell(cells, n, "class"),
         store_cell(cells, n, "reason"), recipient, provider, reply);
  printer->rows++;
  return true;
}

static void
print_csv_head(const StoreCell *cells, guint n)
{
  for (guint i = 0; i < n; i++)
    printf("%s%s", i > 0 ? "," : "", cells[i].name);
  fputs("\r\n", stdout);
}

/* A file of this kind is often read in a terminal, too. */
static void
append_csv(GString *line, const StoreCell *cell)
{
  bool address = g_str_has_suffix(cell->name, "recipient");
  g_autofree char *visible = escape_visible(cell->text);
  escape_csv(line, visible, address ? ESCAPE_CSV_ADDRESS : ESCAPE_CSV_TEXT);
}

static bool
print_csv(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Printer *printer = data;
  if (printer->rows++ == 0)
    print_csv_head(cells, n);
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint i = 0; i < n; i++) {
    if (i > 0)
      g_string_append_c(line, ',');
    if (cells[i].number)
      g_string_append(line, cells[i].text);
    else if (cells[i].text != NULL)
      append_csv(line, &cells[i]);
  }
  printf("%s\r\n", line->str);
  return true;
}

static bool
print_json(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Printer *printer = data;
  Json json = json_new();
  json_open(&json, NULL, '{');
  for (guint i = 0; i < n; i++) {
    if (cells[i].number)
      json_int(&json, cells[i].name, cells[i].value);
    else
      json_string(&json, cells[i].name, cells[i].text);
  }
  json_close(&json, '}');
  g_autofree char *object = json_finish(&json);
  printf("%s%s", printer->rows++ == 0 ? "" : ",\n", object);
  return true;
}

static const struct {
  const char *name;
  StoreRowFunc print;
  const char *before, *after;
} formats[] = {
    {"text", print_text, "", ""},
    {"csv", print_csv, "", ""},
    {"json", print_json, "[", "]\n"},
};

static bool
find_format(const char *name, gsize *out, GError **error)
{
  *out = 0;
  if (name == NULL)
    return true;
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    if (strcmp(formats[i].name, name) == 0) {
      *out = i;
      return true;
    }
  return throw(error, BOUNCEDB_ERROR_USAGE, "--format must be text, csv or json");
}

static bool
read_filter(const Options *options, gint64 now, StoreFilter *filter, GError **error)
{
  *filter = (StoreFilter){.domain = options->domain, .provider = options->provider};
  if (options->klass != NULL && !class_from_name(options->klass, &filter->klass))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--class must be permanent, transient, policy, spf, quota or auth");
  if (options->reason != NULL && !reason_from_name(options->reason, &filter->reason))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--reason: no such reason: %s", options->reason);
  Period period;
  if (!period_parse(options->since, options->until, now, &period, error))
    return false;
  filter->since = period.since;
  filter->until = period.until;
  return true;
}

static bool
list(const Context *context, const Options *options, GError **error)
{
  gsize format;
  StoreFilter filter;
  if (!find_format(options->format, &format, error) ||
      !read_filter(options, context->now, &filter, error))
    return false;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL)
    return false;
  Printer printer = {0};
  fputs(formats[format].before, stdout);
  if (!store_list(store, &filter, formats[format].print, &printer, error))
    return false;
  fputs(formats[format].after, stdout);
  return true;
}

bool
cmd_list(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *klass = NULL, *reason = NULL, *domain = NULL, *provider = NULL, *since = NULL,
                  *until = NULL, *format = NULL;
  const GOptionEntry entries[] = {
      {"class", 0, 0, G_OPTION_ARG_FILENAME, &klass, "Only this class", "CLASS"},
      {"reason", 0, 0, G_OPTION_ARG_FILENAME, &reason, "Only this reason", "REASON"},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME, &domain, "Only recipients in this domain", "DOMAIN"},
      {"provider", 0, 0, G_OPTION_ARG_FILENAME, &provider, "Only failures at this provider", "ID"},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &since,
       "Only since this time: yesterday, 7d, 2026-01-31T12:00", "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &until, "Only until this time", "TIME"},
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &format, "text (default), csv or json", "FORMAT"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, NULL,
          "List recorded failures, newest first. explain --id tells what one of them means.",
          entries, &argc, &argv, error))
    return false;
  const Options options = {klass, reason, domain, provider, since, until, format};
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "list takes no arguments: %s", argv[1]);
  return list(context, &options, error);
}
