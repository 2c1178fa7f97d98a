#!/usr/bin/perl
# ask-for-mounts.pl STATUS NOT_NOW COMMAND...
# Waits until units/lay-mounts.pl has laid the site's release into the view of this process, and becomes the command. Ends with STATUS
# where that can never be, and with NOT_NOW where it may be later.
# What Debian's Perl has, and nothing of the host's own: its directories may be closed to the site's user (facts.md N176).
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Socket;

my ($status, $not_now) = splice @ARGV, 0, 2;

sub fail {
  my ($with, $why) = @_;
  print STDERR "php-zd: the release is not in its place: $why\n";
  exit $with;
}

socket my $socket, PF_UNIX, SOCK_STREAM, 0 or fail($not_now, $!);
connect $socket, sockaddr_un('/run/php-zd-mounts/socket') or fail($not_now, $!);
chomp(my $answer = <$socket> // '');
if ($answer ne 'laid') {
  my ($how, $why) = split / /, $answer, 2;
  fail(($how // '') eq 'no' ? $status : $not_now, $why // 'no answer');
}
# Nobody here says to systemd that PHP-FPM is ready.
delete $ENV{NOTIFY_SOCKET};
exec { $ARGV[0] } @ARGV or fail($not_now, $!);
