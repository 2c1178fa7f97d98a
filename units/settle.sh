# shellcheck shell=dash
# settle.sh SITE: gives the outcome of the reload whose roll has settled itself and said so in /run/php-zd/SITE/settled, and settles any
# other: the roll was killed, or asked to end. The reload's first line took what was there before away (refuse-while-upgraded.sh).
if read -r exit <"/run/php-zd/$1/settled"; then
  exit "$exit"
fi 2>/dev/null
exec /usr/bin/dash @LIBDIR@/php-zd.sh unit settle "$1"
