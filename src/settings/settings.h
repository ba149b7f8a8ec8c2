/* The configuration, as bouncedb.conf(5) describes it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "store/thresholds.h"
#include "export/list-files.h"
#include "intake/trust.h"
#include "intake/webhook.h"

/* A value that the file sets, as it is there. */
typedef struct {
  char *group, *key, *value;
  guint line;
} Assignment;

typedef struct {
  char *file;             /* which was read; NULL = none */
  GPtrArray *assignments; /* (element-type Assignment), in its order */
  bool cage_required;     /* [cage] required: read nothing without the system call filter */
  char *database;         /* [database] file: absolute path; never NULL */
  bool database_default;  /* it is in the user's default place, where deliver may create it */
  char *keep;          /* [delivery] keep: Maildir for messages that are not reports; never NULL */
  gint64 keep_size;    /* [delivery] keep-size: octets of each of these */
  char *keep_for;      /* [delivery] keep-for: how long, such as "90d"; NULL = for ever */
  gint64 keep_total;   /* [delivery] keep-total: octets of all of them; 0 = no limit */
  gint64 max_size;     /* [database] max-size: octets; 0 = no limit */
  bool subject;        /* [delivery] subject: store the returned message's Subject */
  bool syslog;         /* [delivery] syslog: one line per recipient to the mail log */
  gint64 max_parse;    /* [delivery] max-parse: octets */
  WebhookKeys webhook; /* [events] login, signed-hours, and the keys of services */
  bool events_trusted; /* [events] trust: the administrator vouches for events that came alone */
  char *fleet_connection; /* [fleet] connection: a connection string of libpq; NULL = no fleet */
  char *fleet_read_connection; /* [fleet] read-connection: the same, for boards */
  char *fleet_name;            /* [fleet] name: of this host; NULL = its host name */
  char *retention;             /* [retention] keep-for: of the history, as above */
  char *rules;                 /* [rules] file: the user's rules; NULL = none */
  GPtrArray *lists;            /* [suppression], [export NAME] (element-type ListFile) */
  char *trends_hook; /* [trends] hook: a command line, of which the first word is a path; or NULL */
  bool trends_syslog;    /* [trends] syslog: a line for each change */
  char *verp_base;       /* [verp] base: the address that bounces are sent to; NULL = unknown */
  char *verp_key;        /* [verp] key: path; NULL = nothing is signed */
  char *verp_key_old;    /* [verp] key-old: path; NULL = none */
  int verp_policy;       /* [verp] policy: a TrustPolicy */
  Thresholds thresholds; /* [threshold], [expiry], [guard], [own]: when an address is suppressed */
  gint64 lmtp_connections, lmtp_per_peer; /* [lmtp] connections, connections-per-peer */
  gint64 lmtp_idle, lmtp_message;         /* [lmtp] idle-seconds, message-seconds */
  GStrv relays;             /* [sent] relay: hosts that only pass mail on; NULL = none */
  GStrv subscriber_headers; /* [verp] subscriber-header; NULL = none */
  gint64 sent_days;         /* [verp] sent-days: how long an address counts as written to */
} Settings;

/* Reads file, or if it is NULL the first of $XDG_CONFIG_HOME/bouncedb/bouncedb.conf and
 * SYSCONFDIR/bouncedb/bouncedb.conf that exists, if any. Unknown groups and keys, a key that is set
 * twice, and invalid values are errors (CONFIG) that name file, group and key. database (nullable)
 * overrides the file's; a relative path is taken from the working directory. (transfer full) */
Settings *settings_load(const char *file, const char *database, GError **error);
void settings_free(Settings *settings);

/* Calls func for each value in force, in the order of bouncedb.conf(5). value: as in the file; ""
 * if there is none. origin: where the file sets it; NULL = it is a default, or an option. */
typedef void (*SettingFunc)(const char *group, const char *key, const char *value,
                            const Assignment *origin, gpointer data);
void settings_each(const Settings *settings, SettingFunc func, gpointer data);

/* What the settings say about trust. keys is borrowed; addresses are left to the caller. */
TrustBasis settings_trust_basis(const Settings *settings, const VerpKeys *keys, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)
