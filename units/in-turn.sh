# shellcheck shell=dash
# in-turn.sh QUEUE SECONDS WORD...: becomes the command WORD..., when it is its turn. At a boot all sites start, and at its end all stop: a
# hundred processes of Node.js at once are slower than a few after each other, and then all sites serve last. Who has a turn keeps it until
# the process ends, or for so many SECONDS (src/adapters/turn.ts): a site that waits for its database, or for long requests, keeps nobody
# waiting. Who comes first is first: one waits for a turn, and the others behind that one. Replicas drain in a queue of their own, since a
# site that stops waits for them.
turns=/run/php-zd-turns/$1
PHP_ZD_TURN=$2
shift 2
most=$(($(nproc) * 2))
[ "$most" -ge 4 ] || most=4
[ "$most" -le 16 ] || most=16
# A host without the files has no turns.
[ -r "$turns/queue" ] || exec "$@"
export PHP_ZD_TURN
exec 8<"$turns/queue"
flock 8
while :; do
  turn=0
  while [ "$turn" -lt "$most" ]; do
    turn=$((turn + 1))
    exec 9<"$turns/$turn"
    if flock --nonblock 9; then exec "$@" 8<&-; fi
  done
  sleep 0.1
done
