#!/usr/bin/perl
# Sends bounded load to a site and notes what became of each request. A request is lost when it is answered by anything but a 200
# with the whole expected body. Runs until its standard input ends, or for so many seconds; then prints a line for each request. A
# line of input is answered by the line `round` on standard error when every fast and POST client has begun and finished one more
# request.
#
#   load.pl 127.0.0.1:80 SECONDS SLOW-SECONDS AFTER-SECONDS KIND=CLIENTS:PAUSE-SECONDS[:BYTES]...
#
# The site under load answers `release=R ...`, sleeps for ?s=SECONDS, echoes POST n, and with ?after=ID finishes the request at
# once and works on (test/lab/site/index.php).
#
# In Perl, which every Debian has: a third of the processor's time that the same took in Node.js, which was more than the site
# itself took, and no start of Node.js for each load.
use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS);
use Fcntl qw(F_SETFL O_NONBLOCK);
use Socket;
use Time::HiRes qw(time);

use constant NO_ANSWER_S => 60;

my ($host, $seconds, $slow_s, $after_s, @kinds) = @ARGV;
my ($address, $port) = split /:/, $host;
my $peer = pack_sockaddr_in($port, inet_aton($address));

my $serial = 0;
my $is_over = 0;
my @lines;
my @clients = map { my ($kind, $count, $pause, $bytes) = /^(\w+)=(\d+):([\d.]+)(?::(\d+))?$/ or die "no clients: $_\n";
  map { { kind => $kind, pause => $pause, bytes => $bytes, at => 0 } } 1 .. $count } @kinds;
my @quick = grep { $_->{kind} =~ /^(fast|post)$/ } @clients;

# Each round's clients that it still waits for, by the round's number.
my %rounds;
my $round = 0;

# What a client asks next: path, body, and the answer that is expected.
sub question {
  my ($kind, $bytes) = @_;
  return ('/', undef, qr/^release=(\S+) done$/) if $kind eq 'fast';
  return ("/?s=$slow_s", undef, qr/^release=(\S+) done$/) if $kind eq 'slow';
  $serial += 1;
  return ('/', "n=$serial" . ($bytes ? '&pad=' . 'x' x $bytes : ''), qr/^release=(\S+) n=$serial done$/) if $kind eq 'post';
  return ("/?after=$$-$serial&t=$after_s", undef, qr/^release=(\S+) done$/);
}

# A question as HTTP/1.0 has it: the answer ends with its connection, and is as it was sent.
sub request_of {
  my ($path, $body) = @_;
  return "GET $path HTTP/1.0\r\nHost: $host\r\n\r\n" unless defined $body;
  return "POST $path HTTP/1.0\r\nHost: $host\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

# A connection for each question, since the tests ask what the balancer does with a new request.
sub begin_request {
  my ($client) = @_;
  my ($path, $body, $expected) = question(@$client{qw(kind bytes)});
  socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
  fcntl($socket, F_SETFL, O_NONBLOCK) or die "fcntl: $!\n";
  my $now = time;
  @$client{qw(socket path expected unsent answer begun heard round)} =
    ($socket, $path, $expected, request_of($path, $body), '', $now, $now, $round);
  connect($socket, $peer) ? send_request($client) : $! == EINPROGRESS || end_request($client, "connect: $!");
}

sub send_request {
  my ($client) = @_;
  my $sent = syswrite $client->{socket}, $client->{unsent};
  if (defined $sent) { substr $client->{unsent}, 0, $sent, '' }
  elsif ($! != EAGAIN) { end_request($client, "write: $!") }
}

sub end_request {
  my ($client, $error) = @_;
  close delete $client->{socket};
  my $release = '';
  if (!defined $error) {
    my ($status, $text) = $client->{answer} =~ m{^HTTP/1\.\d (\d{3}) .*?\r\n\r\n(.*)$}s;
    if (!defined $status) { $error = 'no whole answer: ' . substr($client->{answer}, 0, 80) }
    elsif ($status eq '200' && $text =~ $client->{expected}) { $release = $1 }
    else { $error = "$status " . substr($text, 0, 80) }
  }
  my ($id) = $client->{path} =~ /after=([^&]+)/;
  $error = defined $error ? $error =~ s/[\t\r\n]+/ /gr : '';
  my @times = map { sprintf '%.1f', 1000 * $_ } $client->{begun}, time;
  push @lines, join("\t", $client->{kind}, @times, $release, defined $id ? $id : '', $error);
  leave_rounds($client);
  $client->{at} = time + $client->{pause};
}

sub leave_rounds {
  my ($client) = @_;
  for my $number (grep { $_ <= $client->{round} } keys %rounds) {
    delete $rounds{$number}{$client};
    end_round($number) unless %{ $rounds{$number} };
  }
}

sub begin_round {
  $round += 1;
  $rounds{$round} = { map { $_ => 1 } @quick };
  end_round($round) unless @quick;
}

sub end_round {
  my ($number) = @_;
  delete $rounds{$number};
  syswrite STDERR, "round\n";
}

# A client whose socket is ready: its request goes out when it is connected, then comes its answer.
sub serve {
  my ($client) = @_;
  $client->{heard} = time;
  if ($client->{unsent} ne '') {
    $! = unpack 'i', getsockopt($client->{socket}, SOL_SOCKET, SO_ERROR);
    return $! ? end_request($client, "connect: $!") : send_request($client);
  }
  my $read = sysread $client->{socket}, $client->{answer}, 65536, length $client->{answer};
  if (!defined $read) { end_request($client, "read: $!") if $! != EAGAIN }
  elsif ($read == 0) { end_request($client) }
}

# A line of input begins a round; its end is the end of all.
sub listen_to_input {
  my $read = sysread STDIN, my $said, 4096;
  if ($read) { begin_round() for $said =~ /\n/g }
  else { $is_over = 1 }
}

$SIG{$_} = sub { $is_over = 1 } for qw(INT TERM);
$SIG{PIPE} = 'IGNORE';
my $end = time + $seconds;
while (1) {
  my $now = time;
  $is_over = 1 if $now >= $end;
  my ($wake, $reads, $writes) = ($now + 1, '', '');
  for my $client (@clients) {
    my $is_late = $client->{socket} && $now - $client->{heard} >= NO_ANSWER_S;
    end_request($client, 'no answer for ' . NO_ANSWER_S . ' s') if $is_late;
    if (!$client->{socket} && !$is_over && $client->{at} <= $now) { begin_request($client) }
    if ($client->{socket}) { vec($client->{unsent} ne '' ? $writes : $reads, fileno $client->{socket}, 1) = 1 }
    elsif (!$is_over && $client->{at} < $wake) { $wake = $client->{at} }
  }
  last if $is_over && !grep { $_->{socket} } @clients;
  vec($reads, fileno STDIN, 1) = 1 unless $is_over;
  my $pause = $wake - time;
  next if select($reads, $writes, undef, $pause > 0 ? $pause : 0) <= 0;
  listen_to_input() if vec $reads, fileno STDIN, 1;
  my $ready = $reads | $writes;
  serve($_) for grep { $_->{socket} && vec $ready, fileno $_->{socket}, 1 } @clients;
}
print map { "$_\n" } @lines;
