#include "config.h"

#include "judge/mask.h"

#include <glib.h>
#include <string.h>

#include "base/fold.h"
#include "base/text.h"

typedef struct {
  GString *out;
  char *user;  /* folded; NULL = unknown, or too short to tell from a word */
  bool number; /* the last word was a number */
} Masker;

enum { USER_MIN = 3, ID_MIN = 5, ID_LONG = 8, UNIT_MAX = 2 };

static const struct {
  const char *name, *example;
} placeholders[] = {
    {"ADDRESS", "someone@example.com"},
    {"HOST", "mx.example.com"},
    {"ID", "4xyz12abc3"},
    {"IP", "192.0.2.1"},
    {"NUMBER", "12345"},
    {"URL", "https://example.com/"},
    {"USER", "someone"},
};

bool
mask_is_placeholder(const char *text, size_t *length, const char **example)
{
  *length = 0;
  while (g_ascii_isupper(text[*length]))
    ++*length;
  for (size_t i = 0; i < G_N_ELEMENTS(placeholders); i++)
    if (strlen(placeholders[i].name) == *length &&
        memcmp(text, placeholders[i].name, *length) == 0) {
      if (example != NULL)
        *example = placeholders[i].example;
      return true;
    }
  return false;
}

/* A run is what stands between blanks, brackets, quotes and non-ASCII characters. */
static bool
in_run(char c)
{
  return c > ' ' && c < 0x7f && strchr("<>()[]{}\"'`,;|", c) == NULL;
}

/* Digits with points, colons and dashes between them, a time zone, a percentage. */
static bool
is_number(const char *text, size_t length)
{
  return strspn(text, "0123456789.:/-+%") >= length;
}

/* RFC 3463 */
static bool
is_status(const char *text, size_t length)
{
  size_t digits = 0, points = 0;
  if (length < 5 || strchr("245", text[0]) == NULL || text[1] != '.')
    return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] == '.') {
      points++;
      digits = 0;
    } else if (!g_ascii_isdigit(text[i]) || ++digits > 3) {
      return false;
    }
  return points == 2 && digits > 0;
}

/* With or without a port. */
static bool
is_ip4(const char *text, size_t length)
{
  size_t digits = 0, points = 0;
  for (size_t i = 0; i < length; i++)
    if (text[i] == '.' && digits > 0) {
      points++;
      digits = 0;
    } else if (text[i] == ':') {
      return points == 3 && digits > 0 && is_number(text + i, length - i);
    } else if (!g_ascii_isdigit(text[i]) || ++digits > 3) {
      return false;
    }
  return points == 3 && digits > 0;
}

/* At least two colons, and either two in a row or all eight groups (RFC 4291 section 2.2), so that
 * a time of day does not match. */
static bool
is_ip6(const char *text, size_t length)
{
  size_t colons = 0;
  bool pair = false;
  if (length > 5 && memcmp(text, "ipv6:", 5) == 0)
    text += 5, length -= 5;
  if (strspn(text, "0123456789abcdef:.") < length || strspn(text, ":.") >= length)
    return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] == ':') {
      colons++;
      pair = pair || (i > 0 && text[i - 1] == ':');
    }
  return colons >= 2 && (pair || colons == 7);
}

static bool
is_url(const char *text, size_t length)
{
  static const char *const beginnings[] = {"http://", "https://", "www.", "ftp://", "mailto:"};
  for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
    size_t n = strlen(beginnings[i]);
    if (length > n && memcmp(text, beginnings[i], n) == 0)
      return true;
  }
  return false;
}

/* At least two labels; the last has letters only, or is an A-label (RFC 5890). */
static bool
is_host(const char *text, size_t length)
{
  size_t last = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '.' && i == last)
      return false;
    if (text[i] == '.')
      last = i + 1;
    else if (!g_ascii_isalnum(text[i]) && text[i] != '-' && text[i] != '_')
      return false;
  }
  if (last == 0 || length - last < 2)
    return false;
  if (length - last > 4 && memcmp(text + last, "xn--", 4) == 0)
    return true;
  for (size_t i = last; i < length; i++)
    if (!g_ascii_isalpha(text[i]))
      return false;
  return true;
}

/* Letters and digits alternate more often than in words, or the run is mostly digits. */
static bool
is_id(const char *text, size_t length)
{
  size_t digits = 0, turns = 0;
  bool was_digit = false, seen = false;
  for (size_t i = 0; i < length; i++) {
    bool digit = g_ascii_isdigit(text[i]);
    if (!digit && !g_ascii_isalpha(text[i]))
      continue;
    digits += digit;
    turns += seen && digit != was_digit;
    was_digit = digit;
    seen = true;
  }
  return (length >= ID_MIN && turns >= 2) || (length >= ID_LONG && digits >= 4);
}

/* The number of digits at the beginning of 20mb, 30s, 5th; 0 for anything else. */
static size_t
unit_begins(const char *text, size_t length)
{
  size_t digits = strspn(text, "0123456789.");
  if (digits == 0 || digits >= length || length - digits > UNIT_MAX)
    return 0;
  for (size_t i = digits; i < length; i++)
    if (!g_ascii_isalpha(text[i]))
      return 0;
  return digits;
}

/* Next to a number, the name of a day or a month is part of a date. */
static bool
is_date_word(const Masker *masker, const char *text, size_t length)
{
  static const char words[] = "mon tue wed thu fri sat sun "
                              "jan feb mar apr may jun jul aug sep oct nov dec ";
  if (length != 3)
    return false;
  const char *next = text + length + strspn(text + length, " ,");
  if (!masker->number && !g_ascii_isdigit(*next))
    return false;
  for (const char *word = words; *word != '\0'; word += 4)
    if (memcmp(word, text, 3) == 0)
      return true;
  return false;
}

static const char *
placeholder(const Masker *masker, const char *text, size_t length)
{
  if (masker->user != NULL && strlen(masker->user) == length &&
      memcmp(masker->user, text, length) == 0)
    return "USER";
  if (memchr(text, '@', length) != NULL)
    return "ADDRESS";
  if (is_status(text, length))
    return NULL;
  if (is_ip4(text, length))
    return "IP";
  if (is_number(text, length) || is_date_word(masker, text, length))
    return "NUMBER";
  if (is_host(text, length))
    return "HOST";
  return is_id(text, length) ? "ID" : NULL;
}

static void
append_word(Masker *masker, const char *text, size_t length)
{
  size_t digits = unit_begins(text, length);
  const char *name = digits > 0 ? "NUMBER" : placeholder(masker, text, length);
  masker->number = name != NULL && strcmp(name, "NUMBER") == 0;
  if (name == NULL) {
    g_string_append_len(masker->out, text, (gssize)length);
    return;
  }
  g_string_append(masker->out, name);
  if (digits > 0)
    g_string_append_len(masker->out, text + digits, (gssize)(length - digits));
}

static bool
is_edge(char c)
{
  return g_ascii_ispunct(c) && c != '@';
}

/* Punctuation at both ends is not part of the word. */
static void
append_trimmed(Masker *masker, const char *text, size_t length)
{
  size_t begin = 0, end = length;
  while (begin < length && is_edge(text[begin]))
    begin++;
  while (end > begin && is_edge(text[end - 1]))
    end--;
  g_string_append_len(masker->out, text, (gssize)begin);
  if (end > begin)
    append_word(masker, text + begin, end - begin);
  g_string_append_len(masker->out, text + end, (gssize)(length - end));
}

/* "id=4xyz", "host:port" and "and/or" are masked word by word, unless the run as a whole is an
 * address, a number or a network address. */
static void
append_run(Masker *masker, const char *text, size_t length)
{
  const char *name = is_url(text, length) ? "URL" : is_ip6(text, length) ? "IP" : NULL;
  if (name != NULL) {
    g_string_append(masker->out, name);
    masker->number = false;
    return;
  }
  if (memchr(text, '@', length) != NULL || is_number(text, length)) {
    append_trimmed(masker, text, length);
    return;
  }
  for (size_t begin = 0, end; begin < length; begin = end + 1) {
    for (end = begin; end < length && strchr(":=/#&?!*\\", text[end]) == NULL;)
      end++;
    append_trimmed(masker, text + begin, end - begin);
    if (end < length)
      g_string_append_c(masker->out, text[end]);
  }
}

static char *
known_user(const char *user)
{
  g_autofree char *folded = user != NULL ? fold(user) : NULL;
  return folded != NULL && strlen(folded) >= USER_MIN ? g_steal_pointer(&folded) : NULL;
}

char *
mask(const char *folded, const char *user)
{
  Masker masker = {.out = g_string_new(NULL), .user = known_user(user)};
  const char *p = folded;
  while (*p != '\0' && masker.out->len <= MASK_MAX) {
    size_t length = 0;
    while (in_run(p[length]))
      length++;
    if (length > 0)
      append_run(&masker, p, length);
    else
      g_string_append_c(masker.out, p[length] == '\n' ? ' ' : p[length]), length++;
    p += length;
  }
  g_string_truncate(masker.out, text_cut(masker.out->str, MASK_MAX));
  g_free(masker.user);
  return g_string_free(masker.out, FALSE);
}
