#include "config.h"

#include "store/thresholds.h"

#include <string.h>

#include "base/number.h"
#include "mail/address.h"

enum { DAYS_MAX = 3650 };

void
thresholds_init(Thresholds *thresholds)
{
  *thresholds = (Thresholds){0};
  for (int reason = 0; reason < N_REASONS; reason++)
    thresholds->reason[reason] = (Threshold){.days = reason_info(reason)->suppress_days,
                                             .span = reason_info(reason)->suppress_span};
}

static const char *
whose_fault(Reason reason)
{
  switch (reason_info(reason)->party) {
  case PARTY_SENDER:
    return "a fault of the sender";
  case PARTY_MESSAGE:
    return "a fault of the message";
  default:
    return "the recipient's own filter";
  }
}

static bool
read_days(const char **cursor, int *out)
{
  guint64 value;
  if (!number_read(cursor, DAYS_MAX, &value))
    return false;
  *out = (int)value;
  return true;
}

static bool
read_threshold(const char *text, Threshold *out)
{
  *out = (Threshold){0};
  if (strcmp(text, "never") == 0)
    return true;
  if (!read_days(&text, &out->days) || out->days == 0)
    return false;
  if (*text == '/') {
    text++;
    if (!read_days(&text, &out->span))
      return false;
  }
  return *text == '\0';
}

static bool
can_suppress(Reason reason, GError **error)
{
  return reason_info(reason)->suppress_days > 0 ||
         throw(error, BOUNCEDB_ERROR_CONFIG,
               "is not allowed: %s is %s and can never suppress an address", reason_name(reason),
               whose_fault(reason));
}

bool
thresholds_set(Thresholds *thresholds, Reason reason, const char *text, GError **error)
{
  Threshold threshold;
  if (!read_threshold(text, &threshold))
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "must be \"never\", a number of days such as 3, or a number of days and the days "
                 "from the first to the last, such as 5/14");
  if (threshold.days > 0 && !can_suppress(reason, error))
    return false;
  threshold.expires = thresholds->reason[reason].expires;
  thresholds->reason[reason] = threshold;
  return true;
}

bool
thresholds_set_expiry(Thresholds *thresholds, Reason reason, const char *text, GError **error)
{
  int days = 0;
  bool never = strcmp(text, "never") == 0;
  if (!never && (!read_days(&text, &days) || days == 0 || *text != '\0'))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "must be \"never\" or a number of days from 1 to %d",
                 DAYS_MAX);
  if (!never && !can_suppress(reason, error))
    return false;
  thresholds->reason[reason].expires = days;
  return true;
}

bool
thresholds_expire(const Thresholds *thresholds)
{
  for (int reason = 0; reason < N_REASONS; reason++)
    if (thresholds->reason[reason].expires > 0)
      return true;
  return false;
}

/* Labels of letters, digits and hyphens; whatever is not ASCII belongs to letters (RFC 6532). */
static bool
is_domain(const char *word)
{
  size_t label = 0;
  for (; *word != '\0'; word++) {
    if (*word == '.' && label == 0)
      return false;
    if (*word != '.' && *word != '-' && *word != '_' && !g_ascii_isalnum(*word) &&
        (guchar)*word < 0x80)
      return false;
    label = *word == '.' ? 0 : label + 1;
  }
  return label > 0;
}

bool
thresholds_set_never(Thresholds *thresholds, const char *text, GError **error)
{
  g_autofree char *lower = g_ascii_strdown(text, -1);
  g_auto(GStrv) words = g_strsplit_set(lower, ", \t", -1);
  g_autoptr(GString) names = g_string_new(NULL);
  for (char **word = words; *word != NULL; word++) {
    const char *name = **word == '@' ? *word + 1 : *word;
    if (**word == '\0')
      continue;
    const char *at = strrchr(name, '@');
    if (!g_utf8_validate(name, -1, NULL) || !is_domain(at != NULL ? at + 1 : name))
      return throw(error, BOUNCEDB_ERROR_CONFIG, "is wrong: \"%s\" is not an address or a domain",
                   *word);
    g_autofree char *key = address_key(name);
    g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", key);
  }
  g_free(thresholds->never);
  thresholds->never = names->len > 0 ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
  return true;
}

bool
thresholds_check(const Thresholds *thresholds, GError **error)
{
  if (thresholds->unproven == UNSIGNED_TWO_DAYS && thresholds->window < 2)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "window = 1 leaves no two days for unsigned reports");
  for (int reason = 0; reason < N_REASONS; reason++) {
    const Threshold *threshold = &thresholds->reason[reason];
    if (threshold->days > thresholds->window || threshold->span >= thresholds->window)
      return throw(error, BOUNCEDB_ERROR_CONFIG,
                   "%s = %d/%d can never be reached within the window of %" G_GINT64_FORMAT
                   " days: lower it, or set it to never",
                   reason_name(reason), threshold->days, threshold->span, thresholds->window);
  }
  return true;
}

char *
thresholds_text(const Thresholds *thresholds)
{
  GString *text = g_string_new(NULL);
  g_string_printf(text,
                  "window=%" G_GINT64_FORMAT " max-new=%" G_GINT64_FORMAT
                  " max-share=%" G_GINT64_FORMAT " provider-factor=%" G_GINT64_FORMAT,
                  thresholds->window, thresholds->guard.max_new, thresholds->guard.max_share,
                  thresholds->guard.provider_factor);
  g_string_append_printf(
      text, " unproven=%d:%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
      thresholds->unproven == UNSIGNED_TWO_DAYS, thresholds->guard.unproven_message,
      thresholds->guard.unproven_day, thresholds->guard.unproven_share);
  for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++)
    if (thresholds->reason[reason].days > 0)
      g_string_append_printf(text, " %s=%d/%d", reason_name(reason),
                             thresholds->reason[reason].days, thresholds->reason[reason].span);
  for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++)
    if (thresholds->reason[reason].expires > 0)
      g_string_append_printf(text, " expiry:%s=%" G_GINT64_FORMAT, reason_name(reason),
                             thresholds->reason[reason].expires);
  if (thresholds->never != NULL)
    g_string_append_printf(text, " never: %s", thresholds->never);
  return g_string_free(text, FALSE);
}
