import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { paths } from '../run/world.ts';
import { Typist } from './typist.ts';

const ON =
  'shop is in maintenance: new requests get 503 and the page, 0 requests in flight go on.\n' +
  'End it with "php-zd maintenance shop off".\n';

const pageOf = async ({ world }: Typist) => await world.files.read(paths.maintenance);

/** At a started site, with a page of the operator's own. */
const withPage = async (file: string, text: string): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.makeDirectory('/etc/shop');
  await typist.world.files.write(file, text);
  return typist;
};

describe('maintenance', () => {
  test('answers every request with a page, until it is off', async () => {
    const typist = await Typist.atStartedSite();
    expect(await typist.type('maintenance shop on')).toEqual({ exit: Exit.done, out: '', err: ON });
    expect(await pageOf(typist)).toContain('Status: 503 Service Unavailable');
    typist.world.clock.advance(65_000);
    expect(await typist.type('maintenance shop off')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'shop is out of maintenance after 1min 5s. See "php-zd status shop".\n',
    });
    expect(await pageOf(typist)).toBeUndefined();
    const told = typist.journal.entries.map(entry => entry['PHP_ZD_EVENT']);
    expect(told).toEqual(['maintenance-on', 'maintenance-off']);
  });

  test('says how many requests go on', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    expect((await typist.type('maintenance shop on')).err).toContain(' 1 request in flight goes on.\n');
  });

  test.each([
    ['sorry.html', 'text/html'],
    ['sorry.txt', 'text/plain'],
    ['sorry.json', 'application/json'],
  ])('answers with a page of the operator: %s is %s', async (name, type) => {
    const typist = await withPage(`/etc/shop/${name}`, 'back soon');
    expect((await typist.type(`maintenance shop on --page /etc/shop/${name}`)).exit).toBe(Exit.done);
    expect(await pageOf(typist)).toMatch(new RegExp(`\r\nContent-Type: ${type}; charset=utf-8\r\n(.|\r\n)*back soon$`));
  });

  test('has another page when it is typed again, and began when it began', async () => {
    const typist = await withPage('/etc/shop/sorry.txt', 'back soon');
    await typist.type('maintenance shop on');
    typist.world.clock.advance(10_000);
    await typist.type('maintenance shop on --page /etc/shop/sorry.txt');
    expect(await pageOf(typist)).toContain('back soon');
    expect((await typist.type('maintenance shop off')).err).toContain('out of maintenance after 10s.');
  });

  test('that is not on has nothing to end', async () => {
    const said = { exit: Exit.done, out: '', err: 'shop is not in maintenance.\n' };
    expect(await (await Typist.atStartedSite()).type('maintenance shop off')).toEqual(said);
  });
});

describe('nothing is done and it is refused', () => {
  const AGAIN = "Name another after --page, or leave it out for a page of php-zd's.\n";

  test.each([
    ['/etc/shop/none.html', 'there is no such file'],
    ['/etc/shop', 'it is a directory'],
    ['/etc/shop/large.html', 'it has more than 1000000 characters'],
  ])('with status 2 when %s is the page', async (path, reason) => {
    const typist = await withPage('/etc/shop/large.html', 'x'.repeat(1_000_001));
    const err = `php-zd: ${path} cannot be the page: ${reason}.\n${AGAIN}`;
    expect(await typist.type(`maintenance shop on --page ${path}`)).toEqual({ exit: Exit.invalid, out: '', err });
    expect(await pageOf(typist)).toBeUndefined();
  });

  test("with status 6 where HAProxy's part of the site is an older one", async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.files.write(paths.balancerConfig, 'backend shop\n');
    expect(await typist.type('maintenance shop on')).toEqual({
      exit: Exit.refused,
      out: '',
      err:
        "php-zd: HAProxy's part of shop was written by an older php-zd, which could not do this: " +
        'roll once with "php-zd reload shop".\n',
    });
  });

  test('with status 1 when HAProxy is away', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.unreachable();
    expect(await typist.type('maintenance shop on')).toEqual({
      exit: Exit.failed,
      out: '',
      err:
        'php-zd: HAProxy does not answer on /fake/admin.sock (ECONNREFUSED).\n' +
        'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".\n',
    });
    expect(await pageOf(typist)).toBeUndefined();
  });

  test('with status 4 for a site that there is not', async () => {
    expect(await (await Typist.atStartedSite()).type('maintenance nope off')).toEqual({
      exit: Exit.noSuchSite,
      out: '',
      err:
        "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
        'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
    });
  });

  test('with status 2 for a word that is neither', async () => {
    expect(await (await Typist.atStartedSite()).type('maintenance shop maybe')).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        "php-zd: value 'maybe' is invalid for argument 'on|off'. Allowed choices are on, off.\n" +
        'Usage: php-zd maintenance [options] <SITE> <on|off>\nSee "php-zd maintenance --help".\n',
    });
  });
});
