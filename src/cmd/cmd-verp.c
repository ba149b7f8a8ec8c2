/* bouncedb verp: return paths that cannot be forged. keygen makes the key, make signs, and check
 * tells what deliver would think of a return path. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "mail/address.h"
#include "verp/keyfile.h"
#include "store/store-sent.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"

/* path: --key; NULL = the configured keys. */
static bool
load_keys(const Settings *settings, const char *path, VerpKeys *keys, GError **error)
{
  if (path != NULL)
    return owner_become(path, error) && keyfile_read_keys(path, NULL, keys, error);
  if (settings->verp_key == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "there is no key: create one with bouncedb verp keygen FILE, and name it in "
                 "bouncedb.conf: [verp] key");
  return owner_become(settings->verp_key, error) &&
         keyfile_read_keys(settings->verp_key, settings->verp_key_old, keys, error);
}

/* --- keygen ------------------------------------------------------------------------------------*/

static bool
run_keygen(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "[FILE]",
                   "Write a new key to a new file; the default is the one that [verp] key names.",
                   entries, &argc, &argv, error))
    return false;
  const char *path = argc > 1 ? argv[1] : context->settings->verp_key;
  if (argc > 2 || path == NULL || strcmp(path, "-") == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "verp keygen needs the name of one file");
  if (!owner_become(path, error) || !keyfile_create(path, error))
    return false;
  bool used = g_strcmp0(path, context->settings->verp_key) == 0;
  if (context->json) {
    Json json = json_begin();
    json_text(&json, "file", path);
    json_bool(&json, "configured", used);
    json_print(&json);
    return true;
  }
  cmd_say(context,
          used ? "wrote a new key to %s"
               : "wrote a new key to %s; name it in bouncedb.conf: key, in the group [verp]",
          path);
  return true;
}

/* --- make --------------------------------------------------------------------------------------*/

typedef struct {
  const Context *context;
  VerpKeys keys;
  const char *base;
  gint64 now;
  bool opaque;  /* a recipient that does not fit gets a number in the database */
  Store *store; /* opened for the first of these */
} Signer;

static bool
make_opaque(Signer *signer, const char *address, char **path, GError **error)
{
  gint64 id;
  if (signer->store == NULL)
    signer->store = cmd_open_store(signer->context, error);
  if (signer->store == NULL || !store_return_path(signer->store, address, signer->now, &id, error))
    return false;
  *path = verp_make_opaque(&signer->keys, signer->base, id, signer->now);
  return true;
}

/* Whether bounces can be sent to it: an address with a domain. */
static bool
is_base(const char *text)
{
  g_autofree char *address = address_parse(text, false);
  return address != NULL && *address_domain(address) != '\0';
}

static void
print_return_path(const Signer *signer, const char *address, const char *path)
{
  if (!signer->context->json) {
    puts(path);
    return;
  }
  Json json = json_begin();
  json_text(&json, "recipient", address);
  json_text(&json, "return_path", path);
  json_print(&json);
}

static bool
make(const char *text, gpointer data, GError **error)
{
  Signer *signer = data;
  g_autofree char *address = address_parse(text, false);
  if (address == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "not an address: %s", text);
  g_autofree char *path = verp_make(&signer->keys, signer->base, address, signer->now);
  if (path == NULL && signer->opaque && !make_opaque(signer, address, &path, error))
    return false;
  if (path == NULL)
    return throw(error, BOUNCEDB_ERROR_DATA, "%s does not fit into a return path of %s%s", address,
                 signer->base, signer->opaque ? "" : " (--opaque gives it a number)");
  print_return_path(signer, address, path);
  return true;
}

static bool
run_make(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *base = NULL, *key = NULL;
  gboolean opaque = FALSE;
  const GOptionEntry entries[] = {
      {"base", 0, 0, G_OPTION_ARG_FILENAME, &base,
       "The address that bounces are sent to (default: [verp] base)", "ADDRESS"},
      {"key", 0, 0, G_OPTION_ARG_FILENAME, &key, "The file with the key (default: [verp] key)",
       "FILE"},
      {"opaque", 0, 0, G_OPTION_ARG_NONE, &opaque,
       "Give recipients that do not fit a number in the database", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per recipient",
       NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "ADDRESS...|-",
                   "Print a signed return path for each recipient, one per line. A hyphen reads\n"
                   "recipients from standard input, one per line.",
                   entries, &argc, &argv, error))
    return false;
  const Settings *settings = context->settings;
  Signer signer = {.context = context,
                   .base = base != NULL ? base : settings->verp_base,
                   .now = context->now,
                   .opaque = opaque};
  bool ok = true;
  if (argc < 2)
    ok = throw(error, BOUNCEDB_ERROR_USAGE, "verp make needs an address, or - for standard input");
  else if (signer.base != NULL && !is_base(signer.base))
    ok = throw(error, BOUNCEDB_ERROR_USAGE,
               "the base is not an address such as bounces@example.org: %s (%s)", signer.base,
               base != NULL ? "--base" : "[verp] base");
  else if (signer.base == NULL)
    ok = throw(error, BOUNCEDB_ERROR_CONFIG, "neither [verp] base nor --base is set");
  ok = ok && load_keys(settings, key, &signer.keys, error);
  for (int i = 1; ok && i < argc; i++)
    ok = strcmp(argv[i], "-") == 0 ? cmd_each_line(make, &signer, error)
                                   : make(argv[i], &signer, error);
  store_free(signer.store);
  verp_keys_clear(&signer.keys);
  return ok;
}

/* --- check -------------------------------------------------------------------------------------*/

static const char *const results[] = {[VERP_NONE] = "unsigned",
                                      [VERP_BAD_TAG] = "bad_tag",
                                      [VERP_EXPIRED] = "expired",
                                      [VERP_GOOD] = "verified"};

/* Finds the recipient that a number stands for; there is none if it has been forgotten. */
static bool
find_recipient(const Context *context, VerpToken *token, GError **error)
{
  if (token->id == 0)
    return true;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  return store != NULL && store_return_path_find(store, token->id, &token->recipient, error);
}

static const char *const meanings[] = {
    [VERP_NONE] = "not a signed return path",
    [VERP_BAD_TAG] = "signed with another key, or changed: not genuine",
    [VERP_EXPIRED] = "genuine, but too old, or its recipient was forgotten",
    [VERP_GOOD] = "genuine"};

typedef struct {
  const Context *context;
  const VerpKeys *keys;
  bool good; /* all so far */
} Checker;

/* recipient: NULL = unknown */
static void
print_result(const Checker *checker, const char *path, VerpResult result, const char *recipient)
{
  g_autofree char *shown = escape_terminal(recipient != NULL ? recipient : "-");
  if (!checker->context->json) {
    printf("%s\t%s\t%s\n", results[result], shown, meanings[result]);
    return;
  }
  Json json = json_begin();
  json_text(&json, "return_path", path);
  json_text(&json, "trust", results[result]);
  json_text(&json, "recipient", recipient);
  json_print(&json);
}

static bool
check(const char *path, gpointer data, GError **error)
{
  Checker *checker = data;
  g_auto(VerpToken) token = {0};
  VerpResult result = verp_check(checker->keys, path, checker->context->now, &token);
  if (!find_recipient(checker->context, &token, error))
    return false;
  if (result == VERP_GOOD && token.recipient == NULL)
    result = VERP_EXPIRED;
  print_result(checker, path, result, token.recipient);
  checker->good &= result == VERP_GOOD;
  return true;
}

static bool
run_check(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *key = NULL;
  const GOptionEntry entries[] = {{"key", 0, 0, G_OPTION_ARG_FILENAME, &key,
                                   "The file with the key (default: [verp] key)", "FILE"},
                                  {"json", 0, 0, G_OPTION_ARG_NONE, &context->json,
                                   "Print one JSON object per return path", NULL},
                                  G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "RETURN-PATH...|-",
                   "Say whether each return path is genuine (verified, expired, bad_tag or\n"
                   "unsigned), and to which recipient it belongs. Exit status: 0 if all are\n"
                   "verified, 1 otherwise. A hyphen reads them from standard input, one per line.",
                   entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "verp check needs a return path, or - for standard input");
  g_auto(VerpKeys) keys = {0};
  if (!load_keys(context->settings, key, &keys, error))
    return false;
  Checker checker = {.context = context, .keys = &keys, .good = true};
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "-") == 0 ? !cmd_each_line(check, &checker, error)
                                  : !check(argv[i], &checker, error))
      return false;
  context->status = checker.good ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}

bool
cmd_verp(Context *context, int argc, char **argv, GError **error)
{
  static const Command verbs[] = {
      {"keygen", run_keygen, NULL}, {"make", run_make, NULL}, {"check", run_check, NULL}, {0}};
  return cmd_run_verb(context, verbs, "keygen|make|check",
                      "Sign return paths, so that a bounce proves which recipient it is about.",
                      argc, argv, error);
}
