#!/bin/sh
# look-at-user-ini.sh RELEASE FILE...: prints the lines of these files of a release that set open_basedir, as grep(1) does, with file
# and number, and which files have more than 1 MiB, whose begin alone is looked through. As the site's user, whose files they are: so
# it comes to nothing that its PHP does not. dd waits for no pipe.
cd -P "$1" 2>/dev/null || exit 0
shift
for file; do
  dd if="$file" bs=1048576 count=1 iflag=nonblock,fullblock status=none 2>/dev/null |
    grep -aiHn --label="$file" --max-count=20 '^[[:space:]]*open_basedir[[:space:]]*='
  [ "$(stat --dereference --format=%s -- "$file" 2>/dev/null || echo 0)" -le 1048576 ] || echo "$file:long"
done | head --bytes=65536
