#!/usr/bin/perl
# without-terminal.pl COMMAND...: runs systemd-run(1), which hands its input and outputs on to a command of a site's. That may pass them on to
# any other process of the site by a socket, and who has a terminal reads what is typed into it and writes to it long after the command has
# ended. Where all three are terminals, systemd-run makes one for the command. Else a pipe is in the place of each that is a terminal, and what
# goes through it is copied here, until the command has ended.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_SETFD F_SETFL O_NONBLOCK);
use POSIX ();

use constant { BLOCK => 65_536, FIONREAD => 0x541B, OTHERS_S => 0.2 };

my @terminals = map { -t $_ ? (stat $_)[6] : undef } \*STDIN, \*STDOUT, \*STDERR;
my $count = grep { defined } @terminals;
run(@ARGV) if $count == 0 || $count == 3;

my ($in, $out, $err) = @terminals;
my ($from_us, $input) = defined $in ? a_pipe() : ();
my ($output, $to_us) = defined $out ? a_pipe() : ();
# One for both outputs keeps their order.
my $is_one = defined $out && defined $err && $out == $err;
my ($errors, $errors_to_us) = $is_one ? (undef, $to_us) : defined $err ? a_pipe() : ();
my ($ended, $until_end) = a_pipe();

my $pid = fork // die "no process: $!\n";
if ($pid == 0) {
  put($from_us, 0);
  put($to_us, 1);
  put($errors_to_us, 2);
  fcntl $until_end, F_SETFD, 0;
  # Who kills this process means the command.
  run('setpriv', '--pdeathsig=KILL', '--', @ARGV);
}
close $_ for grep { defined } $from_us, $to_us, $errors_to_us, $until_end;
fcntl $input, F_SETFL, O_NONBLOCK if defined $input;
$SIG{PIPE} = sub { };

my %copied = map { fileno $_->{from} => $_ } grep { defined $_->{from} } { from => $output, to => \*STDOUT }, { from => $errors, to => \*STDERR };
my $typed = '';
while (1) {
  my $is_mine = defined $input && is_mine();
  my ($reads, $writes) = ('', '');
  vec($reads, $_, 1) = 1 for fileno $ended, keys %copied;
  if (defined $input && $typed ne '') { vec($writes, fileno $input, 1) = 1 }
  elsif ($is_mine) { vec($reads, 0, 1) = 1 }
  next if select($reads, $writes, undef, defined $input && !$is_mine ? OTHERS_S : undef) < 0;
  if (defined $input && vec $writes, fileno $input, 1) { hand_on() }
  elsif ($is_mine && vec($reads, 0, 1) && is_mine()) { take_line() }
  for my $fd (grep { vec $reads, $_, 1 } keys %copied) {
    my $copy = $copied{$fd};
    copy($copy, BLOCK) or do { close $copy->{from}; delete $copied{$fd} };
  }
  last if vec $reads, fileno $ended, 1;
}
# What the command has said, and no more: who still has the other end may go on for ever.
for my $copy (values %copied) {
  my $said = pack 'i', 0;
  ioctl $copy->{from}, FIONREAD, $said or next;
  for (my $left = unpack 'i', $said; $left > 0;) { $left -= copy($copy, $left < BLOCK ? $left : BLOCK) || last }
}
waitpid $pid, 0;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);

sub run {
  exec @_ or print STDERR "php-zd: $_[0]: $!\n";
  POSIX::_exit(1);
}

sub a_pipe {
  pipe my $from, my $to or die "no pipe: $!\n";
  return ($from, $to);
}

sub put {
  my ($end, $fd) = @_;
  POSIX::dup2(fileno $end, $fd) if defined $end;
}

# Whether a line that is typed now is for the command: not while another program has the terminal, by the shell, or in a mode of its own as
# less(1) has it that the command's output is piped to.
sub is_mine {
  my $group = POSIX::tcgetpgrp(0);
  return 0 if defined $group && $group > 0 && $group != getpgrp;
  my $modes = POSIX::Termios->new;
  return $modes->getattr(0) && $modes->getlflag & POSIX::ICANON();
}

sub take_line {
  my $bytes = sysread STDIN, $typed, BLOCK;
  return if $bytes || (!defined $bytes && ($! == EINTR || $! == EAGAIN));
  end_input();
}

sub hand_on {
  my $bytes = syswrite $input, $typed;
  if (defined $bytes) { substr $typed, 0, $bytes, '' }
  elsif ($! != EINTR && $! != EAGAIN) { end_input() }
}

sub end_input {
  $typed = '';
  close $input;
  undef $input;
}

# Gives how many bytes were copied, and 0 where there are no more, or nobody takes them.
sub copy {
  my ($copy, $most) = @_;
  my ($bytes, $said);
  do { $bytes = sysread $copy->{from}, $said, $most } until defined $bytes || $! != EINTR;
  return 0 unless $bytes;
  while ($said ne '') {
    my $written = syswrite $copy->{to}, $said;
    if (defined $written) { substr $said, 0, $written, '' }
    elsif ($! == EAGAIN) {
      my $to = '';
      vec($to, fileno $copy->{to}, 1) = 1;
      select undef, $to, undef, undef;
    }
    elsif ($! != EINTR) { return 0 }
  }
  return $bytes;
}
