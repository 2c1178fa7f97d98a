# shellcheck shell=dash
# stop.sh SITE: the end of php-zd@SITE.service. After a start that failed by itself, replicas that run go on running.
[ "$EXIT_CODE" != exited ] || [ "$EXIT_STATUS" = 0 ] || exit 0
# systemd takes no STATUS= of a child, and would warn of each (252).
unset NOTIFY_SOCKET
/usr/bin/dash @LIBDIR@/in-turn.sh sites 3 /usr/bin/dash @LIBDIR@/php-zd.sh unit stop "$1" && exit
status=$?
# The program could not run, as with a Node.js that is broken, or could not do it. For systemd the job of a stop is done all the same, and who
# asked for it hears of no failure: so systemd stops the replicas itself, each of which finishes what it has. Not in a restart: what starts
# them again is this program, and until then they serve.
case $(systemctl list-jobs --no-legend "php-zd@$1.service") in
  *" stop "*) ;;
  *) exit "$status" ;;
esac
echo "php-zd could not stop $1 (status $status): systemd stops its replicas" >&2
exec systemctl stop "php-zd-fpm-$1@*.service"
