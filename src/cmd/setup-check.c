/* Whether a bounce that is sent through the mail server arrives in the database. */
#include "config.h"

#include <unistd.h>

#include "base/text.h"
#include "mail/address.h"
#include "store/store-forget.h"
#include "cmd/setup.h"

enum { POLL = G_TIME_SPAN_SECOND / 10 }; /* microseconds: SQLite tells nobody of a commit */

/* A report of a delay: it proves as much about the mail server, and suppresses nobody. It comes
 * from the domain that it goes to, because some servers look domains of the header up. */
static const char report[] = "From: MAILER-DAEMON@%s\n"
                             "To: <%s>\n"
                             "Subject: Delayed Mail (test by bouncedb setup)\n"
                             "Message-ID: <%s>\n"
                             "Auto-Submitted: auto-replied\n"
                             "MIME-Version: 1.0\n"
                             "Content-Type: multipart/report; report-type=delivery-status;"
                             " boundary=b\n\n"
                             "--b\nContent-Type: message/delivery-status\n\n"
                             "Reporting-MTA: dns; setup.invalid\n\n"
                             "Final-Recipient: rfc822; %s\n"
                             "Action: delayed\nStatus: 4.4.1\n"
                             "Diagnostic-Code: smtp; 451 4.4.1 a test by bouncedb setup\n\n"
                             "--b--\n";

/* With a key, to a signed return path: then the server must deliver those, too. The program becomes
 * the owner of the key, who alone can read it. (transfer full) */
static char *
choose_address(const Setup *setup, const char *recipient, GError **error)
{
  const char *const argv[] = {setup->self,           "verp",    "make", "--config",
                              setup->settings->file, recipient, NULL};
  if (setup->settings->verp_key == NULL || setup->settings->verp_base == NULL)
    return g_strdup(setup->address);
  char *path = setup_ask(argv);
  if (path == NULL)
    throw(error, BOUNCEDB_ERROR_CONFIG,
          "the return path of the test cannot be signed; this says why: bouncedb verp make %s",
          recipient);
  return path;
}

static bool
send_report(const Setup *setup, const SetupServer *server, const char *to, const char *recipient,
            GError **error)
{
  g_autofree char *text = g_strdup_printf(report, address_domain(to), to, recipient, recipient);
  g_auto(GStrv) sender = server->sender(setup);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  for (char **word = sender; *word != NULL; word++)
    g_ptr_array_add(argv, *word);
  g_ptr_array_add(argv, (gpointer)to);
  g_ptr_array_add(argv, NULL);
  return setup_feed((char **)argv->pdata, text, error);
}

static bool
wait_for(Store *store, const char *recipient, int seconds, bool *known, GError **error)
{
  const gint64 end = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
  for (;;) {
    if (!store_knows_address(store, recipient, known, error))
      return false;
    if (*known || g_get_monotonic_time() > end)
      return true;
    g_usleep(POLL);
  }
}

static bool
erase(const Setup *setup, Store *store, const char *recipient, GError **error)
{
  bool found;
  const Decision decision = cmd_decision(setup->context, "setup --check", NULL);
  if (!store_begin(store, error))
    return false;
  if (store_forget(store, recipient, &decision, &found, error))
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

/* As the owner of the database from here on, so the message was sent before. */
static bool
find_report(const Setup *setup, const SetupServer *server, const char *to, const char *recipient,
            int seconds, GError **error)
{
  bool known;
  g_autofree char *waited = text_count((guint64)seconds, "second", "seconds");
  g_autoptr(Store) store = cmd_open_store(setup->context, error);
  if (store == NULL || !wait_for(store, recipient, seconds, &known, error))
    return false;
  if (!known)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "the test for %s is not recorded after %s; look into the mail log, and see what"
                 " waits: %s",
                 to, waited, server->queue);
  if (!erase(setup, store, recipient, error))
    return false;
  cmd_say(setup->context, "a test bounce for %s was recorded, and erased again", to);
  return true;
}

bool
setup_check(Setup *setup, const SetupServer *server, int seconds, GError **error)
{
  g_autofree char *recipient =
      g_strdup_printf("setup-%ld-%08x@setup.invalid", (long)getpid(), g_random_int());
  if (!setup->settings->database_default && !g_file_test(setup->database, G_FILE_TEST_EXISTS))
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s: there is no database yet; first run: bouncedb setup %s --apply",
                 setup->database, server->name);
  g_autofree char *to = choose_address(setup, recipient, error);
  return to != NULL && send_report(setup, server, to, recipient, error) &&
         find_report(setup, server, to, recipient, seconds, error);
}
