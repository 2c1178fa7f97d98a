import { expect } from 'vitest';
import { bringIn, hostOf, servers } from '../shapes/servers.ts';
import { type Arena, type Attack, onOneArena } from './arena.ts';

/** The web servers of the host that follow links or leave it. Caddy has no such choice: php-zd(8), SECURITY. */
const NAMES = ['nginx', 'apache'] as const;
const SECRET = 'customers of beta';
const SECRETS = '/srv/beta/releases/1';
const SHARED = '/srv/alpha/shared';

const shell = ({ machine }: Pick<Arena, 'machine'>, ...lines: readonly string[]): Promise<string> =>
  machine.run('sh', '-e', '-c', lines.join('\n'));

/** As dora, who deploys alpha: she owns its releases, and is nobody on the rest of the host. */
const asDora = ({ machine }: Arena, command: string): Promise<string> =>
  machine.run('runuser', '-u', 'dora', '--', 'sh', '-e', '-c', command);

/** What each server answers: the status, and what it sent. One that hangs is ended, with the status 000. */
const answers = async ({ machine }: Arena, path: string): Promise<readonly string[]> => {
  const said: string[] = [];
  for (const name of NAMES) {
    const url = `http://127.0.0.1:${servers[name].port}${path}`;
    const options = ['-s', '-m', '9', '-w', ' %{http_code}', '-H', `Host: ${hostOf('alpha')}`];
    said.push((await machine.ask('curl', ...options, url)).stdout);
  }
  return said;
};

const expectSent = async (arena: Arena, path: string, text: string): Promise<void> => {
  expect({ path, said: await answers(arena, path) }).toEqual({ path, said: NAMES.map(() => `${text} 200`) });
};

/** The front controller answers, or 403. */
const expectClosed = async (arena: Arena, ...paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    const [nginx, apache] = await answers(arena, path);
    expect({ path, nginx, apache }).toEqual({
      path,
      nginx: expect.stringMatching(/release=\d[\s\S]* 200$/),
      apache: expect.stringMatching(/ 403$/),
    });
    expect(`${nginx} ${apache}`).not.toContain(SECRET);
  }
};

/** alpha with what an application has where it writes, and a release of dora's with a link to that. */
const deploy = async (arena: Arena): Promise<string> => {
  const release = await arena.alpha.release({
    'public/plain.txt': 'plain',
    'public/cache/made.txt': 'made',
    'public/uploads/.keep': '',
    'storage/.keep': '',
    'var/pages/page.txt': 'page',
  });
  const directory = arena.alpha.directory(release);
  await shell(
    arena,
    `cd ${directory}; ln -s ../storage/app/public public/files; ln -s ../var/pages public/pages; ln -s plain.txt public/named.txt`,
    `chown -R dora: /srv/alpha/releases; chown -R alpha: ${directory}/public/cache ${directory}/var`,
  );
  await arena.alpha.flip(release);
  await arena.alpha.roll();
  return directory;
};

const attacks: readonly Attack[] = [
  {
    title: 'a web server that is in the groups of all sites sends the files of each, its links among them too',
    act: async arena => {
      const { machine, alpha } = arena;
      await shell(
        arena,
        `mkdir -p ${SECRETS}/public; echo '${SECRET}' | tee ${SECRETS}/public/customers.txt >${SECRETS}/customers.txt`,
        'useradd dora; chgrp -R beta /srv/beta; chmod -R o= /srv/beta; usermod -aG alpha,beta www-data; chown dora: /srv/alpha',
        `mkdir -p ${SHARED}/uploads ${SHARED}/storage/app/public; echo up >${SHARED}/uploads/up.txt`,
        `echo mine >${SHARED}/storage/app/public/mine.txt; chown -R alpha: ${SHARED}`,
      );
      await alpha.writeIni(
        '[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n[writable]\npublic/cache = yes\nvar = yes\n' +
          `[shared]\npublic/uploads = ${SHARED}/uploads\nstorage = ${SHARED}/storage\n`,
      );
      await deploy(arena);
      for (const name of NAMES) await bringIn(machine, name, ['alpha']);
      for (const [path, text] of [
        ['/plain.txt', 'plain'],
        ['/named.txt', 'plain'],
        ['/cache/made.txt', 'made'],
        ['/pages/page.txt', 'page'],
        ['/uploads/up.txt', 'up\n'],
        ['/files/mine.txt', 'mine\n'],
      ] as const) {
        await expectSent(arena, path, text);
      }
      // It is the snippets that keep them from it.
      expect(await machine.run('runuser', '-u', 'www-data', '--', 'cat', `${SECRETS}/customers.txt`)).toContain(SECRET);
    },
  },
  {
    title: "links that alpha's PHP makes where it writes lead to nothing of beta's",
    act: async arena => {
      const link = (place: string) =>
        `ln -sfn ${SECRETS}/customers.txt ${place}/file.txt; ln -sfn ${SECRETS} ${place}/all; cat ${place}/file.txt 2>&1`;
      const live = '/srv/alpha/releases/.alpha.live';
      for (const place of ['public/cache', 'public/uploads', 'storage/app/public', 'var/pages']) {
        expect(await arena.inReplica(link(`${live}/${place}`))).toContain('Permission denied');
      }
      for (const url of ['cache', 'uploads', 'files', 'pages']) {
        await expectClosed(arena, `/${url}/file.txt`, `/${url}/all/customers.txt`);
      }
    },
  },
  {
    title: 'nor does a link above the place that the release has a link to',
    act: async arena => {
      const app = '/srv/alpha/releases/.alpha.live/storage/app';
      await arena.inReplica(`mv ${app} ${app}.aside; ln -s ${SECRETS} ${app}`);
      await expectClosed(arena, '/files/customers.txt');
      await arena.inReplica(`rm ${app}; mv ${app}.aside ${app}`);
      await expectSent(arena, '/files/mine.txt', 'mine\n');
    },
  },
  {
    title: 'nor do links of a deploy user, in the release or in its place, while it is shown first and afterwards',
    act: async arena => {
      const directory = await deploy(arena);
      await asDora(arena, `cd ${directory}/public; ln -s ${SECRETS} all; ln -s ${SECRETS}/customers.txt file.txt`);
      await expectClosed(arena, '/file.txt', '/all/customers.txt');
      const exchanged = async (): Promise<void> => {
        await asDora(arena, `mv ${directory} ${directory}.aside; ln -s ${SECRETS} ${directory}`);
        await expectClosed(arena, '/customers.txt');
        await asDora(arena, `rm ${directory}; mv ${directory}.aside ${directory}`);
      };
      await exchanged();
      await expectSent(arena, '/plain.txt', 'plain');
      await asDora(arena, `echo former >${directory}/public/former.txt`);
      await deploy(arena);
      await expectSent(arena, '/former.txt', 'former\n');
      await exchanged();
    },
  },
  {
    title: 'a pipe where alpha writes is no file, and keeps no thread of a web server waiting',
    act: async arena => {
      const directory = await deploy(arena);
      const places = [`${directory}/public/cache`, `${SHARED}/uploads`];
      await arena.onHost(places.map(place => `mkfifo ${place}/pipe.txt`).join('; '));
      for (const url of ['cache', 'uploads']) {
        const [nginx, apache] = await answers(arena, `/${url}/pipe.txt`);
        expect({ nginx, apache }).toEqual({
          nginx: expect.stringMatching(/ 404$/),
          apache: expect.stringMatching(/ 403$/),
        });
      }
    },
  },
  {
    title: "alpha's PHP takes no lease of what it has Apache send, and so no thread from beta",
    act: async arena => {
      const { machine, beta } = arena;
      await deploy(arena);
      await bringIn(machine, 'apache', ['alpha', 'beta']);
      await machine.write('/srv/lease.pl', TAKE_LEASES);
      const taken = await arena.inReplica('perl /srv/lease.pl /srv/alpha/releases/.alpha.live/public/cache');
      const { port } = servers.apache;
      const url = `http://127.0.0.1:${port}/cache/[1-160].txt`;
      const asks = `curl -s --parallel --parallel-immediate --parallel-max 160 -m 50 -o /dev/null -H 'Host: ${hostOf('alpha')}' '${url}'`;
      await shell(arena, `setsid ${asks} >/dev/null 2>&1 </dev/null & sleep 2`);
      const ask = ['curl', '-s', '-m', '9', '-H', `Host: ${hostOf('beta')}`, `http://127.0.0.1:${port}/`];
      const { stdout } = await machine.ask(...(ask as [string, ...string[]]));
      expect({ taken, stdout }).toEqual({ taken: '0', stdout: expect.stringContaining(await beta.promoted()) });
    },
  },
];

/** Makes files, takes a lease of each, says how many it got, and keeps them. On x86-64. */
const TAKE_LEASES = `my ($taken, @files) = (0);
for my $n (1 .. 160) {
  open my $file, '>', "$ARGV[0]/$n.txt" or die $!;
  $taken++ if syscall(72, fileno $file, 1024, 1) == 0;
  push @files, $file;
}
$SIG{IO} = 'IGNORE';
$| = 1;
print $taken;
exit if !$taken || fork;
close STDOUT;
close STDERR;
sleep 60;
`;

onOneArena('bookworm', 'web-servers', attacks);
