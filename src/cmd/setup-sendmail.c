/* Sendmail: a line in its alias file and, where smrsh(8) runs the programs, a link to this one. */
#include "config.h"

#include <string.h>

#include "base/permission.h"
#include "mail/address.h"
#include "cmd/setup.h"

static const char *
configuration(const Setup *setup)
{
  return setup->server_config != NULL ? setup->server_config : "/etc/mail/sendmail.cf";
}

/* The value of an option in sendmail.cf: what follows "O name=". (transfer full) (nullable) */
static char *
option(const Setup *setup, const char *name)
{
  g_autofree char *text = setup_read(configuration(setup));
  g_autofree char *prefix = g_strdup_printf("O %s=", name);
  g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix(*line, prefix))
      return g_strdup(g_strstrip(*line + strlen(prefix)));
  return NULL;
}

/* The first file of the option, whose kind may precede it. (transfer full) */
static char *
alias_file(const Setup *setup)
{
  g_autofree char *value = option(setup, "AliasFile");
  if (value == NULL)
    return g_strdup("/etc/mail/aliases");
  value[strcspn(value, ",")] = '\0';
  const char *colon = strchr(value, ':');
  return g_strdup(colon != NULL ? colon + 1 : value);
}

/* $j in sendmail.cf, as Sendmail itself works it out. (transfer full) */
static char *
host(void)
{
  static const char *const ask[] = {"hostname", "-f", NULL};
  char *name = setup_ask(ask);
  return name != NULL && *name != '\0' ? name : g_strdup("localhost");
}

/* The commands of aliases run as DefaultUser: "user:group". */
static void
find_default_user(Setup *setup)
{
  g_autofree char *user = option(setup, "DefaultUser");
  if (user == NULL)
    return;
  user[strcspn(user, ":.")] = '\0';
  setup->owner = g_strdup(user);
}

static bool
look(Setup *setup, GError **error)
{
  if (!g_file_test(configuration(setup), G_FILE_TEST_EXISTS))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "Sendmail is not installed: there is no %s (sendmail(8) may be another server's)",
                 configuration(setup));
  find_default_user(setup);
  if (setup->address == NULL) {
    g_autofree char *domain = host();
    setup->address =
        g_strdup_printf("%s@%s", setup->forward ? g_get_user_name() : "bounces", domain);
  }
  return true;
}

/* The directory of smrsh(8), if Sendmail runs programs with it; NULL = it does not. */
static const char *
smrsh_folder(const Setup *setup)
{
  static const char *const places[] = {"/etc/mail/smrsh", "/etc/smrsh", "/usr/libexec/sm.bin",
                                       "/usr/lib/sm.bin"};
  g_autofree char *text = setup_read(configuration(setup));
  if (!setup_text_has(text, "smrsh"))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (g_file_test(places[i], G_FILE_TEST_IS_DIR))
      return places[i];
  return places[0];
}

static void
plan_link(Setup *setup)
{
  const char *folder = smrsh_folder(setup);
  if (folder == NULL)
    return;
  g_autofree char *link = g_build_filename(folder, "bouncedb", NULL);
  g_autofree char *self = permission_quote(setup->self);
  if (!g_file_test(link, G_FILE_TEST_EXISTS))
    setup_step(setup, "Sendmail runs only programs that are linked here",
               "install -d %s\nln -s %s %s", folder, self, link);
}

/* The line of the alias. (transfer full) (nullable) */
static char *
find_alias(const char *text, const char *name)
{
  g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    size_t length = strcspn(*line, ": \t");
    if (length == strlen(name) && g_ascii_strncasecmp(*line, name, length) == 0)
      return g_strdup(*line);
  }
  return NULL;
}

static bool
plan_alias(Setup *setup, GError **error)
{
  g_autofree char *file = alias_file(setup), *text = setup_read(file);
  g_autofree char *name = g_strndup(setup->address, strcspn(setup->address, "@"));
  g_autofree char *found = find_alias(text, name);
  if (found != NULL && strstr(found, "bouncedb") != NULL)
    return true;
  if (found != NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s has this already: %s; remove it, or choose another address with --address",
                 file, found);
  g_autofree char *line = g_strdup_printf("%s: \"|%s || exit 75\"", name, setup->command);
  g_autofree char *entry = permission_quote(line), *word = permission_quote(file);
  setup_save(setup, file);
  setup_step(setup, "The alias", "printf '%%s\\n' %s >>%s\nnewaliases", entry, word);
  return true;
}

static bool
plan(Setup *setup, GError **error)
{
  g_autofree char *line = g_strdup_printf("\"|%s || exit 75\"", setup->command);
  plan_link(setup);
  return setup->forward ? setup_plan_forward(setup, line, error) : plan_alias(setup, error);
}

static char **
sender(const Setup *setup)
{
  const char *argv[] = {"sendmail", "-i", "-f", "<>", "--", NULL};
  (void)setup;
  return g_strdupv((char **)argv);
}

const SetupServer setup_sendmail = {
    .name = "sendmail", .look = look, .plan = plan, .sender = sender, .queue = "mailq"};
