#!/bin/sh
# look-at-user-ini.sh RELEASE FILE...: prints the lines of these files of a release that set open_basedir, as grep(1) does, with file
# and number. As the site's user, whose files they are: so it comes to nothing that its PHP does not. grep opens no pipe that would keep
# it waiting.
cd -P "$1" 2>/dev/null || exit 0
shift
grep -aisHn --devices=skip --max-count=20 '^[[:space:]]*open_basedir[[:space:]]*=' -- "$@" | head --bytes=65536
