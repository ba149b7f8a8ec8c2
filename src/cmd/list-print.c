#include "config.h"

#include "cmd/list-print.h"

#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/dates.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/json.h"
#include "mail/reply.h"
#include "mail/taxonomy.h"
#include "cmd/cells-json.h"
#include "cmd/terminal.h"

/* --- text --------------------------------------------------------------------------------------*/

enum {
  BEFORE_RECIPIENT = 58, /* columns */
  BEFORE_REPLY = 19,
  SHOWN_MIN = 8 /* of either, on a narrow terminal */
};

/* A reader that has closed the pipe needs no more rows. */
static bool
printed(GError **error)
{
  return !ferror(stdout) || throw_errno(error, "cannot write to standard output");
}

char *
list_id(const StoreCell *cells, guint n)
{
  const char *failure = store_cell(cells, n, "failure_id");
  return failure != NULL ? g_strconcat("f", failure, NULL)
                         : g_strconcat("m", store_cell(cells, n, "message_id"), NULL);
}

/* The first of these columns that has a value, on one line. (transfer full) */
static char *
first_value(const StoreCell *cells, guint n, const char *const *names)
{
  for (; *names != NULL; names++) {
    const char *text = store_cell(cells, n, *names);
    g_autofree char *plain = text != NULL ? reply_plain(text) : NULL;
    if (plain != NULL && *plain != '\0')
      return g_steal_pointer(&plain);
  }
  return g_strdup("-");
}

/* The same, safe to print. */
static char *
first_of(const StoreCell *cells, guint n, const char *const *names)
{
  g_autofree char *value = first_value(cells, n, names);
  return escape_terminal(value);
}

static gint64
time_of(const StoreCell *cells, guint n)
{
  for (guint i = 0; i < n; i++)
    if (g_str_has_suffix(cells[i].name, "_at"))
      return cells[i].value;
  return 0;
}

/* The select graphic rendition (ECMA-48) of a class. */
static const char *
color_of(const char *klass)
{
  static const char *const colors[N_CLASSES] = {
      [CLASS_PERMANENT] = "\033[31m", [CLASS_TRANSIENT] = "\033[33m", [CLASS_POLICY] = "\033[35m",
      [CLASS_SPF] = "\033[36m",       [CLASS_QUOTA] = "\033[32m",     [CLASS_AUTH] = "\033[34m"};
  Class found = CLASS_NONE;
  return class_from_name(klass, &found) ? colors[found] : "";
}

static void
print_head(const ListPrinter *printer)
{
  if (printer->rows == 0)
    printf("%-7s  %-16s  %-10s  %-17s  %s\n", "ID", "TIME", "CLASS", "REASON", "RECIPIENT");
}

/* Two lines: what failed, and the reply. Another program may have written it, so it need not be
 * UTF-8. */
static bool
print_text(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  static const char *const classes[] = {"class", "kind", NULL},
                           *const providers[] = {"provider", NULL},
                           *const reasons[] = {"reason", "action", NULL},
                           *const recipients[] = {"recipient", "envelope_sender", NULL},
                           *const replies[] = {"diagnostic", "subject", "kept", NULL};
  ListPrinter *printer = data;
  char at[DATE_BUFFER];
  g_autofree char *klass = first_of(cells, n, classes), *reason = first_of(cells, n, reasons);
  bool known = store_cell(cells, n, "provider") != NULL || store_cell(cells, n, "class") == NULL;
  g_autofree char *provider = known ? first_of(cells, n, providers) : g_strdup("(unknown)"),
                  *id = list_id(cells, n);
  g_autofree char *address = first_value(cells, n, recipients);
  g_autofree char *recipient = terminal_address(address), *reply = first_of(cells, n, replies);
  int columns = printer->columns > 0 ? printer->columns : COLUMNS_DEFAULT;
  g_autofree char *shown = printer->columns > 0
                               ? columns_cut(recipient, MAX(columns - BEFORE_RECIPIENT, SHOWN_MIN))
                               : g_strdup(recipient);
  g_autofree char *beginning = columns_cut(reply, MAX(columns - BEFORE_REPLY, SHOWN_MIN));
  const char *color = printer->color ? color_of(klass) : "";
  print_head(printer);
  printf("%-7s  %s  %s%-10s%s  %-17s  %s\n         %-9s %s\n", id,
         date_minute(time_of(cells, n), at), color, klass, *color != '\0' ? "\033[0m" : "", reason,
         shown, provider, beginning);
  printer->rows++;
  return printed(error);
}

/* --- csv ---------------------------------------------------------------------------------------*/

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
  ListPrinter *printer = data;
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
  return printed(error);
}

/* --- json --------------------------------------------------------------------------------------*/

/* As it has been from the start: the cells as they are. */
static bool
print_json(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  ListPrinter *printer = data;
  Json json = json_begin();
  for (guint i = 0; i < n; i++) {
    if (cells[i].number)
      json_int(&json, cells[i].name, cells[i].value);
    else
      json_text(&json, cells[i].name, cells[i].text);
  }
  json_close(&json, '}');
  g_autofree char *object = json_finish(&json);
  printf("%s%s", printer->rows++ == 0 ? "" : ",\n", object);
  return printed(error);
}

/* As bouncedb-json(7) describes it. */
static bool
print_jsonl(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  ListPrinter *printer = data;
  g_autofree char *id = list_id(cells, n);
  Json json = json_begin();
  json_text(&json, "id", id);
  cells_json(&json, cells, n);
  json_print(&json);
  printer->rows++;
  return printed(error);
}

const ListFormat list_formats[] = {
    {"text", print_text, "", ""},   {"csv", print_csv, "", ""}, {"json", print_json, "[", "]\n"},
    {"jsonl", print_jsonl, "", ""}, {NULL, NULL, NULL, NULL},
};
