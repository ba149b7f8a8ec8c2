/* bouncedb rules draft: skeletons of rules for replies that no rule understands. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "judge/rules-draft.h"
#include "store/store-failure.h"
#include "store/store-verdicts.h"
#include "cmd/cmd.h"

typedef struct {
  const Rules *rules;
  Store *store;
  GHashTable *ids;
  GString *out;
} Drafter;

static bool
draft(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  Drafter *drafter = data;
  RuleDraft group = {
      .reply = store_cell(cells, n, "reply"),
      .failures = store_cell_int(cells, n, "failures"),
      .recipients = store_cell_int(cells, n, "recipients"),
      .domains = store_cell(cells, n, "domains"),
      .providers = store_cell(cells, n, "providers"),
      .last_at = store_cell_int(cells, n, "last_at"),
      .last_failure_id = store_cell_int(cells, n, "last_failure_id"),
  };
  g_auto(StoreFailure) failure = {0};
  if (!store_failure(drafter->store, group.last_failure_id, &failure, error))
    return false;
  if (group.reply == NULL || failure.recipient == NULL)
    return true;
  group.reply_code = failure.recipient->reply_code;
  group.notice = failure.recipient->diagnostic == NULL;
  g_string_append_c(drafter->out, '\n');
  rule_draft_append(drafter->out, drafter->rules, &group, drafter->ids);
  return true;
}

static void
print_drafts(const char *drafts)
{
  fputs("# Give each rule a reason, a cause, a remedy and a name of its own. Check the file with\n"
        "# \"bouncedb rules check FILE\", and name it in bouncedb.conf: [rules] file. The "
        "reasons:\n#",
        stdout);
  int column = 1;
  for (int i = REASON_NONE + 1; i < REASON_UNDEFINED; i++) {
    column += 1 + (int)strlen(reason_name((Reason)i));
    if (column > 98) {
      fputs("\n#", stdout);
      column = 2 + (int)strlen(reason_name((Reason)i));
    }
    printf(" %s", reason_name((Reason)i));
  }
  printf("\n%s", drafts);
}

static bool
draft_rules(Context *context, int limit, GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  if (rules == NULL)
    return false;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL)
    return false;
  g_autoptr(GString) out = g_string_new(NULL);
  g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Drafter drafter = {rules, store, ids, out};
  if (!store_unknown(store, limit, draft, &drafter, error))
    return false;
  if (out->len > 0)
    print_drafts(out->str);
  else {
    fputs("bouncedb: every recorded reply is understood\n", stderr);
    context->status = EXIT_NEGATIVE;
  }
  return true;
}

bool
cmd_rules_draft(Context *context, int argc, char **argv, GError **error)
{
  int limit = 10;
  const GOptionEntry entries[] = {{"limit", 0, 0, G_OPTION_ARG_INT, &limit,
                                   "Write at most this many rules (default: 10)", "NUMBER"},
                                  G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, NULL,
          "Write skeletons of rules for the most frequent replies that no rule understands.\n"
          "Reason, cause and remedy are left for you to fill in. Exit status: 1 if every\n"
          "reply is understood.",
          entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "rules draft takes no arguments: %s", argv[1]);
  if (limit < 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--limit must be at least 1");
  return draft_rules(context, limit, error);
}
