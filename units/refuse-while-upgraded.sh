# shellcheck shell=dash
# refuse-while-upgraded.sh [--forget FILE] [COMMAND...]: fails while dpkg replaces php-zd, until that is configured, and otherwise starts the
# command, for which nobody waits. FILE goes away with what is refused: it says how that was asked for, and not how the next one is. The
# package's preinst says in /run/php-zd-package which dpkg it is, and its postinst takes the file away; what a dpkg leaves that was killed
# refuses nothing once nobody has its locks, so that nobody has to take the file away.
is_replaced() {
  { read -r pid </run/php-zd-package; } 2>/dev/null || return
  # Its number may be another process' by now, and anybody may call one dpkg.
  [ -O "/proc/$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dpkg ] && by="dpkg (process $pid)" && return
  # apt calls one dpkg to unpack and another one to configure, and has a lock from the first to the last. The new program has the units of
  # the old one in between.
  by=dpkg
  /usr/bin/perl @LIBDIR@/is-unlocked.pl /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock
  [ $? = 1 ]
}

asked=
[ "$1" != --forget ] || { asked=$2 && shift 2; }
if is_replaced; then
  [ -z "$asked" ] || rm -f -- "$asked"
  echo "refused, and nothing touched: $by is replacing php-zd. Try again once it has ended." >&2
  exit 1
fi
[ $# = 0 ] || "$@" &
