#!/bin/sh
# How real importing tools read a list full of hostile addresses: Python's strict parsers, Postfix
# (a map, and a delivery), Exim, Mailman 3. Run by make check-importers. Installs nothing, and says
# what it skips. EXIM names a different Exim.
# shellcheck source=tests/lib/tap.sh disable=SC2317
. "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/tap.sh"
: "${BOUNCEDB:=$top_srcdir/build/bouncedb}" "${EXIM:=exim4}"
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C.UTF-8
export LC_ALL

skipped() { echo "# skipped: $*"; }

# shellcheck source=tests/lib/hostile-addresses.sh
. "$top_srcdir/tests/lib/hostile-addresses.sh"
for format in $("$BOUNCEDB" export --list-formats | grep '^[a-z]'); do
  "$BOUNCEDB" export --db x.db --format "$format" --output "list.$format" 2>/dev/null
done
"$BOUNCEDB" export --db x.db --format csv --csv-raw --output list.csv 2>/dev/null
sort list.plain >want
ok "there are some" test "$(wc -l <want)" -gt 15

### Python: the csv and json modules, and how Mailman reads a line

if command -v python3 >/dev/null; then
  cat >importers.py <<'END_PYTHON'
import csv, json, sys
from email.utils import parseaddr

def rows(name, **options):
    with open('list.' + name, newline='', encoding='utf-8') as file:
        return list(csv.reader(file, strict=True, **options))

def lines(name):
    with open('list.' + name, encoding='utf-8') as file:
        return [json.loads(line, parse_constant=sys.exit) for line in file]

def show(name, addresses):
    with open('got.' + name, 'w', encoding='utf-8') as file:
        file.writelines(address + '\n' for address in sorted(addresses))

for name in 'csv', 'listmonk', 'mautic', 'mailgun', 'sparkpost':
    head, *body = rows(name)
    assert all(len(row) == len(head) for row in body), name
    show(name, {row[0] for row in body})
show('brevo', {row[0] for row in rows('brevo', delimiter=';')[1:]})
show('ses', {address for address, reason in rows('ses') if reason == 'BOUNCE'})
assert all(json.loads(row[1])['bouncedb']['reason'] == 'manual' for row in rows('listmonk')[1:])
for name, key in ('jsonl', 'address'), ('ses-json', 'emailAddress'), ('mailerlite', 'email'), \
                 ('listmonk-webhook', 'email'):
    show(name, {row[key] for row in lines(name)})
show('json', {row['address'] for row in lines('json')[0]})
show('sendgrid', {address for body in lines('sendgrid') for address in body['recipient_emails']})
show('postmark', {row['EmailAddress'] for body in lines('postmark') for row in body['Suppressions']})
show('mailchimp', {row['email_address'] for body in lines('mailchimp') for row in body['members']})
show('mautic-json', {row['email'] for body in lines('mautic-json') for row in body})
with open('list.mailman', encoding='utf-8') as file:
    show('mailman', {parseaddr(line)[1] for line in file if not line.startswith('#')})
END_PYTHON
  check_exit "Python reads every format" 0 python3 importers.py
  for format in listmonk-webhook mailchimp mailerlite mautic-json postmark sendgrid; do
    sort "got.$format" >got
    check_file "$format has the addresses of plain" got want
  done
  grep -v '[^ -~]' want >want.ascii
  sort got.mailman >got
  check_file "mailman has the ASCII ones" got want.ascii
  sort got.ses-json >got
  check_file "ses-json has the ASCII ones" got want.ascii
  grep -v '^=' want.ascii >want.ses
  sort got.ses >got
  check_file "ses has those that are not formulas either" got want.ses
  grep -v '^=' want >want.no-formula
  for format in brevo listmonk mailgun mautic sparkpost; do
    sort "got.$format" >got
    check_file "$format has those that are not formulas" got want.no-formula
  done
  sqlite3 list.sqlite 'SELECT address FROM suppression' | sort >want.any
  for format in csv json jsonl; do
    sort "got.$format" >got
    check_file "$format has the addresses of the copy" got want.any
  done
else
  skipped "python3 is not installed"
fi

### Postfix: the map contains each address and no other, and a delivery looks it up

victims="victim@school.example a@school.example b@school.example c@school.example school.example"
if command -v postmap >/dev/null; then
  mkdir etc
  printf 'compatibility_level = 3.6\n' >etc/main.cf
  check_exit "postmap accepts the map" 0 postmap -c etc hash:list.postfix
  check "without a warning" "$(cat err)" ""
  postmap -c etc -q - hash:list.postfix <want | sed 's/\terror:5\.1\.1 .*//' | sort >got
  check_file "it finds every address" got want
  for victim in $victims; do
    check_exit "but not $victim" 1 postmap -c etc -q "$victim" hash:list.postfix
  done
  if postconf -c etc -m 2>/dev/null | grep -qx sqlite; then
    printf 'dbpath = %s\nquery = SELECT reason FROM suppression WHERE address = '"'%%s'\n" \
      "$tmp/list.sqlite" >etc/map.cf
    postmap -c etc -q - "sqlite:$tmp/etc/map.cf" <want | sed 's/\tmanual$//' | sort >got
    check_file "and the same in the copy" got want
  else
    skipped "Postfix without SQLite (postfix-sqlite)"
  fi
else
  skipped "Postfix is not installed"
fi

# A whole domain, an exception, and the address of a stranger who hoped for a domain
"$BOUNCEDB" suppress --db x.db --domain whole.example >/dev/null
"$BOUNCEDB" allow --db x.db eva@whole.example >/dev/null
for format in postfix exim; do
  "$BOUNCEDB" export --db x.db --format "$format" --output "list.$format" >/dev/null 2>&1
done
if command -v postmap >/dev/null; then
  check_exit "postmap accepts a domain" 0 postmap -c etc hash:list.postfix
fi

deliver_by_postfix() {
  mkdir spool data && chown postfix data && chmod 755 "$tmp" || return
  cat >etc/main.cf <<END_MAIN
compatibility_level = 3.6
queue_directory = $tmp/spool
data_directory = $tmp/data
maillog_file = $tmp/mail.log
maillog_file_prefixes = $tmp
myhostname = mx.news.example
mydestination =
inet_interfaces = loopback-only
default_transport = discard:
bounce_notice_recipient = nobody
transport_maps = hash:$tmp/list.postfix
END_MAIN
  cat >etc/master.cf <<END_MASTER
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
local unix - n n - - local
postlog unix-dgram n - n - 1 postlogd
END_MASTER
  postfix -c "$PWD/etc" start || return
  printf 'From: news@news.example\nSubject: News\n\nNews.\n' |
    sendmail -C "$PWD/etc" -f news@news.example ada@school.example bo@school.example \
      bo@whole.example eva@whole.example bo@sub.whole.example
  for _recipient in bo@whole.example eva@whole.example bo@sub.whole.example; do
    wait_for grep -q "to=<$_recipient>" mail.log
  done
  wait_for grep -q 'to=<ada@school.example>' mail.log &&
    wait_for grep -q 'to=<bo@school.example>' mail.log
  _result=$?
  postfix -c "$PWD/etc" stop
  return "$_result"
}

if command -v postmap >/dev/null && [ "$(id -u)" -eq 0 ]; then
  ok "a private Postfix delivers" deliver_by_postfix
  ok "but not to a suppressed address" \
    grep -q 'to=<ada@school.example>.*status=bounced (on the suppression list since 2026-01-01: manual)' mail.log
  ok "nor to one in a suppressed domain" grep -q 'to=<bo@whole.example>.*status=bounced (on the suppr' mail.log
  ok "but to the exception" grep -q 'to=<eva@whole.example>.*status=sent' mail.log
  ok "and in a subdomain" grep -q 'to=<bo@sub.whole.example>.*status=sent' mail.log
  ok "only to the other recipient of the message" \
    grep -q 'to=<bo@school.example>.*status=sent' mail.log
else
  skipped "a delivery by Postfix takes root"
fi

### Exim: the router of bouncedb-export(7)

if command -v "$EXIM" >/dev/null; then
  cat >exim.conf <<END_EXIM
primary_hostname = mx.news.example
spool_directory = $tmp/exim-spool
log_file_path = $tmp/exim-%slog
begin routers
suppressed:
  driver = redirect
  data = \${lookup{\$local_part@\$domain}lsearch*@{$tmp/list.exim}{\${if def:value{:fail: \$value}}}}
  allow_fail
  no_verify
others:
  driver = accept
  transport = null
begin transports
null:
  driver = appendfile
  file = /dev/null
END_EXIM
  while read -r address; do
    "$EXIM" -C "$tmp/exim.conf" -bt -- "$address" 2>&1 |
      grep -q 'on the suppression list since 2026-01-01: manual' && echo "$address"
  done <want >got
  grep -v '[*]' want >want.exim
  check_file "Exim rejects every address that it takes" got want.exim
  undeliverable() { "$EXIM" -C "$tmp/exim.conf" -bt -- "$1" 2>&1 | grep -q 'suppression list'; }
  ok "and each in a suppressed domain" undeliverable bo@whole.example
  check_exit "but not the exception" 1 undeliverable Eva@whole.example
  check_exit "nor one in a subdomain" 1 undeliverable bo@sub.whole.example
  for victim in $victims; do
    case $victim in *@*) check_exit "but not $victim" 0 "$EXIM" -C "$tmp/exim.conf" -bt "$victim" ;; esac
  done
else
  skipped "Exim is not installed"
fi

### Mailman 3

if command -v mailman >/dev/null; then
  mkdir mailman
  printf '[mailman]\nlayout: here\n[paths.here]\nvar_dir: %s\n[mta]\nincoming: mailman.mta.null.NullMTA\n' \
    "$tmp/mailman" >mailman.cfg
  mm() { mailman --run-as-root -C "$tmp/mailman.cfg" "$@"; }
  check_exit "Mailman creates a list" 0 mm create news@news.example
  { grep -v '^[^a-z0-9]' want; printf '%s\n' victim@school.example a@school.example bo@school.example; } >members
  check_exit "with members" 0 mm addmembers -w members news@news.example
  mm members news@news.example | sort >before
  check_exit "and deletes those on our list" 0 mm delmembers -l news@news.example -f list.mailman -G -N
  mm members news@news.example | sort >after
  sort want >sorted
  comm -23 before sorted >left
  check_file "and no others" after left
  ok "and there were some" test "$(wc -l <before)" -gt "$(wc -l <after)"
else
  skipped "Mailman 3 is not installed"
fi

done_testing
