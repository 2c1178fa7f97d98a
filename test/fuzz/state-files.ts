import { spawnSync } from 'node:child_process';
import {
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { makeBalancers } from '../../src/adapters/balancers.ts';
import { makeFiles } from '../../src/adapters/files.ts';
import { formatOwnHaproxies } from '../../src/base/own-haproxies.ts';
import { paths as hostPaths, sitePaths } from '../../src/base/paths.ts';
import { renderMaintenance } from '../../src/render/maintenance.ts';
import { renderHistory } from '../../src/report/history.ts';
import { formatJson } from '../../src/report/json/json.ts';
import { emptyView, viewAfter } from '../../src/report/roll/view.ts';
import { readMaintenance } from '../../src/run/front/maintenance.ts';
import { readRequestHold } from '../../src/run/front/request-hold.ts';
import {
  linkedGeneration,
  loadPromoted,
  promotedMeta,
  readMeta,
  releaseOf,
} from '../../src/run/generation/generation.ts';
import { pinnedSlots } from '../../src/run/generation/slot-numbers.ts';
import { appendHistory, type HistoryEntry, readHistory } from '../../src/run/record/history.ts';
import { readLastRoll } from '../../src/run/record/last-roll.ts';
import { readRollLog } from '../../src/run/record/roll-log.ts';
import { whoAsked } from '../../src/run/record/who-asked.ts';
import { readAllSites } from '../../src/run/site/load-site.ts';
import type { Ports } from '../../src/run/site/ports.ts';
import { hostedByName } from '../../src/run/site/site-run.ts';
import { readParkedUntil, readSlotHold } from '../../src/run/slots/hold.ts';
import { FakeBalancer } from '../fakes/fake-balancer.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeCommands } from '../fakes/fake-commands.ts';
import { hostOf, shopHost } from '../site/host.ts';
import { mutated } from './mutated.ts';
import { answerOr, property, requireSound } from './property.ts';

const paths = sitePaths('shop');
const SITE = '[site]\nrelease = /srv/shop/current\nuser = shop\n[health]\npath = /health\n';
const ID = 'abcdef012345';
const META = {
  format: 1,
  release: '/srv/shop/releases/42',
  mount: '/srv/shop/live',
  user: 'shop',
  maxChildren: 8,
  replicas: 2,
  link: '/srv/shop/current',
  linked: ['var'],
  written: ['/storage'],
};
const COUNT = { requests: 3, lost: 0, unreached: 0, brokenOff: 0, clientAborts: 0, retries: 0, redispatches: 0 };
const ENTRY = {
  ...{
    format: 1,
    id: 'b',
    startedAt: 1_700_000_000_000,
    endedAt: 1_700_000_004_000,
    from: '/r/41',
    release: '/r/42',
    by: 'deploy',
  },
  outcome: 'rolled-back',
  error: { code: 'replica-unproven', facts: { replica: 2, reason: { kind: 'status', path: '/', status: 500 } } },
  receipt: { ...COUNT, longestQueue: 0, ms: 3000, phases: { proving: 7 } },
};
const SAID = {
  format: 1,
  time: 1_700_000_000_000,
  site: 'shop',
  roll: 'b',
  event: { kind: 'draining', slot: 1 },
  priority: 6,
  text: 'Draining replica 1.',
};
const lines = (...values: readonly object[]): string => values.map(value => `${JSON.stringify(value)}\n`).join('');

/** What php-zd keeps of a site, by path: a text, or where a link leads. */
const kept = {
  [`${paths.generation(ID)}/generation.json`]: lines(META),
  [`${paths.generation(ID)}/site.ini`]: SITE,
  [`${paths.generation(ID)}/identity`]: '1700000000 77 x\n',
  [paths.lastRoll]: lines({
    ...{ format: 1, id: 'b', startedAt: 1_700_000_000_000, state: 'failed', outcome: 'rolled-back' },
    error: ENTRY.error,
    phases: { proving: 3 },
    generation: ID,
  }),
  [paths.history]: lines(ENTRY, { ...ENTRY, id: 'c', outcome: 'rolled' }),
  [paths.rollLog]: lines(SAID, { ...SAID, event: { kind: 'drained', slot: 1 } }),
  [paths.requestHold]: lines({ format: 1, sinceUptimeMs: 1, untilUptimeMs: 900_000_000 }),
  [paths.maintenance]: renderMaintenance(1_700_000_000_000, { type: 'text/html', text: '<p>Soon</p>' }),
  [`${hostPaths.balancerConfigs}/shop.own`]: formatOwnHaproxies({
    processes: [{ socket: '/run/a', master: '/run/b' }],
    backend: 'x',
    server: 's%N',
  }),
  [hostPaths.defaults]: '[health]\npath = /up\n',
  [`${hostPaths.sites}/shop.ini`]: SITE,
} as const;
const links: Readonly<Record<string, string>> = {
  [paths.promoted]: `generations/${ID}`,
  [paths.previous]: `generations/${ID}`,
  [paths.pin(1)]: `../generations/${ID}`,
  [paths.slotHold(1)]: 'parked 1700000000000',
  [paths.gate(1)]: '../replicas/1',
};
const places = [...Object.keys(kept), ...Object.keys(links)];

let made: string | undefined;
/** A host with all of it, in a directory of its own, made once. */
const root = (): string => {
  if (made !== undefined) return made;
  made = mkdtempSync(`${tmpdir()}/php-zd-fuzz-`);
  const own = made;
  process.on('exit', () => rmSync(own, { recursive: true, force: true }));
  spawnSync('mkfifo', [`${made}/pipe`]);
  writeFileSync(`${made}/huge`, lines(META));
  truncateSync(`${made}/huge`, HUGE_BYTES);
  for (const place of places) restore(made, place);
  return made;
};
/** Much of it is a hole: it takes no room. */
const HUGE_BYTES = 3 * 1024 ** 3;

const restore = (at: string, place: string): void => {
  rmSync(at + place, { recursive: true, force: true });
  mkdirSync(dirname(at + place), { recursive: true });
  const target = links[place];
  if (target === undefined) writeFileSync(at + place, kept[place] ?? '');
  else symlinkSync(target, at + place);
};

const KINDS = ['text', 'link', 'missing', 'pipe', 'directory', 'huge', "another's"] as const;
interface Odd {
  readonly place: string;
  readonly kind: (typeof KINDS)[number];
  /** The file's text, or where the link leads. */
  readonly text: string;
}

const put = (at: string, { place, kind, text }: Odd): void => {
  const path = at + place;
  rmSync(path, { recursive: true, force: true });
  if (kind === 'text' || kind === "another's") writeFileSync(path, text);
  if (kind === "another's" && process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
  if (kind === 'link') symlinkSync(text, path);
  if (kind === 'directory') mkdirSync(path);
  if (kind === 'pipe') linkSync(`${at}/pipe`, path);
  if (kind === 'huge') linkSync(`${at}/huge`, path);
};

/** Everything below the directory, as it is; not by `recursive`, which goes through links. */
const stockOf = (at: string): string =>
  readdirSync(at)
    .flatMap(name => {
      const path = `${at}/${name}`;
      const found = lstatSync(path);
      const own = [path, found.ino, found.size, found.mtimeMs, found.mode].join(' ');
      return found.isDirectory() ? [own, stockOf(path)] : [own];
    })
    .sort()
    .join('\n');

const portsAt = (at: string): Ports => {
  const commands = new FakeCommands({ journalctl: () => '', getent: () => '' });
  const ports: Pick<Ports, 'files' | 'host' | 'clock' | 'commands' | 'program'> = {
    ...{ files: makeFiles(at), host: hostOf(shopHost), clock: new FakeClock(), commands, program: '/php-zd' },
  };
  return ports as Ports;
};

const readings = (ports: Ports): readonly (() => Promise<unknown>)[] => {
  const hosted = hostedByName('shop', ports);
  const own = makeBalancers({ host: new FakeBalancer(), files: ports.files, connect: () => new FakeBalancer() });
  return [
    () => readMeta(hosted, ID),
    () => releaseOf(hosted, ID),
    () => linkedGeneration(hosted, paths.promoted),
    () => promotedMeta(hosted),
    async () => void (await loadPromoted(hosted)),
    async () => void (await readAllSites(ports)),
    async () => {
      const history = await readHistory(hosted);
      return [history, renderHistory(history), formatJson(history)].slice(0, 1);
    },
    async () => formatJson((await readLastRoll(hosted)) ?? null),
    () => readLastRoll(hosted),
    () => whoAsked(hosted, { id: 'z', startedAt: 1_700_000_009_000 }),
    async () => void (await readRollLog(ports.files, 'shop'))?.entries.reduce(viewAfter, emptyView),
    () => readRequestHold(hosted),
    () => readSlotHold(hosted, 1),
    async () => {
      const until = await readParkedUntil(hosted, 1);
      return until === Number.POSITIVE_INFINITY ? undefined : until;
    },
    () => pinnedSlots(hosted),
    () => readMaintenance(hosted),
    async () => void (await own.overview()),
  ];
};

const odd: fc.Arbitrary<Odd> = fc.constantFrom(...places).chain(place =>
  fc.record({
    place: fc.constant(place),
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Odd['kind']>(links[place] === undefined ? 'text' : 'link') },
      { weight: 2, arbitrary: fc.constantFrom(...KINDS) },
    ),
    text: mutated(kept[place] ?? String(links[place])),
  }),
);
/** A link's text has no zero byte, and something. */
const linkText = (text: string): string => text.replaceAll('\0', '').slice(0, 900) || 'x';

export const stateFiles = property({
  name: 'state-files',
  values: odd.map(each => (each.kind === 'link' ? { ...each, text: linkText(each.text) } : each)),
  holds: async value => {
    const at = root();
    put(at, value);
    try {
      const before = stockOf(at);
      for (const read of readings(portsAt(at)))
        requireSound(await answerOr(['file-system'], read), Number.MIN_SAFE_INTEGER);
      if (stockOf(at) !== before) throw new Error('something was touched');
    } finally {
      restore(at, value.place);
    }
  },
});

const NEXT: HistoryEntry = { id: 'z', startedAt: 1_700_000_010_000, endedAt: 1_700_000_011_000, outcome: 'rolled' };
const isOfNewer = (line: string): boolean => {
  try {
    const { format } = JSON.parse(line);
    return Number.isSafeInteger(format) && format > 1;
  } catch {
    return false;
  }
};

/** What a roll appends stands last, and what a newer php-zd wrote stays. */
export const historyKept = property({
  name: 'history-kept',
  values: mutated(kept[paths.history] ?? '', lines({ ...ENTRY, format: 2, more: [] }, ENTRY, { format: 7 })).map(text =>
    text.slice(0, 60_000),
  ),
  holds: async text => {
    const at = root();
    put(at, { place: paths.history, kind: 'text', text });
    try {
      const hosted = hostedByName('shop', portsAt(at));
      const newer = readFileSync(at + paths.history, 'utf8')
        .split('\n')
        .filter(isOfNewer)
        .slice(-400);
      await appendHistory(hosted, NEXT);
      const history = await readHistory(hosted);
      if (history.at(-1)?.id !== NEXT.id) throw new Error('the new entry is not the last one');
      const after = new Set(readFileSync(at + paths.history, 'utf8').split('\n'));
      const lost = newer.find(line => !after.has(line));
      if (lost !== undefined) throw new Error(`lost: ${lost}`);
    } finally {
      restore(at, paths.history);
    }
  },
});

/** What journalctl says of who asked for a roll. */
export const journal = property({
  name: 'journal',
  values: mutated(
    lines(
      { __REALTIME_TIMESTAMP: '1700000008000000', _AUDIT_LOGINUID: '1001', PHP_ZD_SUDO_USER: 'alice' },
      { __REALTIME_TIMESTAMP: '1700000008500000', _AUDIT_LOGINUID: '0', PHP_ZD_SUDO_USER: ['bob', 'x'] },
    ),
  ),
  holds: async text => {
    const ports = portsAt(root());
    const commands = new FakeCommands({ journalctl: () => text, getent: () => text });
    const named = await whoAsked(hostedByName('shop', { ...ports, commands }), {
      id: 'z',
      startedAt: 1_700_000_009_000,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves a terminal's cursor is looked for
    if (named !== undefined && (named === '' || /[\0-\x1f\x7f]/.test(named)))
      throw new Error(`no name: ${JSON.stringify(named)}`);
  },
});
