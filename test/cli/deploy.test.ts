import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { intercepted } from '../run/intercepted.ts';
import { release } from '../run/world.ts';
import { butSteps, rolledTold, Typist } from './typist.ts';

const LINK = '/srv/shop/current';
const names = (name: string) => `${LINK} names ${release(name)} now.\n`;
const goBack = `; then go back with "php-zd deploy shop ${release('41')}"`;
const staysSo = `${LINK} names ${release('42')}, and stays so if the roll fails. Look with "php-zd status shop"${goBack}.\n`;

const deploy = (typist: Typist, more = '') => typist.type(`deploy shop ${release('42')}${more}`);
const linked = ({ world }: Typist) => world.files.readLink(LINK);

test('a deployment points the link at the release and rolls to it', async () => {
  const typist = await Typist.atStartedSite();
  const { exit, out, err } = await deploy(typist);
  expect({ exit, out, err: butSteps(err) }).toEqual({
    exit: Exit.done,
    out: '',
    err: names('42') + rolledTold('41', '42'),
  });
  expect(await linked(typist)).toBe(release('42'));
  expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});

test('the first deployment makes the link and starts the site', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove(LINK);
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.done);
  expect(butSteps(err)).toBe(
    `${names('42')}Putting right what is not right.\n` +
      `Every replica of shop serves ${release('42')} (after 0.20 s).\n` +
      `Started shop on ${release('42')}: 2 replicas serve.\n`,
  );
});

test('a first deployment that fails removes the link that it made', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove(LINK);
  typist.world.onStart = () => 'failed';
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.failed);
  expect(err.endsWith(`\n${LINK} was removed again.\n`)).toBe(true);
  expect(await linked(typist)).toBeUndefined();
});

test('when its roll fails the link names again what serves', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.health.set(release('42'), { status: 500 });
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.failed);
  expect(err.slice(err.indexOf('php-zd: roll'))).toBe(
    `php-zd: roll of 'shop' to ${release('42')} failed: replica 3 answered /health with 500 (wanted 200) for 900ms.\n` +
      `${release('41')} serves on every replica.\n` +
      'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n' +
      `${LINK} names ${release('41')} again. When ${release('42')} is mended: "php-zd deploy shop ${release('42')}".\n`,
  );
  expect(await linked(typist)).toBe(release('41'));
});

test('when a roll to what serves already fails the link stays', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.health.set(release('41'), { status: 500 });
  const { exit, err } = await typist.type(`deploy shop ${release('41')}`);
  expect(exit).toBe(Exit.failed);
  expect(err.endsWith(`\n${LINK} names ${release('41')}, which is promoted.\n`)).toBe(true);
  expect(await linked(typist)).toBe(release('41'));
});

test('a link that is relative stays so, there and back', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.link(LINK, 'releases/41');
  await deploy(typist);
  expect(await linked(typist)).toBe('releases/42');
  typist.world.health.set(release('43'), { status: 500 });
  await typist.type(`deploy shop ${release('43')}`);
  expect(await linked(typist)).toBe('releases/42');
});

test('with --no-block it says how the link is left, and how to go back', async () => {
  const typist = await Typist.atStartedSite();
  const { exit, err } = await deploy(typist, ' --no-block');
  expect(exit).toBe(Exit.done);
  expect(err).toBe(`${names('42')}Asked systemd to reload shop. Follow it with "php-zd follow shop".\n${staysSo}`);
});

test('with --no-block a first deployment has nothing to go back to', async () => {
  const { exit, err } = await deploy(await Typist.atNewSite(), ' --no-block');
  expect(exit).toBe(Exit.done);
  expect(err).toBe(
    `${names('42')}Asked systemd to start shop. Follow it with "php-zd follow shop".\n` +
      `${LINK} names ${release('42')}, and stays so if the roll fails. Look with "php-zd status shop".\n`,
  );
});

test('after ^C it says how the link is left, and the roll goes on', async () => {
  const typist = await Typist.atStartedSite();
  typist.interruptAfter('Rolling');
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.failed);
  expect(err.endsWith(`Left it running. Follow it again with "php-zd follow shop".\n${staysSo}`)).toBe(true);
  await typist.type('follow shop');
  expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});

test('with --json the events are on stdout, and the link on stderr', async () => {
  const { exit, out, err } = await deploy(await Typist.atStartedSite(), ' --json');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: names('42') });
  expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({
    event: { kind: 'roll-started', release: release('42') },
  });
});

test('a roll that systemd does not begin leaves the link as it was', async () => {
  const typist = await Typist.atStartedSite();
  typist.ports = intercepted(typist.ports, {
    before: call => {
      if (call.startsWith('reload'))
        throw new PhpZdError('bus-denied', { name: 'org.x.Y', text: 'no', unit: 'php-zd@shop.service' });
    },
  });
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.failed);
  expect(err).toBe(
    `${names('42')}${LINK} names ${release('41')} again. ` +
      `To try it again: "php-zd deploy shop ${release('42')}".\n` +
      'php-zd: access denied to php-zd@shop.service: run it as root, or let polkit allow it ' +
      '(see RIGHTS in "man php-zd").\n',
  );
  expect(await linked(typist)).toBe(release('41'));
});

test('a bus that goes away while the roll goes on leaves the link to it', async () => {
  const typist = await Typist.atStartedSite();
  typist.ports = intercepted(typist.ports, {
    after: call => {
      if (call.startsWith('reload')) throw new PhpZdError('bus-unavailable', { reason: 'it closed the connection' });
    },
  });
  const { exit, err } = await deploy(typist);
  expect(exit).toBe(Exit.failed);
  expect(
    err.endsWith(
      `${staysSo}php-zd: systemd cannot be reached over D-Bus (it closed the connection).\n` +
        'What serves goes on serving. See "systemctl status dbus".\n',
    ),
  ).toBe(true);
  expect(await linked(typist)).toBe(release('42'));
});

describe('while somebody else deploys too', () => {
  /** Points the link elsewhere just before the roll looks at it. */
  const pointedElsewhere = async (name: string): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    typist.ports = intercepted(typist.ports, {
      after: async call => {
        if (call === `link ${LINK}`) await typist.world.linkTo(name);
      },
    });
    return typist;
  };

  test('a release that was not rolled to is status 1, though the roll went well', async () => {
    const { exit, err } = await deploy(await pointedElsewhere('43'));
    expect(exit).toBe(Exit.failed);
    expect(
      err.endsWith(
        `php-zd: ${release('42')} was not rolled to: somebody pointed ${LINK} elsewhere meanwhile.\n` +
          `${release('43')} serves. See "php-zd status shop".\n`,
      ),
    ).toBe(true);
  });

  test('a release that is through is status 0, though a later roll failed', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.health.set(release('43'), { status: 500 });
    typist.ports = intercepted(typist.ports, {
      after: async call => {
        if (!call.startsWith('reload')) return;
        // systemd runs the same job again, and both who asked for it get the outcome of the later roll (facts.md S1).
        typist.ports = typist.world.ports;
        await typist.world.linkTo('43');
        await typist.type('reload shop');
        throw new PhpZdError('job-failed', { unit: 'php-zd@shop.service', job: 'reload', result: 'failed' });
      },
    });
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.done);
    expect(
      err.endsWith(`That was a later roll: the one to ${release('42')} is through. See "php-zd status shop".\n`),
    ).toBe(true);
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('a link that was pointed elsewhere is left so when the roll fails', async () => {
    const typist = await pointedElsewhere('43');
    typist.world.health.set(release('43'), { status: 500 });
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith(`${LINK} was pointed elsewhere meanwhile, and is left so. See "php-zd status shop".\n`)).toBe(
      true,
    );
    expect(await linked(typist)).toBe(release('43'));
  });
});

describe('sites on one link', () => {
  const API = 'php-zd@api.service';

  /** A second site on the link of `shop`, started, whose reload ends so. */
  const withApi = async (result?: string, more = ''): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    const { files, systemd } = typist.world;
    const text = `[site]\nrelease = ${LINK}\nuser = store\n[php]\nversion = 8.2\n[health]\npath = /\n${more}`;
    await files.write('/etc/php-zd/sites/api.ini', text);
    systemd.add(API, { onReload: () => result });
    systemd.set(API, { activeState: 'active' });
    systemd.asked.length = 0;
    return typist;
  };
  const reloads = ({ world }: Typist) => world.systemd.asked.filter(asked => asked.startsWith('reload php-zd@'));

  test('are rolled one after the other by a deployment to one of them', async () => {
    const typist = await withApi();
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.done);
    expect(err).toContain(`api is on ${LINK} too, and is rolled with it.\n`);
    expect(reloads(typist)).toEqual(['reload php-zd@shop.service', `reload ${API}`]);
  });

  test('go on as they were when the first roll fails', async () => {
    const typist = await withApi();
    typist.world.health.set(release('42'), { status: 500 });
    expect((await deploy(typist)).exit).toBe(Exit.failed);
    expect(reloads(typist)).toEqual(['reload php-zd@shop.service']);
    expect(await linked(typist)).toBe(release('41'));
  });

  test('are said to serve two releases when a later roll fails, with the way back', async () => {
    const typist = await withApi('failed');
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.failed);
    expect(err).toContain(`shop serves ${release('42')}, and api does not: mend it and "php-zd reload api"`);
  });

  test('take no release that one of them cannot run: nothing is touched', async () => {
    const typist = await withApi(undefined, '[shared]\nstorage = /srv/shop/shared/storage\n');
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.invalid);
    expect(err).toContain(`api is on ${LINK} too, and cannot be rolled to that release:\n`);
    expect(reloads(typist)).toEqual([]);
    expect(await linked(typist)).toBe(release('41'));
  });

  test('take no release by a rollback that one of them cannot run either', async () => {
    const typist = await Typist.atStartedSite();
    await deploy(typist);
    const { files, systemd } = typist.world;
    await files.makeDirectory(`${release('42')}/storage`);
    const text = `[site]\nrelease = ${LINK}\nuser = store\n[php]\nversion = 8.2\n[shared]\nstorage = /srv/shop/shared/storage\n`;
    await files.write('/etc/php-zd/sites/api.ini', text);
    systemd.add(API, { onReload: () => undefined });
    systemd.set(API, { activeState: 'active' });
    systemd.asked.length = 0;
    const { exit, err } = await typist.type('rollback shop');
    expect(exit).toBe(Exit.invalid);
    expect(err).toContain(`api is on ${LINK} too, and cannot be rolled to that release:\n`);
    expect(reloads(typist)).toEqual([]);
    expect(await linked(typist)).toBe(release('42'));
  });
});

describe('a site that does not come up with what was promoted', () => {
  /** Stopped, and its start has failed. */
  const atBrokenSite = async (breaks: (typist: Typist) => Promise<void>): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    await typist.type('stop shop');
    await breaks(typist);
    expect(await typist.type('start shop')).toMatchObject({ exit: Exit.failed });
    return typist;
  };
  const cannotRun = (name: string) => async (typist: Typist) => {
    typist.world.onStart = (_, to) => (to === release(name) ? 'failed' : undefined);
  };

  const isUnreadable = (name: string) => async (typist: Typist) => {
    const { programs } = typist.world.commands;
    const look = programs.get('systemd-run');
    programs.set('systemd-run', run =>
      run.args.includes(release(name)) ? { status: '3', output: '' } : (look?.(run) ?? ''),
    );
  };

  test.each([
    ['php-fpm does not start in it', cannotRun('41')],
    ["the site's user may not read it any more", isUnreadable('41')],
  ])('comes up with a good release that is deployed: %s', async (_, breaks) => {
    const typist = await atBrokenSite(breaks);
    const { exit, err } = await deploy(typist);
    expect(exit).toBe(Exit.done);
    expect(err).toContain(`No replica of the promoted release ${release('41')} can be started`);
    expect(await typist.world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
    expect((await typist.type('status shop')).out).toContain(`Promoted: ${release('42')}\n`);
  });

  test('stays down, with its link as it was, when the deployed release does not run either', async () => {
    const typist = await atBrokenSite(cannotRun('41'));
    typist.world.onStart = () => 'failed';
    expect(await deploy(typist)).toMatchObject({ exit: Exit.failed });
    expect(await linked(typist)).toBe(release('41'));
    expect(await typist.world.picture()).toEqual([]);
  });

  test('rolls to the deployed release when what was promoted comes up after all', async () => {
    const typist = await atBrokenSite(cannotRun('41'));
    typist.world.onStart = () => undefined;
    expect(await deploy(typist)).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });
});
