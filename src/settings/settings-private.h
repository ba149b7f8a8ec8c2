/* What the modules of the settings share: the table of settings, and the file that sets them. */
#pragma once

#include "settings/settings.h"

enum { POLICY_UNSET = -1 }; /* of Settings.verp_policy, until the file has been read */

typedef enum {
  TYPE_PATH,
  TYPE_BOOL,
  TYPE_SIZE,
  TYPE_COUNT,
  TYPE_PERIOD, /* a span such as 90d, kept as text */
  TYPE_THRESHOLD,
  TYPE_EXPIRY,
  TYPE_NEVER,
  TYPE_RELAYS,
  TYPE_FIELDS,
  TYPE_ADDRESS,
  TYPE_TEXT,    /* anything */
  TYPE_COMMAND, /* a program and its arguments, kept as text */
  TYPE_POLICY,
  TYPE_UNSIGNED,
  TYPE_LIST
} Type;

typedef struct {
  const char *group, *key;
  Type type;
  size_t offset;
  const char *initial; /* as in the file; NULL = none, or it depends on other settings */
  gint64 min, max;     /* TYPE_SIZE, TYPE_COUNT */
} Setting;

/* In the order of bouncedb.conf(5); a row without a group ends it. REASON stands for any reason. */
extern const Setting setting_table[];

/* By TrustPolicy, and by Unsigned; NULL ends each array. */
extern const char *const setting_policies[];
extern const char *const setting_unsigned[];

/* The setting that bouncedb.conf(5) describes under this group and key. key (nullable): any of the
 * group. [export NAME] is described under "export". (nullable) */
const Setting *setting_find(const char *group, const char *key);

/* Whether it belongs to a list file; of these, the last one in settings->lists is set. */
bool setting_is_of_list(const Setting *setting);

/* Sets it to the value that text stands for. key: as in the file, for a table row can stand for
 * several. On error (CONFIG) the message begins with "is", to follow the key and the value. */
bool setting_set(Settings *settings, const Setting *setting, const char *key, const char *text,
                 GError **error);

/* Sets everything that has a default. settings is zeroed; settings_free can take it even after an
 * error. */
bool settings_set_defaults(Settings *settings, GError **error);

/* The user's home: $HOME if that is an absolute path (a mail server may set it to anything),
 * otherwise the one in the user database, and "/nonexistent" if there is none. NULL and *error
 * (TEMPFAIL) if the user database cannot be read: without the home, another configuration would be
 * found. (transfer full) */
char *settings_home(GError **error);

/* Reads a configuration file. found (nullable): the file may be missing, and *found tells. */
bool settings_read_file(Settings *settings, const char *file, bool *found, GError **error);
