import { readFile } from 'node:fs/promises';
import type { Machine } from '../lab/machine.ts';

/** A site in the shape that an application has: its directories, where its scripts are, and what is not for visitors. */
export interface Shape {
  readonly name: string;
  /** Keys of the site file after release, user and the number of replicas, below [site]. */
  readonly ini?: string;
  /** Scripts, each of which says how it was run. */
  readonly scripts: readonly string[];
  /** Other files, each with its own path as its text. */
  readonly files?: readonly string[];
  /** Links: path -> target. */
  readonly links?: Readonly<Record<string, string>>;
  /** [shared]: path in the release -> files in the shared directory. */
  readonly shared?: Readonly<Record<string, readonly string[]>>;
  /** Method and path, unless GET with a blank between -> what is answered. */
  readonly table: Readonly<Record<string, string>>;
}

const ENTRY = await readFile(new URL('entry.php', import.meta.url), 'utf8');

/** Makes the sites and starts them, all at once. */
export const setUpShapes = async (machine: Machine, shapes: readonly Shape[]): Promise<void> => {
  await machine.run('useradd', 'web');
  for (const shape of shapes) await writeShape(machine, shape);
  await machine.run('systemctl', 'start', ...shapes.map(({ name }) => `php-zd@${name}`));
};

const writeShape = async (
  machine: Machine,
  { name, ini = '', scripts, files = [], links = {}, shared = {} }: Shape,
) => {
  const base = `/srv/${name}`;
  const release = `${base}/releases/1`;
  for (const path of scripts) await machine.write(`${release}/${path}`, ENTRY);
  for (const path of ['RELEASE', ...files]) await machine.write(`${release}/${path}`, path);
  const commands = [`ln -sfn releases/1 ${base}/current`];
  for (const [path, inside] of Object.entries(shared)) {
    const directory = `${base}/shared/${path}`;
    commands.push(`mkdir -p ${directory} ${release}/${path}`, `chown -R web: ${directory}`);
    for (const file of inside) {
      const isScript = /\.ph(p|tml)$/.test(file);
      await machine.write(`${directory}/${file}`, isScript ? ENTRY : `${path}/${file}`);
    }
  }
  for (const [path, target] of Object.entries(links)) commands.push(`ln -sfn ${target} ${release}/${path}`);
  await machine.run('sh', '-e', '-c', commands.join('; '));
  const lines = Object.keys(shared).map(path => `${path} = ${base}/shared/${path}\n`);
  await machine.write(
    `/etc/php-zd/sites/${name}.ini`,
    `[site]\nrelease = ${base}/current\nuser = web\nreplicas = 1\n${ini}\n[pool]\npm.max_children = 2\n` +
      (lines.length === 0 ? '' : `[shared]\n${lines.join('')}`),
  );
};
