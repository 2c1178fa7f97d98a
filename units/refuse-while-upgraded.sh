# shellcheck shell=dash
# refuse-while-upgraded.sh: fails while dpkg replaces the files of php-zd. The package's preinst says in /run/php-zd-package which process
# that is; one that has ended, or was killed, refuses nothing, so that nobody has to take the file away.
{ read -r pid </run/php-zd-package; } 2>/dev/null || exit 0
# Its number may be another process' by now, and anybody may call one dpkg.
[ -O "/proc/$pid" ] || exit 0
[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dpkg ] || exit 0
echo "refused, and nothing touched: dpkg (process $pid) is replacing php-zd. Try again once it has ended." >&2
exit 1
