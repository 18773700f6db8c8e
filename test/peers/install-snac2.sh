#!/bin/sh
# Unpacks a real server with Mastodon's API, snac2, beside the tests that publish to it: test/peers/.snac2/.
# The Debian package is fetched with apt into a folder of its own; the system's sources, lists and packages stay as they
# are. Ends with 1, and a reason, where that cannot be done; tests that need it say so and are left out then.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/.snac2
[ -x "$target/snac" ] && exit 0

give_up() {
  echo "The real Mastodon-compatible server for tests could not be installed: $1" >&2
  exit 1
}

command -v apt-get >/dev/null && command -v dpkg >/dev/null || give_up 'this machine has no apt'
. /etc/os-release
[ "${ID:-}" = debian ] || give_up "it is packaged for Debian, and this is ${PRETTY_NAME:-another system}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || give_up "there is no $keyring"

# Wherever this system gets its own release from.
archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
  awk -v release="$VERSION_CODENAME" '$2 == release { print $1; exit }')
[ -n "$archive" ] || give_up "apt names no source for $VERSION_CODENAME"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$work/unpacked"
# APT::Sandbox::User: the folder is ours alone, and apt would otherwise give it away to another user.
apt() {
  apt-get -qq \
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# Debian 12 has it among its backports, later ones in their main archive, whose lists are much larger.
download_from() {
  cat > "$work/sources/snac2.sources" <<SOURCES
Types: deb
URIs: $archive
Suites: $1
Components: main
Signed-By: $keyring
SOURCES
  (cd "$work" && apt update && apt download snac2) 2>/dev/null
}
download_from "$VERSION_CODENAME-backports" || download_from "$VERSION_CODENAME" ||
  give_up "the Debian archive cannot be reached, or $VERSION_CODENAME has no package snac2"
dpkg -x "$work"/snac2_*.deb "$work/unpacked"

# It prints its name and version without arguments, and ends with an error.
"$work/unpacked/usr/bin/snac" 2>&1 | grep -q '^snac 2' || give_up 'it does not start; is libcurl4 installed?'
mkdir -p "$target"
cp "$work/unpacked/usr/bin/snac" "$target/snac.new"
mv "$target/snac.new" "$target/snac"
