# shellcheck shell=dash
# enter-view.sh STATUS IDENTITY ENVIRONMENT MOUNT... -- COMMAND...
# Becomes the command, unless a mount point shows something else than what php-zd found fit: since then somebody may have put
# another directory, or a link, in the place of the release or of what is shared. Looked at here, as the site's user and behind the
# mounts, nothing can change between the look and the use. Ends with STATUS then. ENVIRONMENT is a
# script with variables, or "-".
status=$1 identity=$2 environment=$3
shift 3

refuse() {
  echo "php-zd: what lies at $1 is not $2: roll the site" >&2
  exit "$status"
}

# Time of birth and inode, which a boot leaves as they are; the numbers of devices may change with it.
is() {
  [ "$(/usr/bin/stat --format='%W %i' "$1")" = "$2" ]
}

while [ "$1" != -- ]; do
  [ ! -e "$identity" ] || while read -r birth inode place source; do
    if [ -z "$place" ]; then
      is "$1" "$birth $inode" || refuse "$1" "the release that was found fit"
    # The same as what the site's user comes to by the path, now or when it was found fit.
    elif [ ! "$1/$place" -ef "$source" ]; then
      is "$1/$place" "$birth $inode" || refuse "$1/$place" "what $source is to the site's user"
    fi
  done <"$identity"
  shift
done
shift
# shellcheck disable=SC1090  # rendered for each site
[ "$environment" = - ] || . "$environment"
exec "$@"
