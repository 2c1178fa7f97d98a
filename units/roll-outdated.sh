# shellcheck shell=dash
# roll-outdated.sh: after an upgrade of packages rolls the sites whose PHP, extensions or libraries it has replaced, one after the other,
# and reloads the HAProxies of php-zd whose program or libraries it has replaced.

# apt and unattended-upgrades call dpkg many times, and hold a lock from the first time to the last. The kernel tells nobody of its end. A
# perl that an upgrade is just replacing is an upgrade too.
until /usr/bin/perl @LIBDIR@/is-unlocked.pl /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock; do sleep 1; done

failed=0
@PROGRAM@ unit reload-haproxies || failed=1
@PROGRAM@ reload --outdated --all || failed=1
exit "$failed"
