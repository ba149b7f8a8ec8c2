#!/bin/sh
# check-static.sh BUILD-FOLDER CFLAG...: runs those static checkers that are installed over all
# sources, and fails if one of them finds something. CLANG_TIDY=clang-tidy-19 chooses a version.
#
# Debian: apt-get install clang-tidy cppcheck shellcheck mandoc codespell
set -u
build=$(cd "$1" && pwd) || exit 2
shift
cd "$(dirname "$0")/.." || exit 2
tidy=${CLANG_TIDY:-clang-tidy}
jobs=$(nproc 2>/dev/null || echo 2)
log=$build/check-static.out
failed=0

# check TOOL COMMAND...: the output is shown only if the command fails
check() {
  tool=$1 start=$(date +%s)
  shift
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP $tool: not installed"
  elif "$@" >"$log" 2>&1; then
    echo "PASS $tool ($(($(date +%s) - start)) s)"
  else
    grep -vE '^[0-9]+ warnings? generated' "$log" # in system headers
    echo "FAIL $tool"
    failed=1
  fi
}

# The compile database: one set of flags holds for all files. The tests go without the analyzer,
# which does not know that cmocka's assertions end a test.
printf '%s\n' "$@" >"$build/compile_flags.txt"
run_tidy() {
  echo src/*.c src/*/*.c fuzz/*.c bench/*.c |
    xargs -P "$jobs" -n 6 "$tidy" --quiet --warnings-as-errors='*' -p "$build" &&
    echo tests/*/*.c | xargs -P "$jobs" -n 6 "$tidy" --quiet --warnings-as-errors='*' -p "$build" \
      --checks='-clang-analyzer-*'
}
check "$tidy" run_tidy

# To cppcheck, throw is C++, and NULL may be the number 0
check cppcheck cppcheck --quiet -j "$jobs" --error-exitcode=1 --inline-suppr --suppress=varFuncNullUB --std=c11 \
  --enable=warning,performance,portability --library=gtk -Dthrow=throw_error \
  '-DG_DEFINE_QUARK(name, function)=' -DHAVE_CONFIG_H -I "$build" -I src \
  src/*.c src/*/*.c fuzz/*.c bench/*.c

# without tap-driver.sh, which is automake's
check shellcheck shellcheck bootstrap .ci/run build-aux/[!t]*.sh bench/*.sh contrib/*.sh \
  contrib/completion/bouncedb tests/*/*.sh

check mandoc mandoc -T lint -W warning doc/*.[157]

# .codespellrc says which words are meant
check codespell codespell

exit "$failed"
