/* The values in force, as a file would set them. */
#include "config.h"

#include <string.h>

#include "settings/settings-private.h"

static char *
threshold_text(const Threshold *threshold)
{
  return threshold->days == 0   ? g_strdup("never")
         : threshold->span == 0 ? g_strdup_printf("%d", threshold->days)
                                : g_strdup_printf("%d/%d", threshold->days, threshold->span);
}

static char *
expiry_text(const Threshold *threshold)
{
  return threshold->expires == 0 ? g_strdup("never")
                                 : g_strdup_printf("%" G_GINT64_FORMAT, threshold->expires);
}

static char *
or_nothing(const char *text)
{
  return g_strdup(text != NULL ? text : "");
}

/* reason: for the two types that have a value for each. (transfer full) */
static char *
value_text(const Settings *settings, const Setting *setting, Reason reason)
{
  const void *field = (const char *)settings + setting->offset;
  switch (setting->type) {
  case TYPE_PATH:
  case TYPE_ADDRESS:
  case TYPE_TEXT:
  case TYPE_COMMAND:
  case TYPE_PERIOD:
    return or_nothing(*(char *const *)field);
  case TYPE_BOOL:
    return g_strdup(*(const bool *)field ? "yes" : "no");
  case TYPE_SIZE:
  case TYPE_COUNT:
    return g_strdup_printf("%" G_GINT64_FORMAT, *(const gint64 *)field);
  case TYPE_THRESHOLD:
    return threshold_text(&settings->thresholds.reason[reason]);
  case TYPE_EXPIRY:
    return expiry_text(&settings->thresholds.reason[reason]);
  case TYPE_NEVER:
    return or_nothing(settings->thresholds.never);
  case TYPE_RELAYS:
    return settings->relays != NULL ? g_strjoinv(" ", settings->relays) : g_strdup("");
  case TYPE_FIELDS:
    return settings->subscriber_headers != NULL ? g_strjoinv(" ", settings->subscriber_headers)
                                                : g_strdup("");
  case TYPE_POLICY:
    return g_strdup(setting_policies[settings->verp_policy]);
  case TYPE_UNSIGNED:
    return g_strdup(setting_unsigned[settings->thresholds.unproven]);
  case TYPE_LIST:
    break;
  }
  return g_strdup("");
}

static const Assignment *
find_assignment(const Settings *settings, const char *group, const char *key)
{
  for (guint i = 0; i < settings->assignments->len; i++) {
    const Assignment *set = g_ptr_array_index(settings->assignments, i);
    if (strcmp(set->group, group) == 0 && strcmp(set->key, key) == 0)
      return set;
  }
  return NULL;
}

static void
show_setting(const Settings *settings, const Setting *setting, const char *key, Reason reason,
             SettingFunc func, gpointer data)
{
  g_autofree char *value = value_text(settings, setting, reason);
  func(setting->group, key, value, find_assignment(settings, setting->group, key), data);
}

/* Of the reasons that can suppress an address at all. */
static void
show_reasons(const Settings *settings, const Setting *setting, SettingFunc func, gpointer data)
{
  for (int i = REASON_NONE + 1; i < N_REASONS; i++)
    if (reason_info((Reason)i)->suppress_days > 0)
      show_setting(settings, setting, reason_name((Reason)i), (Reason)i, func, data);
}

/* [suppression] also has a key that is not about its list file. */
static bool
is_in_list(const char *group, const Assignment *set)
{
  const Setting *setting = strcmp(set->group, group) == 0 ? setting_find(group, set->key) : NULL;
  return setting != NULL && setting->type == TYPE_LIST;
}

/* List files have no defaults but the format: what the file says is in force. */
static void
show_lists(const Settings *settings, const char *group, SettingFunc func, gpointer data)
{
  bool named = strcmp(group, "export") == 0;
  for (guint i = 0; i < settings->assignments->len; i++) {
    const Assignment *set = g_ptr_array_index(settings->assignments, i);
    if (named ? g_str_has_prefix(set->group, "export ") : is_in_list(group, set))
      func(set->group, set->key, set->value, set, data);
  }
}

void
settings_each(const Settings *settings, SettingFunc func, gpointer data)
{
  for (const Setting *setting = setting_table; setting->group != NULL; setting++) {
    bool first = setting == setting_table || strcmp(setting[-1].group, setting->group) != 0;
    if (setting->type == TYPE_THRESHOLD || setting->type == TYPE_EXPIRY)
      show_reasons(settings, setting, func, data);
    else if (setting->type != TYPE_LIST)
      show_setting(settings, setting, setting->key, REASON_NONE, func, data);
    else if (first)
      show_lists(settings, setting->group, func, data);
  }
}
