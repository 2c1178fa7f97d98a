# shellcheck shell=dash
# run-haproxy.sh COMMAND...
# Becomes HAProxy, which is told in PHP_ZD_SHARE how many connections a site may have: a twentieth of those that the limit on open
# files, as it is on this host, allows, two files each. So a few sites together cannot take all of them from the others.
share=$(($(ulimit -n) / 40))
[ "$share" -gt 500 ] || share=500
PHP_ZD_SHARE=$share exec "$@"
