# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for guestwire(1)

# The command line as words, cut at spaces only: readline also cuts at ":" and
# "=", which stand inside of addresses. Sets words and word.
_guestwire_read_line ()
{
  local line=${COMP_LINE:0:COMP_POINT}

  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=${words[-1]}
}

# Offers what begins with the word at hand, without what readline has cut off.
_guestwire_offer ()
{
  local cut=${word%"${word##*[:=]}"} candidate

  for candidate; do
    [[ $candidate == "$word"* ]] && COMPREPLY+=("${candidate#"$cut"}")
  done
}

# Files, for a word that begins with $1, which is no part of their names.
_guestwire_offer_files ()
{
  local -a files

  mapfile -t files < <(compgen -f -- "${word#"$1"}")
  _guestwire_offer "${files[@]/#/$1}"
  compopt -o filenames 2> /dev/null
}

# Strings in JSON that fit a pattern of grep, of which the fourth part between
# quotes is wanted. Nobody waits long for a completion.
_guestwire_ask ()
{
  local pattern=$1
  shift
  timeout 3 guestwire --json "$@" 2> /dev/null < /dev/null | grep -o "$pattern" | cut -d '"' -f 4
}

# What is offered stands on the command line as it is: no name from a guest, or
# of a domain, may hold what the shell acts on.
_guestwire_domains ()
{
  _guestwire_ask '"name":"[[:alnum:] _.,:@%+-]*","uuid"' list
}

# $1: what to put behind a domain's name
_guestwire_offer_domains ()
{
  local -a names

  case $word in
    unix:* | unix-listen:* | pty:* | pipe:* | serial:*) _guestwire_offer_files "${word%%:*}:"; return ;;
  esac
  mapfile -t names < <(_guestwire_domains)
  case $word in
    libvirt:*) _guestwire_offer "${names[@]/#/libvirt:}"; return ;;
  esac
  _guestwire_offer "${names[@]/%/$1}"
  # These are begun, and not whole.
  if [[ -n $word || -n $1 ]]; then
    names=()
    _guestwire_offer unix: unix-listen: pty: tcp: tcp-listen: telnet: telnet-listen: udp: pipe: serial: stdio: vsock: xen: libvirt:
    compopt -o nospace 2> /dev/null
  fi
}

_guestwire_options ()
{
  local -a options=(--timeout --json --help)

  case $1 in
    '') options+=(--version) ;;
    ping) options+=(--count) ;;
    exec) options+=(--interactive --tty --keep --detach --name --env --workdir --user --escape) ;;
    shell) options+=(--user --tty --escape) ;;
    jobs) options+=(--forget) ;;
    attach) options+=(--from) ;;
    kill) options+=(--signal) ;;
    forward) options+=(--local --remote --reverse --mode --verbose) ;;
    cp | push | pull) options+=(--quiet --recursive --resume --sha256 --owner --keep-owner) ;;
    shutdown) options+=(--reboot --halt --wait) ;;
    events) options+=(--since --count) ;;
    serve) options+=(--mode --owner) ;;
    chardev) options+=(--to --from --qemu-version --xen-version --old-style --windows --lossy --null --qmp) ;;
  esac
  _guestwire_offer "${options[@]}"
}

# What the verb $1 takes as its $2nd word; $3 is its first one.
_guestwire_arguments ()
{
  local -a names

  case $1,$2 in
    list,*) ;;
    chardev,1) _guestwire_offer convert show ;;
    chardev,*) if [[ $3 == show ]]; then _guestwire_offer_domains; else _guestwire_offer_files ''; fi ;;
    cp,*)
      _guestwire_offer_files ''
      _guestwire_offer_domains :
      ;;
    *,1) _guestwire_offer_domains '' ;;
    push,* | pull,*) _guestwire_offer_files '' ;;
    attach,2 | kill,* | wait,*)
      mapfile -t names < <(_guestwire_ask '"job":"[[:alnum:]]*"' --timeout 2 jobs "$3")
      _guestwire_offer "${names[@]}"
      ;;
    call,2)
      mapfile -t names < <(_guestwire_ask '"name":"[[:alnum:]_-]*"' --timeout 2 call "$3" guest-info)
      _guestwire_offer "${names[@]}"
      ;;
    forward,*)
      _guestwire_offer unix: localhost: && compopt -o nospace 2> /dev/null
      [[ $word == unix:* || $word == /* ]] && _guestwire_offer_files "${word%%/*}"
      ;;
    events,*)
      _guestwire_offer agent-started shutdown-begun addresses-changed user-logged-in user-logged-out \
        job-ended filesystems-frozen filesystems-thawed memory-low
      ;;
    serve,2)
      case $word in
        unix:*) _guestwire_offer_files unix: ;;
        *) _guestwire_offer unix: && compopt -o nospace 2> /dev/null ;;
      esac
      ;;
  esac
}

_guestwire ()
{
  local -a words plain=()
  local word i

  COMPREPLY=()
  _guestwire_read_line
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      --timeout | -[cewusnLR] | --since | --count | --env | --workdir | --user | --escape | --local | --remote | --mode | --owner | --name | --from | --signal | --forget | --to | --qmp | --qemu-version | --xen-version) ((i++)) ;;
      -*) ;;
      *) plain+=("${words[i]}") ;;
    esac
  done
  if [[ ${plain[0]-} == chardev && ${words[-2]} == --to ]]; then
    _guestwire_offer libvirt qemu xl
  elif [[ ${plain[0]-} == chardev && ${words[-2]} == --from ]]; then
    _guestwire_offer rfc libvirt
  elif ((i >= ${#words[@]})); then
    : # the value of an option
  elif [[ ${plain[0]-} == @(exec|shell) ]] && ((${#plain[@]} > 2)); then
    : # the program's own
  elif [[ $word == -* ]]; then
    _guestwire_options "${plain[0]-}"
  elif ((${#plain[@]} == 0)); then
    _guestwire_offer list ping info exec shell jobs attach kill forward cp push pull events shutdown wait call serve chardev
  else
    _guestwire_arguments "${plain[0]}" "${#plain[@]}" "${plain[1]-}"
  fi
}

complete -F _guestwire guestwire
