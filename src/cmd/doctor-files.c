/* What doctor finds in the file system. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verp/keyfile.h"
#include "store/store-forgotten.h"
#include "cmd/doctor.h"

enum {
  LOG_MAX = 64 << 20, /* octets; if a reader hangs, the log cannot be copied back, and grows */
};

/* Whoever can write there decides what we read; whoever can read there sees addresses. */
static void
check_access(Doctor *doctor, const char *what, const char *path, mode_t forbidden)
{
  struct stat st;
  if (stat(path, &st) != 0) {
    doctor_finding(doctor, what, "%s: %s", path, g_strerror(errno));
    return;
  }
  if ((st.st_mode & forbidden) != 0)
    doctor_finding(doctor, what, "%s: mode %03o gives others access; %03o is enough", path,
                   (unsigned)st.st_mode & 07777, (unsigned)(st.st_mode & 07777 & ~forbidden));
  if (access(path, W_OK) != 0)
    doctor_finding(doctor, what, "%s: user %u cannot write it", path, (unsigned)geteuid());
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
    doctor_finding(doctor, "database", "%s: %" G_GINT64_FORMAT " bytes: a reader seems to hang",
                   log, (gint64)st.st_size);
}

void
doctor_check_files(Doctor *doctor)
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
}

static void
check_key(Doctor *doctor, const char *path)
{
  guint8 key[KEYFILE_SIZE];
  g_autoptr(GError) error = NULL;
  if (path != NULL && !keyfile_read(path, key, &error))
    doctor_error(doctor, "key", g_steal_pointer(&error));
  explicit_bzero(key, sizeof key);
}

void
doctor_check_keys(Doctor *doctor)
{
  check_key(doctor, doctor->settings->verp_key);
  check_key(doctor, doctor->settings->verp_key_old);
}

bool
doctor_check_forgotten(Doctor *doctor, Store *store, GError **error)
{
  bool forgotten;
  if (!store_any_forgotten(store, &forgotten, error))
    return false;
  g_autofree char *key = g_strconcat(doctor->settings->database, ".key", NULL);
  if (forgotten)
    check_key(doctor, key);
  return true;
}

bool
doctor_check_lists(Doctor *doctor, Store *store, GError **error)
{
  for (guint i = 0; i < doctor->settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(doctor->settings->lists, i);
    g_autofree char *folder = g_path_get_dirname(list->path);
    bool current;
    if (!list_file_is_current(store, list, &current, error))
      return false;
    /* doctor_check_files has told of a missing folder */
    if (!current && g_file_test(folder, G_FILE_TEST_EXISTS))
      doctor_finding(doctor, "list",
                     "%s: does not match the database; the next delivery will update it",
                     list->path);
  }
  return true;
}
