/* The checks of bouncedb doctor. Each is a function in the file of its subject, and a row in the
 * table in cmd-doctor.c. */
#pragma once

#include "store/store.h"
#include "cmd/settings.h"

typedef struct {
  const Settings *settings; /* borrowed */
  gint64 now;               /* Unix seconds */
  guint findings;           /* lines printed */
} Doctor;

/* Prints a line "what: ..." and counts it. The text may contain bytes of strangers. */
void doctor_finding(Doctor *doctor, const char *what, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for an error, which it frees. */
void doctor_error(Doctor *doctor, const char *what, GError *error);

/* Checks that need no database. */
void doctor_check_files(Doctor *doctor); /* modes of the database, the Maildir, the list files */
void doctor_check_keys(Doctor *doctor);  /* of signed return paths */

/* Checks of what the database says. False with *error set if it cannot be read. */
bool doctor_check_settings(Doctor *doctor, Store *store, GError **error);
bool doctor_check_lists(Doctor *doctor, Store *store, GError **error); /* list files are current */
bool doctor_check_forgotten(Doctor *doctor, Store *store, GError **error); /* their key is there */
bool doctor_check_held(Doctor *doctor, Store *store, GError **error);
bool doctor_check_complaints(Doctor *doctor, Store *store, GError **error);
bool doctor_check_waves(Doctor *doctor, Store *store, GError **error);
bool doctor_check_alive(Doctor *doctor, Store *store, GError **error);
