# shellcheck shell=dash
# settle.sh SITE: gives the outcome of the reload whose roll has settled itself and said so in /run/php-zd/SITE/settled, and settles any
# other: the roll was killed, or asked to end. A proof names its reload by when systemd began it (src/run/roll/reload.ts), so that one that
# lies there from before is none.
if read -r of exit <"/run/php-zd/$1/settled" && [ "$of" = "$(systemctl show --property=StateChangeTimestampMonotonic --value "php-zd@$1.service")" ]; then
  exit "$exit"
fi 2>/dev/null
exec /usr/bin/dash @LIBDIR@/php-zd.sh unit settle "$1"
