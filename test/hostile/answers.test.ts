import { expect } from 'vitest';
import { LIES, type Lie, SERVER } from '../adapters/lying-fpm.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { type Arena, type Attack, onOneArena } from './arena.ts';

const PROGRAM = '/srv/lie.js';

/** Each is told by a site of its own, so that their deadlines pass side by side. */
const lies: readonly Lie[] = [
  'an endless answer',
  'empty records without end',
  'processes that begin and never end',
  'brackets within brackets',
  'counts that are Infinity',
];
const liars = lies.map((told, index) => ({ told, name: `liar-${index + 1}`, port: 90 + index }));
type Liar = (typeof liars)[number];

const LIAR = 'replicas = 1\n[pool]\npm.max_children = 1\n[drain]\ntimeout = 1s\n';

/** The status socket of the site's replica answers a lie from now on. */
const lie = async ({ machine }: Arena, { told, name }: Liar): Promise<void> => {
  const { bytes, isEndless } = LIES[told];
  const expression = Buffer.from(bytes).toString('base64');
  const server = `node ${PROGRAM} $d/status.sock "$(echo ${expression} | base64 -d)" ${isEndless}`;
  const said = `cd /run/php-zd/${name}/replicas/1 && rm -f status.sock && d=$PWD && exec ${server}`;
  const user = ['--uid', name, '--property=LogLevelMax=0', '--unit', `lie-${name}`];
  await machine.run('systemd-run', '--quiet', '--collect', ...user, 'sh', '-c', said);
  await awaitAnswer('the lie', async () =>
    (await machine.ask('test', '-S', `/run/php-zd/${name}/replicas/1/status.sock`)).status === 0 ? true : undefined,
  );
};

/** What a verb may take of sites that lie: its deadlines, some memory, and some of the processor's time. */
const MOST_S = 40;
const MOST_CPU_S = 6;
const MOST_MEMORY = '500M';

const verbs: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['doctor'],
  ['list'],
  ...liars.map(({ name }) => ['plan', name]),
  ['releases', 'liar-1'],
  ['history', 'liar-1'],
];

const endsInBounds = async ({ machine }: Arena, verb: readonly string[]): Promise<void> => {
  // Not MemoryMax=, which the machine may have no controller for.
  const limits = { LimitDATA: MOST_MEMORY, RuntimeMaxSec: `${MOST_S}s` };
  const properties = Object.entries(limits).map(([name, value]) => `--property=${name}=${value}`);
  const timed = ['bash', '-c', 'TIMEFORMAT="busy %U %S"; time php-zd "$@"', 'bash', ...verb];
  const { stdout, stderr, status } = await machine.ask(
    'systemd-run',
    ...['--quiet', '--wait', '--pipe', '--collect', ...properties, '--', ...timed],
  );
  expect([verb, (status ?? 99) <= 5], `${stdout}${stderr}`).toEqual([verb, true]);
  const [, user, system] = /^busy (\S+) (\S+)$/m.exec(stderr) ?? [];
  expect(Number(user) + Number(system), verb.join(' ')).toBeLessThan(MOST_CPU_S);
};

const attacks: readonly Attack[] = [
  {
    title: `FPM's status of five sites is ${lies.join(', ')}: every verb ends in time and memory`,
    act: async arena => {
      const { machine } = arena;
      await Promise.all(liars.map(({ name, port }) => setUpSite(machine, { name, port, ini: LIAR })));
      await machine.write(PROGRAM, SERVER);
      await Promise.all(liars.map(liar => lie(arena, liar)));
      await Promise.all(verbs.map(verb => endsInBounds(arena, verb)));
    },
  },
  {
    title: 'rolls of these five sites end in time too',
    act: async ({ machine, beta }) => {
      // A roll that hangs is ended by the machine.
      const rolls = await Promise.all(liars.map(({ name }) => machine.ask('php-zd', 'reload', name)));
      // The old replica, which the roll would drain, cannot be asked whether it is free; where its counts can be read it says so.
      expect(rolls.map(({ status }) => status === 0 || status === 1)).toEqual(liars.map(() => true));
      await beta.roll();
      await machine.run('systemctl', 'stop', 'lie-*', ...liars.map(({ name }) => `php-zd@${name}`));
    },
  },
  {
    title: "alpha writes to the journal in php-zd's name: neither the logs nor the history of beta have it",
    act: async ({ machine, beta, onHost }) => {
      const forged =
        'MESSAGE=forged by alpha\\nPHP_ZD_SITE=beta\\nPHP_ZD_EVENT=asked\\nPHP_ZD_JOB=reload\\nSYSLOG_IDENTIFIER=php-zd-haproxy-beta\\n';
      await onHost(`for n in $(seq 60); do printf '${forged}' | logger --journald; done`);
      await machine.run('journalctl', '--sync');
      expect(await machine.run('journalctl', '--output=cat', 'PHP_ZD_SITE=beta')).toContain('forged by alpha');
      expect((await machine.run('php-zd', 'logs', 'beta')).split('\n')).not.toContainEqual(
        expect.stringContaining('forged by alpha'),
      );
      expect(await beta.reload()).toMatchObject({ status: 0 });
      const history = JSON.parse(await machine.run('php-zd', 'history', '--json', '-n', '1', 'beta'));
      expect(history[0].rolls[0].by).toBe('root');
    },
  },
];

onOneArena('trixie', 'answers', attacks);
