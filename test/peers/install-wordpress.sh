#!/bin/sh
# Unpacks a real WordPress, and the PHP and MariaDB it runs on, beside the tests that publish to it: test/peers/.wordpress/.
# Ends with 1, and a reason, where that cannot be done; tests that need it say so and are left out then.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$here/.wordpress
[ -x "$target/mariadbd" ] && exit 0

give_up() {
  echo "The real WordPress for tests could not be installed: $1" >&2
  exit 1
}
. "$here/unpack-debian.sh"
unpack_debian 'wordpress mariadb-server-core php-cli php-mysql php-gd php-xml php-mbstring' ''

usr=$unpacked/usr
php=$(find "$usr/bin" -name 'php[0-9]*' | head -n 1)
[ -n "$php" ] && [ -x "$usr/sbin/mariadbd" ] || give_up 'the packages hold something else than they used to'

# Only what runs; the rest of the system (a web server, Perl) stays behind. Debian shares some files of WordPress with other
# packages by links, which are followed here; those that lead out of what was unpacked are left out.
new=$work/new
mkdir -p "$new/lib" "$new/mysql"
find "$unpacked" -name 'lib*.so*' ! -path '*/mysql/plugin/*' -exec cp -P {} "$new/lib/" \;
cp "$php" "$new/php"
cp -R "$(find "$usr/lib/php" -name mysqli.so -exec dirname {} \;)" "$new/extensions"
cp -R "$usr/share/mysql/english" "$usr/share/mysql/charsets" "$new/mysql/"
find "$usr/share/wordpress" -type l | while read -r link; do [ -e "$link" ] || rm "$link"; done
cp -RL "$usr/share/wordpress" "$new/site"
rm -f "$new/site/wp-config.php"
cp "$usr/sbin/mariadbd" "$new/mariadbd"

for program in "$new/php" "$new/mariadbd"; do
  LD_LIBRARY_PATH=$new/lib "$program" --no-defaults --version >/dev/null 2>&1 ||
    LD_LIBRARY_PATH=$new/lib "$program" -n --version >/dev/null 2>&1 ||
    give_up "$(basename "$program") does not start"
done
rm -rf "$target"
cp -R "$new" "$target"
