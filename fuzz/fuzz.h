/* What the fuzz targets share. A target takes any bytes through one module; the sanitizers look for
 * memory errors, and the assertions are what the module promises to its callers. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Begins the definition of a target, of the parameters data and size; it returns 0. libFuzzer knows
 * one of them, under a name of its own; replay.c has them all. */
#ifdef FUZZ_ONE
#define FUZZ_TARGET(name)                                                                          \
  int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                    \
  int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
#else
#define FUZZ_TARGET(name)                                                                          \
  int fuzz_##name(const uint8_t *data, size_t size);                                               \
  int fuzz_##name(const uint8_t *data, size_t size)
#endif

/* The input as text that fulfils the contract of most modules: valid UTF-8, without NUL. (transfer
 * full) */
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  return g_utf8_make_valid(text, -1);
}

static inline void
fuzz_check_utf8(const char *text)
{
  g_assert_true(g_utf8_validate(text, -1, NULL));
}

/* For text that is stored or shown: within max octets, and without control characters. NULL is
 * allowed. */
static inline void
fuzz_check_stored(const char *text, size_t max)
{
  if (text == NULL)
    return;
  fuzz_check_utf8(text);
  g_assert_cmpuint(strlen(text), <=, max);
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c))
    g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}
