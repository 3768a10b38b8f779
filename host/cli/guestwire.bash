# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for guestwire(1)

_guestwire ()
{
  local word=$2 verb= verb_at=0 i
  local verbs='list ping info call exec wait'
  local options='--timeout --json --help'

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --timeout | -c | --count | -e | --env) ((i++)) ;;
      -*) ;;
      *) verb=${COMP_WORDS[i]} verb_at=$i; break ;;
    esac
  done

  COMPREPLY=()
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    --timeout | -c | --count | -e | --env) return ;;
  esac
  if [[ -z $verb ]]; then
    if [[ $word == -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$options --version" -- "$word")
    else
      mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word")
    fi
    return
  fi
  if [[ $word == -* ]]; then
    case $verb in
      ping) options+=' --count' ;;
      exec) options+=' --interactive --env' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi

  # Readline breaks words at colons: "unix", ":", "/path".
  case ${COMP_WORDS[COMP_CWORD - 1]}$word in
    unix:* | pty:* | :*)
      mapfile -t COMPREPLY < <(compgen -f -- "${word#:}")
      compopt -o filenames 2> /dev/null
      ;;
    *)
      if ((COMP_CWORD == verb_at + 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'unix: pty:' -- "$word")
        compopt -o nospace 2> /dev/null
      fi
      ;;
  esac
}

complete -F _guestwire guestwire
