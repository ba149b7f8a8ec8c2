#!/bin/sh
# The units in contrib/systemd: what a service that goes wrong could reach. Without systemd-analyze,
# only that every setting is there.
# shellcheck source=tests/lib/tap.sh
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
units=$(cd "$top_srcdir/contrib/systemd" && pwd)

# exposure UNIT: ten times what "systemd-analyze security" says
exposure() {
  systemd-analyze security --offline=true "$1" 2>/dev/null |
    sed -n 's/^.*Overall exposure level[^:]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p'
}
is_safe() { _level=$(exposure "$1") && [ -n "$_level" ] && [ "$_level" -le 15 ] || { echo "exposure: $_level"; return 1; }; }

# problems UNIT: what "systemd-analyze verify" says about it, where the program is found
problems() {
  sed "s,^\(Exec[A-Za-z]*=\)\(bouncedb\|fcgiwrap\|mailman\) ,\1/bin/true ," "$1" >"$tmp/${1##*/}"
  systemd-analyze verify --recursive-errors=no "$tmp/${1##*/}" 2>&1
}
if systemd-analyze verify --help >/dev/null 2>&1; then
  for unit in "$units"/*; do
    check "${unit##*/}: systemd-analyze verify finds nothing" "$(problems "$unit")" ""
  done
fi
ok "every timer has its service" sh -c 'for t in "$1"/*.timer; do test -f "${t%.timer}.service" || exit 1; done' - "$units"

for unit in "$units"/*.service; do
  name=${unit##*/}
  for setting in NoNewPrivileges=yes ProtectSystem=strict SystemCallFilter= RestrictAddressFamilies= \
    CapabilityBoundingSet= TasksMax= User=; do
    ok "$name: $setting" grep -q "^$setting" "$unit"
  done
  ok "$name: no capability is left" grep -qx 'CapabilityBoundingSet=' "$unit"
  ok "$name: no command runs as root" sh -c '! grep -q "^Exec[A-Za-z]*=[-@:]*[+!]" "$1"' - "$unit"
  if [ -n "$(exposure "$units/bouncedb-export.service")" ]; then
    ok "$name: systemd-analyze security says 1.5 or less" is_safe "$unit"
  fi
  next=$(sed -n 's/^OnSuccess=//p' "$unit")
  [ -z "$next" ] || ok "$name: the next unit exists" test -f "$units/$next"
done

done_testing
