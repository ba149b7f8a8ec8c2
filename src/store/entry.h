/* An entry of the suppression list, as the store reads it and the export formats write it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Absent text is NULL, absent numbers are 0. All borrowed. */
typedef struct {
  const char *address; /* lower case, or the hash that stands for it; "@domain" = all of it */
  const char *domain;  /* of the address */
  const char *recipient, *klass, *reason, *status, *provider, *list_id, *diagnostic;
  const char *subscriber; /* only if a verified report put the address on the list */
  gint64 reply_code;
  gint64 since, first_at, last_at; /* Unix seconds */
  gint64 failures;
  bool removed; /* no longer on the list; only address and domain are present */
  bool allowed; /* may be written to, though its domain is on the list; the same */
} Entry;
