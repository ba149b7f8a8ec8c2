#!/bin/sh
# embed.sh NAME FILE... : writes C that holds each FILE, so that readable text (SQL) is
# compiled into the program:  const EmbeddedFile NAME[] = { { "file", "text" }, ..., { NULL, NULL } };
set -eu
name=$1
shift
printf '/* Written by embed.sh; edit the files it names instead. */\n'
printf '#include "config.h"\n\n#include "base/embedded.h"\n\nconst EmbeddedFile %s[] = {\n' "$name"
for file; do
  printf '  { "%s",\n' "${file##*/}"
  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/^/    "/' -e 's/$/\\n"/' "$file"
  printf '    "" },\n'
done
printf '  { NULL, NULL }\n};\n'
