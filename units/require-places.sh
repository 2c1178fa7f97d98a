# shellcheck shell=dash
# require-places.sh SITE:SLOT
# Fails where a link lies in a place that a start of the replica mounts something over, and where none lay at the roll. The places
# stand in the generation that the slot's pin names, where an earlier php-zd wrote that.
places=${PHP_ZD_STATE-/var/lib/php-zd}/${1%:*}/slots/${1#*:}/places
[ -e "$places" ] || exit 0
while read -r place; do
  [ -L "$place" ] || continue
  echo "<3>php-zd: $place is a link by now, which systemd would follow as root: remove that link, and roll the site" >&2
  exit 1
done <"$places"
