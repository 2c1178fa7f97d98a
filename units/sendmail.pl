#!/usr/bin/perl
# sendmail.pl -t -i [-f SENDER]
# What PHP's mail() calls in a replica, with a message on its input. The host's own sendmail needs rights there that no process of a site's
# has: with "sendmail = yes" in [sandbox] the message goes to units/hand-mail.pl, outside of the sandbox. Without it, it goes to a program
# that needs none, or is refused at once: Postfix's would try for ever.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use IO::Handle;
use Socket;

use constant { EX_UNAVAILABLE => 69, EX_TEMPFAIL => 75, EX_CONFIG => 78 };

sub fail {
  my ($with, $why) = @_;
  print STDERR "php-zd: mail() failed: $why\n";
  exit $with;
}

my $sender = '';
for my $at (0 .. $#ARGV) {
  $sender = $1 ne '' ? $1 : $ARGV[$at + 1] // '' if $ARGV[$at] =~ /^-f(.*)/s;
}

my ($socket_path) = glob '/run/php-zd/*/mail/socket';
if (!defined $socket_path) {
  my @needy = grep { -e } qw(/usr/sbin/postdrop /usr/sbin/exim4 /usr/sbin/dma);
  fail(EX_CONFIG, 'the sendmail of this host needs rights that a replica does not have: write sendmail = yes in [sandbox] of the site file') if @needy;
  fail(EX_UNAVAILABLE, 'there is no /usr/sbin/sendmail on this host') unless -x '/usr/sbin/sendmail';
  exec '/usr/sbin/sendmail', @ARGV or fail(EX_UNAVAILABLE, "/usr/sbin/sendmail: $!");
}

socket my $socket, PF_UNIX, SOCK_STREAM, 0 or fail(EX_TEMPFAIL, $!);
connect $socket, sockaddr_un($socket_path) or fail(EX_TEMPFAIL, "$socket_path: $!");
$SIG{PIPE} = 'IGNORE';
binmode STDIN;
binmode $socket;
print $socket "$sender\n";
while (read STDIN, my $part, 65536) { print $socket $part or last }
$socket->flush;
shutdown $socket, 1;
# What sendmail says, and at last how it ended.
while (my $line = <$socket>) {
  exit $1 if $line =~ /^ended (\d{1,3})$/;
  print STDERR $line;
}
fail(EX_TEMPFAIL, 'nobody said what became of the message');
