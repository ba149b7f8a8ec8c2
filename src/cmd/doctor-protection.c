/* What doctor tells about protection from forged reports: which is on, what it does not protect
 * from, and the commands that turn on the next one. */
#include "config.h"

#include "base/permission.h"
#include "cmd/doctor.h"

static const char what[] = "protection";

/* The commands are printed in full, to be copied. */
static void
tell_next(const Doctor *doctor, const char *key, const char *lines)
{
  g_autofree char *word = permission_quote(key);
  const Settings *settings = doctor->settings;
  g_autofree char *base =
      settings->verp_base != NULL ? g_strdup(settings->verp_base) : g_strdup("bounces@example.org");
  doctor_note(doctor, what, "1. bouncedb verp keygen %s", word);
  doctor_note(doctor, what, "2. add to the configuration: [verp] base = %s, key = %s%s", base, key,
              lines);
  doctor_note(doctor, what,
              "3. send each message from what this prints: bouncedb verp make RECIPIENT");
}

static void
tell_guard(const Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  const Guard *guard = &settings->thresholds.guard;
  static const char *const effects[N_UNSIGNED] = {
      [UNSIGNED_AT_ONCE] = "suppresses at once",
      [UNSIGNED_TWO_DAYS] = "suppresses after failures on two days",
      [UNSIGNED_NEVER] = "never suppresses",
  };
  const char *effect = effects[settings->thresholds.unproven];
  if (settings->thresholds.unproven == UNSIGNED_NEVER)
    doctor_note(doctor, what, "a report that nothing proves %s", effect);
  else if (guard->unproven_message == 0)
    doctor_note(doctor, what, "a report that nothing proves %s, however many addresses it names",
                effect);
  else
    doctor_note(doctor, what,
                "a report that nothing proves %s, but at most %" G_GINT64_FORMAT
                " addresses; the guard holds the rest",
                effect, guard->unproven_message);
}

static void
tell_unsigned(const Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  g_autofree char *folder = g_path_get_dirname(settings->database);
  g_autofree char *key = g_build_filename(folder, "verp.key", NULL);
  tell_guard(doctor);
  if (settings->thresholds.unproven != UNSIGNED_NEVER)
    doctor_note(doctor, what,
                "it does not protect from many forged reports that name few addresses each%s",
                settings->verp_policy == POLICY_SENT ? ", if these were recently written to" : "");
  doctor_note(doctor, what, "signed return paths do:");
  tell_next(doctor, settings->verp_key != NULL ? settings->verp_key : key,
            settings->verp_key != NULL ? ", policy = require" : "");
}

void
doctor_tell_protection(const Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  if (settings->verp_policy != POLICY_REQUIRE) {
    tell_unsigned(doctor);
    return;
  }
  doctor_note(doctor, what,
              "only reports that come to a signed return path can suppress an address");
  doctor_note(doctor, what,
              "it does not protect an address from whoever has a message that was sent to it");
}
