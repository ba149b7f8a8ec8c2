/* Addresses as reports write them, in fields and in free text. */
#include "config.h"

#include "fuzz.h"

#include "mail/address.h"
#include "mail/bounce.h"

static void
check_address(const char *address)
{
  if (address == NULL)
    return;
  fuzz_check_stored(address, BOUNCE_ADDRESS_MAX);
  g_assert_cmpuint(strlen(address), >, 0);
  g_assert_true(address_equal(address, address));
}

/* What was parsed once is an address, and stays the same. */
static void
check_parse(const char *text, char *(*parse)(const char *, bool))
{
  for (int bare = 0; bare < 2; bare++) {
    g_autofree char *address = parse(text, bare != 0);
    check_address(address);
    if (address == NULL)
      continue;
    g_autofree char *again = parse(address, true);
    g_assert_cmpstr(again, ==, address);
  }
}

static void
check_next(const char *text)
{
  const char *cursor = text, *begin = NULL;
  for (;;) {
    const char *before = cursor;
    g_autofree char *address = address_next(&cursor, &begin);
    if (address == NULL)
      break;
    check_address(address);
    g_assert_true(begin >= text && begin < cursor && cursor > before);
  }
}

FUZZ_TARGET(address)
{
  g_autofree char *text = fuzz_text(data, size);
  check_parse(text, address_parse);
  check_parse(text, address_parse_field);
  check_next(text);
  g_autofree char *only = address_only(text);
  check_address(only);
  g_autofree char *decoded = address_decode_xtext(text);
  g_assert_cmpuint(strlen(decoded), <=, strlen(text));
  return 0;
}
