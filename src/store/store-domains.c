/* The step to schema 4: converts stored domains to A-labels. Nothing is lost: if a row cannot be
 * converted because the same failure was also reported in the other spelling, it stays as it is. */
#include "config.h"

#include "mail/address.h"
#include "store/store-private.h"

static void
a_labels(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  g_autofree char *ascii = address_ascii((const char *)sqlite3_value_text(values[0]));
  if (ascii != NULL)
    sqlite3_result_text(context, ascii, -1, SQLITE_TRANSIENT);
  else
    sqlite3_result_value(context, values[0]);
}

/* The first statement says whose entries have to be decided again. */
static const char affected[] =
    "SELECT lower(a_labels(recipient)) FROM (SELECT recipient FROM failure"
    " UNION SELECT recipient FROM complaint) WHERE a_labels(recipient) <> recipient";

#define CONVERT(table)                                                                             \
  "UPDATE OR IGNORE " table " SET recipient = a_labels(recipient),"                                \
  " recipient_domain = a_labels(recipient_domain) WHERE a_labels(recipient) <> recipient"

/* While the setting "erasing" exists, the triggers that protect evidence allow changes. Entries go
 * first, because they name the failures that they rest on. */
static const char *const conversions[] = {
    "INSERT INTO setting VALUES ('erasing', 'yes')",
    "DELETE FROM entry WHERE a_labels(recipient) <> recipient",
    CONVERT("failure"),
    CONVERT("delay"),
    CONVERT("delivery"),
    CONVERT("complaint"),
    "UPDATE OR IGNORE return_path SET recipient = a_labels(recipient)",
    "UPDATE OR IGNORE alive SET address = a_labels(address)",
    "UPDATE OR IGNORE override SET address = lower(a_labels(recipient)),"
    " recipient = a_labels(recipient), recipient_domain = a_labels(recipient_domain)"
    " WHERE a_labels(recipient) <> recipient",
    "UPDATE audit SET address = a_labels(address), domain = a_labels(domain)"
    " WHERE a_labels(address) <> address OR a_labels(domain) <> domain",
    "UPDATE release SET domain = a_labels(domain) WHERE a_labels(domain) <> domain",
    "UPDATE guard SET named = (SELECT count(DISTINCT address) FROM failure)",
    "DELETE FROM setting WHERE name = 'erasing'",
    "INSERT INTO entry (address, recipient, recipient_domain, reason, since)"
    " SELECT address, recipient, recipient_domain, 'manual', at FROM override"
    " WHERE verdict = 'suppress' ON CONFLICT DO NOTHING",
};

static bool
convert(Store *store, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  if (!store_get_texts(store, affected, NULL, addresses, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(conversions); i++)
    if (!store_run(store, conversions[i], NULL, error))
      return false;
  return store_reconsider_each(store, addresses, error);
}

bool
store_convert_domains(Store *store, GError **error)
{
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  if (sqlite3_create_function_v2(store->db, "a_labels", 1, flags, NULL, a_labels, NULL, NULL,
                                 NULL) != SQLITE_OK)
    return store_fail(store, "cannot convert", error);
  return convert(store, error);
}
