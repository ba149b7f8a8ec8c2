#include "config.h"

#include "base/nearest.h"

#include <string.h>

enum {
  WORD_MAX = 40, /* octets; no name is as long */
  SHOWN_MAX = 3,
  PART_MIN = 3 /* octets of a part of a name that is worth a guess */
};

/* Optimal string alignment: a row depends on the two before it. */
static int
distance(const char *a, gsize a_length, const char *b, gsize b_length)
{
  int rows[3][WORD_MAX + 1];
  for (gsize i = 0; i <= a_length; i++) {
    int *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    row[0] = (int)i;
    for (gsize j = 1; j <= b_length; j++) {
      if (i == 0) {
        row[j] = (int)j;
        continue;
      }
      char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);
      row[j] = MIN(MIN(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
      bool swapped =
          i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y;
      if (swapped)
        row[j] = MIN(row[j], before[j - 2] + 1);
    }
  }
  return rows[a_length % 3][b_length];
}

int
nearest_distance(const char *word, const char *name)
{
  gsize a = strlen(word), b = strlen(name);
  if (MAX(a, b) > WORD_MAX || MAX(a, b) - MIN(a, b) > NEAREST_DISTANCE)
    return NEAREST_DISTANCE + 1;
  return MIN(distance(word, a, name, b), NEAREST_DISTANCE + 1);
}

static bool
contains(const char *name, const char *word)
{
  g_autofree char *a = g_ascii_strdown(name, -1), *b = g_ascii_strdown(word, -1);
  return strstr(a, b) != NULL;
}

/* The names at this distance; with a distance that no name has, those that contain the word. */
static GPtrArray *
collect(const char *word, const char *const *names, int at)
{
  GPtrArray *found = g_ptr_array_new();
  for (; *names != NULL; names++)
    if (at <= NEAREST_DISTANCE ? nearest_distance(word, *names) == at : contains(*names, word))
      g_ptr_array_add(found, (gpointer)*names);
  return found;
}

static int
closest(const char *word, const char *const *names)
{
  int best = NEAREST_DISTANCE + 1;
  for (; *names != NULL; names++)
    best = MIN(best, nearest_distance(word, *names));
  return (gsize)best * 2 < strlen(word + strspn(word, "-")) ? best : NEAREST_DISTANCE + 1;
}

char *
nearest_hint(const char *word, const char *const *names)
{
  int best = closest(word, names);
  if (best > NEAREST_DISTANCE && strlen(word) < PART_MIN)
    return g_strdup("");
  g_autoptr(GPtrArray) found = collect(word, names, best);
  if (found->len == 0 || found->len > SHOWN_MAX)
    return g_strdup("");
  g_ptr_array_add(found, NULL);
  g_autofree char *joined = g_strjoinv(" or ", (char **)found->pdata);
  return g_strdup_printf("; did you mean %s?", joined);
}
