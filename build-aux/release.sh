#!/bin/sh
# release.sh [--tag]: checks whether HEAD can be released, and makes the tarball. With --tag it also
# signs a tag, if all is well. "make release-check" runs it without.
#
# Before:
#   1. Set the version in configure.ac.
#   2. Complete its entry in NEWS, under "bouncedb VERSION (YYYY-MM-DD)".
#   3. Set .Dd in each page that has changed.
#   4. Run make check-static check-valgrind check-complexity check-systems, make bench HISTORY=1
#      and make fuzz TIME=3600.
#   5. Commit, push, wait for the continuous integration, then run release.sh --tag.
# After:
#   6. git push --tags; sign the tarball (gpg --detach-sign --armor) and publish it with its hash.
#   7. Raise the version in configure.ac; begin its entry in NEWS with "(not released yet)".
#
# The tarball is reproducible: it is made twice, in clones with other paths, times, umasks, locales
# and time zones, and must come out the same. With the same versions of autoconf, automake, tar and
# xz, anyone gets the same file.
set -u
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL
tag=no failed=0
case ${1-} in
  '') ;;
  --tag) tag=yes ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    [ "$1" = --help ] && exit 0
    exit 64
    ;;
esac

top=$(pwd)
version=$(sed -n 's/^AC_INIT(\[bouncedb\], \[\(.*\)\])$/\1/p' configure.ac)
tarball=bouncedb-$version.tar.xz
work=$(mktemp -d "${TMPDIR:-/tmp}/bouncedb-release.XXXXXX") || exit 2
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# check WHAT COMMAND...: shows the end of the output if the command fails
check() {
  what=$1
  shift
  echo "        $what ..."
  if "$@" >"$work/log" 2>&1; then
    echo "ok      $what"
  else
    tail -n 20 "$work/log"
    echo "NOT OK  $what"
    failed=1
  fi
}

### What the files say

silent() { "$@" >"$work/out" && cat "$work/out" && [ ! -s "$work/out" ]; }
is_version() { expr "$version" : '[0-9]*\.[0-9]*\.[0-9]*$'; }
is_new() { ! git rev-parse --quiet --verify "refs/tags/v$version"; }
has_date() { sed 1q NEWS && sed 1q NEWS | grep -qE "^bouncedb $version \([0-9]{4}(-[0-9]{2}){2}\)$"; }

old_pages() {
  for page in doc/*.[157]; do
    shown=$(date -d "$(sed -n 's/^\.Dd //p' "$page")" +%Y%m%d)
    changed=$(git log -1 --format=%cd --date=format:%Y%m%d -- "$page")
    [ "$shown" -ge "$changed" ] || echo "$page shows $shown, but was changed on $changed"
  done
}

### The tarball: order, times, owners and modes of its files depend on the commit alone

make_tarball() {
  epoch=$(git log -1 --format=%ct) &&
    autoreconf -fi && mkdir build && cd build && ../configure --enable-werror &&
    make -j"$(nproc)" "$1" SOURCE_DATE_EPOCH="$epoch" XZ_OPT='-9e -T1' am__tar="tar --format=ustar \
      --sort=name --mtime=@$epoch --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
      -chf - \"\$\$tardir\""
}

# in_clone FOLDER COMMAND...
in_clone() {
  git clone --quiet --no-hardlinks "$top" "$work/$1" && cd "$work/$1" || return
  shift
  "$@"
}
first() { (umask 022 && in_clone a make_tarball distcheck); }
second() {
  (export LC_ALL=C TZ=Pacific/Auckland && umask 077 && in_clone another/place make_tarball dist)
}
is_same() { cmp "$work/a/build/$tarball" "$work/another/place/build/$tarball"; }

check "$version is a version" is_version
check "it has no tag yet" is_new
check "NEWS begins with it and a date" has_date
check "each page shows when it was changed last" silent old_pages
check "nothing is left to commit" silent git status --porcelain
check "it builds from a tarball and passes all tests" first
check "a second tarball can be made" second
check "the two are the same" is_same
cp "$work/a/build/$tarball" . && sha256sum "$tarball" || failed=1
[ "$failed" -eq 0 ] || { echo "$version cannot be released"; exit 1; }

news() { sed -n '3,/^bouncedb [0-9]/{/^bouncedb [0-9]/!p;}' NEWS; }
if [ "$tag" = yes ]; then
  { echo "bouncedb $version" && news; } | git tag --sign --cleanup=whitespace --file=- "v$version" &&
    git tag --verify "v$version"
fi
