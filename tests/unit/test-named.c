#include "config.h"

#include "lib/check.h"

#include "verp/named.h"

static void
test_named(void **state)
{
  (void)state;
  static const struct {
    const char *address, *text;
    bool want;
  } cases[] = {
      {"ann@example.net", "ann@example.net", true},
      {"ann@example.net", "550 5.1.1 <Ann@Example.NET>: unknown", true},
      {"ann@example.net", "rfc822;ann@example.net", true},
      {"ann@example.net", "no mailbox ann@example.net.", true},
      {"ann@example.net", "\"ann\"@example.net", true},
      {"ann@example.net", "'ann@example.net' unknown", true},
      {"ann@example.net", "to=ann@example.net", true},
      {"ann@example.net", "bob@x.example, ann@example.net", true},
      {"ann@localhost", "user ann@localhost unknown", true},
      {"ann@[192.0.2.1]", "<ann@[192.0.2.1]> unknown", true},
      /* longer addresses */
      {"ann@example.net", "joann@example.net", false},
      {"ann@example.net", "jo.ann@example.net", false},
      {"ann@example.net", "jo-ann@example.net", false},
      {"ann@example.net", "jo+ann@example.net", false},
      {"ann@example.net", "x=ann@example.net", false},
      {"ann@example.net",
       "j\xc3\xb6"
       "ann@example.net",
       false},
      {"ann@example.net", "ann@example.network", false},
      {"ann@example.net", "ann@example.net.example.org", false},
      {"ann@example.net", "ann@example.net-x.example", false},
      {"ann@example.net", "ann+x@example.net", false},
      {"ann@example.net", "ann@mail.example.net", false},
      {"ann@example.net", "\"ann@example.net\"@example.org", false},
      {"ann@example.net", "\"x ann@example.net x\"@example.org", false},
      {"ann@example.net", "ann", false},
      {"ann@example.net", "", false},
      {"ann@[192.0.2.1]", "<ann@[192.0.2.10]>", false},
      /* quoted local parts */
      {"\"front desk\"@example.net", "<\"Front desk\"@example.net>", true},
      {"\"front desk\"@example.net", "\"the front desk\"@example.net", false},
      {"\"front desk\"@example.net", "desk@example.net", false},
      /* return paths */
      {"ann@example.net", "bounces+ann=example.net@lists.example", true},
      {"ann@example.net", "list-bounces+ann=example.net@lists.example", true},
      {"ann@example.net", "bounces-ann=example.net@lists.example", true},
      {"ann@example.net", "bounce+ann==a==example.net==list@lists.example", true},
      {"ann@example.net", "b+1ujk6qj22vqhnitx4nqn-ann=example.net@lists.example", true},
      {"ann@example.net", "bounces+joann=example.net@lists.example", false},
      {"ann@example.net", "bounces+jo-ann=example.net@lists.example", false},
      {"ann@example.net", "bounces+ann=example.network@lists.example", false},
      {"ann@example.net", "b+1ujk6qj22vqhnitx4nqn-joann=example.net@lists.example", false},
      /* xtext and links */
      {"ann+news@example.net", "rfc822;ann+2Bnews@example.net", true},
      {"ann+news@example.net", "rfc822;joann+2Bnews@example.net", false},
      {"ann@example.net", "https://x.example/u?a=1&m=ann%40example.net", true},
      {"ann@example.net", "https://x.example/u/ann@example.net", true},
      {"ann@example.net", "https://x.example/u?m=joann%40example.net", false},
      /* the two forms of a domain */
      {"ann@b\xc3\xbc"
       "cher.example",
       "<ann@xn--bcher-kva.example>", true},
      {"ann@xn--bcher-kva.example",
       "<ann@b\xc3\xbc"
       "cher.example>",
       true},
      {"ann@xn--bcher-kva.example", "<ann@bcher.example>", false},
      /* local parts alone */
      {"info", "info", true},
      {"info", "rfc822; Info", true},
      {"info", "<info> unknown", true},
      {"info", "information", false},
      {"info", "more info is here", false},
      {"info", "info@example.net", false},
      {"info", "<information>", false},
      /* not UTF-8 */
      {"ann@example.net", "\xff\xc3 <ann@example.net>\xc3", true},
      {"ann@example.net", "\xff\xc3 joann@example.net\xc3", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Named) named = named_new(cases[i].address);
    if (named_in(named, cases[i].text) != cases[i].want)
      fail_msg("%s in \"%s\": want %d", cases[i].address, cases[i].text, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_named),
  };
  return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
