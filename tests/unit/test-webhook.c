#include "config.h"

#include "lib/check.h"

#include <sys/stat.h>

#include "lib/scratch.h"

#include "intake/webhook-private.h"

static void
test_token(void **state)
{
  (void)state;
  static const struct {
    const char *query;
    bool want;
  } cases[] = {
      {"access_token=a-token", true},
      {"x=y&access_token=a-token&z", true},
      {"access_token=a%2dtoken", true},
      {"access%5Ftoken=a-token", true},
      {"&&access_token=a-token&", true},
      {"access_token=wrong&access_token=a-token", true},
      {"", false},
      {"&", false},
      {"=", false},
      {"=a-token", false},
      {"access_token", false},
      {"access_token=", false},
      {"access_token=a-token%", false},
      {"access_token=a-token%2", false},
      {"access_token=a-token%zz", false},
      {"access_token=a+token", false},
      {"access_token=a-tokena-token", false},
      {"access_token=a-toke", false},
      {"ACCESS_TOKEN=a-token", false},
      {"a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&access_token=a-token", false}, /* too many */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].query, webhook_has_token(cases[i].query, "a-token"), cases[i].want);
}

/* The signatures were computed with Python's hmac for the address and the key below. */
static void
test_mailchimp(void **state)
{
  char *folder = *state;
  static const struct {
    const char *body, *proof;
    bool want;
  } cases[] = {
      {"a=1%20+&b=2", "IteTGb1gpzHxC5uwosr+kynyyzM=", true},
      {"b=2&a=1%20+", "IteTGb1gpzHxC5uwosr+kynyyzM=", true}, /* in the order of the names */
      {"b=2&a=1%20", "IteTGb1gpzHxC5uwosr+kynyyzM=", false},
      {"b=2&a=1%20+", "iteTGb1gpzHxC5uwosr+kynyyzM=", false},
      {"b=2&a=1%20+", "IteTGb1gpzHxC5uwosr+kynyyzM", false},
      {"", "wxGnpjTPrcBzv4/2L4TSg0IH4WU=", true},
      {"&", "wxGnpjTPrcBzv4/2L4TSg0IH4WU=", true},
      {"a=%&b=%4", "AQ7vspeJ5gZbGCZyO5eElWeaPK8=", true},
      {"a=%00x", "fALnElA6jUx6177bxPqhNrjTrOc=", true},
      {"a=", "fALnElA6jUx6177bxPqhNrjTrOc=", false},
  };
  g_autofree char *path = g_build_filename(folder, "key", NULL);
  assert_true(g_file_set_contents(path, "k\n", -1, NULL));
  assert_int_equal(chmod(path, 0600), 0);
  char url[] = "https://x.example/";
  const WebhookKeys keys = {.mailchimp_key = path, .mailchimp_url = url};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    bool good = false;
    g_setenv("HTTP_X_MANDRILL_SIGNATURE", cases[i].proof, TRUE);
    assert_true(webhook_check_mailchimp(&keys, cases[i].body, strlen(cases[i].body), &good, NULL));
    check_int(cases[i].body, good, cases[i].want);
  }
}

static int
set_up(void **state)
{
  *state = scratch_new();
  return *state == NULL;
}

static int
tear_down(void **state)
{
  scratch_free(*state);
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_token),
      cmocka_unit_test(test_mailchimp),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
