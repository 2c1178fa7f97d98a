import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

const FILE = '/etc/php-zd/sites/shop.ini';
const FLAGS = 'init shop --release /srv/shop/current --user shop --php 8.2';

/** On a host where `shop` has no file yet. */
const onHost = async (): Promise<Typist> => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove(FILE);
  typist.world.commands.programs.set('stat', () => 'shop\n');
  return typist;
};

const written = async ({ world }: Typist) => await world.files.read(FILE);

const NEXT = `Wrote ${FILE}.
Next, start the site and bring that into the web server:
  systemctl enable --now php-zd@shop
  php-zd status shop
  php-zd drill shop
`;

describe('init without a terminal', () => {
  test('writes the file that the options say, shows it, and then what the web server needs', async () => {
    const typist = await onHost();
    const { exit, out, err } = await typist.type(`${FLAGS} --replicas 3 --health /up --web-server caddy`);
    expect({ exit, err }).toEqual({ exit: Exit.done, err: NEXT });
    const text = (await written(typist)) ?? '';
    expect(text).toMatch(/^release = \/srv\/shop\/current$/m);
    expect(text).toMatch(/^replicas = 3$/m);
    expect(text).toMatch(/^\[health\]\npath = \/up$/m);
    expect(out.startsWith(`${text}\n# For caddy; again with "php-zd snippet shop caddy".\n`)).toBe(true);
    expect(out.endsWith((await typist.type('snippet shop caddy')).out)).toBe(true);
  });

  test('the file that it writes is one that a site starts with', async () => {
    const typist = await onHost();
    await typist.type(FLAGS);
    expect((await typist.type('check shop')).exit).toBe(Exit.done);
    expect((await typist.type('start shop')).exit).toBe(Exit.done);
  });

  test('of a site that runs a roll is next, and no start', async () => {
    const typist = await Typist.atStartedSite();
    const { exit, err } = await typist.type(`${FLAGS} --force`);
    expect(exit).toBe(Exit.done);
    expect(err).toContain('into the web server:\n  systemctl reload php-zd@shop\n  php-zd status shop\n');
    expect(err).not.toContain('enable');
  });

  test('names the options that are missing, and writes nothing', async () => {
    const typist = await onHost();
    expect(await typist.type('init shop --release /srv/shop/current')).toEqual({
      exit: Exit.invalid,
      out: '',
      err: 'php-zd: nobody is there to ask: write --user, --php too. Nothing was written.\n',
    });
    expect(await written(typist)).toBeUndefined();
  });

  test('with --yes takes what suggests itself', async () => {
    const typist = await onHost();
    const { exit, out, err } = await typist.type('init shop --yes');
    expect(exit).toBe(Exit.done);
    expect(err).toContain(
      'PHP 8.4 is taken, the newest that is installed; for another one: php-zd init shop --php 8.2\n',
    );
    expect(out).toMatch(/^user = shop$/m);
    expect(out).toMatch(/^version = 8\.4$/m);
    expect(out).toContain('# For nginx; again with');
  });
});

test('which PHP is taken is said only where nobody chose it', async () => {
  const typist = await onHost();
  expect((await typist.type('init shop --yes --php 8.2')).err).not.toContain('is taken');
});

describe('init at a terminal', () => {
  const RETURN = '';

  test('asks, shows the file, and asks whether to write it', async () => {
    const typist = await onHost();
    typist.answers = [RETURN, RETURN, '8.2', '4', '/health', 'caddy', RETURN];
    const { exit } = await typist.type('init shop');
    expect(exit).toBe(Exit.done);
    expect(typist.questions).toEqual([
      'Release, the link that deployments flip [/srv/shop/current]: ',
      'User that PHP runs as [shop]: ',
      'PHP version (8.4, 8.2) [8.4]: ',
      'Replicas [2]: ',
      'Path that tells whether the site is well, such as /health [none]: ',
      'Web server (nginx, apache, caddy, haproxy): ',
      `Write ${FILE}? [y] `,
    ]);
    expect(await written(typist)).toMatch(/^replicas = 4$/m);
  });

  test('asks for the document root where the release has more than one', async () => {
    const typist = await onHost();
    const { host } = typist.ports;
    const isFile = (path: string) => path === '/srv/shop/releases/41/pub/index.php' || host.isFile(path);
    typist.ports = { ...typist.ports, host: { ...host, isFile, isDirectory: () => true } };
    typist.answers = ['pub', RETURN];
    await typist.type(`${FLAGS} --replicas 2 --health /health --web-server nginx`);
    expect(typist.questions[0]).toBe('Document root in the release (public, pub) [public]: ');
    expect(await written(typist)).toMatch(/^\[web\]\nroot = pub$/m);
  });

  test.each(['n', 'no', 'x'])('"%s" to the last question writes nothing', async answer => {
    const typist = await onHost();
    typist.answers = [answer];
    const { exit, err } = await typist.type(`${FLAGS} --replicas 2 --health /health --web-server nginx`);
    expect({ exit, err }).toEqual({ exit: Exit.invalid, err: 'php-zd: nothing was written.\n' });
    expect(await written(typist)).toBeUndefined();
  });

  test('whoever goes away leaves nothing', async () => {
    const typist = await onHost();
    typist.answers = [RETURN];
    const err = 'php-zd: nothing was written.\n';
    expect(await typist.type('init shop')).toEqual({ exit: Exit.invalid, out: '', err });
    expect(await written(typist)).toBeUndefined();
  });

  test('--yes asks nothing', async () => {
    const typist = await onHost();
    typist.answers = [];
    expect((await typist.type('init shop --yes')).exit).toBe(Exit.done);
    expect(typist.questions).toEqual([]);
  });
});

describe('init is refused with status 2', () => {
  test('when the site has a file already, unless it is forced', async () => {
    const typist = await Typist.atNewSite();
    const former = await written(typist);
    expect(await typist.type(FLAGS)).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        `php-zd: there is a site 'shop' already, and nothing was touched: edit ${FILE} and type "php-zd check shop", ` +
        'or write it anew with --force.\n',
    });
    expect(await written(typist)).toBe(former);
    expect((await typist.type(`${FLAGS} --force`)).exit).toBe(Exit.done);
    expect(await written(typist)).not.toBe(former);
  });

  test('for what cannot be the name of a site', async () => {
    expect(await (await onHost()).type('init Shop_')).toEqual({
      exit: Exit.invalid,
      out: '',
      err: "php-zd: 'Shop_' is no name for a site: use lower-case letters and digits, with '.', '_' and '-' between them\n",
    });
  });

  test('when the file would be a bad one, with every problem', async () => {
    const typist = await onHost();
    const { exit, err } = await typist.type('init shop --release /srv/none --user nobdy --php 8.2 --replicas many');
    expect(exit).toBe(Exit.invalid);
    expect(err).toMatch(/^\/etc\/php-zd\/sites\/shop\.ini:4: .*\n\/etc\/php-zd\/sites\/shop\.ini:6: .*\n/);
    expect(err.endsWith('\nphp-zd: nothing was written: mend that, and type it again.\n')).toBe(true);
    expect(await written(typist)).toBeUndefined();
  });

  test('when php-fpm finds something wrong', async () => {
    const typist = await onHost();
    typist.world.commands.programs.set('/usr/sbin/php-fpm8.2', () => ({ status: 78, output: 'broken' }));
    const { exit, err } = await typist.type(FLAGS);
    expect(exit).toBe(Exit.invalid);
    expect(err.endsWith(' failed (78): broken.\nphp-zd: nothing was written: mend that, and type it again.\n')).toBe(
      true,
    );
  });
});
