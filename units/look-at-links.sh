#!/bin/sh
# look-at-links.sh RELEASE: prints the links of a release: first those that lead to what the user who asks may write to, but for what a
# package manager brought, then all that lead to what the user may read. Path, target as it is written, kind (d, f), and w or r, each ended
# by a zero byte. Of JavaScript's packages, and git, nothing. As the site's user: a user's groups and the file system's access lists are
# the kernel's to judge.
cd -P "$1" 2>/dev/null || exit 0
find . -xdev -maxdepth 8 '(' -name node_modules -o -name vendor -o -name .git ')' -prune -o \
  -type l -writable -printf '%P\0%l\0%Y\0w\0' 2>/dev/null | head --bytes=262144
find . -xdev -maxdepth 8 '(' -name node_modules -o -name .git ')' -prune -o \
  -type l -readable -printf '%P\0%l\0%Y\0r\0' 2>/dev/null | head --bytes=262144
