# Sourced by the scripts here that unpack a Debian package beside the tests: fetched with apt into a folder of its own;
# the system's sources, lists and packages stay as they are.
#   unpack_debian 'PACKAGE...' SUITE...   unpacks them, and what they need that this system lacks, into $unpacked, from the
#                                         first suite that has them ('' is the release itself, '-backports' its backports)
# and, before that, `give_up REASON` must be defined by who sources this.

unpack_debian() {
  packages=$1
  shift
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
  unpacked=$work/unpacked
  mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$unpacked"
  for suite in "$@"; do
    cat > "$work/sources/tests.sources" <<SOURCES
Types: deb
URIs: $archive
Suites: $VERSION_CODENAME$suite
Components: main
Signed-By: $keyring
SOURCES
    if { own_apt update && own_apt install --download-only --no-install-recommends -y $packages; } >/dev/null 2>&1; then
      for file in "$work"/cache/archives/*.deb; do dpkg -x "$file" "$unpacked"; done
      return 0
    fi
  done
  give_up "the Debian archive cannot be reached, or $VERSION_CODENAME does not have $packages"
}

# APT::Sandbox::User: the folder is ours alone, and apt would otherwise give it away to another user. Nothing is
# installed, so nothing of the system is locked.
own_apt() {
  apt-get -qq \
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}
