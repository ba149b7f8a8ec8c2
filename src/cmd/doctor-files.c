/* What doctor finds in the file system. */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"
#include "base/safe-file.h"
#include "cmd/doctor.h"

enum {
  LOG_MAX = 64 << 20, /* octets; if a reader hangs, the log cannot be copied back, and grows */
};

/* Whoever can write there decides what we read; whoever can read there sees addresses. */
static void
check_access(Doctor *doctor, const char *what, const char *path, mode_t forbidden)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return;
  if ((st.st_mode & forbidden) == 0)
    return;
  g_autofree char *word = permission_quote(path);
  doctor_finding(doctor, what, "%s: mode %03o gives others access (chmod %03o %s)", path,
                 (unsigned)st.st_mode & 07777, (unsigned)(st.st_mode & 07777 & ~forbidden), word);
}

static void
check_folder_of(Doctor *doctor, const char *what, const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  check_access(doctor, what, folder, S_IWGRP | S_IWOTH);
}

/* A list file is written under another name first. If somebody has put a file there, no list can be
 * written; a link in place of the list itself is replaced. */
static void
check_planted(Doctor *doctor, const char *list)
{
  g_autofree char *draft = g_strconcat(list, ".new", NULL);
  GError *error = NULL;
  struct stat st;
  bool ok = lstat(list, &st) != 0 || S_ISLNK(st.st_mode) ||
            safe_name(list, SAFE_OURS, BOUNCEDB_ERROR_TEMPFAIL, &error);
  ok = ok && (lstat(draft, &st) != 0 ||
              safe_name(draft, SAFE_OWN | SAFE_ONE_NAME, BOUNCEDB_ERROR_TEMPFAIL, &error));
  if (!ok)
    doctor_error(doctor, "list", error);
}

/* A delivery cannot fail because of a list. */
static void
check_writable(Doctor *doctor, const char *list)
{
  g_autofree char *folder = g_path_get_dirname(list);
  g_autofree char *problem = permission_problem(folder, W_OK | X_OK);
  if (problem != NULL)
    doctor_finding(doctor, "list", "%s: cannot be written: %s", list, problem);
  else if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
    doctor_finding(doctor, "list", "%s: there is no directory %s", list, folder);
  else
    check_planted(doctor, list);
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
  /* if others can write it, or its folder, deliveries are deferred, as doctor_try_delivery tells */
  check_access(doctor, "database", settings->database, 0044);
  check_log(doctor, settings->database);
  check_access(doctor, "keep", settings->keep, 0055);
  for (guint i = 0; i < settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(settings->lists, i);
    check_folder_of(doctor, "list", list->path);
    check_access(doctor, "list", list->path, S_IWOTH);
    check_writable(doctor, list->path);
  }
}

bool
doctor_check_lists(Doctor *doctor, Store *store, GError **error)
{
  for (guint i = 0; i < doctor->settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(doctor->settings->lists, i);
    g_autofree char *folder = g_path_get_dirname(list->path);
    bool current, exists = g_file_test(list->path, G_FILE_TEST_EXISTS);
    if (!list_file_is_current(store, list, &current, error))
      return false;
    /* doctor_check_files has told of a missing folder */
    if (!current && g_file_test(folder, G_FILE_TEST_EXISTS))
      doctor_finding(doctor, "list",
                     "%s: %s; the next delivery will %s it, and so does bouncedb db init",
                     list->path, exists ? "does not match the database" : "does not exist",
                     exists ? "update" : "create");
  }
  return true;
}
