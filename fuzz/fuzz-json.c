/* Untrusted JSON is read without harm; JSON that was written is read back as it was. */
#include "config.h"

#include "fuzz.h"

#include "base/json.h"
#include "readers/event.h"

static void
check_round_trip(const char *text)
{
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "text", text);
  json_close(&json, '}');
  g_autofree char *written = json_finish(&json);
  g_autoptr(Event) event = event_from_json(written);
  g_assert_nonnull(event);
  g_autofree char *read = event_get(event, "text");
  g_assert_cmpstr(read, ==, *text != '\0' ? text : NULL);
}

FUZZ_TARGET(json)
{
  g_autofree char *text = fuzz_text(data, size);
  g_autoptr(Event) event = event_from_json(text);
  g_autofree char *first = event != NULL ? event_get(event, "*|*.*|*.0") : NULL;
  if (first != NULL)
    fuzz_check_utf8(first);
  check_round_trip(text);
  return 0;
}
