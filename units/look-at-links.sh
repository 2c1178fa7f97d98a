#!/bin/sh
# look-at-links.sh RELEASE: prints the links of a release that lead to what the user who asks may write to: path, target as it is
# written and kind (d, f), each ended by a zero byte. What a package manager brought, and git, is left out. As the site's user: a user's
# groups and the file system's access lists are the kernel's to judge.
cd -P "$1" 2>/dev/null || exit 0
find . -xdev -maxdepth 8 '(' -name node_modules -o -name vendor -o -name .git ')' -prune -o \
  -type l -writable -printf '%P\0%l\0%Y\0' 2>/dev/null | head --bytes=262144
