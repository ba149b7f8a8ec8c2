/* Recipient domains with the failures of 30 days, by organisational domain. */
#pragma once

#include "mail/taxonomy.h"
#include "store/store.h"

enum { DOMAINS_DAYS = 30 };

typedef struct {
  char *domain;   /* organisational; NULL = unknown */
  char *provider; /* of most of its failures, if there is one; NULL = unknown */
  gint64 today, yesterday, week, month; /* failures */
  gint64 classes[N_CLASSES];            /* of the month */
  Reason reason;                        /* the most frequent one */
  guint domains;                        /* how many recipient domains it has here */
} Domain;

/* The limit with the most failures, the most first. (element-type Domain) (transfer full);
 * NULL on error. */
GPtrArray *domains_read(Store *store, gint64 today, guint limit, GError **error);
