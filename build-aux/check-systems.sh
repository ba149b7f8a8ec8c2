#!/bin/sh
# check-systems.sh FOLDER: ./bootstrap demo and ./bootstrap check on other systems.
#
#   SUITES   Debian's and Ubuntu's, with an architecture where it is not this machine's:
#            "bookworm trixie jammy noble bookworm:i386"
#   USERS    "root user": root, and an ordinary user who has sudo
#   CHECK    another command than ./bootstrap check, whose last line is "N passed, N failed"
#   VERBOSE  1: show what the commands print; otherwise it is in FOLDER/*.log
#   DEBIAN_MIRROR, UBUNTU_MIRROR   instead of the mirror that apt uses here
#
# What is tested is HEAD, in a bare system from debootstrap. That is kept in FOLDER as a tar file, and
# so are the packages that were fetched; each user gets a fresh tree. Takes root. The commands run in
# namespaces of their own, so their mounts and processes end with them, however this script ends.
#
# Prints a table, and "N passed, N failed" as its last line; exits 1 where something failed, 77 where
# nothing could be tested.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
: "${SUITES:=bookworm trixie jammy noble bookworm:i386}" "${USERS:=root user}" "${VERBOSE:=}"
: "${CHECK:=./bootstrap check}"
: "${LIMIT:=1800}" # seconds for all of one user's commands

die() { echo "check-systems: $*" >&2; exit 77; }
have() { command -v "$1" >/dev/null 2>&1; }

[ $# -eq 1 ] || die 'a folder for the trees is needed'
[ "$(id -u)" -eq 0 ] || die 'only root can make and enter a tree: sudo make check-systems'
for tool in debootstrap unshare git tar; do have $tool || die "$tool is not installed"; done
git -c safe.directory="$top" -C "$top" rev-parse -q --verify HEAD >/dev/null || die "$top is not a git checkout"
unshare --mount --pid --ipc --fork true || die 'this machine does not let root make namespaces'
mkdir -p "$1" || die "cannot write in $1"
folder=$(cd "$1" && pwd)
table=$folder/table
tree=$folder/tree.$$
trap 'rm -rf --one-file-system "$tree"' EXIT
trap 'exit 77' HUP INT TERM
passed=0 failed=0
printf 'suite|user|gmime|sqlite|gcc|warnings|demo|check|seconds\n' >"$table"

### Where the packages come from

# apt_mirror ORIGIN: the first that apt has an index of
apt_mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v origin="$1" '$1 == origin && $2 ~ /^https?:/ && $2 !~ /security/ { print $2; exit }'
}

is_ubuntu() {
  case $suite in focal | jammy | noble | plucky | questing | resolute | devel) ;; *) return 1 ;; esac
}

debian_mirror() {
  _mirror=${DEBIAN_MIRROR:-$(apt_mirror Debian)}
  echo "${_mirror:-http://deb.debian.org/debian}"
}

find_mirror() {
  components=main script='' keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if is_ubuntu; then
    mirror=${UBUNTU_MIRROR:-$(apt_mirror Ubuntu)}
    mirror=${mirror:-http://archive.ubuntu.com/ubuntu} components=main,universe
    keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    # All suites of Ubuntu have the same script; a debootstrap older than the suite lacks its name
    [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=/usr/share/debootstrap/scripts/gutsy
  else
    mirror=$(debian_mirror)
  fi
  mirror=${mirror%/}
}

# Debian 12 has no package of Ubuntu's keys; the one of Debian 13 fits.
fetch_ubuntu_keyring() {
  mkdir -p "$folder/apt/lists/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) trixie main" \
    >"$folder/apt/sources.list"
  set -- -o "Dir::Etc::SourceList=$folder/apt/sources.list" -o Dir::Etc::SourceParts=- \
    -o "Dir::State::Lists=$folder/apt/lists"
  apt-get "$@" update && (cd "$folder/apt" && apt-get "$@" download ubuntu-keyring &&
    dpkg-deb -x ubuntu-keyring_*.deb .) && keyring=$folder/apt$keyring
}

apt_settings() { apt-config dump 2>/dev/null | grep -iE '^Acquire::(https?::Proxy|Check-)'; }

is_reachable() {
  timeout 60 /usr/lib/apt/apt-helper download-file "$mirror/dists/$suite/Release" \
    "$name.release" >>"$log" 2>&1 && rm "$name.release"
}

### Trees

bootstrap_tree() {
  include=sudo
  case $mirror in https:*) include=sudo,ca-certificates ;; esac
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  [ -z "${http_proxy-}" ] || export http_proxy
  [ -z "${https_proxy-}" ] || export https_proxy
  [ -e "$keyring" ] || ! is_ubuntu || fetch_ubuntu_keyring || return
  # shellcheck disable=SC2086 # no word where there is no script
  timeout 1200 debootstrap --variant=minbase --force-check-gpg --keyring="$keyring" \
    --include=$include --arch="$arch" --components=$components "$suite" "$tree" "$mirror" $script &&
    chroot "$tree" useradd --create-home --shell /bin/sh user &&
    echo 'user ALL=(ALL) NOPASSWD: ALL' >"$tree/etc/sudoers.d/user" &&
    tar -C "$tree" --numeric-owner -cf "$name.tar.new" . && mv "$name.tar.new" "$name.tar"
}

# make_tree: $name.tar is there, or $why says why not
make_tree() {
  [ -e "$name.tar" ] && return
  find_mirror
  why='not reachable'
  is_reachable || return
  echo "== $system: debootstrap from $mirror"
  why="no tree: $log"
  bootstrap_tree >>"$log" 2>&1
  made=$?
  rm -rf --one-file-system "$tree"
  return $made
}

unpack_tree() {
  rm -rf --one-file-system "$tree"
  mkdir -p "$tree" "$name.debs" &&
    tar -C "$tree" --numeric-owner -xf "$name.tar" &&
    cp /etc/resolv.conf /etc/hosts "$tree/etc/" || return
  apt_settings >"$tree/etc/apt/apt.conf.d/99host"
  source=$tree/root/bouncedb
  [ "$user" = root ] || source=$tree/home/$user/bouncedb
  mkdir "$source" && git -c safe.directory="$top" -C "$top" archive HEAD | tar -C "$source" -xf - &&
    chroot "$tree" chown -R "$user:" "${source#"$tree"}"
}

# in_tree COMMAND: as $user, in the folder of the source
in_tree() {
  # shellcheck disable=SC2016 # for the inner shell
  timeout --kill-after=10 "$LIMIT" \
    unshare --mount --pid --ipc --fork --kill-child sh -c '
      mount -t proc proc "$1/proc" &&
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts" &&
        mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" &&
        mount --bind "$2" "$1/var/cache/apt/archives" || exit 126
      chroot --userspec="$3" "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="${4%/*}" \
        USER="$3" LANG=C.UTF-8 sh -c "cd \"\$1\" && $5" sh "$4"
      exit $?' \
    sh "$tree" "$name.debs" "$user" "${source#"$tree"}" "$1" </dev/null
}

### One line of the table

show() {
  if [ -n "$VERBOSE" ]; then tee -a "$log" | sed -u 's/^/   /'; else cat >>"$log"; fi
}

# run COMMAND: its output to the log; returns its status
run() {
  { in_tree "$1" 2>&1; echo $? >"$folder/status"; } | show
  return "$(cat "$folder/status")"
}

# Each of the two commands writes its logs afresh.
count_warnings() {
  warnings=$((warnings + $(cat "$source"/build/bootstrap/bootstrap.log "$source"/build/bootstrap/check.log \
    2>/dev/null | grep -c 'warning: .*\[-W')))
}

# shellcheck disable=SC2016 # for dpkg-query
version() { chroot "$tree" dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://;s/[-+].*//'; }

row() { printf '%s|%s|' "$system" "$user" >>"$table"; printf '%s|%s|%s|%s|%s|%s|%s\n' "$@" >>"$table"; }

test_as() {
  user=$1 log=$name-$1.log
  : >"$log"
  echo "== $system, $user: $log"
  unpack_tree >>"$log" 2>&1 || { row - - - - - 'no tree' -; failed=$((failed + 1)); return; }
  start=$(date +%s) demo=ok warnings=0
  run './bootstrap demo' || { demo=failed; failed=$((failed + 1)); }
  count_warnings
  demo="$demo $(($(date +%s) - start)) s"
  run "$CHECK" || grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$' "$log" ||
    failed=$((failed + 1))
  count_warnings
  check=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  # shellcheck disable=SC2086 # "N passed, N failed"
  set -- ${check:-0 passed, 0 failed}
  passed=$((passed + $1)) failed=$((failed + $3))
  row "$(version libgmime-3.0-dev)" "$(version sqlite3)" "$(version gcc)" \
    "$warnings" "$demo" "${check:-no result}" $(($(date +%s) - start))
  rm -rf --one-file-system "$tree"
}

tested=
for system in $SUITES; do
  suite=${system%%:*} arch=$(dpkg --print-architecture) user=-
  [ "$suite" = "$system" ] || arch=${system#*:}
  name=$folder/$suite-$arch log=$folder/$suite-$arch.log
  : >"$log"
  make_tree || { row - - - - - "$why" -; echo "== $system: $why"; continue; }
  for each in $USERS; do test_as "$each"; done
  tested=yes
done
[ -n "$tested" ] || exit 77

echo
awk -F '|' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i
      if (length($i) > width[i]) width[i] = length($i) } }
  END { for (row = 1; row <= NR; row++) { line = ""
      for (i = 1; i <= NF; i++) line = line sprintf("%-" width[i] "s  ", cell[row, i])
      sub(/ +$/, "", line); print line } }' "$table"
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
