/* The files of mail below a path: a file itself, a Maildir, or a folder of either. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

typedef struct {
  const char *path;
  gint64 size;  /* octets */
  bool maildir; /* one message for certain */
  int error;    /* errno where it cannot be read, and then nothing else is known; 0 = fine */
} MailFile;

/* false ends the walk. */
typedef bool (*MailFileFunc)(const MailFile *file, gpointer data);

/* Of a Maildir: cur and new, and the folders below it (Maildir++). Of any other folder: all regular
 * files whose names do not begin with a dot. Symbolic links are followed only where path is one.
 * Returns false where func ended it. */
bool mail_files_each(const char *path, MailFileFunc func, gpointer data);
