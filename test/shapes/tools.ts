/** How a deployment tool puts releases on the disk. Paths are below the base of the site unless they are absolute. */
export interface Tool {
  /** The directory of a release, by its number. */
  readonly directory: (release: number) => string;
  /** What [site] names. */
  readonly named: string;
  /** The target of that link; undefined where it is a directory, and a release takes the place of the one before. */
  readonly target?: (base: string, release: number) => string;
  /** The target of a link of the release to what is shared; undefined where [shared] binds it over a directory. */
  readonly shared?: (base: string, path: string) => string;
  /** Whether it flips the link itself and then reloads; else `php-zd deploy` does both. */
  readonly flips: boolean;
}

/** From a place of the release up to the directory above the releases. */
const upFrom = (path: string): string => '../'.repeat(path.split('/').length + 1);

export const tools = {
  byHand: {
    directory: release => `releases/${release}`,
    named: 'current',
    target: (_, release) => `releases/${release}`,
    flips: false,
  },
  /** recipe/deploy/{symlink,shared}.php: relative links, and one moved over the other. */
  deployer: {
    directory: release => `releases/${release}`,
    named: 'current',
    target: (_, release) => `releases/${release}`,
    shared: (_, path) => `${upFrom(path)}shared/${path}`,
    flips: true,
  },
  /** lib/capistrano/tasks/deploy.rake: absolute links, and releases by the time. */
  capistrano: {
    directory: release => `releases/2026112609000${release}`,
    named: 'current',
    target: (base, release) => `${base}/releases/2026112609000${release}`,
    shared: (base, path) => `${base}/shared/${path}`,
    flips: true,
  },
  /** A link elsewhere, to an absolute path. */
  elsewhere: {
    directory: release => `/opt/builds/releases/${release}`,
    named: 'live',
    target: (_, release) => `/opt/builds/releases/${release}`,
    flips: true,
  },
  /** git pull, rsync or FTP. */
  inPlace: { directory: () => 'htdocs', named: 'htdocs', flips: true },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof tools;
