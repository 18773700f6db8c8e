#!/bin/sh
# Unpacks a real server with Mastodon's API, snac2, beside the tests that publish to it: test/peers/.snac2/.
# Ends with 1, and a reason, where that cannot be done; tests that need it say so and are left out then.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/.snac2
[ -x "$target/snac" ] && exit 0

give_up() {
  echo "The real Mastodon-compatible server for tests could not be installed: $1" >&2
  exit 1
}
. "$here/unpack-debian.sh"
# Debian 12 has it among its backports, later ones in their main archive, whose lists are much larger.
unpack_debian snac2 -backports ''

# It prints its name and version without arguments, and ends with an error.
"$unpacked/usr/bin/snac" 2>&1 | grep -q '^snac 2' || give_up 'it does not start; is libcurl4 installed?'
mkdir -p "$target"
cp "$unpacked/usr/bin/snac" "$target/snac.new"
mv "$target/snac.new" "$target/snac"
