#!/bin/sh
# deb.sh TARBALL FOLDER: builds the Debian packages, binary and source, from a tarball of make dist
# and the directory debian of this checkout. They end up in FOLDER.
set -eu
tarball=$1 folder=$2
debian=$(cd "$(dirname "$0")/.." && pwd)/debian
version=$(sed -n '1s/^.*(\(.*\)-[^-]*).*$/\1/p' "$debian/changelog")

case ${tarball##*/} in
  "bouncedb-$version.tar.xz") ;;
  *) echo "deb.sh: $tarball is not version $version of debian/changelog" >&2; exit 1 ;;
esac
rm -rf "$folder"
mkdir -p "$folder"
cp "$tarball" "$folder/bouncedb_$version.orig.tar.xz"
cd "$folder"
tar -xf "bouncedb_$version.orig.tar.xz"
cp -R "$debian" "bouncedb-$version/debian"
(cd "bouncedb-$version" && dpkg-buildpackage -us -uc)
rm -rf "bouncedb-$version"
