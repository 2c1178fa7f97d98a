import { expect, test } from 'vitest';
import { readRefusedLines } from '../../../src/run/doctor/refused-lines.ts';
import type { FakeProgram } from '../../fakes/fake-commands.ts';
import { World } from '../world.ts';

const unit = (site: string): string => `php-zd-fpm-${site}@1.service`;

interface Line {
  readonly unit: string;
  readonly text: string;
}

/** As journalctl(1) does: of the units that are asked for the last so many lines, oldest first. */
const journalOf =
  (all: readonly Line[]): FakeProgram =>
  ({ args }) => {
    const most = Number(args.find(arg => arg.startsWith('--lines='))?.slice('--lines='.length));
    const found = all.filter(line => args.includes(`_SYSTEMD_UNIT=${line.unit}`)).slice(-most);
    if (found.length === 0) return { status: '1', output: '' };
    return found
      .map(({ unit: of, text }) =>
        JSON.stringify({ MESSAGE: text, _SYSTEMD_UNIT: of, __REALTIME_TIMESTAMP: '1700000000000000' }),
      )
      .join('\n');
  };

const heard = async (sites: readonly string[], all: readonly Line[]) => {
  const world = await World.serving();
  world.commands.programs.set('journalctl', journalOf(all));
  const systemd = {
    ...world.ports.systemd,
    units: async () => sites.map(unit),
  };
  const said = await readRefusedLines({ ...world.ports, systemd });
  const asked = world.commands.runs.filter(({ program }) => program === 'journalctl').length;
  return { said: new Map([...said].map(([of, lines]) => [of, lines.map(({ text }) => text)])), asked };
};

const times = (count: number, site: string): readonly Line[] =>
  Array.from({ length: count }, (_, index) => ({ unit: unit(site), text: `${site} ${index}` }));

test('all that replicas said is asked of one process', async () => {
  const { said, asked } = await heard(['shop', 'blog', 'mute'], [...times(30, 'shop'), ...times(200, 'blog')]);
  expect(asked).toBe(1);
  expect([...said].map(([of, lines]) => [of, lines.length])).toEqual([
    [unit('shop'), 30],
    [unit('blog'), 200],
    [unit('mute'), 0],
  ]);
});

test('a site that says much keeps no other from being heard, however long ago that spoke', async () => {
  const { said, asked } = await heard(['quiet', 'loud'], [...times(3, 'quiet'), ...times(5_000, 'loud')]);
  expect(asked).toBe(2);
  expect(said.get(unit('quiet'))).toEqual(['quiet 0', 'quiet 1', 'quiet 2']);
  expect(said.get(unit('loud'))).toHaveLength(300);
});

test('nor do many that say much, one after the other', async () => {
  const loud = ['a', 'b', 'c', 'd'];
  const all = [...times(1, 'quiet'), ...loud.flatMap(site => times(1_000, site))];
  const { said, asked } = await heard(['quiet', ...loud], all);
  expect(asked).toBe(5);
  expect(said.get(unit('quiet'))).toEqual(['quiet 0']);
  for (const site of loud) expect(said.get(unit(site))?.length).toBeGreaterThanOrEqual(20);
});

test('nor do a hundred at once, who say so much that journalctl cannot tell all of it', async () => {
  const sites = Array.from({ length: 100 }, (_, index) => `s${index}`);
  const mixed = Array.from({ length: 50 }, (_, round) =>
    sites.map(site => ({ unit: unit(site), text: String(round) })),
  );
  const { said, asked } = await heard(['quiet', ...sites], [...times(2, 'quiet'), ...mixed.flat()]);
  expect(asked).toBe(2);
  expect(said.get(unit('quiet'))).toHaveLength(2);
});

test('however many say how much, it is asked for a few times and no more', async () => {
  const sites = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const { asked } = await heard(
    sites,
    sites.flatMap(site => times(1_000, site)),
  );
  expect(asked).toBe(12);
});
