# shellcheck shell=dash
# refuse-while-upgraded.sh [COMMAND...]: fails while dpkg replaces the files of php-zd, and otherwise starts the command, for which nobody
# waits. The package's preinst says in /run/php-zd-package which process that is; one that has ended, or was killed, refuses nothing, so
# that nobody has to take the file away.
is_replaced() {
  { read -r pid </run/php-zd-package; } 2>/dev/null || return
  # Its number may be another process' by now, and anybody may call one dpkg.
  [ -O "/proc/$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dpkg ]
}

if is_replaced; then
  echo "refused, and nothing touched: dpkg (process $pid) is replacing php-zd. Try again once it has ended." >&2
  exit 1
fi
[ $# = 0 ] || "$@" &
