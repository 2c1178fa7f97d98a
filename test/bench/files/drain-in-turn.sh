#!/usr/bin/env bash
# Two PHP-FPM pools behind Apache's balancer, restarted one after the other: a pool is put into drain mode by the balancer-manager's
# form, which is read once a second until the pool has no request, and then put back. For test/bench alone.
set -euo pipefail

manager=http://127.0.0.1:8002/balancer-manager

nonce=$(curl --silent "$manager" | grep --only-matching --max-count=1 'nonce=[0-9a-f-]*' | head -n 1)

# set_drain POOL 1|0
set_drain() { curl --silent --fail --output /dev/null --referer "$manager" --data "b=php&w=fcgi://pool$1&$nonce&w_status_N=$2" "$manager"; }

# The eighth column after a worker's name is the number of requests that it has.
count_busy() { curl --silent "$manager" | grep "fcgi://pool$1</i>" | sed 's|</td>|\n|g' | sed -n '8s|<td>||p'; }

for pool in 1 2; do
  set_drain "$pool" 1
  until sleep 1; [ "$(count_busy "$pool")" = 0 ]; do :; done
  systemctl restart "bench-fpm@$pool"
  set_drain "$pool" 0
done
