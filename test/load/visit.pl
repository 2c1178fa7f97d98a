#!/usr/bin/perl
# Visitors as browsers are: each loads a page, which names its release, and then the files that the page names, one after the other over
# the connection that it keeps, and another one with each tenth page. Runs until its standard input ends; then prints a line for each
# page. A line of input is answered by the line `round` on standard error when every visitor has begun and finished one more page.
#
#   visit.pl 127.0.0.1:8080 FILES PAUSE-SECONDS STAYING LEAVING
#
# STAYING visitors keep cookies, LEAVING ones do not. A page is `release=R ...`, and its file /?asset=R, which only R has
# (test/scene/visits.ts). A line has tabs between: the visitor, `stays` or `leaves`, when the page was asked for and when all was there,
# in milliseconds, its release, and what each file was: its release, `missing`, or why it is lost.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);

my ($host, $files, $pause, $staying, $leaving) = @ARGV;
my $is_over = 0;
$SIG{PIPE} = 'IGNORE';

# One request over the visitor's connection; its status and body, or nothing and why.
sub ask {
  my ($visitor, $path, $accept) = @_;
  my $socket = $visitor->{socket} //= IO::Socket::INET->new(PeerAddr => $host, Timeout => 60)
    or return (0, "connect: $!");
  my $cookie = join '; ', map { "$_=$visitor->{cookies}{$_}" } keys %{ $visitor->{cookies} };
  print $socket "GET $path HTTP/1.1\r\nHost: $host\r\nAccept: $accept\r\n" . ($cookie && "Cookie: $cookie\r\n") . "\r\n";
  my ($status, $body, $error) = answer($visitor, $socket);
  delete $visitor->{socket} if $error || $visitor->{last};
  return $error ? (0, $error) : ($status, $body);
}

sub answer {
  my ($visitor, $socket) = @_;
  local $/ = "\r\n";
  my ($status) = (<$socket> // '') =~ m{^HTTP/1\.1 (\d+)} or return (0, '', 'no answer');
  my %headers;
  while (defined(my $line = <$socket>)) {
    chomp $line;
    last if $line eq '';
    my ($name, $value) = $line =~ /^([^:]+):\s*(.*)/ or return (0, '', "header: $line");
    $headers{lc $name} = $value;
    if (lc $name eq 'set-cookie' && $visitor->{stays} && $value =~ /^([^=]+)=([^;]*)/) { $visitor->{cookies}{$1} = $2 }
  }
  $visitor->{last} = lc($headers{connection} // '') eq 'close';
  my $body = '';
  if (defined $headers{'content-length'}) {
    my $read = read $socket, $body, $headers{'content-length'};
    return (0, '', 'cut') if ($read // 0) < $headers{'content-length'};
    return ($status, $body);
  }
  while (1) {
    my $size = <$socket> // return (0, '', 'cut');
    $size = hex $size;
    my $read = read $socket, my $chunk, $size + 2;
    return (0, '', 'cut') if ($read // 0) < $size + 2;
    return ($status, $body) if $size == 0;
    $body .= substr $chunk, 0, $size;
  }
}

sub release_in {
  my ($status, $body) = @_;
  return $1 if $status == 200 && $body =~ /^release=(\S+)/;
  return $status == 404 ? 'missing' : 'lost: ' . ($status || '') . substr($body, 0, 60) =~ s/\s/ /gr;
}

sub visit {
  my ($visitor) = @_;
  $visitor->{pages} += 1;
  delete $visitor->{socket} if $visitor->{pages} % 10 == 0;
  my $began = time;
  my $page = release_in(ask($visitor, '/', 'text/html,application/xhtml+xml,*/*;q=0.8'));
  my @found = $page =~ /^lost/ ? () : map { sleep 0.01; release_in(ask($visitor, "/?asset=$page", '*/*')) } 1 .. $files;
  return join "\t", $visitor->{name}, $visitor->{stays} ? 'stays' : 'leaves', (map { int($_ * 1000) } $began, time), $page, @found;
}

# A process for each visitor, which writes its lines to the one pipe: each is shorter than what is written at once (pipe(7)).
pipe my $from, my $to or die "pipe: $!\n";
my %children;
for my $number (1 .. $staying + $leaving) {
  my $pid = fork // die "fork: $!\n";
  if ($pid == 0) {
    close $from;
    $SIG{TERM} = sub { $is_over = 1 };
    my $visitor = { name => $number, stays => $number <= $staying, cookies => {}, pages => 0 };
    srand $number;
    until ($is_over) {
      syswrite $to, visit($visitor) . "\n";
      sleep $pause * (0.5 + rand);
    }
    exit 0;
  }
  $children{$pid} = $number;
}
close $to;

my (@lines, @rounds);
my ($rest, $select) = ('', IO::Select->new($from, \*STDIN));
while (my @ready = $select->can_read) {
  for my $ready (@ready) {
    if ($ready == $from) {
      if (!sysread $from, $rest, 65536, length $rest) { $select->remove($from); next }
      while ($rest =~ s/^(.*)\n//) {
        push @lines, $1;
        my ($name, undef, $began) = split /\t/, $1;
        for my $round (@rounds) { delete $round->{left}{$name} if $began >= $round->{began} }
      }
      while (@rounds && !%{ $rounds[0]{left} }) { shift @rounds; syswrite STDERR, "round\n" }
    } else {
      my $read = sysread STDIN, my $said, 4096;
      if ($read) {
        push @rounds, { began => time * 1000, left => { map { $_ => 1 } values %children } } for $said =~ /\n/g;
      } else {
        kill TERM => keys %children;
        $select->remove(\*STDIN);
      }
    }
  }
}
print map { "$_\n" } @lines;
