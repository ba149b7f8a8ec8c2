#!/bin/sh
# make check-corpus CORPUS=DIR [SCORE=FILE]: parses every message in DIR/files and scores the result
# against DIR/truth.jsonl. The default scorer is score.py in DIR or the directory above it.
set -eu
corpus=${1:?usage: check-corpus.sh DIR [SCORE]}
score=${2:-}
for place in "$corpus/score.py" "$corpus/../score.py" "$corpus/../../score.py"; do
  [ -n "$score" ] || { [ -f "$place" ] && score=$place; } || :
done
[ -f "${score:-}" ] || { echo "check-corpus: no score.py near $corpus; set SCORE=FILE" >&2; exit 64; }
answers=$(mktemp) && trap 'rm -f "$answers"' EXIT
(cd "$corpus/files" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | tr '\n' '\0' |
  xargs -0 "$BOUNCEDB" parse) >"$answers"
python3 "$score" ${VERBOSE:+-v} --corpus "$(basename "$corpus")" "$corpus/truth.jsonl" "$answers"
