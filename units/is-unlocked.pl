#!/usr/bin/perl
# is-unlocked.pl FILE...
# Ends well where no process has a lock of fcntl(2) on any of the files, such as dpkg's and apt's. /proc/locks would say it by the numbers
# of inodes, and in a file system of his own anybody may have a file with any number, and lock it.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Fcntl qw(F_GETLK F_UNLCK F_WRLCK);

# A struct flock begins with the kind of the lock, a short. The rest is 0, wherever its fields lie: all of the file, from its begin.
use constant ANY => pack 's x62', F_WRLCK;

for my $path (@ARGV) {
  open my $file, '<', $path or ($!{ENOENT} ? next : die "$path: $!\n");
  my $lock = ANY;
  fcntl $file, F_GETLK, $lock or die "$path: $!\n";
  exit 1 if unpack('s', $lock) != F_UNLCK;
}
