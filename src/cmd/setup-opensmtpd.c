/* OpenSMTPD: a file of its own, which smtpd.conf includes before the first rule that matches. */
#include "config.h"

#include <string.h>

#include "base/permission.h"
#include "mail/address.h"
#include "cmd/setup.h"

/* (transfer full) */
static char *
configuration(const Setup *setup)
{
  static const char *const places[] = {"/etc/mail/smtpd.conf", "/etc/smtpd/smtpd.conf",
                                       "/usr/local/etc/mail/smtpd.conf"};
  if (setup->server_config != NULL)
    return g_strdup(setup->server_config);
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_file_test(places[i], G_FILE_TEST_EXISTS))
      return g_strdup(places[i]);
  return g_strdup("/etc/smtpd.conf");
}

/* Whether smtpd itself accepts its configuration. */
static bool
look(Setup *setup, GError **error)
{
  g_autofree char *file = configuration(setup);
  const char *const check[] = {"smtpd", "-n", "-f", file, NULL};
  const char *const name[] = {"hostname", "-f", NULL};
  if (!setup_have("smtpd"))
    return throw(error, BOUNCEDB_ERROR_USAGE, "OpenSMTPD is not installed: there is no smtpd");
  g_autofree char *accepted = setup_ask(check);
  if (accepted == NULL)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "OpenSMTPD does not accept its configuration; this says why: smtpd -n -f %s",
                 file);
  g_autofree char *mailname = setup_read("/etc/mailname"), *host = setup_ask(name);
  const char *domain = mailname != NULL ? g_strstrip(mailname) : host != NULL ? host : "localhost";
  if (setup->address == NULL)
    setup->address =
        g_strdup_printf("%s@%s", setup->forward ? g_get_user_name() : "bounces", domain);
  return true;
}

/* text in a regular expression, in which only letters and digits stand for themselves */
static char *
literal(const char *text)
{
  GString *out = g_string_new(NULL);
  for (; *text != '\0'; text++) {
    if (!g_ascii_isalnum(*text))
      g_string_append_c(out, '\\');
    g_string_append_c(out, *text);
  }
  return g_string_free(out, FALSE);
}

/* Double quotes end a word of smtpd.conf, so an address or a path with one cannot be written. */
static char *
rules(const Setup *setup)
{
  const char *domain = address_domain(setup->address);
  g_autofree char *name = g_strndup(setup->address, strcspn(setup->address, "@"));
  g_autofree char *local = literal(name), *host = literal(domain);
  const char *options = setup->command + strlen(setup->program);
  return g_strdup_printf("table bouncedb { \"@%s\" = %s }\n"
                         "action \"bouncedb\" mda \"%s deliver%s || exit 75\" virtual <bouncedb>\n"
                         "match from any for rcpt-to \"%s\" action \"bouncedb\"\n"
                         "match from any for rcpt-to regex \"^%s\\+.*@%s$\" action \"bouncedb\"\n",
                         domain, setup->owner, setup->program, options, setup->address, local,
                         host);
}

static void
plan_restart(Setup *setup)
{
  static const char *const systemctl[] = {"systemctl", "is-active", "opensmtpd.service", NULL};
  g_autofree char *active = setup_ask(systemctl);
  if (active != NULL)
    setup_step(setup, "OpenSMTPD cannot read its configuration again, so it is restarted",
               "systemctl restart opensmtpd.service");
  else
    setup_note(setup, "restart OpenSMTPD afterwards: it reads its configuration only at the start");
}

static bool
plan(Setup *setup, GError **error)
{
  if (setup->forward) {
    g_autofree char *line = g_strdup_printf("\"|%s || exit 75\"", setup->command);
    return setup_plan_forward(setup, line, error);
  }
  g_autofree char *file = configuration(setup), *folder = g_path_get_dirname(setup->config);
  g_autofree char *text = setup_read(file),
                  *included = g_build_filename(folder, "smtpd.conf", NULL);
  if (text == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s cannot be read", file);
  if (setup_text_has(text, "bouncedb"))
    return true;
  g_autofree char *lines = rules(setup), *own = permission_quote(included);
  g_autofree char *word = permission_quote(file);
  setup_save(setup, included);
  setup_step(setup, "The rules, in a file of their own", "cat >%s <<'END'\n%sEND", own, lines);
  setup_save(setup, file);
  setup_step(setup,
             "OpenSMTPD reads it before its own rules, of which the first that matches counts",
             "new=$(mktemp)\n"
             "awk '/^match / && !seen++ { print \"include \\\"%s\\\"\" } { print }\n"
             "  END { if (!seen) print \"include \\\"%s\\\"\" }' %s >\"$new\"\n"
             "smtpd -n -f \"$new\"\ncat \"$new\" >%s\nrm \"$new\"",
             included, included, word, word);
  plan_restart(setup);
  return true;
}

static char **
sender(const Setup *setup)
{
  const char *argv[] = {"sendmail", "-f", "<>", "--", NULL};
  (void)setup;
  return g_strdupv((char **)argv);
}

const SetupServer setup_opensmtpd = {.name = "opensmtpd",
                                     .look = look,
                                     .plan = plan,
                                     .sender = sender,
                                     .queue = "smtpctl show queue"};
