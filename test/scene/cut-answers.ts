import type { Machine } from '../lab/machine.ts';
import type { Scene } from './scene.ts';

const PROGRAM = '/srv/cut.pl';

/** How many bytes come alone, of each of so many answers. */
const ALONE = 200;
const ANSWERS = 8;

/**
 * In the place of a replica's PHP: each answer begins with records of one byte, and goes on byte by byte, each as soon as the one before was taken
 * (SIOCOUTQ). Its headers never end.
 */
const CUT = String.raw`use IO::Socket::UNIX; use Time::HiRes 'usleep';
my ($path) = @ARGV;
unlink $path; umask 0; $SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die $!;
my $record = sub { pack('CCnnCC', 1, $_[0], 1, length $_[1], 0, 0) . $_[1] };
my $begin = $record->(7, 'x') . $record->(6, "\r") x 1200;
my $then = $record->(7, '');
while (my $client = $listener->accept) {
  next if fork;
  sysread $client, my $request, 4096;
  syswrite $client, $begin;
  for (1..${ALONE}) {
    my $waiting;
    do { usleep 200; ioctl $client, 0x5411, $waiting = pack 'i', 0 } while unpack 'i', $waiting;
    syswrite $client, substr $then, $_ % length $then, 1;
  }
  exit;
}
`;

/** The processor time of HAProxy's that the work takes. */
const msOf = async (machine: Machine, work: () => Promise<unknown>): Promise<number> => {
  const take = async () => Number(await machine.run('sh', '-c', TICKS)) * 10;
  const before = await take();
  await work();
  return (await take()) - before;
};
const TICKS = `cat $(pgrep -P "$(systemctl show --property=MainPID --value php-zd-haproxy)" | sed 's#.*#/proc/&/stat#') | awk '{ sum += $14 + $15 } END { print sum }'`;

/** What the balancer takes for a byte that comes alone, in ms. The site needs a roll afterwards. */
export const msOfCutByte = async ({ machine, site }: Scene, url: string): Promise<number> => {
  await machine.write(PROGRAM, CUT);
  const slots = (await site.status()).replicas.filter(({ isServing }) => isServing).map(({ slot }) => slot);
  for (const slot of slots) {
    const path = `/run/php-zd/${site.name}/replicas/${slot}/fpm.sock`;
    const unit = ['--quiet', '--collect', `--uid=${site.user}`, `--unit=cut-${slot}`];
    await machine.run('systemd-run', ...unit, 'perl', PROGRAM, path);
    await machine.run('sh', '-c', `until ss -lx | grep -qF '${path} '; do sleep 0.1; done`);
  }
  const ms = await msOf(machine, () =>
    machine.run('sh', '-c', `seq ${ANSWERS} | xargs -P ${ANSWERS} -I N curl --silent --output /dev/null '${url}?n=N'`),
  );
  await machine.run('systemctl', 'stop', 'cut-*');
  return ms / ANSWERS / ALONE;
};
