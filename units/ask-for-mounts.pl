#!/usr/bin/perl
# ask-for-mounts.pl STATUS NOT_NOW COMMAND...
# Waits until units/lay-mounts.pl has laid the site's release into the view of this process, and becomes the command. Ends with STATUS
# where that can never be, and with NOT_NOW where it may be later. All of a site's own code in a view comes through here, and so the
# process gives up what systemd's filter, which knows system calls by their names alone, cannot take from it: leases of files (fcntl(2)).
# Whoever opens a file with a lease waits for its holder, 45 seconds (facts.md N163).
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

# prctl(2), fcntl(2) and fcntl64(2), by the architecture that this perl is built for.
my %NUMBERS = (
  aarch64 => [167, 25],
  arm => [172, 55, 221],
  i386 => [172, 55, 221],
  i486 => [172, 55, 221],
  i586 => [172, 55, 221],
  i686 => [172, 55, 221],
  mips64el => [5153, 5070],
  mipsel => [4192, 4055, 4220],
  powerpc64le => [171, 55],
  riscv64 => [167, 25],
  s390x => [172, 55],
  x86_64 => [157, 72],
);

# For this process and what comes of it. Whoever calls by the numbers of another architecture, or of x32, is ended already
# (SystemCallArchitectures=).
sub give_up_leases {
  require Config;
  my $architecture = $Config::Config{archname} =~ s/-.*//r;
  my ($prctl, @fcntl) = @{ $NUMBERS{$architecture} // fail($status, "no numbers for $architecture") };
  # Of linux/fcntl.h. F_SETDELEG, by which a directory can have one too, came with Linux 6.19.
  my ($F_SETLEASE, $F_SETDELEG) = (1024, 1040);
  # Of linux/bpf_common.h and linux/seccomp.h. The call's number is found at 0; of its second argument the kernel takes the lower half.
  my ($LOAD, $EQUAL, $RETURN, $ALLOW, $EPERM) = (0x20, 0x15, 0x06, 0x7fff0000, 0x00050001);
  my $command = unpack('C', pack 'S', 1) ? 24 : 28;
  my $calls = @fcntl;
  my @steps = (
    [$LOAD, 0, 0, 0],
    (map { [$EQUAL, $calls - $_, $_ == $calls ? 4 : 0, $fcntl[$_ - 1]] } 1 .. $calls),
    [$LOAD, 0, 0, $command],
    [$EQUAL, 1, 0, $F_SETLEASE],
    [$EQUAL, 0, 1, $F_SETDELEG],
    [$RETURN, 0, 0, $EPERM],
    [$RETURN, 0, 0, $ALLOW],
  );
  my $filter = join '', map { pack 'S C C L', @$_ } @steps;
  my $program = pack "S x!$Config::Config{ptrsize} P", scalar @steps, $filter;
  # PR_SET_SECCOMP and SECCOMP_MODE_FILTER.
  return if syscall($prctl, 22, 2, $program, 0, 0) == 0;
  # A kernel without filters (EINVAL) has systemd pass over its own too, and a drop-in of the host's may have taken
  # NoNewPrivileges= away (EACCES).
  fail($not_now, $!) unless $! == 22 || $! == 13;
}

socket my $socket, PF_UNIX, SOCK_STREAM, 0 or fail($not_now, $!);
connect $socket, sockaddr_un('/run/php-zd-mounts/socket') or fail($not_now, $!);
# While the release is laid.
give_up_leases();
chomp(my $answer = <$socket> // '');
if ($answer ne 'laid') {
  my ($how, $why) = split / /, $answer, 2;
  fail(($how // '') eq 'no' ? $status : $not_now, $why // 'no answer');
}
# Nobody here says to systemd that PHP-FPM is ready.
delete $ENV{NOTIFY_SOCKET};
exec { $ARGV[0] } @ARGV or fail($not_now, $!);
