import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { readHistory } from '../../../src/run/record/history.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { intercepted } from '../intercepted.ts';
import { paths, type World } from '../world.ts';
import { scenarios, sceneOf } from './killed-rolls.ts';

/** What a file system does not do any more below /var/lib/php-zd. A link takes no room, but an inode. */
const REFUSED = {
  ENOSPC: /^write (\/var\/lib\/php-zd\/.*)/,
  EDQUOT: /^(?:write|link) (\/var\/lib\/php-zd\/.*)/,
  EROFS: /^(?:write|link|remove|removeTree) (\/var\/lib\/php-zd\/.*)/,
} as const;
type Errno = keyof typeof REFUSED;

/** A disk that takes nothing more from the `count`-th of these calls on. */
const fullFrom = (ports: Ports, count: number, errno: Errno) => {
  let calls = 0;
  const before = (call: string) => {
    const [, path] = REFUSED[errno].exec(call) ?? [];
    if (path === undefined) return;
    calls += 1;
    if (calls >= count) throw new PhpZdError('file-system', { path, errno });
  };
  return { ports: intercepted(ports, { before }), hasRefused: () => calls >= count };
};

const hostedOf = ({ ports }: World) => ({ site: { name: 'shop' }, paths, ports });
const MANY_MS = 60_000;

describe.each(['in place', 'rolling', 'blue-green with a standby', 'another user'])('%s', name => {
  const scenario = scenarios.find(each => each.name === name) ?? expect.unreachable();

  test.each(Object.keys(REFUSED) as Errno[])(
    'a disk that takes nothing more (%s) from any call of a roll on loses nothing, and with room the next roll passes',
    async errno => {
      for (let count = 1; ; count += 1) {
        const world = await sceneOf(scenario);
        const { ports, hasRefused } = fullFrom(world.ports, count, errno);
        const when = `from call ${count} on`;
        const state = await world.roll({ ports });
        expect(await world.serving(), when).not.toEqual([]);
        const record = await readLastRoll(hostedOf(world));
        expect(record?.state, when).toBe(state);
        if (state !== 'done') expect(record?.error, when).toMatchObject({ code: 'file-system', facts: { errno } });
        const settling = await world.settle({ ports }).catch((error: unknown) => error);
        if (typeof settling !== 'string') expect(settling, when).toMatchObject({ facts: { errno } });
        expect(await world.serving(), when).not.toEqual([]);
        if (!hasRefused()) break;
        expect(await world.roll({ id: 'next' }), when).toBe('done');
        expect(await world.settle(), when).toBe('rolled');
        expect(world.kinds(), when).not.toContain('roll-killed');
        expect(await world.releaseAt(paths.promoted), when).toBe(scenario.to);
        const [first, next] = (await readHistory(hostedOf(world))).slice(-2).map(({ id }) => id);
        expect([first, next], when).toEqual(['roll-1', 'next']);
        expect(await world.files.exists(paths.lastRollAside), when).toBe(false);
      }
    },
    MANY_MS,
  );
});
