#!/bin/sh
# paths-in-release.sh PATTERN RELEASE FILE...: prints where a release's text files, and the other files named, match an extended
# regular expression: FILE, a zero byte, LINE:MATCH. For whoever may read them; doctor asks as the site's user. What a package manager
# brought is left out, and so is what goes beyond these bounds: then a last line says "more" behind a zero byte.
most_files=20000 most_bytes=65536
export LC_ALL=C
pattern=$1
cd -P "$2" || exit 2
shift 2
exec 3>&1
more=$({
  find . "$@" -maxdepth 8 \( -name vendor -o -name node_modules -o -name .git \) -prune -o -xtype f -size -4096k \
    \( -path '/*' -o -name '*.php' -o -name '*.inc' -o -name '.env*' -o -name '*.env' -o -name '*.ini' -o -name '*.y*ml' -o -name '*.neon' \
    -o -name '*.json' -o -name '*.xml' -o -name '*.conf' -o -name '*.toml' -o -name '.htaccess' \) -print0 2>/dev/null |
    sed -z -n "1,${most_files}p;$((most_files + 1)){s/.*/more/w /dev/stderr
q}" 2>&4 |
    xargs -0 -r grep -a -H -n -Z -o -m 20 -E -e "$pattern" -- 2>/dev/null |
    head -c "$most_bytes" >&3
} 4>&1 | tr -d '\0')
[ -z "$more" ] || printf '\0more\n'
