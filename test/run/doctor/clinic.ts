import { hostDirectories, wantedDirectories } from '../../../src/run/doctor/directories.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { type SiteText, World } from '../world.ts';

/** The version of the php-zd that the host's units call. */
export const VERSION = '1.2.3';

/** The program that the host's units call. */
export const PROGRAM = '/usr/lib/php-zd/php-zd.cjs';
const JOURNALD = 123;
/** The journal that journald has open. */
export const JOURNAL = `/proc/${JOURNALD}/fd/20`;
const GOOD_UNIT: Readonly<Record<string, string>> = {
  LoadState: 'loaded',
  ...{ Type: 'notify', User: 'shop', Group: 'shop', KillSignal: '3', KillMode: 'mixed', Restart: 'always' },
  ...{ OOMPolicy: 'continue', PrivateTmp: 'no', RootDirectory: '', TimeoutStopUSec: '2min 15s', DropInPaths: '' },
  BindReadOnlyPaths: '/x/mounts:/run/php-zd-mounts/places:rbind',
  ...{ BindPaths: '', ReadWritePaths: '' },
  Wants: 'php-zd-gate-shop@1.service',
};

/** A host on which all is well, and where programs say what a test wants of them. */
export class Clinic {
  readonly unit: Record<string, string> = { ...GOOD_UNIT };
  readonly executables = new Set<string>([PROGRAM]);
  readonly missingDirectories = new Set<string>();
  /** Files of php.ini lines, and what stands in them. */
  readonly phpIni = new Map<string, string>();
  readonly missingUsers = new Set<string>();
  /** Users who may read every path; all others may read none, and nobody may write. */
  readonly readers = new Set<number>();
  /** Lines of units/look-as-users.pl with what a site's user finds in the texts of a release. */
  readonly inTexts: string[] = [];
  /** Besides those of the world's releases. */
  readonly scripts = new Set<string>();

  /** Whether journald keeps lines as light as those of replicas. */
  keepsInfo = true;
  node = '18.20.4';
  readonly world: World;

  private constructor(world: World) {
    this.world = world;
  }

  static async open(text: SiteText = {}): Promise<Clinic> {
    const clinic = new Clinic(await World.serving(text));
    clinic.world.systemd.set('php-zd@shop.service', { activeState: 'active', subState: 'exited' });
    const { programs } = clinic.world.commands;
    programs.set('haproxy', () => 'HAProxy version 2.6.12-1+deb12u3 2025/10/03\nFeature list : +LUA -QUIC\n');
    programs.set(PROGRAM, () => `php-zd ${VERSION}\n`);
    programs.set('systemctl', ({ args }) => clinic.#show(args));
    programs.set('find', () => '');
    clinic.world.systemd.add('systemd-journald.service');
    clinic.world.systemd.set('systemd-journald.service', { activeState: 'active', mainPid: JOURNALD });
    await clinic.world.files.link(JOURNAL, '/var/log/journal/0123/system.journal');
    programs.set('getent', ({ args: [, , ...names] }) => names.map(name => `${name}                 4242\n`).join(''));
    programs.set('perl', ({ args: [, ...words] }) => clinic.#lookAsUsers(words));
    const { host, files } = clinic.ports;
    for (const { path, mode, user, group } of [...hostDirectories, ...(await wantedDirectories({ files }, 'shop'))]) {
      const [uid, gid] = [host.user(user)?.uid ?? -1, host.group(group)?.gid ?? -1];
      clinic.world.rights.set(path, { mode, uid, gid });
    }
    return clinic;
  }

  #show(args: readonly string[]): string {
    const started = `ExecStart={ path=/usr/bin/dash ; argv[]=/usr/bin/dash in-turn.sh sites 10 ${PROGRAM} unit start x ; }\n`;
    const shown = Object.entries(this.unit).map(([name, value]) => `${name}=${value}\n`);
    return args
      .slice(args.indexOf('--') + 1)
      .map(unit => `Id=${unit}\n${unit === 'php-zd@x.service' ? started : shown.join('')}`)
      .join('\n');
  }

  /** As units/look-as-users.pl does. */
  #lookAsUsers(words: readonly string[]): string {
    const count = (of: readonly string[], kind: string) => of.filter(word => word.startsWith(kind)).length;
    const [before = '', ...users] = words.join('\n').split(/^u/m);
    const paths = count(before.split('\n'), 'p');
    return users
      .map((user, at) => {
        const [as = '', ...own] = user.split('\n');
        const bit = this.readers.has(Number.parseInt(as, 10)) ? '1' : '0';
        const rights = `rights ${bit.repeat(paths)}- ${'0'.repeat(count(own, 'q'))}-\n`;
        const release = `release 1 ${'1'.repeat(count(own, 's'))}- ${'1'.repeat(count(own, 'w'))}-\n`;
        const looked = [release, ...this.inTexts.map(line => `${line}\n`), 'done 0\n'].join('');
        return `user ${at}\n${rights}${count(own, 'r') === 0 ? '' : looked}end ${at}\n`;
      })
      .join('');
  }

  /** What is asked for of one's own lines is answered here, whatever a test has journalctl say of others. */
  readonly #run: Ports['commands']['run'] = async (program, args, ...rest) => {
    if (program === 'logger') return '';
    if (program === 'journalctl' && args.includes('SYSLOG_IDENTIFIER=php-zd')) return this.keepsInfo ? 'kept\n' : '';
    return await this.world.ports.commands.run(program, args, ...rest);
  };

  get ports(): Ports {
    const { ports } = this.world;
    const user: Ports['host']['user'] = name => {
      if (this.missingUsers.has(name)) return undefined;
      return ports.host.user(name) ?? { uid: 990, gid: 990, group: name, home: `/home/${name}` };
    };
    const host = {
      ...ports.host,
      user,
      isExecutable: (path: string) => this.executables.has(path) || ports.host.isExecutable(path),
      phpIniFiles: () => [...this.phpIni].map(([file, text]) => ({ file, text })),
      isFile: (path: string) => this.scripts.has(path) || ports.host.isFile(path),
      isDirectory: (path: string) =>
        !this.missingDirectories.has(path) &&
        (path.startsWith('/run/') || path.startsWith('/var/') || ports.host.isDirectory(path)),
    };
    const commands = Object.create(ports.commands, { run: { value: this.#run } });
    return Object.defineProperty({ ...ports, host, commands }, 'node', { get: () => this.node, enumerable: true });
  }
}
