/* The files of mail below a path: a file, a Maildir, or a folder of either. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  const char *path;
  gint64 size;  /* octets */
  bool maildir; /* one message, even if it begins like an mbox */
  int error;    /* errno if it cannot be read, and then only path is set; 0 = fine */
} MailFile;

/* false ends the walk. */
typedef bool (*MailFileFunc)(const MailFile *file, gpointer data);

/* Calls func for each file, sorted by name within each folder.
 *
 * Of a Maildir: new and cur, then the Maildirs in it (Maildir++). Whatever else it holds is not
 * mail. Of any other folder: all regular files, except those whose names begin with a dot and the
 * indexes that Dovecot keeps beside mail. Symbolic links are followed only if path is one.
 *
 * Returns false if func ended the walk. */
bool mail_files_each(const char *path, MailFileFunc func, gpointer data);
