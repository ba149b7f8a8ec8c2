/* What doctor tells about protection from forged reports: which is on, what it does not protect
 * from, and the commands that turn on the next one. */
#include "config.h"

#include <sys/stat.h>

#include "base/dates.h"
#include "base/permission.h"
#include "store/store-sent.h"
#include "cmd/doctor.h"

static const char what[] = "protection";

/* The commands are printed in full, to be copied. */
static void
tell_signing(const Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  g_autofree char *folder = g_path_get_dirname(settings->database);
  g_autofree char *file = g_build_filename(folder, "verp.key", NULL);
  const char *key = settings->verp_key != NULL ? settings->verp_key : file;
  const char *base = settings->verp_base != NULL ? settings->verp_base : "bounces@example.org";
  g_autofree char *word = permission_quote(key);
  static const char make[] = "use what this prints: bouncedb verp make RECIPIENT";
  if (settings->verp_key == NULL) {
    doctor_note(doctor, what, "1. bouncedb verp keygen %s", word);
    doctor_note(doctor, what,
                "2. add these lines to the group [verp] of the configuration: base = %s; key = %s; "
                "policy = prefer",
                base, key);
    doctor_note(doctor, what, "3. as the envelope sender of each message, %s", make);
  } else {
    doctor_note(doctor, what, "1. there is a key: %s", word);
    doctor_note(doctor, what, "2. as the envelope sender of each message, %s", make);
    doctor_note(doctor, what, "3. once all messages have one, set in [verp]: policy = require");
  }
}

static const char *
find_log(void)
{
  static const char *const logs[] = {"/var/log/mail.log", "/var/log/maillog",
                                     "/var/log/exim4/mainlog", "/var/log/exim/main.log"};
  for (gsize i = 0; i < G_N_ELEMENTS(logs); i++)
    if (g_file_test(logs[i], G_FILE_TEST_EXISTS))
      return logs[i];
  return logs[0];
}

/* What makes root use this database. Root does not trust the configuration of another user. */
static char *
option_for_root(const Settings *settings)
{
  struct stat st;
  const char *file = settings->file;
  if (g_strcmp0(file, SYSCONFDIR "/bouncedb/bouncedb.conf") == 0)
    return g_strdup("");
  bool trusted = file != NULL && stat(file, &st) == 0 && st.st_uid == 0;
  g_autofree char *path = g_canonicalize_filename(trusted ? file : settings->database, NULL);
  g_autofree char *word = permission_quote(path);
  return g_strconcat(trusted ? " --config " : " --db ", word, NULL);
}

static void
tell_matching(const Doctor *doctor)
{
  const char *log = find_log();
  g_autofree char *option = option_for_root(doctor->settings);
  doctor_note(doctor, what, "1. as root: bouncedb sent%s %s", option, log);
  doctor_note(
      doctor, what,
      "2. run it from root's crontab, before the log is rotated: 55 * * * * bouncedb sent -q%s "
      "%s",
      option, log);
  doctor_note(doctor, what, "3. then add to the configuration: [suppression] unsigned = never");
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
    doctor_note(doctor, what, "an unproven report (nothing shows that it is genuine) %s an address",
                effect);
  else if (guard->unproven_message == 0)
    doctor_note(
        doctor, what,
        "an unproven report (nothing shows that it is genuine) %s, however many addresses it names",
        effect);
  else
    doctor_note(
        doctor, what,
        "an unproven report (nothing shows that it is genuine) %s, but at most %" G_GINT64_FORMAT
        " addresses; the guard holds the rest until you decide",
        effect, guard->unproven_message);
}

static void
tell_unsigned(const Doctor *doctor)
{
  const Settings *settings = doctor->settings;
  if (settings->thresholds.unproven != UNSIGNED_NEVER)
    doctor_note(
        doctor, what,
        "this does not protect against many forged reports that name a few addresses each%s",
        settings->verp_policy == POLICY_SENT ? ", if you have recently written to these" : "");
}

/* last: when the last message of which the Message-ID is known was sent. */
static void
tell_matched(const Doctor *doctor, gint64 last)
{
  char day[DATE_BUFFER];
  doctor_note(doctor, what,
              "a report is proven to be genuine if it returns the Message-ID of a message in the "
              "mail log and names a recipient of it (last message in the log so far: %s)",
              date_day(last, day));
  doctor_note(doctor, what, "this does not protect against others who got the same message");
}

bool
doctor_check_protection(Doctor *doctor, Store *store, GError **error)
{
  gint64 last;
  if (doctor->settings->verp_policy == POLICY_REQUIRE) {
    doctor_note(doctor, what,
                "only reports that come to a signed return path can suppress an address");
    doctor_note(
        doctor, what,
        "this does not protect an address against anyone who has a message that was sent to it");
    return true;
  }
  if (!store_sent_last(store, &last, error))
    return false;
  tell_guard(doctor);
  tell_unsigned(doctor);
  if (last != 0)
    tell_matched(doctor, last);
  bool signing = last != 0 || doctor->settings->verp_key != NULL;
  doctor_note(doctor, what,
              signing ? "for more protection, sign return paths:"
                      : "for more protection, record the mail log as follows, or sign return "
                        "paths (bouncedb-mta(7)):");
  (signing ? tell_signing : tell_matching)(doctor);
  return true;
}
