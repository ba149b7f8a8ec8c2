/* Lists of failures, other recipients and messages. */
#include "config.h"

#include "store/store-list.h"

#include <string.h>

#include "base/dates.h"
#include "store/store-private.h"

/* Of the recipient that a signed return path proved. */
#define SUBSCRIBER(table)                                                                          \
  ", (SELECT subscriber FROM message AS m WHERE m.message_id = " table ".message_id"               \
  "   AND " table ".proof = 'signed') AS subscriber"
#define RECIPIENT "recipient, recipient_domain, final_recipient, original_recipient"

/* Messages about no recipient, as the index message_other has them. */
#define OTHER_KIND "kind IN ('auto_reply', 'challenge', 'other', 'unreadable')"

/* What is listed for each kind of message. A column that a table lacks is not named in a filter. */
static const struct {
  const char *kind, *from, *at, *id, *index, *columns;
} tables[] = {
    {"bounce", "failure", "failed_at", "failure_id", "failure_failed_at",
     "failure_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule, trust, proof, counts" SUBSCRIBER("failure")},
    {"delay", "delay", "failed_at", "delay_id", "delay_failed_at",
     "delay_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule"},
    {"success", "delivery", "delivered_at", "delivery_id", "delivery_delivered_at",
     "delivery_id, message_id, delivered_at, " RECIPIENT
     ", action, status, diagnostic, remote_mta, trust, proof, counts"},
    {"complaint", "complaint", "complained_at", "complaint_id", "complaint_complained_at",
     "complaint_id, message_id, complained_at, " RECIPIENT
     ", original_message_id, provider, trust, proof, counts" SUBSCRIBER("complaint")},
    {NULL, "message", "received_at", "message_id", "message_other",
     "message_id, received_at, kind, reader, envelope_sender, envelope_recipient, subject, size,"
     " kept"},
};

static gsize
find_table(const char *kind)
{
  gsize i = 0;
  while (kind != NULL && tables[i].kind != NULL && strcmp(tables[i].kind, kind) != 0)
    i++;
  return i;
}

/* --- conditions --------------------------------------------------------------------------------*/

/* A part of the time, and of the numbers of its rows. */
typedef struct {
  gint64 since, until, first_id, last_id; /* inclusive */
  gint64 from_id;                         /* of the rows at since; G_MININT64 = all */
} Section;

static Section
whole(const StoreFilter *filter)
{
  return (Section){filter->since, filter->until != 0 ? filter->until : G_MAXINT64, G_MININT64,
                   G_MAXINT64, G_MININT64};
}

#define FILTER_VALUES(filter, section, rows)                                                       \
  VALUES(TEXT(":kind", (filter)->kind), TEXT(":classes", (filter)->classes),                       \
         TEXT(":reasons", (filter)->reasons), TEXT(":domains", (filter)->domains),                 \
         TEXT(":providers", (filter)->providers), ADDRESS(":address", (filter)->address),          \
         INT(":since", (section)->since), INT(":until", (section)->until),                         \
         INT(":first_id", (section)->first_id), INT(":last_id", (section)->last_id),               \
         INT(":from_id", (section)->from_id), INT(":limit", (rows)))

static void
add_words(GString *sql, const char *column, const char *parameter, const char *words)
{
  if (words != NULL)
    g_string_append_printf(sql, " AND instr(',' || %s || ',', ',' || %s || ',') > 0", parameter,
                           column);
}

/* What the tables of counts have too. */
static void
add_verdict(GString *sql, const StoreFilter *filter)
{
  add_words(sql, "class", ":classes", filter->classes);
  add_words(sql, "reason", ":reasons", filter->reasons);
  add_words(sql, "provider", ":providers", filter->providers);
}

/* FROM and WHERE, for a section. An address has few rows; all others are read in their order. */
static void
add_rows(GString *sql, const StoreFilter *filter, gsize table)
{
  const char *at = tables[table].at, *id = tables[table].id;
  g_string_append_printf(sql, " FROM %s%s%s WHERE %s BETWEEN :since AND :until", tables[table].from,
                         filter->address == NULL ? " INDEXED BY " : "",
                         filter->address == NULL ? tables[table].index : "", at);
  g_string_append_printf(sql, " AND +%s BETWEEN :first_id AND :last_id", id);
  g_string_append_printf(sql, " AND (%s > :since OR %s >= :from_id)", at, id);
  if (tables[table].kind == NULL)
    g_string_append(sql, " AND kind = :kind AND " OTHER_KIND);
  add_verdict(sql, filter);
  add_words(sql, "recipient_domain", ":domains", filter->domains);
  if (filter->address != NULL)
    g_string_append(sql, " AND address = lower(:address)");
}

/* The same of counts, for whole days. An exact domain is in an index. */
static void
add_counts(GString *sql, const StoreFilter *filter)
{
  if (filter->domains != NULL)
    g_string_append(sql,
                    " FROM daily INDEXED BY daily_domain WHERE recipient_domain IN (SELECT value"
                    "  FROM json_each('[' || replace(json_quote(:domains), ',', '\",\"') || ']'))"
                    " AND");
  else
    g_string_append(sql, " FROM sum_now WHERE");
  g_string_append(sql, " day BETWEEN :since / 86400 AND :until / 86400");
  add_verdict(sql, filter);
}

/* --- failures by their counts ------------------------------------------------------------------*/

static bool
is_of_failures(gsize table)
{
  return strcmp(tables[table].from, "failure") == 0;
}

/* No index helps to find what is rare. But the counts tell on which days there is any, and between
 * which numbers: only these rows are read. */
static bool
has_counts(const StoreFilter *filter, gsize table)
{
  return is_of_failures(table) && filter->address == NULL &&
         (filter->classes != NULL || filter->reasons != NULL || filter->domains != NULL ||
          filter->providers != NULL);
}

typedef struct {
  Section whole;
  GArray *sections;
} Finding;

static bool
add_section(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Finding *finding = data;
  gint64 midnight = store_cell_int(cells, n, "day") * SECONDS_PER_DAY;
  const Section day = {MAX(finding->whole.since, midnight),
                       MIN(finding->whole.until, midnight + SECONDS_PER_DAY - 1),
                       store_cell_int(cells, n, "first_id"), store_cell_int(cells, n, "last_id"),
                       finding->whole.from_id};
  g_array_append_val(finding->sections, day);
  return true;
}

/* Where the rows are, the newest first. (element-type Section) (transfer full) */
static GArray *
find_sections(Store *store, const StoreFilter *filter, gsize table, GError **error)
{
  g_autoptr(GArray) sections = g_array_new(FALSE, FALSE, sizeof(Section));
  Finding finding = {whole(filter), sections};
  if (!has_counts(filter, table)) {
    g_array_append_val(sections, finding.whole);
    return g_steal_pointer(&sections);
  }
  g_autoptr(GString) sql =
      g_string_new("SELECT day, min(first_id) AS first_id, max(last_id) AS last_id");
  add_counts(sql, filter);
  g_string_append(sql, " GROUP BY day ORDER BY day DESC");
  if (!store_query(store, sql->str, FILTER_VALUES(filter, &finding.whole, 0), add_section, &finding,
                   error))
    return NULL;
  return g_steal_pointer(&sections);
}

/* --- lists -------------------------------------------------------------------------------------*/

/* Rows of the sections, one section after the other, so that nothing is sorted and the first rows
 * come at once. */
typedef struct {
  Store *store;
  const StoreFilter *filter;
  const char *sql;
  gint64 limit, rows; /* limit: -1 = none */
  StoreRowFunc func;
  gpointer data;
} Reading;

static bool
count_row(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  Reading *reading = data;
  reading->rows++;
  return reading->func(cells, n, reading->data, error);
}

static bool
read_sections(Reading *reading, const GArray *sections, bool oldest_first, GError **error)
{
  for (guint i = 0; i < sections->len && reading->rows != reading->limit; i++) {
    const Section *section =
        &g_array_index(sections, Section, oldest_first ? sections->len - 1 - i : i);
    gint64 rows = reading->limit < 0 ? -1 : reading->limit - reading->rows;
    if (!store_query(reading->store, reading->sql, FILTER_VALUES(reading->filter, section, rows),
                     count_row, reading, error))
      return false;
  }
  return true;
}

/* (transfer full) */
static char *
make_query(const StoreFilter *filter, gsize table, const char *columns, bool oldest_first)
{
  const char *at = tables[table].at, *id = tables[table].id, *order = oldest_first ? "" : " DESC";
  g_autoptr(GString) sql = g_string_new(NULL);
  g_string_printf(sql, "SELECT %s", columns);
  add_rows(sql, filter, table);
  g_string_append_printf(sql, " ORDER BY %s%s, %s%s LIMIT :limit", at, order, id, order);
  return g_string_free(g_steal_pointer(&sql), FALSE);
}

/* The oldest of the newest: where a list of so many begins. */
static bool
note_oldest(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Section *oldest = data;
  oldest->since = store_cell_int(cells, n, "at");
  oldest->from_id = store_cell_int(cells, n, "id");
  return true;
}

static bool
begin_at_oldest(Store *store, const StoreFilter *filter, gsize table, GArray *sections,
                GError **error)
{
  g_autofree char *columns =
      g_strdup_printf("%s AS at, %s AS id", tables[table].at, tables[table].id);
  g_autofree char *sql = make_query(filter, table, columns, false);
  Section oldest = whole(filter);
  Reading reading = {store, filter, sql, filter->limit, 0, note_oldest, &oldest};
  if (!read_sections(&reading, sections, false, error))
    return false;
  for (guint i = 0; i < sections->len; i++) {
    Section *section = &g_array_index(sections, Section, i);
    section->from_id = section->since <= oldest.since ? oldest.from_id : G_MININT64;
    section->since = MAX(section->since, oldest.since);
  }
  return true;
}

bool
store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
           GError **error)
{
  gsize table = find_table(filter->kind);
  g_autoptr(GArray) sections = find_sections(store, filter, table, error);
  if (sections == NULL || (filter->oldest_first && filter->limit > 0 &&
                           !begin_at_oldest(store, filter, table, sections, error)))
    return false;
  g_autofree char *sql = make_query(filter, table, tables[table].columns, filter->oldest_first);
  Reading reading = {store, filter, sql, filter->limit > 0 ? filter->limit : -1, 0, func, data};
  return read_sections(&reading, sections, filter->oldest_first, error);
}

/* --- how many there are ------------------------------------------------------------------------*/

static bool
add_number(Store *store, const StoreFilter *filter, const Section *section, const char *sql,
           gint64 *out, GError **error)
{
  gint64 number = 0;
  if (section->since > section->until)
    return true;
  if (!store_get_int(store, sql, FILTER_VALUES(filter, section, 0), &number, error))
    return false;
  *out += number;
  return true;
}

/* Of the days that the counts know as a whole; first_day: of them. */
static Section
whole_days(const Section *all, gint64 first_day)
{
  Section days = *all;
  days.since = MAX(all->since, first_day * SECONDS_PER_DAY);
  days.since += (SECONDS_PER_DAY - days.since % SECONDS_PER_DAY) % SECONDS_PER_DAY;
  if (all->until != G_MAXINT64)
    days.until -= (all->until + 1) % SECONDS_PER_DAY;
  return days;
}

/* The counts of whole days, and the failures before and after them. */
static bool
count_by_days(Store *store, const StoreFilter *filter, const char *rows, gint64 *out,
              GError **error)
{
  gint64 first_day;
  g_autoptr(GString) counts = g_string_new("SELECT coalesce(sum(failures), 0)");
  const Section all = whole(filter);
  add_counts(counts, filter);
  if (!store_get_int(store, "SELECT " COUNTED_FROM, NULL, &first_day, error))
    return false;
  const Section days = whole_days(&all, first_day);
  if (days.since > days.until)
    return add_number(store, filter, &all, rows, out, error);
  Section before = all, after = all;
  before.until = days.since - 1;
  after.since = days.until < G_MAXINT64 ? days.until + 1 : G_MAXINT64;
  return add_number(store, filter, &days, counts->str, out, error) &&
         add_number(store, filter, &before, rows, out, error) &&
         add_number(store, filter, &after, rows, out, error);
}

bool
store_list_count(Store *store, const StoreFilter *filter, gint64 *out, GError **error)
{
  gsize table = find_table(filter->kind);
  const Section all = whole(filter);
  g_autoptr(GString) rows = g_string_new("SELECT count(*)");
  add_rows(rows, filter, table);
  *out = 0;
  return is_of_failures(table) && filter->address == NULL
             ? count_by_days(store, filter, rows->str, out, error)
             : add_number(store, filter, &all, rows->str, out, error);
}
