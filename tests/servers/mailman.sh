#!/bin/sh
# Mailman 3 and Postfix: a member whose address is gone leaves the list because of what bouncedb has
# recorded, and nobody else does. Bounces reach bouncedb instead of Mailman.
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/servers/with-postfix.sh
. "$(dirname "$0")/with-postfix.sh"
# shellcheck source=tests/servers/with-list.sh
. "$(dirname "$0")/with-list.sh"
packages='mailman3 postfix'
ways='delmembers'

mailman() { setpriv --reuid=list --regid=list --clear-groups env HOME=/ mailman "$@"; }

configure_list() {
  install -d -o list -g list /run/mailman3
  mailman create $list
  printf '%s\n' $author $full $gone $innocent | mailman addmembers -W - $list
  postconf -e "transport_maps = inline:{ { announce-bounces@lists.news.example = bouncedb: } { example.net = smtp:[127.0.0.1]:$port } } hash:/var/lib/mailman3/data/postfix_lmtp" \
    'relay_domains = lists.news.example' 'owner_request_special = no'
}
start_list() { mailman start && wait_for listens 8024; }
stop_list() { mailman stop; }
members() { mailman members $list | sort; }

# As bouncedb-export(7) says
apply_list() {
  bouncedb export --format mailman --cursor announce --output $folder/new.txt &&
    mailman delmembers -l $list -f - -G -N <$folder/new.txt && rm $folder/new.txt
}
main "$@"
