#!/bin/sh
# procmail, run by Postfix
# shellcheck source=tests/servers/common.sh disable=SC2034
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/servers/with-postfix.sh
. "$(dirname "$0")/with-postfix.sh"
packages='procmail postfix'
ways=recipe

configure() {
  owner=bounces
  recipe procmail .procmailrc
}
main "$@"
