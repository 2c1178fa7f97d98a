import { expect } from 'vitest';
import { LIES, type Lie, SERVER } from '../adapters/lying-fpm.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, onArena } from './arena.ts';

const PROGRAM = '/srv/lie.js';
const SOCKETS = '/run/php-zd/alpha/replicas';

/** Every status socket of alpha's answers a lie from now on. */
const lie = async ({ machine, onHost }: Arena, told: Lie): Promise<void> => {
  await machine.write(PROGRAM, SERVER);
  const { bytes, isEndless } = LIES[told];
  const expression = Buffer.from(bytes).toString('base64');
  const server = `node ${PROGRAM} $d/status.sock "$(echo ${expression} | base64 -d)" ${isEndless}`;
  await onHost(`for d in ${SOCKETS}/*; do rm -f $d/status.sock; setsid ${server} >/dev/null 2>&1 </dev/null & done`);
  await awaitAnswer('the lies', async () => {
    const { status } = await machine.ask(
      'sh',
      '-c',
      `for d in ${SOCKETS}/*; do test -S $d/status.sock || exit 1; done`,
    );
    return status === 0 ? true : undefined;
  });
};

/** The liars are gone, and new masters make their sockets again. */
const mend = async ({ machine, alpha }: Arena): Promise<void> => {
  await machine.ask('pkill', '-KILL', '-u', alpha.user, 'node');
  await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'php-zd-fpm-alpha@*');
  await awaitAnswer('alpha to serve', async () => ((await alpha.status()).serving === 2 ? true : undefined));
};

/** What a verb may take of a site that lies: its deadlines, and some memory. */
const MOST_MS = 20_000;
const MOST_MEMORY = '400M';

const verbs: readonly (readonly string[])[] = [
  ['status', 'alpha'],
  ['status', '--json', 'alpha'],
  ['plan', 'alpha'],
  ['doctor', 'alpha'],
  ['list'],
  ['releases', 'alpha'],
  ['history', 'alpha'],
];

const lieToEveryVerb = async (arena: Arena, told: Lie): Promise<void> => {
  const { machine, alpha } = arena;
  await lie(arena, told);
  for (const verb of verbs) {
    const from = Date.now();
    const limits = ['--property=MemoryMax', '--property=MemorySwapMax'].map(
      (name, n) => `${name}=${n ? '0' : MOST_MEMORY}`,
    );
    const { stdout, stderr, status } = await machine.ask(
      'systemd-run',
      ...['--quiet', '--wait', '--pipe', '--collect', ...limits, 'php-zd', ...verb],
    );
    expect([verb, (status ?? 99) <= 5], `${stdout}${stderr}`).toEqual([verb, true]);
    expect(Date.now() - from).toBeLessThan(MOST_MS);
  }
  const from = Date.now();
  await machine.ask('php-zd', 'reload', alpha.name);
  expect(Date.now() - from).toBeLessThan(3 * MOST_MS);
  await mend(arena);
};

const lies: readonly Lie[] = [
  'an endless answer',
  'empty records without end',
  'processes that begin and never end',
  'brackets within brackets',
  'counts that are Infinity',
];

const attacks: readonly Attack[] = [
  ...lies.map(told => ({
    title: `FPM's status of alpha is ${told}: every verb ends in time and memory`,
    act: (arena: Arena) => lieToEveryVerb(arena, told),
  })),
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

onArena('answers', attacks);
