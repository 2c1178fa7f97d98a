#!/bin/sh
# look-at-release.sh RELEASE INDEX SHARED... php-ini FILE...: prints when the release was made and its inode, and then those of what each
# shared path leads to, a line for each, empty for what the user cannot come to, and then "closed N" for each of the files that is not theirs to
# read, by its number from 0. Ends with 3 when the release is not theirs to read: with 1, and
# silently, systemd-run(1) ends where systemd has ended the script (facts.md N164). A file and no text in the command: a unit made by systemd-run(1) that is read anew before it starts (daemon-reload, 252)
# has other text then (facts.md N37).
cd -P "$1" 2>/dev/null && test -r "./$2" || exit 3
stat --format='%W %i' . || exit 2
shift 2
while [ $# -gt 0 ] && [ "$1" != php-ini ]; do
  stat --dereference --format='%W %i' "$1" 2>/dev/null || echo
  shift
done
[ $# -gt 0 ] && shift
number=0
for file; do
  test -r "$file" || echo "closed $number"
  number=$((number + 1))
done
