import { isError } from '../../base/errors.ts';
import { sliceUnit } from '../../base/paths.ts';
import { literally, lookFor, patienceMs, systemdRunArguments } from '../../render/transient.ts';
import { ownerProperties, type Property, sandboxProperties } from '../../render/view.ts';
import { parseEnvironmentFile } from '../../site/environment-file.ts';
import { noUtf8 } from '../../site/no-utf8.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { type LoadedSite, loadSite, SiteProblems, withDirectives } from './load-site.ts';
import type { Ports } from './ports.ts';

/** Far more than variables need, and less than a process may be given at its start. */
const MOST_BYTES = 64 * 1024;
/** A file is read in an instant; a pipe might never end. */
const DEADLINE = lookFor(10_000);

/**
 * The site with what its environment file says now. The file is the application's to write: it is read as the site's user, so
 * that a link in its place leads nowhere where the site may not look anyway, and it is kept with the generation. Rejects with
 * `site-invalid`, a `SiteProblems`. For a caller who is not root and may not read the file, nothing stands in it, so that it
 * counts as changed, and a warning says so.
 */
export const withEnvironment = async (ports: Ports, loaded: LoadedSite): Promise<LoadedSite> => {
  const { site } = loaded;
  if (site.environmentFile === undefined) return loaded;
  const file = site.environmentFile;
  const read = await readNamed(ports, site, file);
  if ('warning' in read) return { ...loaded, warnings: [...loaded.warnings, read.warning] };
  const { environment, findings } = parseEnvironmentFile(file, read.text);
  if (findings.problems.length > 0) throw new SiteProblems(site.name, findings.problems);
  return {
    ...loaded,
    site: { ...site, environment },
    texts: { ...loaded.texts, environment: read.text },
    warnings: [...loaded.warnings, ...findings.warnings],
  };
};

/** As `loadSite`, with what the files say now that the site's file names: for whatever makes a generation of it, or compares with one. */
export const loadSiteToRun = async (ports: Ports, name: string): Promise<LoadedSite> =>
  await withNamedFiles(ports, await loadSite(ports, name));

/** The site with what its environment file says now, and what its web server's configuration includes. */
export const withNamedFiles = async (ports: Ports, loaded: LoadedSite): Promise<LoadedSite> =>
  await withInclude(ports, await withEnvironment(ports, loaded));

/** As `withEnvironment`, for what the replicas' own web servers include in their configuration. */
const withInclude = async (ports: Ports, loaded: LoadedSite): Promise<LoadedSite> => {
  const { site, texts, warnings } = loaded;
  const file = site.web.server?.include;
  if (file === undefined) return loaded;
  const read = await readNamed(ports, site, file);
  if ('warning' in read) return { ...loaded, warnings: [...warnings, read.warning] };
  const problems = noUtf8(file, read.text);
  if (problems.length > 0) throw new SiteProblems(site.name, problems);
  return { ...loaded, site: withDirectives(site, read.text), texts: { ...texts, include: read.text } };
};

/** The text of a file that the site's file names; a warning for a caller who is not root and may not read it. */
const readNamed = async (
  ports: Ports,
  site: Site,
  file: string,
): Promise<{ readonly text: string } | { readonly warning: Problem }> => {
  const about = (message: string): Problem => ({ file, line: 1, message });
  const read = await readAs(ports, site, file);
  if ('refused' in read) {
    if (ports.isRoot) throw new SiteProblems(site.name, [about(unreadable(site, file, read.refused))]);
    return {
      warning: about(`cannot be read by you: what it says is not looked at, and counts as changed (${read.refused})`),
    };
  }
  if (Buffer.byteLength(read.text) > MOST_BYTES) {
    const what = file === site.environmentFile ? 'what is no variable' : 'what is no directive';
    throw new SiteProblems(site.name, [about(`is larger than ${MOST_BYTES / 1024} KiB: put ${what} elsewhere`)]);
  }
  return read;
};

const unreadable = ({ user, group }: Site, file: string, why: string): string =>
  `cannot be read by the site's user '${user}', as whom it is read: chgrp ${group} ${file} and chmod 640 ${file}, and let ${user} pass the directories above it (${why})`;

const readAs = async (
  { commands, isRoot }: Ports,
  site: Site,
  file: string,
): Promise<{ readonly text: string } | { readonly refused: string }> => {
  // One byte more tells that there is more.
  const command = ['head', `--bytes=${MOST_BYTES + 1}`, '--', file];
  const description = `A file that the site file of ${site.name} names`;
  const properties = readerProperties(site);
  const service = systemdRunArguments({ description, deadline: DEADLINE, properties, command: literally(command) });
  try {
    const text = isRoot
      ? await commands.run('systemd-run', ['--pipe', ...service], {}, patienceMs(DEADLINE))
      : await commands.run('env', ['--', ...command]);
    return { text };
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    const { output, status } = error.facts;
    // Only its own words: before them stands what it read.
    const words = output.split('\n').findLast(line => line.startsWith('head: '));
    return { refused: words ?? `status ${status}` };
  }
};

const readerProperties = (site: Site): readonly Property[] => [
  ...ownerProperties(site),
  { name: 'Slice', value: sliceUnit(site.name) },
  { name: 'ProtectSystem', value: 'strict' },
  { name: 'PrivateNetwork', value: 'yes' },
  ...sandboxProperties,
];
