#!/bin/sh
# fuzz.sh run|minimise SOURCE SECONDS TARGET...: what make fuzz and make fuzz-minimise do, in the
# build directory.
#
# run fuzzes each target for so many seconds, beginning with its corpus in SOURCE/fuzz/corpus and
# what earlier runs have added in fuzz.out, and prints a table. minimise replaces the corpus in
# SOURCE by the smallest set of inputs that reaches the same edges. "all" stands for every target.
#
# VOLUME=yes leaves the sanitizers out, and what libFuzzer does to choose inputs well: many times as
# many inputs, which only the assertions and the processor check.
set -eu
action=$1 source=$2 seconds=$3
shift 3
CC=${FUZZ_CC:-clang}
check='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'
build=build choose=
[ "${VOLUME:-no}" = no ] || { check='' build=volume choose='-entropic=0 -reload=0'; }

targets() {
  if [ "$*" != all ]; then printf '%s\n' "$@"; return; fi
  for file in "$source"/fuzz/fuzz-*.c; do basename "$file" .c | sed 's/^fuzz-//'; done
}

# A build of its own, in which every file of src counts the edges that it takes
mkdir -p fuzz.out/$build fuzz.out/found
cd fuzz.out
[ -f $build/Makefile ] || (cd $build && "$source/configure" -q CC="$CC" CPPFLAGS=-DSANITIZED=1 \
  CFLAGS="-g -O2 -fsanitize=fuzzer-no-link $check -fno-sanitize-coverage=trace-cmp")
make -s -C $build -j"$(nproc)" libbouncedb.a
flags=$(make -s -C $build print-flags)

build() {
  # shellcheck disable=SC2086 # words
  $CC -g -O2 -fsanitize=fuzzer $check -DFUZZ_ONE -I$build "-I$source/src" -o "fuzz-$1" \
    "$source/fuzz/fuzz-$1.c" $build/libbouncedb.a $flags
}

# The records of the samples, in the form that they have today
seed_wire() {
  # shellcheck disable=SC2086 # words
  $CC -g -O2 -fsanitize=fuzzer-no-link $check -I$build "-I$source/src" -o wire-seeds "$source/fuzz/wire-seeds.c" \
    $build/libbouncedb.a $flags
  find "$source/tests/samples" -name '*.eml' -exec ./wire-seeds corpus/wire {} +
}

# fuzz TARGET: the last line of libFuzzer's own report and its statistics go to TARGET.log
fuzz() {
  mkdir -p "corpus/$1" "$source/fuzz/corpus/$1"
  [ "$1" != wire ] || seed_wire
  # shellcheck disable=SC2086 # words
  ASAN_OPTIONS=detect_leaks=1 "./fuzz-$1" $choose -max_total_time="$seconds" -timeout=10 -max_len=4096 \
    -rss_limit_mb=1024 -print_final_stats=1 -dict="$source/fuzz/dictionary" \
    -artifact_prefix="found/$1-" "corpus/$1" "$source/fuzz/corpus/$1" >"$1.log" 2>&1 && return
  tail -n 40 "$1.log"
}

figure() { sed -n "s/^stat::$2: *//p" "$1.log"; }
edges() { sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$1.log" | tail -n 1; }
found() { find found -name "$1-*" | wc -l; }

report() {
  printf '%-10s %12s executions  %7s a second  %6s edges  %s found\n' "$1" \
    "$(figure "$1" number_of_executed_units)" "$(figure "$1" average_exec_per_sec)" \
    "$(edges "$1")" "$(found "$1")"
}

minimise() {
  rm -rf "minimal/$1"
  mkdir -p "minimal/$1"
  "./fuzz-$1" -merge=1 -use_counters=0 -max_len=4096 "minimal/$1" "corpus/$1" "$source/fuzz/corpus/$1" >"$1.log" 2>&1
  rm -rf "$source/fuzz/corpus/$1"
  cp -R "minimal/$1" "$source/fuzz/corpus/$1"
  printf '%-10s %s inputs\n' "$1" "$(find "$source/fuzz/corpus/$1" -type f | wc -l)"
}

for target in $(targets "$@"); do
  build "$target"
  case $action in
    run) fuzz "$target"; report "$target" ;;
    minimise) minimise "$target" ;;
  esac
done
[ -z "$(find found -type f)" ] || { ls found; exit 1; }
