#include "config.h"

#include "report/trends.h"

#include <math.h>
#include <string.h>

/* Failures for a reason at a provider of a list, or all of them: ANY. */
enum { ANY = 0 };
#define ADDRESSES N_REASONS /* all reasons that are faults of addresses */
typedef struct {
  Reason reason; /* REASON_NONE = all */
  guint provider, list;
} Scope;

typedef struct {
  gint64 day, failures;
} DayCount;

typedef struct {
  Scope scope;
  GArray *days; /* (element-type DayCount), in order, without those that have none */
} Series;

/* What is counted together, and the series that this belongs to: themselves, all providers, all
 * lists, both; of the reason, and of faults of addresses; and everything. */
enum { OF_REASON = 4, OF_ALL = 2 * OF_REASON + 1 };
typedef struct {
  Scope scope;
  guint n;
  Series *series[OF_ALL];
} Cell;

struct Trends {
  GHashTable *series;   /* set of Series */
  GHashTable *cells;    /* set of Cell */
  GHashTable *numbers;  /* of names of providers and lists; from 1 */
  GPtrArray *names;     /* (element-type utf8); [0] is NULL */
  guint provider, list; /* of the last count */
  gint64 first;         /* the first day with a failure */
};

static guint
scope_hash(gconstpointer key)
{
  const Scope *scope = key;
  return (scope->provider * 31 + scope->list) * 97 + scope->reason;
}

static gboolean
scope_equal(gconstpointer a, gconstpointer b)
{
  const Scope *one = a, *other = b;
  return one->reason == other->reason && one->provider == other->provider &&
         one->list == other->list;
}

static void
free_series(gpointer data)
{
  Series *series = data;
  g_array_unref(series->days);
  g_free(series);
}

Trends *
trends_new(void)
{
  Trends *trends = g_new0(Trends, 1);
  trends->series = g_hash_table_new_full(scope_hash, scope_equal, free_series, NULL);
  trends->cells = g_hash_table_new_full(scope_hash, scope_equal, g_free, NULL);
  trends->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  trends->names = g_ptr_array_new();
  g_ptr_array_add(trends->names, NULL);
  trends->first = G_MAXINT64;
  return trends;
}

void
trends_free(Trends *trends)
{
  g_hash_table_unref(trends->cells);
  g_hash_table_unref(trends->series);
  g_ptr_array_unref(trends->names);
  g_hash_table_unref(trends->numbers);
  g_free(trends);
}

/* --- counting ----------------------------------------------------------------------------------*/

/* last: the number found last, since the same name often comes several times. */
static guint
number_of(Trends *trends, const char *name, guint *last)
{
  if (*last > 0 && strcmp(g_ptr_array_index(trends->names, *last), name) == 0)
    return *last;
  guint number = GPOINTER_TO_UINT(g_hash_table_lookup(trends->numbers, name));
  if (number == 0) {
    char *copy = g_strdup(name);
    number = trends->names->len;
    g_hash_table_insert(trends->numbers, copy, GUINT_TO_POINTER(number));
    g_ptr_array_add(trends->names, copy);
  }
  return *last = number;
}

static Series *
find_series(Trends *trends, Scope scope)
{
  Series *series = g_hash_table_lookup(trends->series, &scope);
  if (series == NULL) {
    series = g_new0(Series, 1);
    series->scope = scope;
    series->days = g_array_new(FALSE, FALSE, sizeof(DayCount));
    g_hash_table_add(trends->series, series);
  }
  return series;
}

static void
add_series(Trends *trends, Cell *cell, Reason reason)
{
  const Scope *scope = &cell->scope;
  const Scope scopes[OF_REASON] = {{reason, scope->provider, scope->list},
                                   {reason, ANY, scope->list},
                                   {reason, scope->provider, ANY},
                                   {reason, ANY, ANY}};
  for (guint i = 0; i < OF_REASON; i++)
    cell->series[cell->n++] = find_series(trends, scopes[i]);
}

static const Cell *
find_cell(Trends *trends, Scope scope)
{
  Cell *cell = g_hash_table_lookup(trends->cells, &scope);
  if (cell != NULL)
    return cell;
  cell = g_new0(Cell, 1);
  cell->scope = scope;
  cell->series[cell->n++] = find_series(trends, (Scope){REASON_NONE, ANY, ANY});
  add_series(trends, cell, scope.reason);
  if (reason_info(scope.reason)->party == PARTY_RECIPIENT)
    add_series(trends, cell, ADDRESSES);
  g_hash_table_add(trends->cells, cell);
  return cell;
}

static void
count(Series *series, gint64 day, gint64 failures)
{
  GArray *days = series->days;
  guint at = days->len;
  while (at > 0 && g_array_index(days, DayCount, at - 1).day > day)
    at--;
  if (at > 0 && g_array_index(days, DayCount, at - 1).day == day) {
    g_array_index(days, DayCount, at - 1).failures += failures;
  } else {
    const DayCount next = {day, failures};
    g_array_insert_val(days, at, next);
  }
}

void
trends_add(Trends *trends, gint64 day, Reason reason, const char *provider, const char *list,
           gint64 failures)
{
  const Scope scope = {reason, number_of(trends, provider, &trends->provider),
                       number_of(trends, list, &trends->list)};
  const Cell *cell = find_cell(trends, scope);
  trends->first = MIN(trends->first, day);
  for (guint i = 0; i < cell->n; i++)
    count(cell->series[i], day, failures);
}

bool
trends_has_history(const Trends *trends, gint64 today)
{
  return trends->first <= today - TREND_NEEDED;
}

/* --- judging -----------------------------------------------------------------------------------*/

/* A series by day, and what it depends on. */
typedef struct {
  gint64 first, n; /* the first day that is read, and how many there are */
  gint64 begins;   /* the first day of the history */
  gint64 *counts, *volumes;
  bool *unusual, *ignored;
  double *usual;
} Course;

static void
course_clear(Course *course)
{
  g_free(course->counts);
  g_free(course->volumes);
  g_free(course->unusual);
  g_free(course->ignored);
  g_free(course->usual);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Course, course_clear)

static void
add_days(const Trends *trends, const Course *course, Scope scope, gint64 sign, gint64 *out)
{
  const Series *series = g_hash_table_lookup(trends->series, &scope);
  for (guint i = series != NULL ? series->days->len : 0; i > 0; i--) {
    const DayCount *day = &g_array_index(series->days, DayCount, i - 1);
    if (day->day < course->first)
      break;
    if (day->day < course->first + course->n)
      out[day->day - course->first] += sign * day->failures;
  }
}

/* Bad addresses fail in proportion to the mail that was sent: those at the other providers, or
 * those that fail for other reasons. */
static void
add_volumes(const Trends *trends, const Course *course, Scope scope)
{
  Scope all = {ADDRESSES, ANY, scope.list}, self = {ADDRESSES, scope.provider, scope.list};
  if (scope.reason == REASON_NONE)
    return;
  if (scope.provider == ANY)
    self.reason = scope.reason;
  add_days(trends, course, all, 1, course->volumes);
  if (scope.provider != ANY || reason_info(scope.reason)->party == PARTY_RECIPIENT)
    add_days(trends, course, self, -1, course->volumes);
}

/* A list that is new has bad addresses like any other, and nothing tells how many. So many that
 * they are unusual for the sender are told as such. */
static gint64
history_begins(const Trends *trends, Scope scope)
{
  const Scope list = {ADDRESSES, ANY, scope.list};
  const Series *series = scope.list != ANY && reason_info(scope.reason)->party == PARTY_RECIPIENT
                             ? g_hash_table_lookup(trends->series, &list)
                             : NULL;
  return series != NULL ? g_array_index(series->days, DayCount, 0).day : trends->first;
}

static bool
judge(const Course *course, gint64 at, double *usual)
{
  TrendDays days = {.n = (guint)MIN(at + 1, TREND_HISTORY + 1)};
  days.n = (guint)CLAMP(course->first + at - course->begins + 1, 0, days.n);
  for (guint i = 0; i < days.n; i++) {
    days.counts[i] = course->counts[at - i];
    days.volumes[i] = course->volumes[at - i];
    days.ignored[i] = course->ignored[at - i];
  }
  *usual = 0;
  return days.n > TREND_NEEDED && !trend_is_frequent(&days) && trend_is_unusual(&days, usual);
}

/* Judges the days one after the other. What is unusual for two weeks becomes a measure. */
static void
judge_all(Course *course)
{
  gint64 length = 0, quiet = TRENDS_PAUSE; /* of what is unusual; days since */
  for (gint64 at = TRENDS_PAUSE; at < course->n; at++) {
    course->unusual[at] =
        course->counts[at] >= TREND_LEAST && judge(course, at, &course->usual[at]);
    quiet = course->unusual[at] ? 0 : quiet + 1;
    length = quiet < TRENDS_PAUSE ? length + 1 : 0;
    course->ignored[at] = course->unusual[at] && length <= 2 * TRENDS_PAUSE;
  }
}

/* Of the days from TRENDS_BEFORE before since. */
static void
make_course(const Trends *trends, Scope scope, gint64 since, gint64 today, Course *out)
{
  gsize n = (gsize)(today - since + 1 + TRENDS_BEFORE);
  *out = (Course){.first = since - TRENDS_BEFORE, .n = (gint64)n};
  out->begins = history_begins(trends, scope);
  out->counts = g_new0(gint64, n);
  out->volumes = g_new0(gint64, n);
  out->unusual = g_new0(bool, n);
  out->ignored = g_new0(bool, n);
  out->usual = g_new0(double, n);
  add_days(trends, out, scope, 1, out->counts);
  add_volumes(trends, out, scope);
  judge_all(out);
}

bool
trends_is_unusual(const Trends *trends, Reason reason, const char *provider, gint64 day,
                  gint64 *usual)
{
  guint number =
      provider == NULL ? ANY : GPOINTER_TO_UINT(g_hash_table_lookup(trends->numbers, provider));
  g_auto(Course) course;
  make_course(trends, (Scope){reason, number, ANY}, day, day, &course);
  gint64 at = day - course.first;
  double expected = course.usual[at];
  if (expected == 0)
    judge(&course, at, &expected);
  *usual = llround(expected);
  return course.unusual[at];
}

/* --- changes -----------------------------------------------------------------------------------*/

/* What began at some scope. */
typedef struct {
  Scope scope;
  gint64 first, last, failures;
  double usual;
  bool is_new;
} Beginning;

/* Whether any day of the series from since on has enough to be unusual. */
static bool
may_be_unusual(const Series *series, gint64 since, gint64 today)
{
  for (guint i = series->days->len; i > 0; i--) {
    const DayCount *day = &g_array_index(series->days, DayCount, i - 1);
    if (day->day < since)
      return false;
    if (day->day <= today && day->failures >= TREND_LEAST)
      return true;
  }
  return false;
}

/* Adds the times at which the series became unusual, from TRENDS_PAUSE before since. */
static void
find_beginnings(const Trends *trends, const Series *series, gint64 since, gint64 today, GArray *out)
{
  g_auto(Course) course;
  Beginning now = {.scope = series->scope, .first = -1};
  bool before = g_array_index(series->days, DayCount, 0).day < since;
  make_course(trends, series->scope, since, today, &course);
  for (gint64 at = 0; at < course.n; at++) {
    gint64 day = course.first + at;
    bool begins = course.unusual[at] && (now.first < 0 || day - now.last >= TRENDS_PAUSE);
    if (begins && now.first >= since - TRENDS_PAUSE)
      g_array_append_val(out, now);
    if (begins)
      now = (Beginning){.scope = series->scope, .first = day, .usual = course.usual[at]};
    if (course.unusual[at])
      now.last = day;
    now.failures += course.counts[at];
    now.is_new = !before;
  }
  if (now.first >= 0 && now.last >= since - TRENDS_PAUSE)
    g_array_append_val(out, now);
}

/* How much a scope says: where all providers fail, single ones explain it better, and so on. */
static int
rank(const Scope *scope)
{
  return scope->list == ANY ? (scope->provider != ANY ? 0 : 1) : scope->provider != ANY ? 2 : 3;
}

static gint
by_rank(gconstpointer a, gconstpointer b)
{
  const Beginning *one = a, *other = b;
  int ranks = rank(&one->scope) - rank(&other->scope);
  if (ranks != 0)
    return ranks;
  if (one->first != other->first)
    return one->first < other->first ? -1 : 1;
  return one->failures != other->failures ? (one->failures < other->failures ? 1 : -1) : 0;
}

/* Whether another one, of the same reason and with something in common, says it already. */
static bool
says_it(const Beginning *told, const Beginning *other)
{
  const Scope *a = &told->scope, *b = &other->scope;
  bool common = (a->provider == ANY || b->provider == ANY || a->provider == b->provider) &&
                (a->list == ANY || b->list == ANY || a->list == b->list);
  return a->reason == b->reason && common && told->first <= other->first + TRENDS_PAUSE &&
         told->last > other->first - TRENDS_PAUSE;
}

static void
free_change(gpointer data)
{
  Change *change = data;
  g_ptr_array_unref(change->providers);
  g_free(change);
}

/* The change that a beginning belongs to: the same reason, within a day, at other providers. */
static Change *
find_change(const Trends *trends, GPtrArray *changes, const Beginning *beginning)
{
  const char *list = g_ptr_array_index(trends->names, beginning->scope.list);
  for (guint i = 0; beginning->scope.provider != ANY && i < changes->len; i++) {
    Change *change = g_ptr_array_index(changes, i);
    if (change->reason == beginning->scope.reason && change->list == list &&
        change->providers->len > 0 && ABS(change->first - beginning->first) <= 1)
      return change;
  }
  return NULL;
}

static void
add_change(const Trends *trends, GPtrArray *changes, const Beginning *beginning, gint64 today)
{
  Change *change = find_change(trends, changes, beginning);
  if (change == NULL) {
    change = g_new0(Change, 1);
    change->reason = beginning->scope.reason;
    change->list = g_ptr_array_index(trends->names, beginning->scope.list);
    change->providers = g_ptr_array_new();
    change->first = change->last = beginning->first;
    change->is_new = true;
    g_ptr_array_add(changes, change);
  }
  if (beginning->scope.provider != ANY)
    g_ptr_array_add(change->providers, g_ptr_array_index(trends->names, beginning->scope.provider));
  change->first = MIN(change->first, beginning->first);
  change->last = MAX(change->last, beginning->last);
  change->failures += beginning->failures;
  change->usual += llround(beginning->usual);
  change->is_new = change->is_new && beginning->is_new;
  change->days = today - change->first + 1;
}

static gint
by_failures(gconstpointer a, gconstpointer b)
{
  const Change *one = *(Change *const *)a, *other = *(Change *const *)b;
  return one->failures != other->failures ? (one->failures < other->failures ? 1 : -1)
                                          : (int)one->reason - (int)other->reason;
}

GPtrArray *
trends_changes(const Trends *trends, gint64 since, gint64 today)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func(free_change);
  g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Beginning));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, trends->series);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    const Series *series = key;
    bool told = series->scope.reason != REASON_NONE && (int)series->scope.reason != ADDRESSES;
    if (told && may_be_unusual(series, since - TRENDS_PAUSE, today))
      find_beginnings(trends, series, since, today, all);
  }
  g_array_sort(all, by_rank);
  for (guint i = 0; i < all->len; i++) {
    const Beginning *beginning = &g_array_index(all, Beginning, i);
    bool told = beginning->first < since;
    for (guint j = 0; !told && j < i; j++)
      told = says_it(&g_array_index(all, Beginning, j), beginning);
    if (!told)
      add_change(trends, changes, beginning, today);
  }
  g_ptr_array_sort(changes, by_failures);
  return changes;
}
