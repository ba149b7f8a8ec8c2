/* A configuration file: an error that names the file and says what is wrong, or settings within
 * their bounds. */
#include "config.h"

#include "fuzz.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "mail/scan.h"
#include "settings/settings.h"

static char *path;

static void
remove_file(void)
{
  g_unlink(path);
}

static void
write_file(const uint8_t *data, size_t size)
{
  if (path == NULL) {
    path = g_strdup_printf("%s/fuzz-settings.%d", g_get_tmp_dir(), (int)getpid());
    atexit(remove_file);
  }
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
  close(fd);
}

static void
check_settings(const Settings *settings)
{
  g_assert_true(g_path_is_absolute(settings->database));
  g_assert_true(g_path_is_absolute(settings->keep));
  g_assert_true(settings->max_parse >= 1024 && settings->max_parse <= SCAN_WINDOW_MAX);
  g_assert_true(settings->sent_days >= 1);
  for (guint i = 0; i < settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(settings->lists, i);
    g_assert_true(g_path_is_absolute(list->path) && list->format != NULL);
  }
}

FUZZ_TARGET(settings)
{
  g_autoptr(GError) error = NULL;
  write_file(data, size);
  g_autoptr(Settings) settings = settings_load(path, NULL, &error);
  g_assert_true((settings != NULL) == (error == NULL));
  if (settings != NULL)
    check_settings(settings);
  else
    g_assert_nonnull(strstr(error->message, path));
  return 0;
}
