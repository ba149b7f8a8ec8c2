# with-list.sh: for a newsletter tool that posts through Postfix. Source it after with-postfix.sh. The
# tool's file defines, besides what common.sh wants,
#
#    configure_list   $list has the members below; mail to them goes to the peer, at $port
#    start_list       and waits until it is there
#    members          who is on the list, in the order of sort(1)
#    apply_list       what bouncedb exports
#    stop_list
# shellcheck shell=sh disable=SC2034,SC2154
list=announce@lists.news.example
# The members; the peer knows them all but one.
author=author@example.net
full=full@example.net # its mailbox is full, which does not make an address bad
gone=gone@example.net
innocent=innocent@example.net

# The mail server of the members, at $port
start_peer() {
  printf '%s\n' 'gone|rcpt|550 5.1.1 <gone@example.net>: Recipient address rejected: User unknown' \
    'full|rcpt|552 5.2.2 <full@example.net>: Mailbox full' >/tmp/replies
  perl "$top/tests/lib/smtp-peer.pl" /tmp/replies /tmp/port 1800 /tmp/accepted &
  peer=$!
  wait_for test -s /tmp/port && port=$(cat /tmp/port)
}

post() {
  printf 'From: %s\nTo: %s\nSubject: News\nMessage-ID: <news-%s@news.example>\n\nHello\n' $author $list "$1" |
    sendmail -f $author $list
}
# sent ADDRESS N: so many messages
sent() { [ "$(grep -c "to=<$1>.* status=sent" /var/log/postfix.log)" = "$2" ]; }
tried() { [ "$(grep -c "to=<$1>.* status=" /var/log/postfix.log)" = "$2" ]; }
recorded() { says "SELECT group_concat(recipient || ' ' || reason, ', ') FROM (SELECT * FROM failure ORDER BY recipient)" "$1"; }
are_members() { [ "$(members | tr '\n' ' ')" = "$1 " ] || { members; return 1; }; }

configure() {
  owner=bouncedb
  start_peer && basics 'smtp_dns_support_level = disabled' || return
  postconf -M 'bouncedb/unix=bouncedb unix - n n - 2 pipe -o soft_bounce=yes flags=DRX user=bouncedb null_sender= argv=/usr/bin/bouncedb deliver --sender ${sender} --recipient ${original_recipient}'
  postconf -e 'bouncedb_destination_recipient_limit = 1'
  configure_list
}

# test_way WAY: replaces that of common.sh
test_way() {
  way=$1
  configure >/tmp/configure.log 2>&1 || { ok configured false; tail -n 20 /tmp/configure.log; return; }
  ok "the database is made" prepare
  ok "Postfix starts" start
  ok "the list starts" start_list
  ok "four are on the list" are_members "$author $full $gone $innocent"
  post 1
  ok "a message to the list reaches one of them" wait_for sent $innocent 1
  ok "what bounces is recorded" wait_for recorded "$full mailbox_full, $gone user_unknown"
  ok "an address that is not a member does no harm" runuser -u "$owner" -- bouncedb suppress stranger@example.net
  ok "bouncedb's list is applied" apply_list
  ok "the one that is gone is out, the others stay" are_members "$author $full $innocent"
  post 2
  ok "the next message reaches the same" wait_for sent $innocent 2
  ok "the one with the full mailbox is tried again" wait_for tried $full 2
  ok "and the one that is gone is not" tried $gone 1
  stop_list
  stop
  kill "$peer"
}
