/* Postfix: an alias file of its own, or ~/.forward; for a domain that local(8) does not deliver, a
 * virtual alias as well. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/permission.h"
#include "mail/address.h"
#include "cmd/setup.h"

enum { SIZE_LIMIT = 1024000000 }; /* octets of a database */

/* Words of a command that uses the server's own configuration, or the one of --server-config. */
static char *
tool(const Setup *setup, const char *name)
{
  g_autofree char *folder =
      setup->server_config != NULL ? permission_quote(setup->server_config) : NULL;
  return folder != NULL ? g_strdup_printf("%s -c %s", name, folder) : g_strdup(name);
}

/* argv: two words more, nullable. (transfer full) (nullable) */
static char *
ask(const Setup *setup, const char *program, const char *option, const char *a, const char *b)
{
  const char *argv[7] = {program};
  gsize n = 1;
  if (setup->server_config != NULL) {
    argv[n++] = "-c";
    argv[n++] = setup->server_config;
  }
  argv[n++] = option;
  argv[n++] = a;
  argv[n] = b;
  return setup_ask(argv);
}

/* A parameter as it is set; "" if there is none. (transfer full) */
static char *
parameter(const Setup *setup, const char *name)
{
  char *value = ask(setup, "postconf", "-h", name, NULL);
  return value != NULL ? value : g_strdup("");
}

/* The same with what its variables stand for. (transfer full) */
static char *
expanded(const Setup *setup, const char *name)
{
  char *value = ask(setup, "postconf", "-xh", name, NULL);
  return value != NULL ? value : g_strdup("");
}

static char **
words(const char *list)
{
  return g_strsplit_set(list, ", \t\n", -1);
}

static bool
is_table(const char *word)
{
  return strchr(word, ':') != NULL;
}

/* Whether the parameter, a list of domains and of tables of them, has the domain. */
static bool
has_domain(const Setup *setup, const char *name, const char *domain)
{
  g_autofree char *list = expanded(setup, name);
  g_auto(GStrv) entries = words(list);
  for (char **entry = entries; *entry != NULL; entry++) {
    g_autofree char *found = is_table(*entry) ? ask(setup, "postmap", "-q", domain, *entry) : NULL;
    if (g_ascii_strcasecmp(*entry, domain) == 0 || (found != NULL && *found != '\0'))
      return true;
  }
  return false;
}

/* --- address and owner -------------------------------------------------------------------------*/

static char *
first_line(char *text)
{
  text[strcspn(text, "\r\n")] = '\0';
  return g_strstrip(text);
}

/* Where mail of this host comes from, if local(8) delivers it; otherwise what it delivers. */
static char *
default_domain(const Setup *setup)
{
  g_autofree char *origin = expanded(setup, "myorigin");
  g_autofree char *file = g_path_is_absolute(origin) ? setup_read(origin) : NULL;
  const char *domain = file != NULL ? first_line(file) : origin;
  if (has_domain(setup, "mydestination", domain))
    return g_strdup(domain);
  g_autofree char *list = expanded(setup, "mydestination");
  g_auto(GStrv) entries = words(list);
  for (char **entry = entries; *entry != NULL; entry++)
    if (**entry != '\0' && **entry != '/' && !is_table(*entry))
      return g_strdup(*entry);
  return g_strdup("localhost");
}

static bool
look(Setup *setup, GError **error)
{
  if (!setup_have("postconf"))
    return throw(error, BOUNCEDB_ERROR_USAGE, "Postfix is not installed: there is no postconf");
  g_autofree char *folder = expanded(setup, "config_directory");
  if (*folder == '\0')
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "Postfix cannot be asked; this says why: postconf config_directory");
  if (setup->address == NULL) {
    g_autofree char *domain = default_domain(setup);
    setup->address =
        g_strdup_printf("%s@%s", setup->forward ? g_get_user_name() : "bounces", domain);
  }
  return true;
}

/* --- steps -------------------------------------------------------------------------------------*/

/* main.cf is copied before the first change. */
static void
set_parameter(Setup *setup, const char *why, const char *name, const char *value)
{
  g_autofree char *folder = expanded(setup, "config_directory");
  g_autofree char *file = g_build_filename(folder, "main.cf", NULL);
  g_autofree char *setting = g_strdup_printf("%s = %s", name, value);
  g_autofree char *word = permission_quote(setting), *postconf = tool(setup, "postconf");
  setup_save(setup, file);
  setup_step(setup, why, "%s -e %s", postconf, word);
}

/* Adds a table to the parameter unless it is there. */
static void
add_table(Setup *setup, const char *why, const char *name, const char *table)
{
  g_autofree char *value = parameter(setup, name), *meant = expanded(setup, name);
  g_auto(GStrv) entries = words(meant);
  if (g_strv_contains((const char *const *)entries, table))
    return;
  g_autofree char *longer = *value != '\0' ? g_strdup_printf("%s, %s", value, table) : NULL;
  set_parameter(setup, why, name, longer != NULL ? longer : table);
}

/* A table in the directory of our configuration. (transfer full) */
static char *
own_table(const Setup *setup, const char *name)
{
  g_autofree char *type = expanded(setup, "default_database_type");
  g_autofree char *folder = g_path_get_dirname(setup->config);
  return g_strdup_printf("%s:%s/%s", *type != '\0' ? type : "hash", folder, name);
}

/* An alias of that name in any table: its value, and *table. (transfer full) (nullable) */
static char *
find_alias(const Setup *setup, const char *name, char **table)
{
  g_autofree char *list = expanded(setup, "alias_maps"), *own = own_table(setup, "aliases");
  g_autofree char *all = g_strdup_printf("%s, %s", list, own);
  g_auto(GStrv) entries = words(all);
  for (char **entry = entries; *entry != NULL; entry++) {
    char *value = is_table(*entry) ? ask(setup, "postalias", "-q", name, *entry) : NULL;
    if (value != NULL && *value != '\0') {
      *table = g_strdup(*entry);
      return value;
    }
    g_free(value);
  }
  return NULL;
}

static void
add_alias(Setup *setup, const char *name, const char *table)
{
  const char *path = strchr(table, ':') + 1;
  g_autofree char *line = g_strdup_printf("%s: \"|%s || exit 75\"", name, setup->command);
  g_autofree char *entry = permission_quote(line), *file = permission_quote(path);
  g_autofree char *owner = permission_quote(setup->owner), *word = permission_quote(table);
  g_autofree char *postalias = tool(setup, "postalias");
  setup_save(setup, path);
  setup_step(
      setup, "The alias, in a file of its own: local(8) runs the program as the owner of the file",
      "printf '%%s\\n' %s >>%s\n%s -o %s\nchown %s %s*", entry, file, postalias, word, owner, file);
}

static bool
plan_alias(Setup *setup, GError **error)
{
  g_autofree char *own = own_table(setup, "aliases"), *table = NULL;
  g_autofree char *name = g_strndup(setup->address, strcspn(setup->address, "@"));
  g_autofree char *value = find_alias(setup, name, &table);
  if (value != NULL && strstr(value, "bouncedb") == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s is an alias already, in %s, and leads to %s; remove it, or choose another"
                 " address with --address",
                 name, table, value);
  if (value == NULL)
    add_alias(setup, name, own);
  if (value == NULL || strcmp(table, own) == 0)
    add_table(setup, "Postfix reads that file, too", "alias_maps", own);
  return true;
}

/* A domain that local(8) does not deliver. The table comes first, so no recipient is unknown. */
static bool
plan_virtual(Setup *setup, GError **error)
{
  static const char *const kinds[] = {"virtual_alias_domains", "virtual_mailbox_domains",
                                      "relay_domains"};
  const char *domain = address_domain(setup->address);
  bool known = false;
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    known = known || has_domain(setup, kinds[i], domain);
  if (has_domain(setup, "mydestination", domain))
    return true;
  if (!known || !has_domain(setup, "mydestination", "localhost"))
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "Postfix does not deliver mail for %s: %s is not in mydestination", domain,
                 known ? "localhost" : "it");
  g_autofree char *own = own_table(setup, "virtual"), *word = permission_quote(own);
  g_autofree char *name = g_strndup(setup->address, strcspn(setup->address, "@"));
  g_autofree char *line = g_strdup_printf("%s %s@localhost", setup->address, name);
  g_autofree char *entry = permission_quote(line), *postmap = tool(setup, "postmap");
  g_autofree char *file = permission_quote(strchr(own, ':') + 1);
  g_autofree char *found = ask(setup, "postmap", "-q", setup->address, own);
  if (found == NULL || *found == '\0')
    setup_step(setup, "The domain is virtual, so its address leads to the alias",
               "printf '%%s\\n' %s >>%s\n%s %s", entry, file, postmap, word);
  add_table(setup, "Postfix reads that file, too", "virtual_alias_maps", own);
  return true;
}

/* local(8) limits every file that the program writes. */
static void
plan_limit(Setup *setup)
{
  g_autofree char *limit = expanded(setup, "mailbox_size_limit");
  gint64 octets = g_ascii_strtoll(limit, NULL, 10);
  g_autofree char *value = g_strdup_printf("%d", SIZE_LIMIT);
  if (octets == 0 || octets >= SIZE_LIMIT)
    return;
  if (setup->forward)
    setup_note(setup,
               "mailbox_size_limit is %s octets, which limits the database too: ask the"
               " administrator to raise it",
               limit);
  else
    set_parameter(setup, "The limit of mailboxes is that of the database, too",
                  "mailbox_size_limit", value);
}

static void
plan_delimiter(Setup *setup)
{
  g_autofree char *delimiter = expanded(setup, "recipient_delimiter");
  if (!setup->sign || strchr(delimiter, '+') != NULL)
    return;
  g_autofree char *value = g_strconcat(delimiter, "+", NULL);
  set_parameter(setup, "Signed return paths follow a plus sign", "recipient_delimiter", value);
}

static void
plan_reload(Setup *setup)
{
  g_autofree char *status = ask(setup, "postfix", "status", NULL, NULL);
  g_autofree char *postfix = tool(setup, "postfix");
  if (setup->saved != NULL && g_hash_table_size(setup->saved) > 0 && status != NULL)
    setup_step(setup, "Postfix reads its configuration again", "%s reload", postfix);
}

static bool
plan_own(Setup *setup, GError **error)
{
  g_autofree char *path = expanded(setup, "forward_path");
  g_autofree char *line = g_strdup_printf("\"|%s || exit 75\"", setup->command);
  if (strstr(path, ".forward") == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "Postfix does not read ~/.forward here: forward_path is %s", path);
  plan_limit(setup);
  return setup_plan_forward(setup, line, error);
}

static bool
plan(Setup *setup, GError **error)
{
  if (setup->forward)
    return plan_own(setup, error);
  if (!plan_alias(setup, error) || !plan_virtual(setup, error))
    return false;
  plan_limit(setup);
  plan_delimiter(setup);
  plan_reload(setup);
  return true;
}

static char **
sender(const Setup *setup)
{
  const char *own[] = {"sendmail", "-C", setup->server_config, "-i", "-f", "<>", "--", NULL};
  const char *system[] = {"sendmail", "-i", "-f", "<>", "--", NULL};
  return g_strdupv((char **)(setup->server_config != NULL ? own : system));
}

const SetupServer setup_postfix = {
    .name = "postfix", .look = look, .plan = plan, .sender = sender, .queue = "postqueue -p"};
