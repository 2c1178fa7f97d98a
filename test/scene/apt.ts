import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { debianPackages, type Machine, type Result } from '../lab/machine.ts';
import { makePackage, tree } from './make-package.ts';

/** Where it has php-zd's repository, as `make apt-repo` makes it. */
const OURS = '/srv/apt.example.com/php-zd';

/** Has the machine know Debian's packages and php-zd's signed repository, by the lines of README.md but for its address. */
export const addRepositories = async (machine: Machine): Promise<void> => {
  execFileSync('make', ['--silent', 'apt-repo'], { cwd: tree });
  cpSync(`${tree}dist/apt`, machine.root + OURS, { recursive: true });
  await machine.run('sh', '-c', 'rm -f /etc/apt/sources.list.d/*; : >/etc/apt/sources.list');
  await machine.run('install', '-D', '-m', '644', `${OURS}/php-zd.gpg`, '/etc/apt/keyrings/php-zd.gpg');
  const ours = `deb [signed-by=/etc/apt/keyrings/php-zd.gpg] file:${OURS} ./\n`;
  await machine.write('/etc/apt/sources.list.d/php-zd.list', ours);
  await offer(machine, 'debian', await debianPackages(machine.suite));
};

/** Lays the packages of a directory of this host into a repository of the machine's, which says so of its origin. */
export const offer = async (machine: Machine, name: string, directory: string, origin = 'lab'): Promise<void> => {
  const at = `/srv/packages/${name}`;
  cpSync(directory, machine.root + at, { recursive: true });
  const index = (...args: readonly string[]) => run('apt-ftparchive', ...args);
  const making = mkdtempSync(`${tmpdir()}/php-zd-index-`);
  try {
    writeFileSync(`${making}/Packages`, index('packages', directory).replaceAll(`${directory}/`, './'));
    const release = index('-o', `APT::FTPArchive::Release::Origin=${origin}`, 'release', making);
    writeFileSync(`${making}/Release`, release);
    cpSync(making, machine.root + at, { recursive: true });
  } finally {
    rmSync(making, { recursive: true });
  }
  await machine.write(`/etc/apt/sources.list.d/${name}.list`, `deb [trusted=yes] file:${at} ./\n`);
  await machine.run('apt-get', '--quiet=2', 'update');
};

/** Asks apt as an operator does who answers every question by its default. */
export const apt = (machine: Machine, ...args: readonly string[]): Promise<Result> =>
  machine.ask('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--quiet', '--yes', ...args);

/** Offers the machine a later version of each of these files of packages; gives the versions, which end in `mark`. */
export const offerLater = async (
  machine: Machine,
  files: readonly string[],
  mark: string,
  origin?: string,
): Promise<readonly string[]> => {
  const making = mkdtempSync(`${tmpdir()}/php-zd-repack-`);
  try {
    const versions = files.map(file => repack(file, making, { mark, names: files.map(nameOf) }));
    await offer(machine, `later-${origin ?? 'lab'}`, making, origin);
    return versions;
  } finally {
    rmSync(making, { recursive: true });
  }
};

export const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' });

const nameOf = (file: string): string => run('dpkg-deb', '--field', file, 'Package').trim();

interface Later {
  readonly mark: string;
  /** Packages that become later together: where one needs another in its own version, it needs the later one. */
  readonly names: readonly string[];
}

/** The same files, with another inode each once they are unpacked. */
const repack = (file: string, into: string, { mark, names }: Later): string => {
  const raw = `${into}/raw`;
  run('dpkg-deb', '--raw-extract', file, raw);
  const version = `s/^Version: .*/&+${mark}/`;
  const needs = names.map(name => `s/\\b${name} (= [^)]*/&+${mark}/g`);
  run('sed', '-i', [version, ...needs].join(';'), `${raw}/DEBIAN/control`);
  run('dpkg-deb', '--root-owner-group', '-Zgzip', '--build', raw, into);
  const made = run('sed', '-n', 's/^Version: //p', `${raw}/DEBIAN/control`).trim();
  rmSync(raw, { recursive: true });
  return made;
};

/** A later version of php-zd's own package, of the same files. */
export const offerLaterPhpZd = async (machine: Machine): Promise<string> => {
  const [version = ''] = await offerLater(machine, [makePackage()], 'lab1', 'php-zd');
  return version;
};

/** php-zd 0.1.0 as its `make tarball` made it: it had no package. */
const FIRST = '2e2bfc0';
let firstTarball: string | undefined;
export const layFirstVersion = async (machine: Machine): Promise<void> => {
  firstTarball ??= buildFirst();
  cpSync(firstTarball, `${machine.root}/root/php-zd-0.1.0.tar.gz`);
  const ready = [
    '(umask 022; tar -xzf /root/php-zd-0.1.0.tar.gz -C /)',
    'systemd-sysusers php-zd.conf',
    'systemd-tmpfiles --create php-zd.conf',
    'systemctl daemon-reload',
    'node /usr/lib/php-zd/code-cache.cjs',
  ];
  await machine.run('sh', '-e', '-c', ready.join('\n'));
};

const buildFirst = (): string => {
  const making = mkdtempSync(`${tmpdir()}/php-zd-0.1.0-`);
  process.on('exit', () => rmSync(making, { recursive: true, force: true }));
  execFileSync('sh', ['-c', `git archive ${FIRST} | tar -x -C ${making}`], { cwd: tree });
  // Links to files, since npm would empty what a link to the directory leads to. Its packages are among this tree's.
  execFileSync('cp', ['--archive', '--symbolic-link', `${tree}node_modules`, making]);
  execFileSync('touch', [`${making}/node_modules/.package-lock.json`]);
  execFileSync('make', ['--silent', 'tarball'], { cwd: making });
  return `${making}/dist/php-zd.tar.gz`;
};
