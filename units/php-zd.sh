#!/bin/sh
# php-zd(8), as it is typed, and as php-zd@.service calls it. What people wait for starts from a snapshot of Node.js where there is one that
# packaging/snapshot-files.ts has made of the Node.js that is there still, on this kind of processor; everything else starts Node.js as it is.
lib=@LIBDIR@
# Root's programs are found whoever calls, as by su(1) and cron(8), which leave out sbin, and in no directory of the caller's.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# And say what they say to everybody.
unset PERL5LIB PERL5OPT PERLLIB SYSTEMD_LOG_LEVEL SYSTEMD_OFFLINE

fits() {
  [ -z "${NODE_OPTIONS-}" ] || return
  { IFS= read -r node && IFS= read -r processor && IFS= read -r options; } 2>/dev/null <"$lib/start/made-for" || return
  IFS= read -r now 2>/dev/null </sys/devices/system/cpu/modalias || return
  [ "$processor" = "$now" ] && [ "$node" = "$(stat --dereference --printf='%s %Y,' "$lib/start/node" "$lib/start/library" "$lib/start/snapshot" 2>/dev/null)" ]
}

from_snapshot() {
  # shellcheck disable=SC2086 # a word each
  if fits; then exec "$lib/start/node" $options --snapshot-blob "$lib/start/snapshot" "$lib/php-zd.cjs" "$@"; fi
}

case ${1-} in
  --version | -V)
    # Known without Node.js. What cannot be written is told by the program.
    [ $# -gt 1 ] || { echo "php-zd @VERSION@" && exit; } 2>/dev/null
    ;;
  status | doctor | deploy | reload | rollback) from_snapshot "$@" ;;
  # What a site needs to come up, and what puts right a roll that ended by itself, rests on nothing that could be damaged besides.
  unit) [ "${2-}" != roll ] || from_snapshot "$@" ;;
esac
exec "$lib/php-zd.cjs" "$@"
