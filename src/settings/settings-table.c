/* The table of settings, and the values they take. */
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/number.h"
#include "mail/address.h"
#include "mail/scan.h"
#include "intake/keep.h"
#include "intake/maillog-accepted.h"
#include "settings/settings-private.h"

/* In the order of bouncedb.conf(5). REASON stands for any reason. */
const Setting setting_table[] = {
    {"cage", "required", TYPE_BOOL, offsetof(Settings, cage_required), "no", 0, 0},
    {"database", "file", TYPE_PATH, offsetof(Settings, database), NULL, 0, 0},
    {"database", "max-size", TYPE_SIZE, offsetof(Settings, max_size), "0", 0, G_MAXINT64},
    {"delivery", "keep", TYPE_PATH, offsetof(Settings, keep), NULL, 0, 0},
    {"delivery", "keep-for", TYPE_PERIOD, offsetof(Settings, keep_for), NULL, 0, 0},
    {"delivery", "keep-size", TYPE_SIZE, offsetof(Settings, keep_size), "256K", KEEP_SIZE_MIN,
     G_MAXINT32},
    {"delivery", "keep-total", TYPE_SIZE, offsetof(Settings, keep_total), "256M", 0, G_MAXINT64},
    {"delivery", "max-parse", TYPE_SIZE, offsetof(Settings, max_parse), "1M", 64 << 10,
     SCAN_WINDOW_MAX},
    {"delivery", "subject", TYPE_BOOL, offsetof(Settings, subject), "no", 0, 0},
    {"delivery", "syslog", TYPE_BOOL, offsetof(Settings, syslog), "yes", 0, 0},
    {"events", "login", TYPE_PATH, offsetof(Settings, webhook.login), NULL, 0, 0},
    {"events", "mailchimp-key", TYPE_PATH, offsetof(Settings, webhook.mailchimp_key), NULL, 0, 0},
    {"events", "mailchimp-url", TYPE_TEXT, offsetof(Settings, webhook.mailchimp_url), NULL, 0, 0},
    {"events", "mailgun-key", TYPE_PATH, offsetof(Settings, webhook.mailgun_key), NULL, 0, 0},
    {"events", "sendgrid-key", TYPE_PATH, offsetof(Settings, webhook.sendgrid_key), NULL, 0, 0},
    {"events", "signed-hours", TYPE_COUNT, offsetof(Settings, webhook.within), "24", 1, 8760},
    {"events", "sns-certificate", TYPE_PATH, offsetof(Settings, webhook.sns_certificate), NULL, 0,
     0},
    {"events", "sns-topic", TYPE_TEXT, offsetof(Settings, webhook.sns_topic), NULL, 0, 0},
    {"events", "trust", TYPE_BOOL, offsetof(Settings, events_trusted), "no", 0, 0},
    {"expiry", "REASON", TYPE_EXPIRY, offsetof(Settings, thresholds), NULL, 0, 0},
    {"export", "file", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "format", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "class", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "reason", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "domain", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "list", TYPE_LIST, 0, NULL, 0, 0},
    {"fleet", "connection", TYPE_TEXT, offsetof(Settings, fleet_connection), NULL, 0, 0},
    {"fleet", "name", TYPE_TEXT, offsetof(Settings, fleet_name), NULL, 0, 0},
    {"fleet", "read-connection", TYPE_TEXT, offsetof(Settings, fleet_read_connection), NULL, 0, 0},
    {"guard", "max-new", TYPE_COUNT, offsetof(Settings, thresholds.guard.max_new), "1000", 0,
     G_MAXINT32},
    {"guard", "max-share", TYPE_COUNT, offsetof(Settings, thresholds.guard.max_share), "5", 0, 100},
    {"guard", "provider-factor", TYPE_COUNT, offsetof(Settings, thresholds.guard.provider_factor),
     "5", 0, 1000},
    {"guard", "unproven-message", TYPE_COUNT, offsetof(Settings, thresholds.guard.unproven_message),
     "10", 0, G_MAXINT32},
    {"guard", "unproven-day", TYPE_COUNT, offsetof(Settings, thresholds.guard.unproven_day), "50",
     0, G_MAXINT32},
    {"guard", "unproven-share", TYPE_COUNT, offsetof(Settings, thresholds.guard.unproven_share),
     "2", 0, 100},
    {"lmtp", "connections", TYPE_COUNT, offsetof(Settings, lmtp_connections), "200", 1, 10000},
    {"lmtp", "connections-per-peer", TYPE_COUNT, offsetof(Settings, lmtp_per_peer), "100", 1,
     10000},
    {"lmtp", "idle-seconds", TYPE_COUNT, offsetof(Settings, lmtp_idle), "300", 1, 86400},
    {"lmtp", "message-seconds", TYPE_COUNT, offsetof(Settings, lmtp_message), "900", 1, 86400},
    {"own", "never", TYPE_NEVER, offsetof(Settings, thresholds), NULL, 0, 0},
    {"retention", "keep-for", TYPE_PERIOD, offsetof(Settings, retention), NULL, 0, 0},
    {"rules", "file", TYPE_PATH, offsetof(Settings, rules), NULL, 0, 0},
    {"sent", "relay", TYPE_RELAYS, offsetof(Settings, relays), NULL, 0, 0},
    {"suppression", "file", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "format", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "class", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "reason", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "domain", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "list", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "unsigned", TYPE_UNSIGNED, offsetof(Settings, thresholds.unproven), "at-once",
     0, 0},
    {"threshold", "window", TYPE_COUNT, offsetof(Settings, thresholds.window), "180", 1, 3650},
    {"threshold", "REASON", TYPE_THRESHOLD, offsetof(Settings, thresholds), NULL, 0, 0},
    {"trends", "hook", TYPE_COMMAND, offsetof(Settings, trends_hook), NULL, 0, 0},
    {"trends", "syslog", TYPE_BOOL, offsetof(Settings, trends_syslog), "yes", 0, 0},
    {"verp", "base", TYPE_ADDRESS, offsetof(Settings, verp_base), NULL, 0, 0},
    {"verp", "key", TYPE_PATH, offsetof(Settings, verp_key), NULL, 0, 0},
    {"verp", "key-old", TYPE_PATH, offsetof(Settings, verp_key_old), NULL, 0, 0},
    {"verp", "policy", TYPE_POLICY, offsetof(Settings, verp_policy), NULL, 0, 0},
    {"verp", "sent-days", TYPE_COUNT, offsetof(Settings, sent_days), "10", 1, 400},
    {"verp", "subscriber-header", TYPE_FIELDS, offsetof(Settings, subscriber_headers), NULL, 0, 0},
    {NULL, NULL, TYPE_PATH, 0, NULL, 0, 0},
};

static bool
fits(const Setting *setting, const char *key)
{
  Reason reason;
  return setting->type == TYPE_THRESHOLD || setting->type == TYPE_EXPIRY
             ? reason_from_name(key, &reason)
             : strcmp(setting->key, key) == 0;
}

const Setting *
setting_find(const char *group, const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS(setting_table) - 1; i++)
    if (strcmp(setting_table[i].group, group) == 0 && (key == NULL || fits(&setting_table[i], key)))
      return &setting_table[i];
  return NULL;
}

bool
setting_is_of_list(const Setting *setting)
{
  return setting->type == TYPE_LIST;
}

/* What getpwuid() may leave in errno if there is no such user (getpwuid(3), NOTES). */
static bool
is_absence(int code)
{
  return code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM;
}

char *
settings_home(GError **error)
{
  const char *home = g_getenv("HOME");
  if (home != NULL && g_path_is_absolute(home))
    return g_strdup(home);
  errno = 0;
  const struct passwd *entry = getpwuid(geteuid());
  if (entry == NULL && !is_absence(errno)) {
    throw_errno(error, "cannot look up the home of user %u", (unsigned)geteuid());
    return NULL;
  }
  return g_strdup(entry != NULL && g_path_is_absolute(entry->pw_dir) ? entry->pw_dir
                                                                     : "/nonexistent");
}

/* An absolute path; "~/" stands for the home directory. */
static bool
set_path(char **field, const char *text)
{
  g_autofree char *home = NULL;
  if (g_str_has_prefix(text, "~/")) {
    home = settings_home(NULL);
    if (home == NULL)
      return false;
  } else if (!g_path_is_absolute(text))
    return false;
  g_free(*field);
  *field = home != NULL ? g_build_filename(home, text + 2, NULL) : g_strdup(text);
  return true;
}

static bool
set_bool(bool *field, const char *text)
{
  static const struct {
    const char *word;
    bool value;
  } words[] = {{"yes", true}, {"true", true}, {"no", false}, {"false", false}};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(words[i].word, text) == 0) {
      *field = words[i].value;
      return true;
    }
  return false;
}

static bool
set_count(gint64 *field, const char *text, gint64 min, gint64 max)
{
  guint64 value;
  if (!number_parse(text, (guint64)min, (guint64)max, &value))
    return false;
  *field = (gint64)value;
  return true;
}

/* As --older-than takes it. Hours are too short: whole days are deleted. */
static bool
set_period(char **field, const char *text)
{
  const char *unit = text;
  guint64 number;
  if (!number_read(&unit, 100000, &number) || number == 0 || *unit == '\0' ||
      strchr("dwmy", *unit) == NULL || unit[1] != '\0')
    return false;
  g_free(*field);
  *field = g_strdup(text);
  return true;
}

/* K and M are the binary multiples. */
static bool
set_size(gint64 *field, const char *text, gint64 min, gint64 max)
{
  guint64 value;
  if (!number_read(&text, (guint64)max, &value))
    return false;
  guint64 unit = *text == 'K' ? 1 << 10 : *text == 'M' ? 1 << 20 : 1;
  if (unit > 1)
    text++;
  if (*text != '\0' || value > (guint64)max / unit || value * unit < (guint64)min)
    return false;
  *field = (gint64)(value * unit);
  return true;
}

static bool
set_address(char **field, const char *text)
{
  char *address = address_parse(text, false);
  if (address == NULL)
    return false;
  g_free(*field);
  *field = address;
  return true;
}

static bool
set_text(char **field, const char *text)
{
  if (*text == '\0')
    return false;
  g_free(*field);
  *field = g_strdup(text);
  return true;
}

/* The words of a command line, of which the first is an absolute path. Nothing is expanded. */
static bool
set_command(char **field, const char *text)
{
  g_auto(GStrv) words = NULL;
  if (!g_shell_parse_argv(text, NULL, &words, NULL) || !g_path_is_absolute(words[0]))
    return false;
  g_free(*field);
  *field = g_strdup(text);
  return true;
}

const char *const setting_policies[] = {[POLICY_OFF] = "off",
                                        [POLICY_PREFER] = "prefer",
                                        [POLICY_SENT] = "sent",
                                        [POLICY_REQUIRE] = "require",
                                        NULL};

const char *const setting_unsigned[] = {[UNSIGNED_AT_ONCE] = "at-once",
                                        [UNSIGNED_TWO_DAYS] = "two-days",
                                        [UNSIGNED_NEVER] = "never",
                                        NULL};

static bool
set_word(int *field, const char *text, const char *const *words)
{
  for (int i = 0; words[i] != NULL; i++)
    if (strcmp(words[i], text) == 0) {
      *field = i;
      return true;
    }
  return false;
}

static bool
set_relays(char ***field, const char *text)
{
  GStrv relays = maillog_relays(text);
  if (relays == NULL)
    return false;
  g_strfreev(*field);
  *field = relays;
  return true;
}

/* RFC 5322 section 3.6.8, without the colon. */
static bool
is_field_name(const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isgraph(*text) || *text == ':')
      return false;
  return true;
}

/* Names of header fields, separated by commas or blanks. */
static bool
set_fields(char ***field, const char *text)
{
  enum { FIELDS_MAX = 8 };
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();
  g_auto(GStrv) words = g_strsplit_set(text, ", \t", -1);
  guint n = 0;
  for (char **word = words; *word != NULL; word++) {
    if (**word == '\0')
      continue;
    if (!is_field_name(*word) || ++n > FIELDS_MAX)
      return false;
    g_strv_builder_add(names, *word);
  }
  g_strfreev(*field);
  *field = g_strv_builder_end(names);
  return true;
}

static bool
set_list_value(ListFile *list, const char *key, const char *text)
{
  if (strcmp(key, "file") == 0)
    return set_path(&list->path, text);
  if (strcmp(key, "format") != 0)
    return selection_set(&list->selection, key, text, 0);
  const Format *format = format_find(text);
  if (format == NULL || !list_file_can_append(format))
    return false;
  list->format = format;
  return true;
}

/* A list file has a format to which rows can be appended. */
static bool
refuse_format(const char *text, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (const Format *format = format_table; format->name != NULL; format++)
    if (list_file_can_append(format))
      g_ptr_array_add(names, (gpointer)format->name);
  g_ptr_array_add(names, NULL);
  char **words = (char **)names->pdata;
  bool known = format_find(text) != NULL;
  g_autofree char *all = g_strjoinv(", ", words);
  g_autofree char *hint = known ? g_strdup("") : nearest_hint(text, (const char *const *)words);
  return *hint != '\0'
             ? throw(error, BOUNCEDB_ERROR_CONFIG, "is not a format%s", hint)
             : throw(error, BOUNCEDB_ERROR_CONFIG, "is not a format of list files: %s", all);
}

static ListFile *
last_list(const Settings *settings)
{
  return g_ptr_array_index(settings->lists, settings->lists->len - 1);
}

static bool
set_value(Settings *settings, const Setting *setting, const char *text)
{
  void *field = (char *)settings + setting->offset;
  switch (setting->type) {
  case TYPE_PATH:
    return set_path(field, text);
  case TYPE_BOOL:
    return set_bool(field, text);
  case TYPE_SIZE:
    return set_size(field, text, setting->min, setting->max);
  case TYPE_PERIOD:
    return set_period(field, text);
  case TYPE_COUNT:
    return set_count(field, text, setting->min, setting->max);
  case TYPE_RELAYS:
    return set_relays(field, text);
  case TYPE_FIELDS:
    return set_fields(field, text);
  case TYPE_THRESHOLD:
  case TYPE_EXPIRY:
  case TYPE_NEVER:
    break;
  case TYPE_ADDRESS:
    return set_address(field, text);
  case TYPE_TEXT:
    return set_text(field, text);
  case TYPE_COMMAND:
    return set_command(field, text);
  case TYPE_LIST:
    return set_list_value(last_list(settings), setting->key, text);
  case TYPE_POLICY:
    return set_word(field, text, setting_policies);
  case TYPE_UNSIGNED:
    return set_word(field, text, setting_unsigned);
  }
  return false;
}

static char *
describe(const Setting *setting)
{
  switch (setting->type) {
  case TYPE_PATH:
    return g_strdup("an absolute path");
  case TYPE_BOOL:
    return g_strdup("yes or no");
  case TYPE_ADDRESS:
    return g_strdup("a mail address");
  case TYPE_TEXT:
    return g_strdup("a text");
  case TYPE_COMMAND:
    return g_strdup("the absolute path of a program, with its arguments");
  case TYPE_LIST:
    return g_strdup(strcmp(setting->key, "file") == 0 ? "an absolute path"
                                                      : selection_expects(setting->key));
  case TYPE_POLICY:
    return g_strdup("require, sent, prefer or off");
  case TYPE_UNSIGNED:
    return g_strdup("at-once, two-days or never");
  case TYPE_PERIOD:
    return g_strdup("a span such as 90d, 8w, 6m or 2y");
  case TYPE_COUNT:
    return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, setting->min,
                           setting->max);
  case TYPE_RELAYS:
    return g_strdup("a list of host names");
  case TYPE_FIELDS:
    return g_strdup("a list of up to 8 names of header fields");
  case TYPE_THRESHOLD:
  case TYPE_EXPIRY:
  case TYPE_NEVER:
  case TYPE_SIZE:
    break;
  }
  return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                         ", optionally followed by K or M",
                         setting->min, setting->max);
}

bool
setting_set(Settings *settings, const Setting *setting, const char *key, const char *text,
            GError **error)
{
  Reason reason;
  Thresholds *thresholds = &settings->thresholds;
  if (setting->type == TYPE_THRESHOLD)
    return reason_from_name(key, &reason) && thresholds_set(thresholds, reason, text, error);
  if (setting->type == TYPE_EXPIRY)
    return reason_from_name(key, &reason) && thresholds_set_expiry(thresholds, reason, text, error);
  if (setting->type == TYPE_NEVER)
    return thresholds_set_never(thresholds, text, error);
  if (set_value(settings, setting, text))
    return true;
  if (setting->type == TYPE_LIST && strcmp(setting->key, "format") == 0)
    return refuse_format(text, error);
  g_autofree char *wanted = describe(setting);
  return throw(error, BOUNCEDB_ERROR_CONFIG, "is not %s", wanted);
}

static void
free_assignment(gpointer data)
{
  Assignment *assignment = data;
  g_free(assignment->group);
  g_free(assignment->key);
  g_free(assignment->value);
  g_free(assignment);
}

static void
free_list(gpointer list)
{
  list_file_free(list);
}

bool
settings_set_defaults(Settings *settings, GError **error)
{
  settings->assignments = g_ptr_array_new_with_free_func(free_assignment);
  settings->lists = g_ptr_array_new_with_free_func(free_list);
  thresholds_init(&settings->thresholds);
  settings->verp_policy = POLICY_UNSET;
  for (gsize i = 0; i < G_N_ELEMENTS(setting_table) - 1; i++)
    if (setting_table[i].initial != NULL &&
        !set_value(settings, &setting_table[i], setting_table[i].initial))
      return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "cannot set the default of [%s] %s",
                   setting_table[i].group, setting_table[i].key);
  return true;
}
