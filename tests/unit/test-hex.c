#include "config.h"

#include "lib/check.h"

#include "base/hex.h"

static void
test_write(void **state)
{
  (void)state;
  const guint8 octets[] = {0x00, 0x01, 0x7f, 0xab, 0xff};
  char text[HEX_SIZE(sizeof octets)];
  hex_write(octets, sizeof octets, text);
  check_string("five octets", text, "00017fabff");
  hex_write(octets, 0, text);
  check_string("none", text, "");
}

static void
test_read(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int want; /* -1 = not two octets in hexadecimal */
  } cases[] = {{"0000", 0},  {"12ab", 0x12ab}, {"12AB", 0x12ab}, {"ffff00", 0xffff},
               {"12a", -1},  {"1", -1},        {"", -1},         {"12ag", -1},
               {"g2ab", -1}, {" 12a", -1},     {"1 2a", -1},     {"0x12", -1}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint8 octets[2];
    bool ok = hex_read(cases[i].text, octets, sizeof octets);
    check_int(cases[i].text, ok ? octets[0] << 8 | octets[1] : -1, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_write), cmocka_unit_test(test_read)};
  return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
