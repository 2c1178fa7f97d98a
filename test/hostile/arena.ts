import { beforeAll, expect, test } from 'vitest';
import { awaitAnswer, type Machine, type Suite } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost } from '../scene/expect.ts';
import { onEachSuite, onOneSuite, type Scene } from '../scene/scene.ts';
import { serversUp } from '../scene/watch-servers.ts';

/** Two customers of one host: alpha, who means harm, and beta, who has visitors. */
export interface Arena {
  readonly machine: Machine;
  readonly alpha: LabSite;
  readonly beta: LabSite;
  /** A command of alpha's PHP, in a replica. */
  inReplica(command: string): Promise<string>;
  /** A command of alpha's user on the host, as by a cron job or a login. */
  onHost(command: string): Promise<string>;
}

/** Named attacks, and what is true after each whatever it tried. */
export interface Attack {
  readonly title: string;
  /** What alpha does; what is expected of it in particular is said in it. */
  readonly act: (arena: Arena) => Promise<void>;
}

/** How many replicas a site has that says nothing else. */
const REPLICAS = 2;
/** What alpha keeps from ending costs alpha two seconds. */
const ALPHA = { name: 'alpha', port: 81, ini: '[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n' };

/** Enough requests of beta's visitors that what keeps one waiting or loses one is met, some sixty a second. */
const VISITORS = { fast: 2, post: 1, pauseMs: 40 } as const;

/** More than a site may add to /run. */
const MOST_RUN_BYTES = 1_000_000;
const STATUS_MS = 5_000;

/** Each attack on a machine of each suite, while beta has visitors: what the kernel, systemd or PHP of a suite may bear differently. */
export const onArena = (name: string, attacks: readonly Attack[]): void => {
  onEachSuite(`hostile-${name}`, ALPHA, besieged(attacks));
};

/** On one of them, where it is php-zd itself that is attacked; `make test-long` has both. */
export const onOneArena = (suite: Suite, name: string, attacks: readonly Attack[]): void => {
  onOneSuite(suite, `hostile-${name}`, ALPHA, besieged(attacks));
};

const besieged =
  (attacks: readonly Attack[]) =>
  (scene: () => Scene): void => {
    let beta: LabSite | undefined;
    /** As the attack before left it. */
    let stock: Stock | undefined;
    beforeAll(async () => {
      beta = await setUpSite(scene().machine, { name: 'beta', port: 82 });
    });

    test.each(attacks.map(attack => [attack.title, attack] as const))('%s', async (_, { act }) => {
      const { machine, site: alpha } = scene();
      if (beta === undefined) throw new Error('beta was not set up');
      const arena = makeArena(machine, alpha, beta);
      const before = stock ?? (await takeStock(arena));
      const report = await underLoad(machine, { url: beta.url, ...VISITORS }, () => act(arena));
      expectNothingLost(report);
      const after = await takeStock(arena);
      stock = after;
      expect(after.serving).toBe(before.serving);
      expect(after.runBytes - before.runBytes).toBeLessThan(MOST_RUN_BYTES);
    });
  };

/**
 * New masters, by a crash: no command of php-zd's has a part in it but the unit's own. Whoever asks at once may be told of the
 * old ones: so there is a new process in each unit, and then alpha serves.
 */
export const crashAlpha = async ({ machine, alpha }: Pick<Arena, 'machine' | 'alpha'>): Promise<void> => {
  const units = 'php-zd-fpm-alpha@*';
  const masters = async (): Promise<readonly string[]> =>
    (await machine.run('systemctl', 'show', '--property=MainPID', '--value', units)).match(/[1-9]\d*/g) ?? [];
  // A unit between two masters has none that could be killed.
  const crashed = await awaitAnswer('masters', async () => {
    const now = await masters();
    return now.length < REPLICAS ? undefined : now;
  });
  // A status that is not 0: one of them ended just before, which is a crash too.
  await machine.ask('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', units);
  await awaitAnswer('new masters', async () => {
    const now = await masters();
    return now.length < crashed.length || now.some(pid => crashed.includes(pid)) ? undefined : true;
  });
  const isBack = async (): Promise<boolean> => {
    if ((await serversUp(machine, alpha.name)).length !== REPLICAS) return false;
    const states = await machine.run('systemctl', 'show', '--property=ActiveState', '--value', units);
    // A roll that failed may have left one more, which does not serve.
    return (states.match(/^active$/gm)?.length ?? 0) >= REPLICAS;
  };
  await awaitAnswer('alpha to serve', async () => (await isBack()) || undefined);
};

const makeArena = (machine: Machine, alpha: LabSite, beta: LabSite): Arena => ({
  ...{ machine, alpha, beta },
  inReplica: async command => {
    const answer = await machine.run('curl', '-sS', '-f', `${alpha.url}?run=${encodeURIComponent(command)}`);
    return JSON.parse(answer).lines.join('\n');
  },
  onHost: async command => {
    const { stdout, stderr } = await machine.ask('runuser', '-u', alpha.user, '--', 'sh', '-c', command);
    return stdout + stderr;
  },
});

/** The processor's time that a command takes. */
export const processorMs = async (machine: Machine, ...command: readonly string[]): Promise<number> => {
  const timed = 'TIMEFORMAT="busy %U %S"; time "$@" >/dev/null 2>&1';
  const { stderr } = await machine.ask('bash', '-c', timed, 'bash', ...command);
  const [, user, system] = /^busy (\S+) (\S+)$/m.exec(stderr) ?? [];
  return (Number(user) + Number(system)) * 1000;
};

interface Stock {
  /** How many replicas of beta serve. */
  readonly serving: number;
  /** How full /run is. */
  readonly runBytes: number;
}

/** Asked for in time, whatever alpha does. */
const takeStock = async ({ machine, beta }: Arena): Promise<Stock> => {
  // Other machines have their time meanwhile. What hangs is ended by the machine.
  expect(await processorMs(machine, 'php-zd', 'status')).toBeLessThan(STATUS_MS);
  const used = await machine.run('df', '--output=used', '--block-size=1', '/run');
  return { serving: (await serversUp(machine, beta.name)).length, runBytes: Number(used.trim().split('\n').at(-1)) };
};
