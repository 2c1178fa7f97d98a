# shellcheck shell=dash
# refuse-while-upgraded.sh [--reload SITE] [COMMAND...]: fails while dpkg replaces php-zd, until that is configured, and otherwise starts the
# command, for which nobody waits. A reload that is refused takes with it how it was asked for, which is not how the next one is; one that
# begins has no proof yet that it was settled (settle.sh). The package's preinst says in /run/php-zd-package which dpkg it is, and its
# postinst takes the file away; what a dpkg leaves that was killed refuses nothing once nobody has its locks, so that nobody has to take the
# file away.
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

site=
[ "$1" != --reload ] || { site=/run/php-zd/$2 && shift 2; }
if is_replaced; then
  [ -z "$site" ] || rm -f -- "$site/as-promoted"
  echo "refused, and nothing touched: $by is replacing php-zd. Try again once it has ended." >&2
  exit 1
fi
[ -z "$site" ] || rm -rf -- "$site/settled" || exit
# A list would have a subshell, also without a command, and systemd would find that in the unit as left over.
[ $# = 0 ] && exit
"$@" &
