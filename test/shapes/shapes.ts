import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Machine } from '../lab/machine.ts';
import type { Pool } from './pools.ts';
import { type Tool, type ToolName, tools } from './tools.ts';

/** A site in the shape that an application has: its directories, where its scripts are, and what is not for visitors. */
export interface Shape {
  readonly name: string;
  /** Keys of the site file after release, user and the number of replicas, below [site]. */
  readonly ini?: string;
  /** Sections of the site file after [pool]. */
  readonly sections?: string;
  /** `web` unless told. */
  readonly user?: string;
  /** Where releases and shared files are; /srv/NAME unless told. */
  readonly base?: string;
  /** Whose files are made, as by hand unless told. */
  readonly tool?: ToolName;
  /** The pool and the server block that it had before: `php-zd init --from-pool` makes the site file. */
  readonly pool?: Pool;
  /** Commands of a shell that the host needs before, and a release after its files are there: $release is its directory. */
  readonly before?: string;
  readonly after?: string;
  /** Another site on the same link, which has made the releases. */
  readonly of?: string;
  /** Scripts, each of which says how it was run. */
  readonly scripts: readonly string[];
  /** Other files, each with its own path as its text. */
  readonly files?: readonly string[];
  /** Links: path -> target. */
  readonly links?: Readonly<Record<string, string>>;
  /** [shared]: path in the release -> files in the shared directory. */
  readonly shared?: Readonly<Record<string, readonly string[]>>;
  /** Files of the shared directory that each release has a link to, by a tool that makes such links. */
  readonly sharedFiles?: readonly string[];
  /** What is asked once, before everything else. */
  readonly once?: readonly string[];
  /** Method and path, unless GET with a blank between -> what is answered. */
  readonly table: Readonly<Record<string, string>>;
}

const ENTRY = await readFile(new URL('entry.php', import.meta.url), 'utf8');

export const toolOf = ({ tool = 'byHand' }: Shape): Tool => tools[tool];
const baseOf = ({ name, of, base = `/srv/${of ?? name}` }: Shape): string => base;
export const directoryOf = (shape: Shape, release: number): string =>
  posix.resolve(baseOf(shape), toolOf(shape).directory(release));
const linkOf = (shape: Shape): string => posix.join(baseOf(shape), toolOf(shape).named);
const userOf = ({ user = 'web' }: Shape): string => user;

/** Makes the sites and starts them, all at once. */
export const setUpShapes = async (machine: Machine, shapes: readonly Shape[]): Promise<void> => {
  for (const shape of shapes) {
    await prepareShape(machine, shape);
    await writeSiteFile(machine, shape, 1);
  }
  await machine.run('systemctl', 'start', ...shapes.map(({ name }) => `php-zd@${name}`));
};

/** Its user, what it shares, its first release, and the link to that. */
export const prepareShape = async (machine: Machine, shape: Shape): Promise<void> => {
  const user = userOf(shape);
  const { shared = {}, sharedFiles = [], before = ':' } = shape;
  const base = baseOf(shape);
  const commands = [`id ${user} >/dev/null 2>&1 || useradd ${user}`, `mkdir -p ${base}`, before];
  for (const path of sharedFiles) await machine.write(`${base}/shared/${path}`, `shared ${path}`);
  for (const [path, inside] of Object.entries(shared)) {
    const directory = `${base}/shared/${path}`;
    commands.push(`mkdir -p ${directory}`);
    for (const file of inside) await machine.write(`${directory}/${file}`, textOf(file, `${path}/${file}`));
    commands.push(`chown -R ${user}: ${directory}`);
  }
  await machine.run('sh', '-e', '-c', commands.join('; '));
  await makeRelease(machine, shape, 1);
  await flip(machine, shape, 1);
};

const textOf = (file: string, otherwise: string): string => (/\.(php|phtml|html)$/.test(file) ? ENTRY : otherwise);

/** The files of a release, as its tool puts them there. */
export const makeRelease = async (machine: Machine, shape: Shape, release: number): Promise<void> => {
  const { scripts, files = [], links = {}, shared = {}, sharedFiles = [], after = ':', of } = shape;
  if (of !== undefined) return;
  const { shared: sharedBy } = toolOf(shape);
  const [base, directory] = [baseOf(shape), directoryOf(shape, release)];
  await machine.write(`${directory}/RELEASE`, `${release}\n`);
  // What only this release has.
  await machine.write(`${directory}/only-${release}.pdf`, `of ${release}`);
  for (const path of scripts) await machine.write(`${directory}/${path}`, ENTRY);
  for (const path of files) await machine.write(`${directory}/${path}`, path);
  const commands = [`release=${directory}`];
  for (const path of [...Object.keys(shared), ...sharedFiles]) {
    const parent = posix.dirname(`${directory}/${path}`);
    commands.push(
      sharedBy === undefined
        ? `mkdir -p ${directory}/${path}`
        : `mkdir -p ${parent}; ln -sfn ${sharedBy(base, path)} ${directory}/${path}`,
    );
  }
  for (const [path, target] of Object.entries(links)) commands.push(`ln -sfn ${target} ${directory}/${path}`);
  await machine.run('sh', '-e', '-c', [...commands, after].join('; '));
};

/** Points the link at the release, as its tool does. */
export const flip = async (machine: Machine, shape: Shape, release: number): Promise<void> => {
  const target = toolOf(shape).target?.(baseOf(shape), release);
  if (target === undefined || shape.of !== undefined) return;
  const link = linkOf(shape);
  await machine.run('sh', '-e', '-c', `ln -sfn ${target} ${link}.new; mv -T ${link}.new ${link}`);
};

export const siteFileOf = ({ name }: Shape): string => `/etc/php-zd/sites/${name}.ini`;

export const writeSiteFile = async (machine: Machine, shape: Shape, replicas: number): Promise<void> => {
  const { ini = '', sections = '', shared = {} } = shape;
  const lines = Object.keys(shared).map(path => `${path} = ${baseOf(shape)}/shared/${path}\n`);
  const site = `[site]\nrelease = ${linkOf(shape)}\nuser = ${userOf(shape)}\nreplicas = ${replicas}\n`;
  const directories = lines.length === 0 ? '' : `[shared]\n${lines.join('')}`;
  await machine.write(siteFileOf(shape), `${site}${ini}\n[pool]\npm.max_children = 2\n${sections}${directories}`);
};
