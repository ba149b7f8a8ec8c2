/* The checks of bouncedb doctor. Each is a function in the file of its subject, and a row in the
 * table in cmd-doctor.c. */
#pragma once

#include "base/json.h"
#include "store/store.h"
#include "cmd/cmd.h"

typedef struct {
  const Settings *settings; /* borrowed */
  gint64 now;               /* Unix seconds */
  Json *json;               /* the lines of the object; NULL = they are printed as text */
  guint findings;           /* lines that need attention */
  bool deferred;            /* one of them is a reason why messages are deferred */
} Doctor;

/* A line "warning: what: ...", which is counted. The text may contain bytes of strangers. */
void doctor_finding(Doctor *doctor, const char *what, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for an error, which it frees. */
void doctor_error(Doctor *doctor, const char *what, GError *error);

/* A line "error: delivery: ...": why a delivery would end in 75. remedy: what to do, if the error
 * does not say so; NULL = it does. Frees error. */
void doctor_defers(Doctor *doctor, const char *remedy, GError *error);

/* A line "what: ...", which needs no attention. */
void doctor_note(const Doctor *doctor, const char *what, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Becomes the user who delivers: name, or if that is NULL the owner of the database. Then settings
 * is read again as that user would read it. Fails (USAGE) if only root could do that. */
bool doctor_become_user(Context *context, const char *name, GError **error);

/* Does what a delivery does, up to the commit, and changes nothing. Returns whether the database
 * could be opened. */
bool doctor_try_delivery(Doctor *doctor);

/* Checks that need no database. */
void doctor_check_files(Doctor *doctor); /* modes of the database, the Maildir, the list files */

/* Checks of what the database says. False with *error set if it cannot be read. The first tells
 * what protects the list from forged reports; nothing that it finds needs attention. */
bool doctor_check_protection(Doctor *doctor, Store *store, GError **error);
bool doctor_check_settings(Doctor *doctor, Store *store, GError **error);
bool doctor_check_lists(Doctor *doctor, Store *store, GError **error); /* list files are current */
bool doctor_check_arrivals(Doctor *doctor, Store *store, GError **error); /* what has come in */
bool doctor_check_held(Doctor *doctor, Store *store, GError **error);
bool doctor_check_complaints(Doctor *doctor, Store *store, GError **error);
bool doctor_check_waves(Doctor *doctor, Store *store, GError **error);
bool doctor_check_alive(Doctor *doctor, Store *store, GError **error);
bool doctor_check_fleet(Doctor *doctor, Store *store, GError **error); /* syncs are done */
