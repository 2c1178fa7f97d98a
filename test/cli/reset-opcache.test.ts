import { expect, test } from 'vitest';
import { replicaUnit } from '../../src/base/paths.ts';
import { Exit } from '../../src/cli/context.ts';
import { paths } from '../run/world.ts';
import { Typist } from './typist.ts';

const SCRIPT = `${paths.phpIni}/opcache.php`;

/** What each replica answers who is told to empty its OPcache. */
const answering = async (answers: Readonly<Record<number, string | undefined>>): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  for (const [slot, body] of Object.entries(answers)) {
    const pool = typist.world.replicas.get(Number(slot))?.pool;
    pool?.scripts.set(SCRIPT, ({ method }) => ({ body: method === 'DELETE' ? (body ?? '') : '[]' }));
    if (body === undefined) pool?.die();
  }
  return typist;
};

test('the OPcache of every replica is emptied', async () => {
  const typist = await answering({ 1: '{"reset":true}', 2: '{"reset":true}' });
  expect(await typist.type('reset-opcache shop')).toEqual({
    exit: Exit.done,
    out: 'shop: replica 1: its OPcache is emptied\nshop: replica 2: its OPcache is emptied\n',
    err: '',
  });
});

test.each([
  ['may not', '{"reset":false}', 'PHP has no OPcache, or may not empty it'],
  ['was started by an older php-zd', '["/srv/shop/index.php"]', 'if an older php-zd started it: php-zd reload shop'],
  ['does not answer', undefined, 'it does not answer: php-zd status shop'],
])('a replica that %s is told of, and the others have theirs emptied', async (_, body, words) => {
  const typist = await answering({ 1: body, 2: '{"reset":true}' });
  const { exit, out, err } = await typist.type('reset-opcache shop');
  expect([exit, out]).toEqual([Exit.failed, 'shop: replica 2: its OPcache is emptied\n']);
  expect(err).toContain(`shop: replica 1: `);
  expect(err).toContain(words);
});

test('where no replica runs there is nothing to empty', async () => {
  const typist = await Typist.atStartedSite();
  for (const slot of [1, 2]) await typist.world.systemd.stop(replicaUnit('shop', slot));
  expect(await typist.type('reset-opcache shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err: 'shop: no replica runs: php-zd start shop\n',
  });
});

test('a site that is not there is said to be not there', async () => {
  const typist = await Typist.atStartedSite();
  expect((await typist.type('reset-opcache nope')).exit).toBe(Exit.noSuchSite);
});
