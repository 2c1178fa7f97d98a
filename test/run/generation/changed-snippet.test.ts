import { expect, test } from 'vitest';
import { changedSnippet } from '../../../src/run/generation/changed-snippet.ts';
import { formatProblem } from '../../../src/site/problem.ts';
import { type SiteText, World } from '../world.ts';

const saidOf = async (text: SiteText, isRoot = true): Promise<readonly string[]> => {
  const world = await World.serving();
  world.addDirectory('/srv/shop/shared');
  await world.configure(text);
  const { run: _, ...loaded } = await world.load();
  return (await changedSnippet({ ...world.ports, isRoot }, loaded)).map(formatProblem);
};

const again =
  'changed, and a web server with what "php-zd snippet" printed before goes on by that: bring in what "php-zd snippet shop nginx" prints';

test.each([
  ['[web]\nclosed = secret', "'closed'"],
  ['[web]\nphp_in = uploads\nindex = index.html', "'php_in', 'index'"],
  ['[writable]\npublic/up = yes', '[writable]'],
  ['[shared]\npublic/files = /srv/shop/shared', '[shared]'],
])('%s is told to bring in again', async (more, names) => {
  expect(await saidOf({ more })).toEqual([expect.stringMatching(/^\/etc\/php-zd\/sites\/shop\.ini:\d+: /)]);
  expect((await saidOf({ more }))[0]).toContain(`: ${names} ${again}`);
});

test.each<readonly [string, SiteText]>([
  ['what no web server is told of', { site: { replicas: 3 } }],
  ['a way in of its own', { more: '[listen]\nqueue_timeout = 7s' }],
  ['a site that comes over HTTP', { more: '[listen]\nhttp = 127.0.0.1:8080\n[web]\nclosed = secret' }],
])('nothing is said of %s', async (_, text) => {
  expect(await saidOf(text)).toEqual([]);
});

test('who is not root is told nothing', async () => {
  expect(await saidOf({ more: '[web]\nclosed = secret' }, false)).toEqual([]);
});

test('the roll says it, and check and plan before', async () => {
  const world = await World.serving();
  await world.configure({ more: '[web]\nclosed = secret' });
  world.forget();
  await world.rollTo('42');
  const warned = world.events.flatMap(event => (event.kind === 'warnings' ? event.warnings : []));
  expect(warned.map(({ message }) => message)).toEqual([`'closed' ${again}`]);
  await world.rollTo('42', 'again');
  expect(world.events.filter(({ kind }) => kind === 'warnings')).toHaveLength(1);
});
