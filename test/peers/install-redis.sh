#!/bin/sh
# Unpacks a real Redis beside the tests that share request limits through one: test/peers/.redis/.
# Ends with 1, and a reason, where that cannot be done; tests that need it say so and are left out then.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/.redis
[ -x "$target/usr/bin/redis-server" ] && exit 0

give_up() {
  echo "The real Redis for tests could not be installed: $1" >&2
  exit 1
}
. "$here/unpack-debian.sh"
unpack_debian redis-server ''

libraries=$(find "$unpacked" -name 'lib*.so*' -exec dirname {} + | sort -u | paste -sd: -)
LD_LIBRARY_PATH=$libraries "$unpacked/usr/bin/redis-server" --version | grep -q '^Redis server' || give_up 'it does not start'
rm -rf "$target"
cp -a "$unpacked" "$target"
