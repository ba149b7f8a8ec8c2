#include "config.h"

#include "store/thresholds.h"

#include <string.h>

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
  char *end;
  if (!g_ascii_isdigit(**cursor))
    return false;
  guint64 value = g_ascii_strtoull(*cursor, &end, 10);
  *cursor = end;
  *out = (int)MIN(value, (guint64)DAYS_MAX + 1);
  return *out <= DAYS_MAX;
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

bool
thresholds_set(Thresholds *thresholds, Reason reason, const char *text, GError **error)
{
  Threshold threshold;
  if (!read_threshold(text, &threshold))
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "must be \"never\", a number of days such as 3, or a number of days and the days "
                 "from the first to the last, such as 5/14");
  if (threshold.days > 0 && reason_info(reason)->suppress_days == 0)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "is not allowed: %s is %s and can never suppress an address", reason_name(reason),
                 whose_fault(reason));
  thresholds->reason[reason] = threshold;
  return true;
}

bool
thresholds_check(const Thresholds *thresholds, GError **error)
{
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
  for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++)
    if (thresholds->reason[reason].days > 0)
      g_string_append_printf(text, " %s=%d/%d", reason_name(reason),
                             thresholds->reason[reason].days, thresholds->reason[reason].span);
  return g_string_free(text, FALSE);
}
