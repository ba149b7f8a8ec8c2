#include "config.h"

#include "report/cube.h"

#include <string.h>

/* --- names: a number for each, the first one that is seen is 0 --- */

typedef struct {
  GHashTable *numbers; /* name → number + 1 */
  guint last;          /* the number that was counted last: often the next one too */
  GPtrArray *names;
  GArray *totals; /* gint64 */
} Names;

static void
names_init(Names *names)
{
  names->numbers = g_hash_table_new(g_str_hash, g_str_equal);
  names->names = g_ptr_array_new_with_free_func(g_free);
  names->totals = g_array_new(FALSE, FALSE, sizeof(gint64));
}

static void
names_clear(Names *names)
{
  g_hash_table_unref(names->numbers);
  g_ptr_array_unref(names->names);
  g_array_unref(names->totals);
}

static guint
names_count(Names *names, const char *name, gint64 failures)
{
  guint number = names->last + 1;
  if (names->last >= names->names->len ||
      strcmp(g_ptr_array_index(names->names, names->last), name) != 0)
    number = GPOINTER_TO_UINT(g_hash_table_lookup(names->numbers, name));
  if (number == 0) {
    const gint64 none = 0;
    char *copy = g_strdup(name);
    g_ptr_array_add(names->names, copy);
    g_array_append_val(names->totals, none);
    number = names->names->len;
    g_hash_table_insert(names->numbers, copy, GUINT_TO_POINTER(number));
  }
  g_array_index(names->totals, gint64, number - 1) += failures;
  return names->last = number - 1;
}

static gint
by_total(gconstpointer a, gconstpointer b, gpointer data)
{
  const Names *names = data;
  guint i = *(const guint *)a, j = *(const guint *)b;
  gint64 more = g_array_index(names->totals, gint64, j) - g_array_index(names->totals, gint64, i);
  return more != 0 ? (more > 0 ? 1 : -1)
                   : strcmp(g_ptr_array_index(names->names, i), g_ptr_array_index(names->names, j));
}

/* The rank of each number, the most failures first. *best: the numbers in that order. */
static guint *
rank(Names *names, guint **best)
{
  guint n = names->names->len;
  guint *ranks = g_new(guint, n + 1);
  GArray *order = g_array_sized_new(FALSE, FALSE, sizeof(guint), n + 1);
  for (guint i = 0; i < n; i++)
    g_array_append_val(order, i);
  g_array_sort_with_data(order, by_total, names);
  *best = (guint *)(gpointer)g_array_free(order, FALSE);
  for (guint i = 0; i < n; i++)
    ranks[(*best)[i]] = i;
  return ranks;
}

/* --- cells: what was added --- */

typedef struct {
  guint8 period, klass, reputation;
  guint provider, list; /* numbers */
  gint64 failures;
} Cell;

struct CubeCells {
  GArray *cells;
  Names providers, lists;
};

Reputation
cube_reputation(Reason reason)
{
  static const Reputation reputations[N_REASONS] = {
      [REASON_BLOCKED] = REPUTATION_BLOCKED, [REASON_BAD_REPUTATION] = REPUTATION_BLOCKED,
      [REASON_SPAM] = REPUTATION_SPAM,       [REASON_RATE_LIMITED] = REPUTATION_RATE,
      [REASON_SPF] = REPUTATION_SPF,         [REASON_DKIM] = REPUTATION_DKIM,
      [REASON_DMARC] = REPUTATION_DMARC,     [REASON_AUTH_FAILED] = REPUTATION_AUTH,
      [REASON_NO_PTR] = REPUTATION_PTR,
  };
  return reason < N_REASONS ? reputations[reason] : REPUTATION_NONE;
}

const char *
reputation_name(Reputation reputation)
{
  static const char *const names[N_REPUTATIONS] = {"",     "blocked", "spam", "rate", "spf",
                                                   "dkim", "dmarc",   "auth", "ptr"};
  return names[reputation];
}

Cube *
cube_new(gint64 today)
{
  Cube *cube = g_new0(Cube, 1);
  cube->today = today;
  cube->daily = today - CUBE_DAILY + 1;
  cube->daily -= (cube->daily + 3) % 7; /* Monday */
  cube->providers = g_ptr_array_new_with_free_func(g_free);
  cube->lists = g_ptr_array_new_with_free_func(g_free);
  cube->series = g_ptr_array_new_with_free_func(g_free);
  cube->cells = g_new0(struct CubeCells, 1);
  cube->cells->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  names_init(&cube->cells->providers);
  names_init(&cube->cells->lists);
  return cube;
}

static void
free_cells(Cube *cube)
{
  if (cube->cells == NULL)
    return;
  g_array_unref(cube->cells->cells);
  names_clear(&cube->cells->providers);
  names_clear(&cube->cells->lists);
  g_clear_pointer(&cube->cells, g_free);
}

void
cube_free(Cube *cube)
{
  free_cells(cube);
  g_ptr_array_unref(cube->providers);
  g_ptr_array_unref(cube->lists);
  g_ptr_array_unref(cube->series);
  g_free(cube);
}

static guint
daily_periods(const Cube *cube)
{
  return (guint)(cube->today - cube->daily) + 1;
}

static guint
period_of(const Cube *cube, gint64 day)
{
  return day >= cube->daily ? (guint)(cube->today - day)
                            : daily_periods(cube) + (guint)(cube->daily - 1 - day) / 7;
}

guint
cube_periods(const Cube *cube)
{
  return period_of(cube, cube->today - CUBE_DAYS + 1) + 1;
}

gint64
cube_period_end(const Cube *cube, guint period)
{
  guint days = daily_periods(cube);
  return period < days ? cube->today - period : cube->daily - 1 - (gint64)(period - days) * 7;
}

guint
cube_period_days(const Cube *cube, guint period)
{
  gint64 in_year = cube_period_end(cube, period) - (cube->today - CUBE_DAYS);
  return period < daily_periods(cube) ? 1 : (guint)MIN(7, in_year);
}

void
cube_add(Cube *cube, gint64 day, Reason reason, Class klass, const char *provider, const char *list,
         gint64 failures)
{
  if (day > cube->today || day <= cube->today - CUBE_DAYS)
    return;
  struct CubeCells *cells = cube->cells;
  const Cell cell = {.period = (guint8)period_of(cube, day),
                     .klass = (guint8)klass,
                     .reputation = (guint8)cube_reputation(reason),
                     .provider = names_count(&cells->providers, provider, failures),
                     .list = names_count(&cells->lists, list, failures),
                     .failures = failures};
  g_array_append_val(cells->cells, cell);
}

/* --- folding --- */

typedef struct {
  guint *provider_ranks, *list_ranks;
  guint providers, lists; /* how many are told apart */
} Fold;

static void
fold_cell(const Cell *cell, const Fold *fold, CubeSeries **slots, GPtrArray *series)
{
  guint provider = MIN(fold->provider_ranks[cell->provider], fold->providers);
  guint list = MIN(fold->list_ranks[cell->list], fold->lists);
  guint kind = cell->klass * (guint)N_REPUTATIONS + cell->reputation;
  guint slot = (kind * (fold->providers + 1) + provider) * (fold->lists + 1) + list;
  if (slots[slot] == NULL) {
    CubeSeries *one = slots[slot] = g_new0(CubeSeries, 1);
    one->klass = (Class)cell->klass;
    one->reputation = (Reputation)cell->reputation;
    one->provider = provider;
    one->list = list;
    g_ptr_array_add(series, one);
  }
  slots[slot]->failures[cell->period] += cell->failures;
  slots[slot]->periods = MAX(slots[slot]->periods, cell->period + 1U);
}

/* About the octets of a series in JSON, where a number stands for a run of zeros. */
static gsize
octets(const CubeSeries *series)
{
  gsize sum = sizeof "[12,12],";
  bool zero = false;
  for (guint i = 0; i < series->periods; i++) {
    gint64 failures = series->failures[i];
    sum += failures == 0 ? (zero ? 0 : sizeof "-12") : sizeof ",";
    for (; failures >= 10; failures /= 10)
      sum++;
    zero = series->failures[i] == 0;
  }
  return sum;
}

static gsize
fold_cells(const GArray *cells, const Fold *fold, GPtrArray *series)
{
  gsize size = (gsize)N_CLASSES * N_REPUTATIONS * (fold->providers + 1) * (fold->lists + 1);
  g_autofree CubeSeries **slots = g_new0(CubeSeries *, size);
  g_ptr_array_set_size(series, 0);
  for (guint i = 0; i < cells->len; i++)
    fold_cell(&g_array_index(cells, Cell, i), fold, slots, series);
  gsize sum = 0;
  for (guint i = 0; i < series->len; i++)
    sum += octets(g_ptr_array_index(series, i));
  return sum;
}

/* The classes follow one another, and so do the reputations of a class. */
static gint
by_kind(gconstpointer a, gconstpointer b)
{
  const CubeSeries *one = *(CubeSeries *const *)a, *other = *(CubeSeries *const *)b;
  const int differences[] = {
      (int)one->klass - (int)other->klass, (int)one->reputation - (int)other->reputation,
      (int)one->provider - (int)other->provider, (int)one->list - (int)other->list};
  for (gsize i = 0; i < G_N_ELEMENTS(differences); i++)
    if (differences[i] != 0)
      return differences[i];
  return 0;
}

static void
keep_names(GPtrArray *out, Names *names, const guint *best, guint n)
{
  for (guint i = 0; i < n; i++)
    g_ptr_array_add(out, g_strdup(g_ptr_array_index(names->names, best[i])));
}

/* The first size that fits; the sizes descend. */
static void
fold_to_fit(const Cube *cube, Fold *fold, gsize max_octets)
{
  static const struct {
    guint providers, lists;
  } sizes[] = {{16, 12}, {12, 12}, {12, 8}, {10, 8}, {10, 6}, {8, 6}, {8, 5}, {8, 4},
               {8, 3},   {6, 3},   {6, 2},  {4, 2},  {4, 1},  {2, 1}, {0, 0}};
  const struct CubeCells *cells = cube->cells;
  gsize low = 0, high = G_N_ELEMENTS(sizes) - 1;
  for (;;) {
    gsize middle = (low + high) / 2;
    fold->providers = MIN(sizes[middle].providers, cells->providers.names->len);
    fold->lists = MIN(sizes[middle].lists, cells->lists.names->len);
    bool fits = fold_cells(cells->cells, fold, cube->series) <= max_octets;
    if (low == high)
      return;
    if (fits)
      high = middle;
    else
      low = middle + 1;
  }
}

void
cube_fold(Cube *cube, gsize max_octets)
{
  struct CubeCells *cells = cube->cells;
  g_autofree guint *providers = NULL, *lists = NULL;
  g_autofree guint *provider_ranks = rank(&cells->providers, &providers);
  g_autofree guint *list_ranks = rank(&cells->lists, &lists);
  Fold fold = {provider_ranks, list_ranks, 0, 0};
  fold_to_fit(cube, &fold, max_octets);
  g_ptr_array_sort(cube->series, by_kind);
  keep_names(cube->providers, &cells->providers, providers, fold.providers);
  keep_names(cube->lists, &cells->lists, lists, fold.lists);
  free_cells(cube);
}

/* --- sums --- */

static bool
matches(int wanted, guint value)
{
  return wanted == CUBE_ANY || (guint)wanted == value;
}

gint64
cube_sum(const Cube *cube, const CubeFilter *filter, guint first, guint last)
{
  gint64 sum = 0;
  for (guint i = 0; i < cube->series->len; i++) {
    const CubeSeries *series = g_ptr_array_index(cube->series, i);
    if (!matches(filter->klass, series->klass) ||
        !matches(filter->reputation, series->reputation) ||
        !matches(filter->provider, series->provider) || !matches(filter->list, series->list))
      continue;
    for (guint period = first; period <= last && period < series->periods; period++)
      sum += series->failures[period];
  }
  return sum;
}
