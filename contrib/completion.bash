# bash completion for bouncedb. Install as /usr/share/bash-completion/completions/bouncedb.
#
# Commands and options come from the program itself, so they are never out of date.

_bouncedb() {
  local current=$2 previous=$3 command=
  COMPREPLY=()
  ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
  case $previous in
    --config | --db | --file | --output | -o) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    --class) _bouncedb_words "$current" permanent transient policy spf quota auth ;;
    --format)
      if [[ $command == export ]]; then
        _bouncedb_words "$current" "$(bouncedb export --list-formats | grep '^[a-z]')"
      else
        _bouncedb_words "$current" text csv json
      fi
      ;;
    *)
      if ((COMP_CWORD == 1)); then
        _bouncedb_words "$current" "$(bouncedb --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')"
      elif [[ $current == -* ]]; then
        _bouncedb_words "$current" \
          "$(bouncedb "$command" --help | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p')"
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      fi
      ;;
  esac
}

_bouncedb_words() {
  local current=$1
  shift
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

complete -o filenames -F _bouncedb bouncedb
