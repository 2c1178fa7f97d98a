#!/usr/bin/perl
# watch-slots.pl SITE [RUN]
# Asks HAProxy to look again for the replicas of all slots of the site, those that rest too, as `watchSlots` of src/run/slots/slot-files.ts
# does: HAProxy looks for the first time up to a second later (facts.md N69), and a roll that has started Node.js, judged and proven comes
# to wait for that. Whatever fails here costs that time, and nothing else; HAProxy's own unit lets nobody but root come to the socket.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Socket;

my ($site, $run) = (@ARGV, '/run/php-zd');
opendir my $slots, "$run/$site/replicas" or exit 0;
my @commands = map { "enable health $site/$_" } sort { $a <=> $b } grep { /^[1-9]\d*$/ } readdir $slots;
exit 0 unless @commands;
# Nobody waits for a HAProxy that does not answer: it ends this process.
alarm 1;
$SIG{ALRM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
socket my $haproxy, PF_UNIX, SOCK_STREAM, 0 or exit 0;
connect $haproxy, sockaddr_un("$run/haproxy/admin.sock") or exit 0;
syswrite $haproxy, join(';', @commands) . "\n";
# All of it is done when HAProxy closes the connection.
1 while sysread $haproxy, my $answer, 4096;
