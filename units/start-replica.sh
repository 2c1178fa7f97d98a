# shellcheck shell=dash
# start-replica.sh IDENTITY ENVIRONMENT MOUNT... -- COMMAND...
# Becomes the command, PHP-FPM, unless the release at a mount point is another directory than the one that php-zd found fit: since
# then its owner may have put something else in its place. Looked at here, behind the mount, nothing can change between the look
# and the use. ENVIRONMENT is a script with variables, or "-".
identity=$1 environment=$2
shift 2
wanted=''
[ ! -e "$identity" ] || read -r wanted <"$identity"
while [ "$1" != -- ]; do
  # Birth and inode, which a boot leaves as they are; the numbers of devices may change with it.
  if [ -n "$wanted" ] && [ "$(/usr/bin/stat --format='%W %i' "$1")" != "$wanted" ]; then
    echo "php-zd: what lies at $1 is another directory than the release that was rolled to: roll the site" >&2
    exit 78
  fi
  shift
done
shift
# shellcheck disable=SC1090  # rendered for each site
[ "$environment" = - ] || . "$environment"
exec "$@"
