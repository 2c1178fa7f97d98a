#!/usr/bin/perl
# hand-mail.pl LARGE
# Hands a message of the site's to the host's sendmail, as the site's user and outside of the sandbox: the sender on a line, and the message.
# The site chooses that and nothing else, no word of a command line: Exim's would run commands.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Fcntl qw(LOCK_EX);

# So large a message Exim takes, and Postfix smaller ones; dma takes any, until the disk is full (facts.md N88).
use constant { MOST_MIB => 50, DEADLINE_S => 50 };
# Of what is larger a site has one message at a time, by the lock of the file LARGE, which is its user's alone: /tmp may lie in memory, and
# there are 64 messages at once. Where an older php-zd has made the unit there is no such file.
use constant { SMALL_BYTES => 1024 * 1024, LARGE => $ARGV[0] };
use constant { SENDMAIL => '/usr/sbin/sendmail', EX_DATAERR => 65, EX_UNAVAILABLE => 69, EX_TEMPFAIL => 75 };

sub end {
  my ($with, $why) = @_;
  syswrite STDOUT, "php-zd: mail() failed: $why\n" if defined $why;
  syswrite STDOUT, "ended $with\n";
  exit 0;
}

my $pid;
$SIG{ALRM} = sub {
  end(EX_TEMPFAIL, 'the message did not come to its end in ' . DEADLINE_S . ' s, or waited so long for others of more than 1 MiB')
    unless defined $pid;
  kill 'KILL', $pid;
  end(EX_TEMPFAIL, SENDMAIL . ' did not end in ' . DEADLINE_S . ' s');
};
alarm DEADLINE_S;

# Byte by byte, so that the message itself is left.
my $sender = '';
while (sysread STDIN, my $byte, 1) {
  last if $byte eq "\n";
  $sender .= $byte;
  end(EX_DATAERR, 'the sender is too long') if length $sender > 254;
}
end(EX_DATAERR, 'the sender is no address') unless $sender =~ /\A(?:[\w.+=~][\w.+=~@-]*)?\z/;
end(EX_UNAVAILABLE, 'there is no ' . SENDMAIL . ' on this host') unless -x SENDMAIL;
# Whole before sendmail sees it, in a file without a name, of which nothing stays.
open my $message, '+>', undef or end(EX_TEMPFAIL, $!);
my $bytes = 0;
my $large;
while (my $count = sysread STDIN, my $part, 65536) {
  $bytes += $count;
  end(EX_DATAERR, 'the message has more than ' . MOST_MIB . ' MiB') if $bytes > MOST_MIB * 1024 * 1024;
  if ($bytes > SMALL_BYTES && defined LARGE && !defined $large) {
    open $large, '<', LARGE or end(EX_TEMPFAIL, LARGE . ": $!");
    flock $large, LOCK_EX or end(EX_TEMPFAIL, LARGE . ": $!");
  }
  (syswrite($message, $part) // 0) == $count or end(EX_TEMPFAIL, $!);
}
sysseek $message, 0, 0 or end(EX_TEMPFAIL, $!);
$pid = fork;
end(EX_TEMPFAIL, $!) unless defined $pid;
if ($pid == 0) {
  open STDIN, '<&', $message;
  open STDERR, '>&', \*STDOUT;
  exec SENDMAIL, '-i', '-t', $sender eq '' ? () : ('-f', $sender) or print "$!\n";
  exit EX_UNAVAILABLE;
}
waitpid $pid, 0;
end($? & 127 ? EX_TEMPFAIL : $? >> 8);
