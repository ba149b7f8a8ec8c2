/* bouncedb doctor: one line for everything that needs attention, and an exit status for monitoring.
 * It changes nothing and is quick; db check finds damage. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dates.h"
#include "base/escape.h"
#include "verp/keyfile.h"
#include "store/store-alive.h"
#include "store/store-forgotten.h"
#include "store/store-query.h"
#include "store/store-thresholds.h"
#include "cmd/cmd.h"

enum {
  LOG_MAX = 64 << 20, /* octets; if a reader hangs, the log cannot be copied back, and grows */
  WAVE_DAYS = 30,     /* a wave of unknown text is reported for so long */
  ALIVE_SHOWN = 20,   /* suppressed addresses that seem alive */
};

typedef struct {
  const Settings *settings;
  gint64 now;
  guint findings, alive;
} Doctor;

static void G_GNUC_PRINTF(3, 4) finding(Doctor *doctor, const char *what, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *shown = escape_terminal(text);
  printf("%s: %s\n", what, shown);
  doctor->findings++;
}

static void
find_error(Doctor *doctor, const char *what, GError *error)
{
  finding(doctor, what, "%s", error->message);
  g_error_free(error);
}

/* --- files -------------------------------------------------------------------------------------*/

/* Whoever can write there decides what we read; whoever can read there sees addresses. */
static void
check_access(Doctor *doctor, const char *what, const char *path, mode_t forbidden)
{
  struct stat st;
  if (stat(path, &st) != 0) {
    finding(doctor, what, "%s: %s", path, g_strerror(errno));
    return;
  }
  if ((st.st_mode & forbidden) != 0)
    finding(doctor, what, "%s: mode %03o gives others access; %03o is enough", path,
            (unsigned)st.st_mode & 07777, (unsigned)(st.st_mode & 07777 & ~forbidden));
  if (access(path, W_OK) != 0)
    finding(doctor, what, "%s: user %u cannot write it", path, (unsigned)geteuid());
}

static void
check_folder_of(Doctor *doctor, const char *what, const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  check_access(doctor, what, folder, S_IWGRP | S_IWOTH);
}

static void
check_log(Doctor *doctor, const char *database)
{
  g_autofree char *log = g_strconcat(database, "-wal", NULL);
  struct stat st;
  if (stat(log, &st) == 0 && st.st_size > LOG_MAX)
    finding(doctor, "database", "%s: %" G_GINT64_FORMAT "  bytes: a reader seems to hang", log,
            (gint64)st.st_size);
}

static void
check_key(Doctor *doctor, const char *path)
{
  guint8 key[KEYFILE_SIZE];
  g_autoptr(GError) error = NULL;
  if (path != NULL && !keyfile_read(path, key, &error))
    find_error(doctor, "key", g_steal_pointer(&error));
  explicit_bzero(key, sizeof key);
}

static void
check_files(Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  check_folder_of(doctor, "database", settings->database);
  check_access(doctor, "database", settings->database, 0077);
  check_log(doctor, settings->database);
  if (g_file_test(settings->keep, G_FILE_TEST_EXISTS))
    check_access(doctor, "keep", settings->keep, 0077);
  else
    check_folder_of(doctor, "keep", settings->keep);
  for (guint i = 0; i < settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(settings->lists, i);
    check_folder_of(doctor, "list", list->path);
    if (g_file_test(list->path, G_FILE_TEST_EXISTS))
      check_access(doctor, "list", list->path, S_IWOTH);
  }
  check_key(doctor, settings->verp_key);
  check_key(doctor, settings->verp_key_old);
}

/* --- what the database says --------------------------------------------------------------------*/

/* The command is printed in full, to be copied. */
static bool
print_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  const char *provider = store_cell(cells, n, "provider"), *source = store_cell(cells, n, "source");
  date_day(store_cell_int(cells, n, "day") * SECONDS_PER_DAY, day);
  finding(data, "held",
          "%s from %s, %s; decide with: bouncedb release|confirm --%s %s --since %s --until %s",
          store_cell(cells, n, "entries"), day, source, provider != NULL ? "provider" : "domain",
          source, day, day);
  return true;
}

static bool
print_complained(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  finding(data, "allowed", "%s complained on %s and is still written to",
          store_cell(cells, n, "recipient"), date_day(store_cell_int(cells, n, "at"), day));
  return true;
}

static bool
print_wave(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  finding(data, "unknown text",
          "%s domains since %s, so that these %s failures do not count: \"%s\"; "
          "bouncedb rules draft begins a rule for it, bouncedb reclassify applies it",
          store_cell(cells, n, "domains"), date_day(store_cell_int(cells, n, "first_at"), day),
          store_cell(cells, n, "failures"), store_cell(cells, n, "reply"));
  return true;
}

static bool
print_alive(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Doctor *doctor = data;
  char since[DATE_BUFFER], day[DATE_BUFFER];
  bool wrote = store_cell(cells, n, "wrote_at") != NULL;
  if (++doctor->alive > ALIVE_SHOWN)
    return true;
  date_day(store_cell_int(cells, n, wrote ? "wrote_at" : "accepted_at"), day);
  finding(doctor, "alive", "%s, suppressed since %s: %s on %s; bouncedb allow lifts that",
          store_cell(cells, n, "recipient"), date_day(store_cell_int(cells, n, "since"), since),
          wrote ? "a message came from it" : "its host accepted a message", day);
  return true;
}

static bool
check_alive(Doctor *doctor, Store *store, GError **error)
{
  if (!store_alive_suppressed(store, print_alive, doctor, error))
    return false;
  if (doctor->alive > ALIVE_SHOWN)
    finding(doctor, "alive", "%u more", doctor->alive - ALIVE_SHOWN);
  return true;
}

static bool
check_lists(Doctor *doctor, Store *store, GError **error)
{
  for (guint i = 0; i < doctor->settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(doctor->settings->lists, i);
    g_autofree char *folder = g_path_get_dirname(list->path);
    bool current;
    if (!list_file_is_current(store, list, &current, error))
      return false;
    if (!current && g_file_test(folder, G_FILE_TEST_EXISTS)) /* otherwise check_files has told */
      finding(doctor, "list", "%s: does not match the database; the next delivery will update it",
              list->path);
  }
  return true;
}

static bool
check_store(Doctor *doctor, Store *store, GError **error)
{
  bool same, forgotten;
  if (!store_has_thresholds(store, &doctor->settings->thresholds, &same, error) ||
      !store_any_forgotten(store, &forgotten, error) || !check_lists(doctor, store, error) ||
      !store_held(store, print_held, doctor, error) ||
      !store_allowed_complaints(store, print_complained, doctor, error) ||
      !store_waves(store, doctor->now - WAVE_DAYS * (gint64)SECONDS_PER_DAY, print_wave, doctor,
                   error) ||
      !check_alive(doctor, store, error))
    return false;
  if (!same)
    finding(doctor, "configuration",
            "changed thresholds or guard settings have not been applied; the next delivery applies "
            "them to what follows, and bouncedb db reweigh to everything recorded so far");
  g_autofree char *key = g_strconcat(doctor->settings->database, ".key", NULL);
  if (forgotten)
    check_key(doctor, key);
  return true;
}

static void
examine(Doctor *doctor)
{
  GError *error = NULL;
  check_files(doctor);
  g_autoptr(Store) store = store_open(doctor->settings->database, STORE_READ, &error);
  if (store == NULL || !check_store(doctor, store, &error))
    find_error(doctor, "database", error);
}

bool
cmd_doctor(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, NULL,
          "Print one line for everything that needs attention: what the guard holds, files\n"
          "that are missing or open to others, an outdated schema, a log that keeps growing.\n"
          "Exit status: 1 if there is anything.",
          NULL, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "doctor takes no arguments: %s", argv[1]);
  Doctor doctor = {.settings = context->settings, .now = context->now};
  examine(&doctor);
  if (doctor.findings == 0)
    puts("ok");
  context->status = doctor.findings > 0 ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}
