#!/bin/sh
# The dashboards in contrib: every query runs on the schema and finds something, and every metric is
# one that report writes.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
contrib=$top_srcdir/contrib now=1790000000 # 2026-09-21
umask 077

"$BOUNCEDB" db init --db b.db >out
sqlite3 b.db <"$top_srcdir/tests/lib/report-data.sql" || echo "# the data is wrong"
"$BOUNCEDB" report --format prometheus --db b.db --now $now >metrics

address=$(sqlite3 -readonly b.db "SELECT address FROM suppression ORDER BY address LIMIT 1")

# rows FILE SQL: of a JSON file f
rows() { sqlite3 -noheader :memory: "WITH f (doc) AS (SELECT readfile('$1')) $2"; }

for file in "$contrib"/grafana/*.json "$contrib"/datasette/*.json; do
  check "${file##*/}: valid JSON" "$(rows "$file" 'SELECT json_valid(doc) FROM f')" 1
done

# finds FILE NUMBER NAME: the query in sql runs, and finds rows
_found() { _rows=$(sqlite3 -readonly -bail b.db ".param init" ".param set :address '$address'" ".read sql") && [ -n "$_rows" ]; }
finds() { ok "${1##*/}: $2" _found; }

### Datasette: canned queries, with today as in the data

file=$contrib/datasette/metadata.json
each="json_each(doc, '\$.databases.bounces.queries')"
rows "$file" "SELECT key FROM f, $each" >names
while read -r name; do
  rows "$file" "SELECT replace(json_extract(doc, '\$.databases.bounces.queries.$name.sql'),
    'strftime(''%s'', ''now'')', '$now') FROM f" >sql
  finds "$file" "$name"
done <names
check "all of them" "$(wc -l <names | tr -d ' ')" 9
rows "$file" "SELECT key FROM f, json_each(doc, '\$.databases.bounces.tables')" | while read -r table; do
  sqlite3 -readonly b.db "SELECT count(*) FROM $table" >out 2>&1 || echo "$table"
done >unknown
check_file "it names tables that there are" unknown /dev/null

### Grafana on SQLite

file=$contrib/grafana/bouncedb-sqlite.json
panel="FROM f, json_each(doc, '\$.panels') AS panel, json_each(panel.value, '\$.targets') AS target"
count=$(rows "$file" "SELECT count(*) $panel")
i=0
while [ $i -lt "$count" ]; do
  rows "$file" "SELECT replace(replace(json_extract(target.value, '\$.rawQueryText'), '\$__from', '($now - 30 * 86400) * 1000'),
    '\$__to', '$now * 1000') $panel LIMIT 1 OFFSET $i" >sql
  finds "$file" "panel $((i + 1))"
  i=$((i + 1))
done
ok "there are panels" test "$count" -ge 10
check "both forms of a query are the same" \
  "$(rows "$file" "SELECT count(*) $panel WHERE json_extract(target.value, '\$.rawQueryText') <> json_extract(target.value, '\$.queryText')")" 0

### Grafana on Prometheus

file=$contrib/grafana/bouncedb-prometheus.json
rows "$file" "SELECT json_extract(target.value, '\$.expr') $panel" >expressions
ok "there are expressions" test "$(wc -l <expressions)" -ge 10
metrics_in() { grep -oE 'bouncedb_[a-z_]+' "$1" | sort -u; }
metrics_in metrics >known
check "metrics that there are" "$(metrics_in expressions | grep -vxFf known)" ""
{
  printf 'groups:\n  - name: dashboard\n    rules:\n'
  awk '{ printf "      - record: dashboard:%d\n        expr: |\n          %s\n", NR, $0 }' expressions
} >rules.yml
if promtool --version >out 2>&1; then
  check_exit "promtool accepts the expressions" 0 promtool check rules rules.yml
else
  echo "# promtool is not installed: the expressions are not parsed"
fi

for file in "$contrib"/grafana/*.json; do
  check "${file##*/}: no two panels have the same number" \
    "$(rows "$file" "SELECT count(*) - count(DISTINCT json_extract(value, '\$.id')) FROM f, json_each(doc, '\$.panels')")" 0
  check "${file##*/}: every panel asks the chosen data source" \
    "$(rows "$file" "SELECT count(*) $panel WHERE json_extract(target.value, '\$.datasource.uid') <> '\${datasource}'")" 0
done

done_testing
