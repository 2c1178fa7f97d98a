import { expect } from 'vitest';
import { replicasMountUnit, shmMountUnit, sitePaths, sliceUnit } from '../../src/base/paths.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, onOneArena } from './arena.ts';

const PATHS = sitePaths('alpha');
const ENV = '/srv/alpha/.env';
const INI = `environment_file = ${ENV}\n[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n`;

/** What only root has: a link there leads whoever follows it to something that tells. */
const CANARIES = '/root/canaries';
const CANARY = { socket: `${CANARIES}/socket`, directory: `${CANARIES}/directory`, file: `${CANARIES}/file` } as const;

/** All that lies at a path of sitePaths or stands in what is rendered for alpha, with what the links there lead to. */
const findPaths = async ({ machine }: Arena): Promise<readonly string[]> => {
  const known = Object.values(PATHS).flatMap(path =>
    typeof path === 'string' ? [path] : [1, 2, 3, 4, 'alpha'].map(of => path(of as never)),
  );
  const units = [
    'php-zd-fpm-alpha@1',
    'php-zd-gate-alpha@1',
    'php-zd-services-alpha',
    'php-zd@alpha',
    'php-zd-directories@alpha',
    'php-zd-park@alpha:1',
    'php-zd-hold@alpha',
    'php-zd-mounts@1-1-1',
    'php-zd-mounts.socket',
    'php-zd-mounts-again',
  ];
  const shared = ['php-zd-haproxy', replicasMountUnit('alpha'), shmMountUnit('alpha'), sliceUnit('alpha')];
  const rendered = await machine.run('systemctl', 'cat', ...units, ...shared);
  const files = [PATHS.tmpfiles, PATHS.replicaDirectories, PATHS.balancerConfig, `${PATHS.promoted}/php-fpm.conf`];
  const text = rendered + (await machine.run('cat', ...files, '/etc/php-zd/sites/alpha.ini'));
  const named = text.replaceAll('%i', '1').match(/(?:\/[\w.@\\-]+){2,}/g) ?? [];
  const paths = [...new Set([...known, ...named])];
  const resolved = await machine.run('realpath', '--canonicalize-missing', '--', ...paths);
  return [...new Set([...paths, ...resolved.trim().split('\n')])];
};

/** /a, /a/b and /a/b/c of /a/b/c. */
const components = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((_, index, parts) => `/${parts.slice(0, index + 1).join('/')}`);

/**
 * Those whose directory alpha may write to, on the host or as PHP: it may put something else in their place. Where a path leads
 * through a link, what the link leads to is another of the paths.
 */
const findWritable = async (arena: Arena): Promise<readonly string[]> => {
  const paths = [...new Set((await findPaths(arena)).flatMap(components))].filter(
    // /proc/self is another one for each process.
    path => !path.includes('..') && !path.startsWith('/proc'),
  );
  const script = `for path in ${paths.join(' ')}; do
    directory=$(dirname $path)
    [ "$(realpath -- $directory 2>&1)" = $directory ] && [ -w $directory ] && { [ ! -k $directory ] || [ ! -e $path ] || [ -O $path ]; } && echo $path
  done; true\n`;
  await arena.machine.write('/srv/writable.sh', script, 0o755);
  const seen = await arena.inReplica('sh /srv/writable.sh');
  const said = [
    await arena.onHost('sh /srv/writable.sh'),
    seen.replaceAll(`${PATHS.ownNotes}/`, `${PATHS.notes('alpha')}/`),
  ];
  return [...new Set(said.flatMap(text => text.split('\n').filter(path => path !== '')))];
};

/** The same thing of each slot is one thing. */
const shapeOf = (path: string): string =>
  path.replace(/\/replicas\/\d+/, '/replicas/N').replace(/\/notes\/alpha\/\w+$/, '/notes/alpha/NAME');

const canaryState = async ({ machine }: Arena): Promise<string> =>
  await machine.run('sh', '-c', `find ${CANARIES} -printf '%p %i %m %U %G %s %T@ %C@\\n' | sort; cat /run/touched`);

const setCanaries = async (arena: Arena): Promise<void> => {
  const { machine } = arena;
  await machine.write(CANARY.file, 'secret of root', 0o600);
  await machine.write(`${CANARY.directory}/public/index.php`, 'secret of root', 0o600);
  await machine.run('sh', '-c', `chmod -R go= ${CANARIES}; : >/run/touched; rm -f ${CANARY.socket}`);
  const listen = `UNIX-LISTEN:${CANARY.socket},fork,mode=600`;
  const tell = 'SYSTEM:echo touched >>/run/touched';
  await machine.run('systemd-run', '--quiet', '--collect', '--unit=canary', 'socat', listen, tell);
  await awaitAnswer('the canary', async () =>
    (await machine.ask('test', '-S', CANARY.socket)).status === 0 ? true : undefined,
  );
};

/** Afterwards links to canaries are in the place of all of these paths. */
const putLinks = async (arena: Arena, paths: readonly string[]): Promise<void> => {
  const script = `for path in ${paths.join(' ')}; do
    if [ -S $path ]; then to=${CANARY.socket}; elif [ -d $path ]; then to=${CANARY.directory}; else to=${CANARY.file}; fi
    mv -T $path $path.away 2>/dev/null; ln -sT $to $path; done`;
  await arena.onHost(script);
  const missing = paths.map(path => `[ -L ${path} ] || echo ${path}`).join('; ');
  expect(await arena.machine.run('sh', '-c', `${missing}; true`)).toBe('');
};

const takeLinksAway = async ({ machine }: Arena, paths: readonly string[]): Promise<void> => {
  const back = paths.map(path => `rm -f ${path}; mv -T ${path}.away ${path} 2>/dev/null`);
  await machine.run('sh', '-c', `${back.join('; ')}; true`);
};

const verbs: readonly (readonly string[])[] = [
  ...[
    ['status', 'alpha'],
    ['doctor', 'alpha'],
    ['prune', 'alpha', '--keep', '1'],
  ],
  ['exec', 'alpha', '--', 'true'],
];

/** At rest, and across a crash. */
const useAll = async ({ machine, alpha }: Arena): Promise<void> => {
  await Promise.all([
    machine.ask('curl', '-s', '-m', '5', alpha.url),
    machine.ask('systemctl', 'restart', 'php-zd-directories@alpha'),
    ...verbs.map(verb => machine.ask('php-zd', ...verb)),
  ]);
  // Some of them may not have come back from the round before.
  await machine.ask('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'php-zd-fpm-alpha@*');
  await machine.ask('php-zd', 'status', 'alpha');
};

/** Rounds of paths that are links at the same time. Gives what was tried. */
const tryAll = async (arena: Arena, roundsOf: (writable: readonly string[]) => readonly (readonly string[])[]) => {
  const { machine, alpha } = arena;
  await machine.run('chown', '--no-dereference', '--recursive', 'alpha:', '/srv/alpha');
  const rounds = roundsOf(await findWritable(arena));
  await setCanaries(arena);
  for (const paths of rounds) {
    const before = await canaryState(arena);
    await putLinks(arena, paths);
    await useAll(arena);
    expect([paths, await canaryState(arena)]).toEqual([paths, before]);
    await takeLinksAway(arena, paths);
  }
  await machine.run('systemctl', 'stop', 'canary');
  // A replica whose release was not there is no unit that systemd still has.
  // For systemd a restart is over before the gate is open.
  const units = ['fpm', 'gate'].map(kind => `$(printf 'php-zd-${kind}-alpha@%s ' [0-9]*)`);
  const pinned = `cd ${PATHS.pins} && systemctl restart ${units[0]} && systemctl start ${units[1]}`;
  await machine.run('sh', '-c', pinned);
  await awaitAnswer('alpha to serve', async () => {
    // While its replicas start, a look may come to no answer.
    const { stdout } = await machine.ask('php-zd', 'status', alpha.name, '--json');
    return /"serving":\s*2\b/.test(stdout) ? true : undefined;
  });
  return [...new Set(rounds.flat().map(shapeOf))].sort();
};

const isInRelease = (path: string): boolean => path.startsWith('/srv/alpha/releases');
const isOwn = (path: string): boolean => path.startsWith('/srv/alpha') && !isInRelease(path);

/** A path and what lies beneath it cannot be links at the same time. */
const byDepth = (paths: readonly string[]): readonly (readonly string[])[] => {
  const depths = [...new Set(paths.map(path => path.split('/').length))].sort((one, other) => one - other);
  return depths.map(depth => paths.filter(path => path.split('/').length === depth));
};

const attacks: readonly Attack[] = [
  {
    title: 'all paths of php-zd that alpha may replace, but those of its own directory, are links to a canary',
    act: async arena => {
      await arena.machine.write(ENV, 'APP=good\n');
      await arena.alpha.writeIni(INI);
      await arena.alpha.roll();
      const shapes = await tryAll(arena, all => [all.filter(path => !isOwn(path) && !isInRelease(path))]);
      const sockets = ['fpm', 'http', 'status'].map(name => `/run/php-zd/alpha/replicas/N/${name}.sock`);
      expect(shapes).toEqual([...sockets, `${PATHS.notes('alpha')}/NAME`]);
    },
  },
  {
    title: "so are alpha's link and environment file",
    act: async arena => {
      expect(await tryAll(arena, all => [all.filter(isOwn)])).toEqual([ENV, '/srv/alpha/current']);
    },
  },
  {
    title: "so is each directory of alpha's releases",
    act: async arena => {
      const shapes = await tryAll(arena, all => byDepth(all.filter(isInRelease)));
      expect(shapes).toEqual(expect.arrayContaining(['/srv/alpha/releases', '/srv/alpha/releases/1']));
    },
  },
];

onOneArena('trixie', 'paths', attacks);
