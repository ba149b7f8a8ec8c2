/* Untrusted JSON is read without harm; JSON that was written is read back as it was. */
#include "config.h"

#include "fuzz.h"

#include "base/json-read.h"
#include "base/json.h"

static void
count(const char *path, const char *value, void *data)
{
  fuzz_check_utf8(path);
  g_assert_nonnull(value);
  (*(guint *)data)++;
}

typedef struct {
  const char *want;
  guint seen;
} Expected;

static void
compare(const char *path, const char *value, void *data)
{
  Expected *expected = data;
  g_assert_cmpstr(path, ==, "text");
  g_assert_cmpstr(value, ==, expected->want);
  expected->seen++;
}

static void
check_round_trip(const char *text)
{
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_string(&json, "text", text);
  json_close(&json, '}');
  g_autofree char *written = json_finish(&json);
  Expected expected = {.want = *text != '\0' ? text : "null"};
  g_assert_true(json_read(written, compare, &expected));
  g_assert_cmpuint(expected.seen, ==, 1);
}

FUZZ_TARGET(json)
{
  guint values = 0;
  g_autofree char *text = fuzz_text(data, size);
  json_read(text, count, &values);
  g_assert_cmpuint(values, <=, size);
  check_round_trip(text);
  return 0;
}
