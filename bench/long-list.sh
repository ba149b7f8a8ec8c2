#!/bin/sh
# long-list.sh BUILD-DIRECTORY [ROUNDS [ADDRESSES]]: the cost of a long suppression list, as ratios.
set -eu
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
rounds=${2:-200} addresses=${3:-1000000}

for name in empty full; do
  printf '[database]\nfile = %s.db\n[delivery]\nsyslog = no\n[suppression]\nfile = %s.txt\n%s' \
    "$folder/$name" "$folder/$name" '[guard]
max-new = 0
max-share = 0
' >"$folder/$name.conf"
  "$bouncedb" db init --config "$folder/$name.conf" >/dev/null
done
sqlite3 "$folder/full.db" "PRAGMA synchronous = OFF;
  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT $addresses)
  INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at)
    SELECT 'subscriber' || n || '@' || a, 'subscriber' || n || '@' || a, a, 'suppress', 0, 1767268800
    FROM (SELECT n, 'mx' || n % 1000 || '.example' AS a FROM n);
  PRAGMA wal_checkpoint(TRUNCATE);" >/dev/null
for name in empty full; do # the first one writes the list
  printf 'From: a@b.example\n\nNo report.\n' | "$bouncedb" --config "$folder/$name.conf"
done

echo "a delivery that adds one address: to an empty list, and to one of $addresses"
"$build/bench/deliver" "$rounds" "$bouncedb" --config "$folder/empty.conf" -- \
  "$bouncedb" --config "$folder/full.conf"
wc -l "$folder/empty.txt" "$folder/full.txt" | sed '$d'

echo "the whole list: by the sqlite3 shell, and by export (seconds)"
for try in 1 2 3; do
  for program in sqlite3 export; do
    start=$(date +%s%N)
    case $program in
      sqlite3) sqlite3 "$folder/full.db" 'SELECT address FROM suppression' >"$folder/out.$program" ;;
      export) "$bouncedb" export --config "$folder/full.conf" >"$folder/out.$program" ;;
    esac
    echo "$try $program $(($(date +%s%N) - start))"
  done
done | awk '{ time[$2] = time[$2] == 0 || $3 < time[$2] ? $3 : time[$2] }
  END { printf "sqlite3 %.2f, export %.2f: ratio %.2f\n", time["sqlite3"] / 1e9,
               time["export"] / 1e9, time["export"] / time["sqlite3"] }'
