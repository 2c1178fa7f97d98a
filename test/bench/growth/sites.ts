import type { Machine } from '../../lab/machine.ts';
import { awaitAnswer } from '../../lab/machine.ts';
import { setUpSite } from '../../lab/site.ts';
import { underLoad } from '../../load/start.ts';
import { readBalancerMemory } from '../../soak/machine-memory.ts';
import type { Grow, Note } from './measured.ts';
import { leastProcessorMs, timed } from './timed.ts';

const INI = '[pool]\npm = static\npm.max_children = 1\n';
/** As many as start in one command. */
const AT_ONCE = 10;

/** So many sites of two replicas, of one child each, on one host. */
export const growSites: Grow = async (machine, sites) => {
  const first = await setUpSite(machine, { ini: INI });
  for (let from = 2; from <= sites; from += AT_ONCE) {
    await timed(machine, makeSites(from, Math.min(sites, from + AT_ONCE - 1)));
  }
  await machine.run('systemctl', 'enable', '--quiet', 'nginx');
  const other = sites === 1 ? undefined : `http://127.0.0.1:${PORT + 2}/`;
  return async note => {
    const from = performance.now();
    await machine.reboot();
    const rebootMs = performance.now() - from;
    const bootMs = await noteBoot(machine, note, sites);
    await note('end of all, at a shutdown', 'ms', rebootMs - bootMs);
    await noteMemory(machine, note, sites);
    for (const verb of ['status', 'list', 'doctor']) {
      // Of what is not well doctor has told by its status.
      await note(verb, 'ms', await leastProcessorMs(machine, `php-zd ${verb} || [ $? -le 3 ]`));
    }
    await first.flip(await first.release());
    const roll = () => timed(machine, `systemctl reload php-zd@${first.name}`);
    await note('a roll of one while others serve', 'ms', await withNothingLost(machine, [first.url, other], roll));
    await note('reload of all', 'ms', (await timed(machine, 'php-zd reload --all')).wallMs);
  };
};

const PORT = 8000;

/** Sites with users of their own, and a place in nginx's configuration. */
const makeSites = (from: number, to: number): string => `
for i in $(seq ${from} ${to}); do
  s=site-$i
  useradd --system --no-create-home --user-group $s
  mkdir -p /srv/$s/releases/1
  cp -a /srv/shop/releases/1/. /srv/$s/releases/1/
  ln -s releases/1 /srv/$s/current
  printf '[site]\\nrelease = /srv/%s/current\\nuser = %s\\n%b' $s $s '${INI.replaceAll('\n', '\\n')}' >/etc/php-zd/sites/$s.ini
  sed "s/shop/$s/g; s/listen 80;/listen $((${PORT} + i));/" /etc/nginx/sites-enabled/shop >/etc/nginx/sites-enabled/$s
done
systemctl enable --quiet --no-reload $(seq -f php-zd@site-%.0f ${from} ${to})
systemctl start $(seq -f php-zd@site-%.0f ${from} ${to})
systemctl reload nginx`;

/** From the first process of the machine on, until each site's start was over: it serves then. Gives how long the whole boot took. */
const noteBoot = async (machine: Machine, note: Note, sites: number): Promise<number> => {
  const times = await awaitAnswer('all sites', async () => {
    const { stdout } = await machine.ask(
      'systemctl',
      'show',
      'php-zd@*',
      '-p',
      'ActiveEnterTimestampMonotonic',
      '--value',
    );
    const found = stdout
      .split('\n')
      .map(Number)
      .filter(time => time > 0);
    return found.length === sites ? found : undefined;
  });
  const at = async (what: string) =>
    Number(await machine.run('systemctl', 'show', '-p', `${what}TimestampMonotonic`, '--value'));
  const begin = await at('Userspace');
  await note('boot, first site serves', 'ms', (Math.min(...times) - begin) / 1000);
  await note('boot, all sites serve', 'ms', (Math.max(...times) - begin) / 1000);
  return ((await at('Finish')) - begin) / 1000;
};

/** Each page that processes share counts for each in part (proc_pid_smaps(5), Pss). */
const noteMemory = async (machine: Machine, note: Note, sites: number): Promise<void> => {
  const balancer = await readBalancerMemory(machine);
  await note('memory of HAProxy', 'KiB', balancer.kib);
  const script = `for list in $(find /sys/fs/cgroup -path '*php*zd*' -name cgroup.procs); do while read -r pid; do grep -h ^Pss: /proc/$pid/smaps_rollup || true; done <$list; done`;
  const lines = (await machine.run('bash', '-c', script)).trim().split('\n');
  const kib = lines.reduce((sum, line) => sum + Number(/(\d+) kB/.exec(line)?.[1] ?? 0), 0);
  await note('memory of all of php-zd', 'KiB', kib);
  await note('of it a site', 'KiB', kib / sites);
};

/** Does the work while each of the URLs is asked, 20 times a second; rejects when a request is lost. */
const withNothingLost = async (
  machine: Machine,
  urls: readonly (string | undefined)[],
  work: () => Promise<{ readonly wallMs: number }>,
): Promise<number> => {
  const [url, ...others] = urls.filter(each => each !== undefined);
  if (url === undefined) return (await work()).wallMs;
  let wallMs = 0;
  const report = await underLoad(machine, { url, fast: 1, pauseMs: 50 }, async () => {
    wallMs = await withNothingLost(machine, others, work);
  });
  if (report.lost > 0)
    throw new Error(`${url}: ${report.lost} of ${report.requests} lost: ${report.losses.join(', ')}`);
  return wallMs;
};
