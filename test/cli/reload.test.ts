import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { intercepted } from '../run/intercepted.ts';
import { release } from '../run/world.ts';
import { butSteps, rolledTold, Typist } from './typist.ts';

const SEE = 'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n';

/** At a site whose link names release 42, which does not pass its proof. */
const atBadRelease = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  typist.world.health.set(release('42'), { status: 500 });
  await typist.world.linkTo('42');
  return typist;
};

describe('a reload', () => {
  test('rolls to what the link names and says what came of it on stderr', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    const { exit, out, err } = await typist.type('reload shop');
    expect({ exit, out, err: butSteps(err) }).toEqual({ exit: Exit.done, out: '', err: rolledTold('41', '42') });
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('names each step as it begins', async () => {
    const { err } = await (await Typist.atStartedSite()).type('reload shop');
    const [, total] = /^Rolling shop to \S+ in (\d+) steps\.$/m.exec(err) ?? [];
    const steps = [...err.matchAll(/^Step (\d+) of (\d+): (.*)\.$/gm)];
    expect(steps.map(([, number]) => Number(number))).toEqual(steps.map((_, index) => index + 1));
    expect(steps.map(([, , of]) => of)).toEqual(steps.map(() => total));
    expect(steps.map(([, , , doing]) => doing)).toContain('giving requests to replica 3');
  });

  test('leaves in the journal who asked, and what the roll said', async () => {
    const typist = await Typist.atStartedSite();
    typist.sudoUser = 'alice';
    await typist.type('reload shop');
    const [asked, begun] = typist.journal.entries;
    expect(asked).toMatchObject({ MESSAGE: 'Asking systemd to reload php-zd@shop.', PHP_ZD_SUDO_USER: 'alice' });
    expect(begun).toMatchObject({ PHP_ZD_EVENT: 'roll-started', PHP_ZD_ROLL: 'roll-1' });
    expect(typist.journal.entries.at(-1)?.['PHP_ZD_EVENT']).toBe('receipt');
  });

  test('that fails says what, why, what serves and what to type, and is status 1', async () => {
    const typist = await atBadRelease();
    const { exit, out, err } = await typist.type('reload shop');
    expect({ exit, out }).toEqual({ exit: Exit.failed, out: '' });
    expect(err.slice(err.indexOf('php-zd:'))).toBe(
      `php-zd: roll of 'shop' to ${release('42')} failed: replica 3 answered /health with 500 (wanted 200) for 900ms.\n` +
        `${release('41')} serves on every replica.\n${SEE}`,
    );
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('after which a person must look is status 5', async () => {
    const typist = await atBadRelease();
    typist.world.kill(1);
    typist.world.systemd.set('php-zd-fpm-shop@1.service', { activeState: 'failed', mainPid: 0 });
    typist.world.onStart = slot => (slot === 1 ? 'failed' : undefined);
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.look);
    expect(err.slice(err.indexOf('php-zd:'))).toMatch(
      /^php-zd: roll of 'shop' to \S+ failed: .*\nNot every replica could be put right: a person must look\.\n/,
    );
  });

  test('that the disk keeps from beginning touches nothing, and is status 6', async () => {
    const typist = await Typist.atStartedSite();
    typist.ports = intercepted(typist.ports, {
      before: call => {
        if (call.startsWith('write /run/php-zd/shop/views/'))
          throw new PhpZdError('file-system', { path: '/tmp/x', errno: 'ENOSPC' });
      },
    });
    await typist.world.linkTo('42');
    expect(await typist.type('reload shop')).toEqual({
      exit: Exit.refused,
      out: '',
      err:
        "php-zd: roll of 'shop' was refused: /tmp/x: no space is left on its file system.\n" +
        `Nothing was touched.\nMake room there, then type it again: "df /tmp" names the file system, and "df -i /tmp" counts its files.\n${SEE}`,
    });
  });

  test('that HAProxy keeps from beginning, and from being put right, is status 5', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.unreachable();
    expect(await typist.type('reload shop')).toEqual({
      exit: Exit.look,
      out: '',
      err:
        "php-zd: roll of 'shop' was refused: HAProxy does not answer on /fake/admin.sock (ECONNREFUSED).\n" +
        'Not every replica could be put right: a person must look.\n' +
        `See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".\n${SEE}`,
    });
  });

  test('that php-fpm finds wrong in the configuration is refused with status 2', async () => {
    const typist = await Typist.atStartedSite();
    const output = "unable to set php_value 'memory_limt'";
    typist.world.commands.programs.set('/usr/sbin/php-fpm8.2', () => ({ status: 78, output }));
    await typist.world.linkTo('42');
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.invalid);
    expect(err).toBe(
      "php-zd: roll of 'shop' was refused: '/usr/sbin/php-fpm8.2 -t --fpm-config /var/lib/php-zd/shop/php-fpm.conf " +
        `--force-stderr' failed (78): ${output}.\nNothing was touched.\n${SEE}`,
    );
  });

  test('that needs the slot of a parked replica is refused with status 6', async () => {
    const typist = await Typist.atStartedSite({ more: '[drain]\ntimeout = 1s\non_timeout = park\n' });
    typist.world.balancer.setSessions('shop', '1', 1);
    typist.world.balancer.setSessions('shop', '2', 1);
    expect((await typist.type('reload shop')).err).toContain('\nParked replica 1: it gets no new request and is');
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.refused);
    expect(err).toBe(
      "php-zd: roll of 'shop' was refused: it needs the slots of parked replicas (1, 2), " +
        `which are at their last requests: try again when these have ended.\nNothing was touched.\n${SEE}`,
    );
  });

  test('that ends without a roll of its own is not told by the one before it', async () => {
    const typist = await atBadRelease();
    await typist.type('reload shop');
    typist.world.systemd.add('php-zd@.service', { onReload: () => 'failed' });
    expect(await typist.type('reload shop')).toEqual({
      exit: Exit.failed,
      out: '',
      err: `php-zd: systemd could not reload php-zd@shop.service (failed).\n${SEE}`,
    });
  });

  test('whose process was killed is told from one that failed', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    typist.world.onStart = () => {
      typist.world.onStart = () => undefined;
      throw new Error('SIGKILL');
    };
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.failed);
    expect(err).toContain(`The roll of shop to ${release('42')} was killed; putting right what it left.\n`);
    expect(err.slice(err.indexOf('php-zd:'))).toBe(
      `php-zd: roll of 'shop' to ${release('42')} failed: it was killed.\n${release('41')} serves on every replica.\n${SEE}`,
    );
  });

  test('whose place a stop takes is status 1, and nobody must look', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    typist.world.onStart = () => {
      typist.world.onStart = () => undefined;
      void typist.world.systemd.stop('php-zd@shop.service');
      return undefined;
    };
    expect(await typist.type('reload shop')).toMatchObject({
      exit: Exit.failed,
      err: expect.stringContaining(`php-zd: systemd could not reload php-zd@shop.service (canceled).\n${SEE}`),
    });
  });
});
