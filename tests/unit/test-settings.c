#include "config.h"

#include "lib/check.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/scratch.h"

#include "settings/settings-private.h"

static char *folder; /* of this test; also $HOME */

/* Takes the place of GLib's. An allocation in it may fail, and be made good, and still leave its
 * error. */
gint64
g_ascii_strtoll(const gchar *text, gchar **end, guint base)
{
  gint64 value = strtoll(text, end, (int)base);
  errno = ENOMEM;
  return value;
}

guint64
g_ascii_strtoull(const gchar *text, gchar **end, guint base)
{
  guint64 value = strtoull(text, end, (int)base);
  errno = ENOMEM;
  return value;
}

static char *
write_file(const char *name, const char *text)
{
  char *path = g_build_filename(folder, name, NULL);
  assert_true(g_file_set_contents(path, text, -1, NULL));
  assert_int_equal(chmod(path, 0644), 0);
  return path;
}

static void
test_defaults(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  g_autoptr(Settings) settings = settings_load(NULL, NULL, &error);
  assert_null(error);
  g_autofree char *database = g_build_filename(folder, ".local/share/bouncedb/bounces.db", NULL);
  g_autofree char *keep = g_build_filename(folder, ".local/share/bouncedb/keep", NULL);
  check_string("database", settings->database, database);
  check_string("keep", settings->keep, keep);
  assert_true(settings->database_default);
  assert_false(settings->subject);
  assert_false(settings->events_trusted);
  assert_null(settings->webhook.login);
  assert_null(settings->webhook.mailchimp_url);
  assert_null(settings->webhook.sns_topic);
  check_int("signed-hours", settings->webhook.within, 24);
  check_int("max-parse", settings->max_parse, 1 << 20);
  assert_null(settings->rules);
  check_int("lists", settings->lists->len, 0);
  assert_null(settings->verp_key);
  check_int("policy", settings->verp_policy, POLICY_OFF);
  check_int("sent-days", settings->sent_days, 10);
  assert_null(settings->subscriber_headers);
}

static void
test_all_keys(void **state)
{
  (void)state;
  g_autofree char *file =
      write_file("all.conf", "# a comment\n[cage]\nrequired = yes\n"
                             "[database]\nfile = /var/lib/x/b.db \n"
                             "[delivery]\nkeep=~/kept\nkeep-for = 90d\nmax-parse = 2M\n"
                             "subject = yes\nsyslog=no\n"
                             "[fleet]\nconnection = host=db.example.org user=mx1\n"
                             "read-connection = host=db.example.org user=board\n"
                             "[retention]\nkeep-for = 2y\n"
                             "[rules]\nfile = /etc/r\n"
                             "[suppression]\nfile = /var/s\n"
                             "[trends]\nhook = /bin/mail -s 'what changed' root\nsyslog = no\n"
                             "[verp]\nbase = Bounces@Lists.Example.org\n"
                             "key = /etc/k\nkey-old = /etc/o\n"
                             "policy = prefer\nsent-days = 7\n"
                             "subscriber-header = X-ListMember,  X-Listmonk-Subscriber\n");
  g_autoptr(GError) error = NULL;
  g_autoptr(Settings) settings = settings_load(file, NULL, &error);
  assert_null(error);
  g_autofree char *kept = g_build_filename(folder, "kept", NULL);
  check_string("database", settings->database, "/var/lib/x/b.db");
  check_string("keep", settings->keep, kept);
  check_string("keep-for", settings->keep_for, "90d");
  check_string("fleet", settings->fleet_connection, "host=db.example.org user=mx1");
  check_string("fleet, to read", settings->fleet_read_connection, "host=db.example.org user=board");
  assert_null(settings->fleet_name);
  check_string("retention", settings->retention, "2y");
  check_string("rules", settings->rules, "/etc/r");
  check_int("lists", settings->lists->len, 1);
  const ListFile *list = g_ptr_array_index(settings->lists, 0);
  check_string("suppression", list->path, "/var/s");
  check_string("format", list->format->name, "plain");
  assert_true(settings->cage_required);
  assert_true(settings->subject);
  assert_false(settings->syslog);
  assert_false(settings->database_default);
  check_int("max-parse", settings->max_parse, 2 << 20);
  check_string("hook", settings->trends_hook, "/bin/mail -s 'what changed' root");
  assert_false(settings->trends_syslog);
  check_string("base", settings->verp_base, "Bounces@lists.example.org");
  check_string("key", settings->verp_key, "/etc/k");
  check_string("key-old", settings->verp_key_old, "/etc/o");
  check_int("policy", settings->verp_policy, POLICY_PREFER);
  check_int("sent-days", settings->sent_days, 7);
  g_autofree char *fields = g_strjoinv("|", settings->subscriber_headers);
  check_string("subscriber-header", fields, "X-ListMember|X-Listmonk-Subscriber");
}

/* With a key the default policy is "require"; without one, "off". */
static void
test_policy(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    TrustPolicy want;
  } cases[] = {{"[verp]\n", POLICY_OFF},
               {"[verp]\nkey = /k\n", POLICY_REQUIRE},
               {"[verp]\nkey = /k\npolicy = off\n", POLICY_OFF},
               {"[verp]\nkey = /k\npolicy = sent\n", POLICY_SENT},
               {"[verp]\npolicy = sent\n", POLICY_SENT},
               {"[verp]\npolicy = prefer\n", POLICY_PREFER}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *file = write_file("policy.conf", cases[i].text);
    g_autoptr(Settings) settings = settings_load(file, NULL, NULL);
    check_int(cases[i].text, settings->verp_policy, cases[i].want);
  }
}

static void
test_errors(void **state)
{
  (void)state;
  static const struct {
    const char *text, *names[3]; /* words in the error message */
  } cases[] = {
      {"[databse]\nfile=/x\n", {"bad.conf", "[databse]"}},
      {"[database]\npath=/x\n", {"bad.conf", "[database]", "path"}},
      {"[database]\nfile=x/y\n", {"[database]", "file", "absolute path"}},
      {"[database]\nfile=/x\nfile=/y\n", {"[database]", "file", "twice"}},
      {"[database]\nfile=/x\n[delivery]\nkeep=/k\n[database]\nfile =/y\n",
       {"[database]", "file", "twice"}},
      {"[cage]\nrequired=perhaps\n", {"[cage]", "required", "yes or no"}},
      {"[trends]\nhook=mail root\n", {"[trends]", "hook", "absolute path"}},
      {"[trends]\nhook=/bin/mail 'root\n", {"[trends]", "hook", "absolute path"}},
      {"[delivery]\nsubject=maybe\n", {"[delivery]", "subject", "yes or no"}},
      {"[delivery]\nmax-parse=1\n", {"max-parse", "65536", "16777216"}},
      {"[delivery]\nmax-parse=17M\n", {"max-parse"}},
      {"[delivery]\nmax-parse=99999999999999999999\n", {"max-parse"}},
      {"[delivery]\nmax-parse=1Mx\n", {"max-parse"}},
      {"[delivery]\nmax-parse=-1\n", {"max-parse"}},
      {"[delivery]\nmax-parse=\n", {"max-parse"}},
      {"[verp]\nbase=bounces\n", {"[verp]", "base", "mail address"}},
      {"[verp]\npolicy=strict\n", {"[verp]", "policy", "require, sent, prefer or off"}},
      {"[verp]\npolicy=require\n", {"[verp]", "policy", "key"}},
      {"[verp]\nkey-old=/k\n", {"[verp]", "key-old", "key"}},
      {"[events]\nmailgun-key=key\n", {"[events]", "mailgun-key", "absolute path"}},
      {"[events]\nmailchimp-key=key\n", {"[events]", "mailchimp-key", "absolute path"}},
      {"[events]\nsns-certificate=key\n", {"[events]", "sns-certificate", "absolute path"}},
      {"[events]\nsigned-hours=0\n", {"[events]", "signed-hours", "8760"}},
      {"[events]\ntrust=maybe\n", {"[events]", "trust", "yes or no"}},
      {"[expiry]\nmailbox_full=0\n", {"[expiry]", "mailbox_full", "a number of days"}},
      {"[expiry]\nspf=9\n", {"[expiry]", "spf", "a fault of the sender"}},
      {"[expiry]\ncomplaint=9\n", {"[expiry]", "complaint"}},
      {"[own]\nnever=x@, y\n", {"[own]", "never", "\"x@\""}},
      {"[sent]\nrelay=x;y\n", {"[sent]", "relay", "host names"}},
      {"[verp]\nsubscriber-header=X-Id:\n", {"[verp]", "subscriber-header", "header fields"}},
      {"[verp]\nsubscriber-header=a b c d e f g h i\n", {"[verp]", "subscriber-header", "8"}},
      {"[delivery]\nkeep-for=12h\n", {"[delivery]", "keep-for", "90d"}},
      {"[retention]\nkeep-for=0d\n", {"[retention]", "keep-for", "2y"}},
      {"[retention]\nkeep-for=yesterday\n", {"keep-for", "a span"}},
      {"[retention]\nkeep-for=2yy\n", {"keep-for", "a span"}},
      {"[verp]\nsent-days=401\n", {"[verp]", "sent-days", "400"}},
      {"file=/x\n", {"bad.conf"}},
      {"\x1\xff\xfe", {"bad.conf"}},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *file = write_file("bad.conf", cases[i].text);
    g_autoptr(GError) error = NULL;
    assert_null(settings_load(file, NULL, &error));
    check_int(cases[i].text, error->code, BOUNCEDB_ERROR_CONFIG);
    for (size_t j = 0; j < G_N_ELEMENTS(cases[i].names) && cases[i].names[j] != NULL; j++)
      if (strstr(error->message, cases[i].names[j]) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->message, cases[i].names[j]);
  }
}

static void
test_untrusted_file(void **state)
{
  (void)state;
  g_autofree char *file = write_file("open.conf", "[rules]\nfile=/etc/r\n");
  assert_int_equal(chmod(file, 0666), 0);
  g_autoptr(GError) error = NULL;
  assert_null(settings_load(file, NULL, &error));
  check_int("writable by everyone", error->code, BOUNCEDB_ERROR_CONFIG);
  g_clear_error(&error);
  assert_null(settings_load(folder, NULL, &error));
  check_int("a folder", error->code, BOUNCEDB_ERROR_CONFIG);
}

static void
test_absent_file(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_null(settings_load("/nonexistent/bouncedb.conf", NULL, &error));
  check_int("a named file has to be there", error->code, BOUNCEDB_ERROR_CONFIG);
}

/* The user's own file is found, and --db overrides it; the kept messages are next to the database.
 */
static void
test_own_file(void **state)
{
  (void)state;
  g_autofree char *conf = g_build_filename(folder, ".config", "bouncedb", NULL);
  assert_int_equal(g_mkdir_with_parents(conf, 0700), 0);
  g_autofree char *file = write_file(".config/bouncedb/bouncedb.conf", "[database]\nfile=/a/b\n");
  g_autoptr(Settings) plain = settings_load(NULL, NULL, NULL);
  check_string("own file", plain->database, "/a/b");
  check_string("keep", plain->keep, "/a/keep");
  g_autoptr(Settings) overridden = settings_load(NULL, "/c/d", NULL);
  check_string("--db", overridden->database, "/c/d");
  check_string("--db keep", overridden->keep, "/c/keep");
  assert_false(overridden->database_default);
  g_autoptr(Settings) relative = settings_load(NULL, "x.db", NULL);
  assert_true(g_path_is_absolute(relative->database));
  assert_int_equal(g_unlink(file), 0);
}

/* A mail server may omit HOME or set it to anything; a relative path is never used. */
static void
test_home(void **state)
{
  (void)state;
  static const char *const values[] = {"", "relative", "../x"};
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_setenv("HOME", values[i], TRUE);
    g_setenv("XDG_DATA_HOME", values[i], TRUE);
    g_autofree char *home = settings_home(NULL);
    assert_true(g_path_is_absolute(home));
    g_autoptr(Settings) settings = settings_load(NULL, NULL, NULL);
    if (settings != NULL)
      assert_true(g_path_is_absolute(settings->database));
  }
  g_unsetenv("XDG_DATA_HOME");
  g_setenv("HOME", folder, TRUE);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),    cmocka_unit_test(test_all_keys),
      cmocka_unit_test(test_errors),      cmocka_unit_test(test_untrusted_file),
      cmocka_unit_test(test_absent_file), cmocka_unit_test(test_own_file),
      cmocka_unit_test(test_home),        cmocka_unit_test(test_policy),
  };
  folder = scratch_new();
  g_setenv("HOME", folder, TRUE);
  g_unsetenv("XDG_CONFIG_HOME");
  g_unsetenv("XDG_DATA_HOME");
  int failed = cmocka_run_group_tests_name("settings", tests, NULL, NULL);
  scratch_free(folder);
  return failed;
}
