#include "config.h"

#include "lib/check.h"

#include "verp/verp-plain.h"

typedef struct {
  const char *address, *base, *want;
} Case;

static const Case cases[] = {
    /* Postfix, Exim, Sendmail */
    {"bounces+ann=example.net@example.org", NULL, "ann@example.net"},
    {"bounces+ann.o+x=sub.example.net@example.org", NULL, "ann.o+x@sub.example.net"},
    {"bounces+a=b=example.net@example.org", NULL, "a=b@example.net"},
    {"bounces+Ann=Example.NET@example.org", NULL, "Ann@example.net"},
    {"news-owner+ann=example.net@example.org", NULL, "ann@example.net"},
    /* Mailman */
    {"list-bounces+ann=example.net@example.org", NULL, "ann@example.net"},
    /* qmail, ezmlm */
    {"list-return-ann=example.net@example.org", NULL, "ann@example.net"},
    {"bounces-ann-lee=example.net@example.org", NULL, "ann-lee@example.net"},
    {"list-owner-ann=example.net@example.org", NULL, "ann@example.net"},
    {"rebounces-ann=example.net@example.org", NULL, NULL},
    /* Sympa */
    {"bounce+ann==a==example.net==list@example.org", NULL, "ann@example.net"},
    {"bounce+ann==a==example.net==list==w@example.org", NULL, "ann@example.net"},
    {"bounce+ann==example.net@example.org", NULL, NULL},
    /* only Mautic knows the recipient */
    {"mail+bounce_5f1c2d3e4a5b6@example.org", NULL, NULL},
    /* with a base */
    {"bounces+ann=example.net@example.org", "bounces@example.org", "ann@example.net"},
    {"BOUNCES+ann=example.net@Example.org", "bounces@example.org", "ann@example.net"},
    {"bounces-ann=example.net@example.org", "bounces@example.org", "ann@example.net"},
    {"a-b+c+ann=example.net@example.org", "a-b+c@example.org", "ann@example.net"},
    {"other+ann=example.net@example.org", "bounces@example.org", NULL},
    {"bounces+ann=example.net@example.com", "bounces@example.org", NULL},
    {"bounces@example.org", "bounces@example.org", NULL},
    {"bouncesx+ann=example.net@example.org", "bounces@example.org", NULL},
    /* without a recipient */
    {"", NULL, NULL},
    {"bounces", NULL, NULL},
    {"@example.org", NULL, NULL},
    {"bounces@example.org", NULL, NULL},
    {"ann=example.net@example.org", NULL, NULL},
    {"bounces+@example.org", NULL, NULL},
    {"bounces+=@example.org", NULL, NULL},
    {"bounces+ann=@example.org", NULL, NULL},
    {"bounces+=example.net@example.org", NULL, NULL},
    {"bounces+ann=localhost@example.org", NULL, NULL},
    {"bounces+ann=exa!mple.net@example.org", NULL, NULL},
    {"bounces+a b=example.net@example.org", NULL, NULL},
    {"bounces+==a==@example.org", NULL, NULL},
};

static void
test_addresses(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = verp_plain_recipient(cases[i].address, cases[i].base);
    check_string(cases[i].address, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses)};
  return cmocka_run_group_tests_name("verp-plain", tests, NULL, NULL);
}
