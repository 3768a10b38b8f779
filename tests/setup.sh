# SPDX-License-Identifier: LGPL-2.1-or-later
# What ./quickstart and ./check share: packages and builds. Sourced by both,
# from the top of the tree.

say () {
  printf '==> %s\n' "$*" >&2
}

die () {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

as_root () {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run this as root, or install sudo"
  fi
}

# Installs what packages.txt names and is not there yet.
install_packages () {
  local wanted missing
  command -v apt-get >/dev/null || die "this needs Debian 12 or a system like it (no apt-get here); packages.txt has the list of what to install by other means"
  wanted=$(sed 's/#.*//' packages.txt)
  missing=$(for package in $wanted; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done)
  [ -n "$missing" ] || return 0
  say "installing:" $missing
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || die "apt-get update failed"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || die "apt-get install failed"
}

# build_tree FOLDER [OPTION]...: configures it if need be, and builds.
build_tree () {
  local folder=$1
  shift
  if [ -f "$folder/build.ninja" ]; then
    meson configure "$folder" "$@" >/dev/null || die "meson configure $folder failed"
  else
    say "configuring $folder"
    meson setup "$folder" "$@" >/dev/null || die "meson setup failed; see $folder/meson-logs/meson-log.txt"
  fi
  say "building $folder"
  ninja -C "$folder" | grep -vE '^ninja: |^\[[0-9]+/[0-9]+\] ' >&2
  [ "${PIPESTATUS[0]}" -eq 0 ] || die "the build in $folder failed"
}
