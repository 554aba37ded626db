#!/usr/bin/env bash
# Downloads tools in the versions of tools.txt into TOOLS_DIR and puts them on PATH for later steps. What is there already,
# from the cache, is left alone; what does not have the expected checksum is never unpacked.
set -euo pipefail

: "${TOOLS_DIR:?the folder to install into}"
list=${TOOLS_LIST:-$(dirname "${BASH_SOURCE[0]}")/../tools.txt}

download() { curl --fail --silent --show-error --location --retry 5 --retry-all-errors --output "$2" "$1"; }

# The SHA-256 that a download must have: as listed, or from the release's own list.
expected() { # <checksum or address> <file name>
  if [[ $1 != http* ]]; then
    echo "$1"
    return
  fi
  download "$1" "$work/checksums"
  awk -v file="$2" '$2 == file { print $1; found = 1 } END { exit !found }' "$work/checksums"
}

install_tool() {
  local name version checksum address target file sum
  read -r name version checksum address < <(grep "^$1 " "$list") || true
  if [[ -z ${address:-} ]]; then
    echo "tools.txt does not list \"$1\"." >&2
    exit 2
  fi
  target=$TOOLS_DIR/$name-$version
  if [[ ! -e $target/complete ]]; then
    file=$(basename "$address")
    work=$(mktemp -d)
    download "$address" "$work/$file"
    sum=$(expected "$checksum" "$file")
    if ! sha256sum --check --status <<<"$sum  $work/$file"; then
      echo "$address is not what it was: its SHA-256 is not $sum." >&2
      exit 1
    fi
    rm -rf "$target"
    mkdir -p "$target"
    if [[ $file == *.tar.gz ]]; then
      tar --extract --gzip --file "$work/$file" --directory "$target"
      if [[ -d $target/$name ]]; then target=$target/$name; fi
    else
      install -m 755 "$work/$file" "$target/$name"
    fi
    touch "$TOOLS_DIR/$name-$version/complete"
    rm -rf "$work"
  fi
  if [[ -d $target/$name ]]; then target=$target/$name; fi
  echo "##vso[task.prependpath]$target"
}

for tool in "$@"; do install_tool "$tool"; done
