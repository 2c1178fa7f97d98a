import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { failure } from '../fakes/failure.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

interface Refusal {
  readonly because: string;
  /** What is said of it, by every verb. */
  readonly words: string;
  readonly bringAbout: (typist: Typist) => Promise<void>;
}

const refusals: readonly Refusal[] = [
  {
    because: 'something else lies in the place of its socket',
    words: '/run/php-zd/shop/fastcgi.sock, where the web server looks for the site, is something else already',
    bringAbout: async ({ world: { files } }) => {
      await files.remove('/run/php-zd/shop/fastcgi.sock');
      await files.write('/run/php-zd/shop/fastcgi.sock', '');
    },
  },
  {
    because: 'no file lies where HAProxy looks for a maintenance',
    words: paths.maintenance,
    bringAbout: ({ world: { files } }) => files.makeDirectory(paths.maintenance),
  },
  {
    because: 'HAProxy has lost its socket',
    words: paths.openFront,
    bringAbout: ({ world: { files } }) => files.remove(paths.openFront),
  },
  {
    because: 'somebody else listens at its address',
    words: "'http' is '127.0.0.1:8080', and something listens at 127.0.0.1:8080 already",
    bringAbout: async ({ world }) => {
      await world.configure({ more: '[listen]\nhttp = 127.0.0.1:8080\n' });
      await world.files.makeDirectory('/proc/net');
      await world.files.write(
        '/proc/net/tcp',
        '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n',
      );
    },
  },
  {
    because: "the operator's HAProxy does not answer",
    words: "nobody answers at '/run/haproxy/admin.sock'",
    bringAbout: ({ world }) =>
      world.configure({ more: '[haproxy]\nsocket = /run/haproxy/admin.sock\nworker_user = store\n' }),
  },
  {
    because: 'a replica is masked',
    words: 'php-zd-fpm-shop@3.service is masked',
    bringAbout: async ({ world }) => {
      await world.files.link('/etc/systemd/system/php-zd-fpm-shop@3.service', '/dev/null');
      world.systemd.add('php-zd-fpm-shop@3.service', { isMasked: true });
    },
  },
  {
    because: 'its disk is full',
    words: 'the file system of /var/lib/php-zd has 0 MiB free',
    bringAbout: async ({ world }) => {
      world.files.rooms.set('/var/lib/php-zd', { bytes: 0, files: 2 ** 20, isReadOnly: false });
    },
  },
  {
    because: 'its /dev/shm has more in it than it is to hold',
    words: ":11: 'shm' is 10M, and 20M lie in the site's /dev/shm: write shm = 20M or more, or remove files there",
    bringAbout: async ({ world }) => {
      await world.configure({ more: '[limits]\nshm = 10M\n' });
      world.files.filled.set(paths.shm, 20 * 2 ** 20);
    },
  },
  {
    because: 'the host holds no addresses',
    words: '10.0.0.1',
    bringAbout: async ({ world }) => {
      await world.configure({ more: '[sandbox]\nnetwork = 10.0.0.1\n' });
      const { onService } = world;
      world.onService = run => (run.args.includes('--property=IPAddressDeny=any') ? 'sent' : onService(run));
    },
  },
  {
    because: 'its user was made anew',
    words: 'are of user 1002, since shop was made anew',
    bringAbout: async ({ world }) => {
      const session = `${paths.sessions('shop')}/sess_1`;
      await world.files.write(session, 'count|i:1;');
      world.files.owners.set(session, 1002);
      world.owners.set(paths.sessions('shop'), 'store');
    },
  },
];

const verbs = ['check shop', 'plan shop', 'reload shop', `deploy shop ${release('43')}`, 'rollback shop'];

describe.each(refusals)('a roll that is refused because $because', ({ words, bringAbout }) => {
  const atRefusal = async (): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    await typist.type(`deploy shop ${release('42')}`);
    await bringAbout(typist);
    typist.world.forget();
    return typist;
  };

  test.each(verbs)('is refused by "%s" too, with the same words, and nothing was touched', async line => {
    const typist = await atRefusal();
    const { exit, err } = await typist.type(line);
    expect([exit === Exit.done, err]).toEqual([false, expect.stringContaining(words)]);
    expect(typist.world.systemd.asked).toEqual([]);
    expect(await typist.world.files.readLink('/srv/shop/current')).toBe(release('42'));
    expect(typist.world.kinds()).toEqual([]);
  });

  test('is refused where nobody asked before', async () => {
    const typist = await atRefusal();
    expect(await failure(typist.ports.systemd.reload('php-zd@shop.service'))).toMatchObject({ code: 'job-failed' });
    expect(typist.journal.entries.map(({ MESSAGE }) => MESSAGE)).toContainEqual(expect.stringContaining(words));
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });
});
