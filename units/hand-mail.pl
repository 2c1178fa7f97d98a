#!/usr/bin/perl
# Hands a message of the site's to the host's sendmail, as the site's user and outside of the sandbox: the sender on a line, and the message.
# The site chooses that and nothing else, no word of a command line: Exim's would run commands.
use strict;
use warnings;

use constant { SENDMAIL => '/usr/sbin/sendmail', DEADLINE_S => 50, EX_DATAERR => 65, EX_UNAVAILABLE => 69, EX_TEMPFAIL => 75 };

sub end {
  my ($with, $why) = @_;
  syswrite STDOUT, "php-zd: mail() failed: $why\n" if defined $why;
  syswrite STDOUT, "ended $with\n";
  exit 0;
}

# Byte by byte, so that the message itself is left to sendmail.
my $sender = '';
while (sysread STDIN, my $byte, 1) {
  last if $byte eq "\n";
  $sender .= $byte;
  end(EX_DATAERR, 'the sender is too long') if length $sender > 254;
}
end(EX_DATAERR, 'the sender is no address') unless $sender =~ /\A(?:[\w.+=~][\w.+=~@-]*)?\z/;
end(EX_UNAVAILABLE, 'there is no ' . SENDMAIL . ' on this host') unless -x SENDMAIL;
my $pid = fork;
end(EX_TEMPFAIL, $!) unless defined $pid;
if ($pid == 0) {
  open STDERR, '>&', \*STDOUT;
  exec SENDMAIL, '-i', '-t', $sender eq '' ? () : ('-f', $sender) or print "$!\n";
  exit EX_UNAVAILABLE;
}
$SIG{ALRM} = sub {
  kill 'KILL', $pid;
  end(EX_TEMPFAIL, SENDMAIL . ' did not end in ' . DEADLINE_S . ' s');
};
alarm DEADLINE_S;
waitpid $pid, 0;
end($? & 127 ? EX_TEMPFAIL : $? >> 8);
