#!/bin/sh
# check-commit.sh [COMMIT]: checks a commit's message and whitespace. All commits since main:
#
#   git rebase --exec build-aux/check-commit.sh origin/main
#
# The subject has at most 72 characters, is in the imperative and does not end in a period. After
# an empty line comes a body of at least one sentence, which says why.
set -u
LC_ALL=C.UTF-8
export LC_ALL

commit=$(git rev-parse --short "${1:-HEAD}^{commit}") || exit 2
message=$(git show --no-patch --format=%B "$commit")
subject=$(printf '%s\n' "$message" | sed -n 1p)
first=${subject#*: }
failed=0
complain() { echo "$commit: $* ($subject)" >&2; failed=1; }

length=$(printf %s "$subject" | wc -m)
[ "$length" -le 72 ] || complain "the subject has $length characters; 72 are allowed"
[ -z "$(printf '%s\n' "$message" | sed -n 2p)" ] || complain "the second line is not empty"
case $subject in
  *.) complain "the subject ends in a period" ;;
  [Ww][Ii][Pp] | [Ww][Ii][Pp][!A-Za-z]* | fixup!* | squash!* | amend!*) complain "not finished" ;;
esac

# Light: only the forms that are seen when the imperative was forgotten
case ${first%% *} in
  [Bb]ring | [Ee]mbed | [Ff]eed | [Nn]eed | [Ss]peed | [Ss]eed) ;;
  *ed | *ing | [Aa]dds | [Cc]hanges | [Ff]ixes | [Mm]akes | [Mm]oves | [Rr]emoves | [Uu]ses)
    complain "the subject is not in the imperative"
    ;;
esac

# Trailers, such as Signed-off-by, are no body
sentences=$(printf '%s\n' "$message" | sed -e 1d -e '/^[A-Z][A-Za-z]*-[A-Za-z-]*: /d' |
  grep -cE '[[:alpha:]].*[.!?:)]( |$)')
[ "$sentences" -gt 0 ] || complain "no sentence says why"

git show --check --format= "$commit" >&2 || complain "whitespace errors"
exit "$failed"
