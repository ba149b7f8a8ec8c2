/* What doctor finds on the suppression list, and what people have to decide about it. */
#include "config.h"

#include "base/dates.h"
#include "store/store-alive.h"
#include "store/store-query.h"
#include "store/store-thresholds.h"
#include "cmd/doctor.h"

enum {
  WAVE_DAYS = 30,   /* a wave of unknown text is reported for so long */
  ALIVE_SHOWN = 20, /* suppressed addresses that seem alive */
};

bool
doctor_check_settings(Doctor *doctor, Store *store, GError **error)
{
  bool same;
  if (!store_has_thresholds(store, &doctor->settings->thresholds, &same, error))
    return false;
  if (!same)
    doctor_finding(doctor, "configuration",
                   "changed thresholds or guard settings have not been applied; the next delivery "
                   "applies them to what follows, and bouncedb db reweigh to everything recorded "
                   "so far");
  return true;
}

/* The commands are printed in full, to be copied. */
static bool
print_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  const char *provider = store_cell(cells, n, "provider"), *source = store_cell(cells, n, "source");
  date_day_utc(store_cell_int(cells, n, "day") * SECONDS_PER_DAY, day);
  g_autofree char *options = g_strdup_printf(
      "--%s %s --since %s --until %s", provider != NULL ? "provider" : "domain", source, day, day);
  doctor_finding(
      data, "held",
      "%s from %s (%s) wait for your decision; to drop what was reported: bouncedb release "
      "%s; to suppress them: bouncedb confirm %s",
      store_cell(cells, n, "entries"), day, source, options, options);
  return true;
}

bool
doctor_check_held(Doctor *doctor, Store *store, GError **error)
{
  return store_held(store, print_held, doctor, error);
}

static bool
print_complained(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  doctor_finding(data, "allowed", "%s complained on %s and is still written to",
                 store_cell(cells, n, "recipient"), date_day(store_cell_int(cells, n, "at"), day));
  return true;
}

bool
doctor_check_complaints(Doctor *doctor, Store *store, GError **error)
{
  return store_allowed_complaints(store, print_complained, doctor, error);
}

static bool
print_wave(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char day[DATE_BUFFER];
  doctor_finding(
      data, "unknown text",
      "no rule understands this reply, which came for %s domains since %s: \"%s\"; these "
      "%s failures do not count; bouncedb rules draft prepares a rule for it, and bouncedb "
      "reclassify applies it",
      store_cell(cells, n, "domains"), date_day(store_cell_int(cells, n, "first_at"), day),
      store_cell(cells, n, "reply"), store_cell(cells, n, "failures"));
  return true;
}

bool
doctor_check_waves(Doctor *doctor, Store *store, GError **error)
{
  return store_waves(store, doctor->now - WAVE_DAYS * (gint64)SECONDS_PER_DAY, print_wave, doctor,
                     error);
}

typedef struct {
  Doctor *doctor;
  guint seen;
} Alive;

static bool
print_alive(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Alive *alive = data;
  char since[DATE_BUFFER], day[DATE_BUFFER];
  bool wrote = store_cell(cells, n, "wrote_at") != NULL;
  if (++alive->seen > ALIVE_SHOWN)
    return true;
  date_day(store_cell_int(cells, n, wrote ? "wrote_at" : "accepted_at"), day);
  doctor_finding(
      alive->doctor, "alive", "%s, suppressed since %s: %s on %s; bouncedb allow lifts that",
      store_cell(cells, n, "recipient"), date_day(store_cell_int(cells, n, "since"), since),
      wrote ? "a message came from it" : "its host accepted a message", day);
  return true;
}

bool
doctor_check_alive(Doctor *doctor, Store *store, GError **error)
{
  Alive alive = {.doctor = doctor};
  if (!store_alive_suppressed(store, print_alive, &alive, error))
    return false;
  if (alive.seen > ALIVE_SHOWN)
    doctor_finding(doctor, "alive", "%u more", alive.seen - ALIVE_SHOWN);
  return true;
}
