import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import type { UnitFile } from '../../site/existing/adopt-service.ts';
import { isRootsOwn } from '../../site/existing/roots-own.ts';
import type { Ports } from '../site/ports.ts';
import { expand, newReader, readText } from './existing-reader.ts';

/** A pool, and whose it may be. */
interface Sought {
  /** The file that has it. */
  readonly file: string;
  /** The unit of Debian's that has it where none that runs does, without ".service". */
  readonly debian: string | undefined;
  /** The files that a php-fpm.conf leads to, with its own. */
  readonly filesOf: (config: string) => Promise<readonly string[]>;
}

/** The files of the unit that runs the pool, whoever made it. */
export const readService = async (ports: Ports, sought: Sought): Promise<readonly UnitFile[]> => {
  const running = await findRunning(ports, sought);
  const paths = running === undefined ? await writtenFor(ports, sought.debian) : await filesOfUnit(ports, running);
  const found: UnitFile[] = [];
  for (const path of paths) {
    const text = isRootsOwn(ports.host, path) ? await readText(newReader(ports), path) : undefined;
    if (text !== undefined) found.push({ file: path, text });
  }
  return found;
};

/** How a master calls itself (fpm_main.c). Whoever else does so has files of root's read, and nothing else. */
const MASTER = /^php-fpm: master process \((\/[^)]{1,4000})\)/;
const MOST_BYTES = 8192;

/** The service whose php-fpm has read the file. */
const findRunning = async ({ systemd, files, host }: Ports, { file, filesOf }: Sought): Promise<string | undefined> => {
  const real = (path: string) => posix.join(host.resolveDirectory(posix.dirname(path)) ?? '/', posix.basename(path));
  try {
    for (const { unit, mainPid } of await systemd.glance(['*.service'])) {
      const title = mainPid === 0 ? undefined : await files.read(`/proc/${mainPid}/cmdline`, MOST_BYTES);
      const config = MASTER.exec(title ?? '')?.[1];
      if (config === undefined || !isRootsOwn(host, config)) continue;
      if ((await filesOf(config)).some(each => real(each) === real(file))) return unit;
    }
  } catch (error) {
    // Where systemd does not answer, or a process ended meanwhile, Debian's own unit is looked for by its name.
    if (!isError(error)) throw error;
  }
  return undefined;
};

/** As systemd read them. What holds for all services of the host holds for a replica too. */
const filesOfUnit = async ({ systemd }: Ports, unit: string): Promise<readonly string[]> => {
  const { fragmentPath } = await systemd.unit(unit);
  const dropIns = await systemd.dropIns(unit);
  return [fragmentPath, ...dropIns].filter(path => path !== '' && posix.basename(posix.dirname(path)) !== 'service.d');
};

/** Where administrators, and `systemctl edit` and `systemctl set-property`, write. */
const UNITS = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/etc/systemd/system',
  '/run/systemd/system',
];

const writtenFor = async (ports: Ports, name: string | undefined): Promise<readonly string[]> => {
  if (name === undefined) return [];
  const patterns = UNITS.map(directory => `${directory}/${name}.service`).flatMap(unit => [unit, `${unit}.d/*.conf`]);
  return (await Promise.all(patterns.map(pattern => expand(ports, pattern)))).flat();
};
