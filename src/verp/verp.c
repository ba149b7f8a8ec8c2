#include "config.h"

#include "verp/verp.h"

#include <string.h>

#include "base/dates.h"

enum {
  DAYS = 1 << 15,
  DAY_LENGTH = 3,
  TAG_SIZE = 10, /* octets: 80 bits */
  TAG_LENGTH = 16,
  TOKEN_LENGTH = 1 + DAY_LENGTH + TAG_LENGTH,
  ID_LENGTH_MAX = 13, /* 63 bits */
  LOCAL_PART_MAX = 64,
  ADDRESS_MAX = 320,
};

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static const char *const labels[] = {['1'] = "bouncedb-verp-v1", ['2'] = "bouncedb-verp-v2"};

void
verp_keys_clear(VerpKeys *keys)
{
  explicit_bzero(keys, sizeof *keys);
}

void
verp_token_clear(VerpToken *token)
{
  g_free(token->recipient);
  memset(token, 0, sizeof *token);
}

/* --- base 32 --- */

static int
digit_value(char c)
{
  if (g_ascii_isalpha(c))
    return g_ascii_tolower(c) - 'a';
  return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static bool
all_digits(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (digit_value(text[i]) < 0)
      return false;
  return true;
}

/* The lowest 5 * length bits of value. */
static void
write_number(guint64 value, char *out, size_t length)
{
  for (size_t i = length; i-- > 0; value >>= 5)
    out[i] = digits[value & 31];
}

static guint64
read_number(const char *text, size_t length)
{
  guint64 value = 0;
  for (size_t i = 0; i < length; i++)
    value = value << 5 | (guint64)digit_value(text[i]);
  return value;
}

/* TAG_SIZE octets are two groups of five octets, of eight digits each. */
static void
write_tag(const guint8 tag[TAG_SIZE], char *out)
{
  for (int group = 0; group < 2; group++) {
    guint64 value = 0;
    for (int i = 0; i < 5; i++)
      value = value << 8 | tag[5 * group + i];
    write_number(value, out + 8 * group, 8);
  }
}

static void
read_tag(const char *text, guint8 tag[TAG_SIZE])
{
  for (int group = 0; group < 2; group++) {
    guint64 value = read_number(text + 8 * group, 8);
    for (int i = 4; i >= 0; i--, value >>= 8)
      tag[5 * group + i] = (guint8)value;
  }
}

/* --- the signature --- */

/* The text that is signed. rest: in the direct form "local=domain", whose last "=" becomes a 0. */
static GString *
signed_text(char version, const char *base, size_t base_length, const char *day, const char *rest,
            size_t rest_length)
{
  GString *text = g_string_new(labels[(guchar)version]);
  g_string_append_c(text, '\0');
  g_string_append_len(text, base, (gssize)base_length);
  g_string_append_c(text, '\0');
  g_string_append_len(text, day, DAY_LENGTH);
  g_string_append_c(text, '\0');
  g_string_append_len(text, rest, (gssize)rest_length);
  if (version == '1')
    *strrchr(text->str + text->len - rest_length, '=') = '\0';
  for (gsize i = 0; i < text->len; i++)
    text->str[i] = g_ascii_tolower(text->str[i]);
  return text;
}

static void
sign(const guint8 key[VERP_KEY_SIZE], const GString *text, guint8 tag[TAG_SIZE])
{
  guint8 digest[32];
  gsize length = sizeof digest;
  GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key, VERP_KEY_SIZE);
  g_hmac_update(hmac, (const guchar *)text->str, (gssize)text->len);
  g_hmac_get_digest(hmac, digest, &length);
  g_hmac_unref(hmac);
  memcpy(tag, digest, TAG_SIZE);
}

/* Compares every octet, so that the time reveals nothing. */
static bool
same_tag(const guint8 a[TAG_SIZE], const guint8 b[TAG_SIZE])
{
  guint8 difference = 0;
  for (int i = 0; i < TAG_SIZE; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

/* --- making --- */

static bool
is_plain(const char *text, size_t length, const char *others)
{
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum(text[i]) && (text[i] == '\0' || strchr(others, text[i]) == NULL))
      return false;
  return length > 0;
}

/* Whether address is plain enough for a token, or for its base. *at: its last "@". Servers refuse
 * two dots in a row unless the local part is quoted. */
static bool
is_plain_address(const char *address, const char **at)
{
  *at = strrchr(address, '@');
  return *at != NULL && strlen(address) <= ADDRESS_MAX && strstr(address, "..") == NULL &&
         is_plain(address, (size_t)(*at - address), "._+-") &&
         is_plain(*at + 1, strlen(*at + 1), ".-");
}

/* (nullable) */
static char *
assemble(const VerpKeys *keys, const char *base, char version, const char *rest, gint64 now)
{
  const char *at;
  if (keys->n == 0 || !is_plain_address(base, &at) || *base == '.' ||
      (size_t)(at - base) + 1 + TOKEN_LENGTH + 1 + strlen(rest) > LOCAL_PART_MAX)
    return NULL;
  char token[VERP_TOKEN_SIZE] = {version};
  guint8 tag[TAG_SIZE];
  write_number((guint64)(now / SECONDS_PER_DAY) % DAYS, token + 1, DAY_LENGTH);
  g_autoptr(GString) text = signed_text(version, base, strlen(base), token + 1, rest, strlen(rest));
  sign(keys->keys[0], text, tag);
  write_tag(tag, token + 1 + DAY_LENGTH);
  return g_strdup_printf("%.*s+%s-%s%s", (int)(at - base), base, token, rest, at);
}

char *
verp_make(const VerpKeys *keys, const char *base, const char *recipient, gint64 now)
{
  const char *at;
  if (!is_plain_address(recipient, &at))
    return NULL;
  g_autofree char *rest = g_strdup(recipient);
  rest[at - recipient] = '=';
  return assemble(keys, base, '1', rest, now);
}

char *
verp_make_opaque(const VerpKeys *keys, const char *base, gint64 id, gint64 now)
{
  char text[ID_LENGTH_MAX + 1] = "";
  if (id < 1)
    return NULL;
  write_number((guint64)id, text, ID_LENGTH_MAX);
  return assemble(keys, base, '2', text + strspn(text, "a"), now);
}

/* --- checking --- */

/* Whether begin, after a "+", looks like a token. at: the end of the local part. */
static bool
is_token(const char *begin, const char *at)
{
  const char *rest = begin + TOKEN_LENGTH + 1;
  if (at - begin <= TOKEN_LENGTH + 1 || rest[-1] != '-' || !all_digits(begin + 1, TOKEN_LENGTH - 1))
    return false;
  size_t length = (size_t)(at - rest);
  if (*begin == '1') {
    const char *equals = memrchr(rest, '=', length);
    return equals != NULL && equals > rest && equals + 1 < at;
  }
  return *begin == '2' && length <= ID_LENGTH_MAX && all_digits(rest, length) &&
         digit_value(*rest) > 0;
}

static bool
in_time(const char *day, gint64 now)
{
  guint today = (guint)((guint64)(now / SECONDS_PER_DAY) % DAYS);
  guint age = (today - (guint)read_number(day, DAY_LENGTH)) % DAYS;
  return age <= VERP_DAYS_PAST || age >= DAYS - VERP_DAYS_AHEAD;
}

/* Tries every key and compares every octet, even after a match. */
static bool
is_genuine(const VerpKeys *keys, const char *address, const char *begin, const char *at)
{
  g_autofree char *base = g_strdup_printf("%.*s%s", (int)(begin - 1 - address), address, at);
  const char *rest = begin + TOKEN_LENGTH + 1;
  g_autoptr(GString) text =
      signed_text(*begin, base, strlen(base), begin + 1, rest, (size_t)(at - rest));
  guint8 want[TAG_SIZE], tag[TAG_SIZE];
  read_tag(begin + 1 + DAY_LENGTH, want);
  bool genuine = false;
  for (guint i = 0; i < keys->n; i++) {
    sign(keys->keys[i], text, tag);
    genuine |= same_tag(want, tag);
  }
  return genuine;
}

static void
read_token(const char *begin, const char *at, VerpToken *token)
{
  const char *rest = begin + TOKEN_LENGTH + 1;
  for (int i = 0; i < TOKEN_LENGTH; i++)
    token->text[i] = g_ascii_tolower(begin[i]);
  if (*begin == '2') {
    token->id = (gint64)read_number(rest, (size_t)(at - rest));
    return;
  }
  token->recipient = g_strndup(rest, (gsize)(at - rest));
  char *domain = strrchr(token->recipient, '=');
  for (*domain++ = '@'; *domain != '\0'; domain++)
    *domain = g_ascii_tolower(*domain);
}

/* If the base or the recipient also contains a "+", several places may look like a token. Only the
 * signature tells which of them is one. */
VerpResult
verp_check(const VerpKeys *keys, const char *address, gint64 now, VerpToken *token)
{
  VerpResult result = VERP_NONE;
  memset(token, 0, sizeof *token);
  const char *at = strrchr(address, '@');
  if (at == NULL || strlen(address) > ADDRESS_MAX)
    return VERP_NONE;
  for (const char *plus = memchr(address, '+', (size_t)(at - address)); plus != NULL;
       plus = memchr(plus + 1, '+', (size_t)(at - plus - 1))) {
    const char *begin = plus + 1;
    if (!is_token(begin, at))
      continue;
    result = VERP_BAD_TAG;
    if (!is_genuine(keys, address, begin, at))
      continue;
    read_token(begin, at, token);
    return in_time(begin + 1, now) ? VERP_GOOD : VERP_EXPIRED;
  }
  return result;
}
