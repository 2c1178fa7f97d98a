import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { release } from '../run/world.ts';
import { Typist } from './typist.ts';

const ENOUGH = 'Capacity: now 0 of 16 children busy; never fewer than 16 serve: enough.\n';

/** At a started site whose link names release 42 by now. */
const atFlippedSite = async (more = ''): Promise<Typist> => {
  const typist = await Typist.atStartedSite({ more });
  await typist.world.linkTo('42');
  return typist;
};

test('a plan has each step of the reload that would follow, and the capacity', async () => {
  const typist = await atFlippedSite();
  const { exit, out, err } = await typist.type('plan shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out.startsWith(`shop: a reload would roll to ${release('42')}\n`)).toBe(true);
  expect(out.endsWith(`\n${ENOUGH}`)).toBe(true);
  const planned = [...out.matchAll(/^ +(\d+) {2}(.*)$/gm)].map(([, number, todo]) => ({
    number: Number(number),
    todo,
  }));
  expect(planned.map(({ number }) => number)).toEqual(planned.map((_, index) => index + 1));
  const said = (await typist.type('reload shop')).err;
  expect(said).toMatch(new RegExp(`^Rolling shop to .* in ${planned.length} steps\\.$`, 'm'));
  expect(planned.map(({ todo }) => todo)).toEqual(
    expect.arrayContaining([
      `pin replica 3 to ${release('42')}`,
      'start replica 3',
      'give requests to replica 3, until HAProxy says UP',
      'stop replica 1 once it has nothing left to do',
      `promote ${release('42')}`,
    ]),
  );
});

test('what the web server has to be told of is said before', async () => {
  const typist = await atFlippedSite();
  await typist.world.configure({ more: '[web]\nclosed = secret' });
  for (const verb of ['plan', 'check']) {
    expect((await typist.type(`${verb} shop`)).err).toMatch(
      /^\/etc\/php-zd\/sites\/shop\.ini:\d+: 'closed' changed, .* bring in what "php-zd snippet shop nginx" prints \(warning\)$/m,
    );
  }
});

test('a plan changes nothing', async () => {
  const typist = await atFlippedSite();
  await typist.type('plan shop');
  expect(typist.world.systemd.asked).toEqual([]);
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a plan names the files that would be written', async () => {
  const typist = await atFlippedSite();
  await typist.world.configure({ more: '[listen]\nfastcgi = /run/other.sock\n' });
  const [, first] = (await typist.type('plan shop')).out.split('\n');
  expect(first).toBe('   1  write the configuration of the new replicas, /etc/tmpfiles.d/php-zd-shop.conf');
});

test('a plan warns where requests would queue', async () => {
  const typist = await atFlippedSite('[pool]\npm.max_children = 2\n');
  typist.world.balancer.setSessions('shop', '1', 2, 5);
  const { exit, out } = await typist.type('plan shop');
  expect(exit).toBe(Exit.done);
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    'Capacity: now 0 of 4 children busy, 5 requests waiting; never fewer than 4 serve: requests will queue.',
  );
});

test('a plan warns where the memory would not do', async () => {
  const typist = await atFlippedSite();
  const { world } = typist;
  for (const slot of [1, 2]) world.systemd.set(`php-zd-fpm-shop@${slot}.service`, { memoryBytes: 512 * 2 ** 20 });
  await world.files.makeDirectory('/proc');
  await world.files.write('/proc/meminfo', 'MemTotal: 4194304 kB\nMemAvailable: 102400 kB\n');
  expect((await typist.type('plan shop')).out.trimEnd().split('\n').at(-1)).toBe(
    'Memory: it runs up to 2 more replicas, 512 MiB each, and 100 MiB are available: ' +
      'free some first, or write surge = 0 in [site].',
  );
});

test('the plan of a site that is not started says so, and has no capacity yet', async () => {
  const typist = await Typist.atNewSite();
  const { exit, out } = await typist.type('plan shop');
  expect(exit).toBe(Exit.done);
  expect(out).toContain(`shop: not started, so a reload is refused; from here it would roll to ${release('41')}\n`);
  expect(out.endsWith('\nCapacity: no replica serves now.\n')).toBe(true);
});

test('with --json the plans are data, of all sites that could be planned', async () => {
  const typist = await atFlippedSite();
  await typist.addBlog();
  const { exit, out, err } = await typist.type('plan --json nope shop blog');
  expect(exit).toBe(Exit.noSuchSite);
  expect(err).toContain("php-zd: there is no site 'nope'");
  const plans = JSON.parse(out);
  expect(plans).toMatchObject([
    { site: 'shop', release: release('42'), capacity: { children: 16, busy: 0, isShort: false } },
    { site: 'blog', release: release('43') },
  ]);
  expect(plans[0].steps).toContainEqual({ kind: 'start', slot: 3 });
});

test('a site file that is broken is status 2, as a reload would be', async () => {
  const typist = await atFlippedSite();
  await typist.world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n');
  expect(await typist.type('plan shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err: "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n",
  });
});

test('without a name all sites are planned', async () => {
  const typist = await atFlippedSite();
  await typist.addBlog();
  const { out } = await typist.type('plan');
  expect(out.match(/^\w+: .*would roll to .*$/gm)).toEqual([
    `blog: not started, so a reload is refused; from here it would roll to ${release('43')}`,
    `shop: a reload would roll to ${release('42')}`,
  ]);
});

test('HAProxy that is away keeps nobody from a plan', async () => {
  const typist = await atFlippedSite();
  typist.world.balancer.unreachable();
  const { exit, out, err } = await typist.type('plan shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out).toContain(`\nCapacity: `);
});
