#!/bin/sh
# bouncedb verp: keys, signed return paths, and the same in other languages.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}"
contrib=$top_srcdir/contrib/verp
now=1795219200 # 2026-11-21
tab=$(printf '\t')

verp() { _verb=$1; shift; "$BOUNCEDB" verp "$_verb" --config conf --now $now "$@"; }
printf '[verp]\nbase = bounces@lists.example.org\nkey = %s/key\n' "$tmp" >conf

### Keys

check_exit "keygen" 0 verp keygen
ok "says what it did" grep -q "^wrote a new key to " out
check "writes a key of 64 digits" "$(tr -d '0-9a-f' <key | wc -c) $(wc -c <key)" "1 65"
check "readable only by its owner" "$(stat -c %a key)" 600
cp key before
check_exit "a key is not replaced" 64 verp keygen
check_exit "with options before the verb" 0 "$BOUNCEDB" --config conf verp --now $now make ada@example.net
check_file "and stays as it was" key before
check_exit "into a named file" 0 "$BOUNCEDB" verp keygen other.key
ok "another key" test "$(cat other.key)" != "$(cat key)"
check_exit "without a file" 64 "$BOUNCEDB" verp keygen
check_exit "into a directory that does not exist" 75 "$BOUNCEDB" verp keygen no/such/folder/key
printf '#!/bin/sh\numask 0; exec "$@"\n' >careless
check_exit "with an open umask" 0 sh careless "$BOUNCEDB" verp keygen third.key
check "the mode is still 0600" "$(stat -c %a third.key)" 600

chmod 640 key
check_exit "a key that others can read is not used" 78 verp make ann@example.net
check "and nothing is signed" "$(cat out)" ""
chmod 600 key
mv key real && ln -s real key
check_exit "a link is not followed" 78 verp make ann@example.net
rm key && mv real key
: >empty && chmod 600 empty
printf '[verp]\nbase = bounces@lists.example.org\nkey = %s/empty\n' "$tmp" >bad
check_exit "an empty file is not a key" 78 "$BOUNCEDB" verp make -c bad ann@example.net
for name in key other.key; do
  ok "the key is not in the error" sh -c '! grep -q "$(cat "$0")" out err' "$name"
done

### Settings

refuses() {
  printf '[verp]\n%b\n' "$2" >bad
  check_exit "$1" 78 "$BOUNCEDB" check -c bad --db none ann@example.net
  ok "$1: says where" grep -q '\[verp\]' err
}
refuses "require without a key" 'policy = require'
refuses "an old key without a new one" "key-old = $tmp/key"
refuses "an unknown policy" 'policy = maybe'
refuses "a base that is not an address" 'base = bounces'
refuses "a relative key" 'key = key'
refuses "no days" 'sent-days = 0'
printf '[verp]\nbase = bounces@lists.example.org\n' >bad
check_exit "make without a key" 78 "$BOUNCEDB" verp make -c bad ann@example.net
check_exit "check without a key" 78 "$BOUNCEDB" verp check -c bad ann@example.net
printf '[verp]\nkey = %s/key\n' "$tmp" >bad
check_exit "keygen in a directory that does not exist" 75 "$BOUNCEDB" verp keygen nowhere/key
check "names the directory" "$(cat err)" "bouncedb: nowhere/key: there is no directory nowhere"
check_exit "make without a base" 78 "$BOUNCEDB" verp make -c bad ann@example.net
check_exit "make with --base" 0 "$BOUNCEDB" verp make -c bad --base b@example.org ann@example.net

### make and check

check_exit "make, several" 0 verp make ann@example.net '<bob@example.com>'
check "one line each" "$(sed 's/+1.\{19\}-/+TOKEN-/' out | paste -sd' ' -)" \
  'bounces+TOKEN-ann=example.net@lists.example.org bounces+TOKEN-bob=example.com@lists.example.org'
path=$(head -1 out)
printf 'ann@example.net\r\n<bob@example.com>\n' >list
from_stdin() { verp make - <list; }
cp out want
check_exit "make from standard input" 0 from_stdin
check_file "gives the same" out want
cp key copy.key
check_exit "with a named key and no configuration" 0 "$BOUNCEDB" verp make --now $now \
  --key copy.key --base bounces@lists.example.org ann@example.net
check "signs the same" "$(cat out)" "$path"
check_exit "and checks it" 0 "$BOUNCEDB" verp check --now $now --key copy.key "$path"
check_exit "a key that does not exist" 78 verp make --key none.key ann@example.net
check_exit "check" 0 verp check "$path"
check "and names its recipient" "$(cut -f 1,2 out)" "verified${tab}ann@example.net"
check_exit "check in capitals" 0 verp check "$(echo "$path" | tr a-z A-Z)"
check_exit "another recipient" 1 verp check "$(echo "$path" | sed s/ann/bob/)"
check "is a bad tag" "$(cut -f 1,2 out)" "bad_tag${tab}-"
check_exit "no token" 1 verp check bounces@lists.example.org
check "is unsigned" "$(cut -f 1,2 out)" "unsigned${tab}-"
check_exit "31 days later" 1 verp check --now $((now + 31 * 86400)) "$path"
check "is expired" "$(cut -f 1,2 out)" "expired${tab}ann@example.net"
check_exit "one of two is bad" 1 verp check "$path" x@example.org
check_exit "no operand" 64 verp make
check_exit "no return path" 64 verp check
check_exit "no address" 64 verp make 'two words'
check_exit "no domain" 64 verp make nobody
check_exit "a recipient that does not fit" 65 verp make "a=b@example.net"
ok "is named" grep -q 'a=b@example.net' err
mv key old.key && cp other.key key
check_exit "another key" 1 verp check "$path"
echo "key-old = $tmp/old.key" >>conf
check_exit "the old key is still good" 0 verp check "$path"
check_exit "but the new one signs" 0 verp make ann@example.net
ok "differently" test "$(cat out)" != "$path"

### Recipients that do not fit

long=a.name.that.is.so.long.that.no.return.path.can.hold.it@example.net
"$BOUNCEDB" db init --db p.db
opaque() { verp make --db p.db --opaque "$@"; }
check_exit "without --opaque a long one is refused" 65 verp make $long
check_exit "with --opaque" 0 opaque $long 'a=b@example.net' '"a b"@example.net' 'änne@example.net' \
  'ann@[192.0.2.1]' $long ann@example.net
check "they get numbers, and the same recipient the same number" \
  "$(sed 's/^bounces+\([12]\).\{19\}-\(.*\)@.*/\1\2/' out | paste -sd' ' -)" \
  '2b 2c 2d 2e 2f 2b 1ann=example.net'
cp out paths
check_exit "check knows the recipients" 0 xargs "$BOUNCEDB" verp check -c conf --now $now --db p.db <paths
printf 'verified\t%s\tgenuine\n' $long 'a=b@example.net' '"a b"@example.net' 'änne@example.net' \
  'ann@[192.0.2.1]' $long ann@example.net >want
check_file "all of them" out want
sqlite3 p.db "DELETE FROM return_path WHERE recipient = 'a=b@example.net'"
check_exit "a number that was deleted" 1 "$BOUNCEDB" verp check -c conf --now $now --db p.db "$(sed -n 2p paths)"
check "names nobody" "$(cut -f 1,2 out)" "expired${tab}-"
opaque 'c=d@example.net' >again
ok "and is never used again" sh -c '! grep -qx "$(cut -d- -f2 again)" paths && grep -q -- "-g@" again'
check_exit "no database, no number" 75 verp make --db none.db --opaque $long

### The same in other languages: contrib/verp/vectors.tsv

cp "$contrib/vectors.key" . && chmod 600 vectors.key
printf '[verp]\nkey = %s/vectors.key\n' "$tmp" >vectors.conf

# agrees COMMAND...: with KEYFILE BASE RECIPIENT NOW, it prints what the table says
agrees() {
  while IFS=$tab read -r _now _base _recipient _path; do
    case $_recipient in *@*) ;; *) continue ;; esac
    _got=$("$@" vectors.key "$_base" "$_recipient" "$_now" 2>/dev/null) || _got=-
    [ "$_got" = "$_path" ] || echo "$_recipient: $_got, not $_path"
  done <"$contrib/vectors.tsv" >differences
  [ ! -s differences ] || { cat differences; return 1; }
}
ours() { "$BOUNCEDB" verp make -c vectors.conf --base "$2" --now "$4" -- "$3"; }
ok "bouncedb agrees with the vectors" agrees ours
for language in "python3 sign.py" "perl sign.pl" "php sign.php" "go sign.go"; do
  command=${language% *} file=$contrib/${language#* }
  command -v "$command" >/dev/null || continue
  case $command in go) set -- go run "$file" ;; *) set -- "$command" "$file" ;; esac
  ok "$command agrees with the vectors" agrees "$@"
done

check_exit "a key is not written to standard output" 64 "$BOUNCEDB" verp keygen -
ok "nor to a file of that name" test ! -e ./-

check_exit "a return path that is not genuine" 1 "$BOUNCEDB" verp check --key key bounces+1ujk6qj22vqhnitx4nqn-ann=example.net@lists.example.org
check "is called so in words" "$(cut -f 3 out)" "signed with another key, or changed: not genuine"

done_testing
