import { isError, PhpZdError } from '../../base/errors.ts';
import { paths as own, testUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { REPLICA_VARIABLE } from '../../render/fpm-config.ts';
import { START_TIMEOUT_S } from '../../render/replica-unit.ts';
import { literally, lookFor, patienceMs, systemdRunArguments } from '../../render/transient.ts';
import { readIniLines } from '../../site/ini-lines.ts';
import {
  HEARD,
  type HowToLoad,
  howToInstall,
  lostAtStart,
  readPhpStart,
  unloadedExtension,
} from '../../site/php-start.ts';
import type { Problem } from '../../site/problem.ts';
import { loadedExtensions } from '../observe/changed-extensions.ts';
import { lostProblems } from '../observe/lost-extensions.ts';
import { howToLetIn } from '../site/closed-php.ts';
import { SiteProblems } from '../site/load-site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type ViewRequest, withView } from './view.ts';

const DEADLINE = lookFor(START_TIMEOUT_S * 1000);

/**
 * Has `php-fpm -t` judge the configuration of a replica of this release, as the site's user in a replica's view and sandbox: the
 * test runs preload scripts and opens the log files that the site names (facts.md N3), as the replica itself would. Rejects with
 * `site-invalid`, a `SiteProblems`, where it refuses a line of [pool], PHP cannot read the host's php.ini, or does not come to load an
 * extension that the running replicas have; else with `command-failed`, in php-fpm's own words. Gives what else PHP warns of.
 */
export const requireFpmAccepts = async (
  hosted: HostedSite,
  request: Omit<ViewRequest, 'unit'>,
): Promise<readonly Problem[]> => {
  const { site, paths, ports } = hosted;
  const command = [site.php.binary, '-t', '--fpm-config', paths.fpmConfig, '--force-stderr'];
  // What php-fpm says belongs to who asks, and not into the journal.
  const unit = testUnit(site.name, request.id);
  const view = { ...request, unit, log: '/dev/null', mayBeFirst: true };
  return await withView(hosted, view, async ({ properties, enter }) => {
    const service = systemdRunArguments({
      unit,
      isForgotten: true,
      description: `Test of the configuration of site ${site.name}`,
      deadline: DEADLINE,
      properties: [...properties, { name: 'Environment', value: `${REPLICA_VARIABLE}=1` }],
      command: [...enter, ...literally([...command, ...HEARD])],
    });
    try {
      const said = await ports.commands.hear('systemd-run', ['--pipe', ...service], patienceMs(DEADLINE));
      return await judgeStart(hosted, said);
    } catch (error) {
      if (!isError(error, 'command-failed')) throw error;
      const problem = await problemIn(error.facts.output, hosted);
      if (problem !== undefined) throw new SiteProblems(site.name, [problem]);
      throw new PhpZdError('command-failed', { ...error.facts, command: command.join(' ') }, error);
    }
  });
};

/** What PHP warns of. Rejects where a replica would lack what php.ini says, though php-fpm accepts that. */
const judgeStart = async (hosted: HostedSite, said: string): Promise<readonly Problem[]> => {
  const { ports, site } = hosted;
  const start = readPhpStart(said, ports.host.phpIniFiles(site.php));
  const { unloaded, warnings } = start;
  const loaded = unloaded.length === 0 ? new Set<string>() : await loadedExtensions(hosted);
  const howTo: HowToLoad = each => (each.closed === undefined ? howToInstall(each) : howToLetIn(hosted, each.closed));
  const problems = lostAtStart(start, loaded, howTo);
  if (problems.length > 0) throw new SiteProblems(site.name, problems);
  return [...warnings, ...unloaded.map(each => unloadedExtension(each, howTo)), ...(await lostProblems(hosted))];
};

/** The first thing that php-fpm finds wrong, without the time and its own file, which is made of the site's. */
const REFUSAL = /(?:ALERT|ERROR): \[(?:pool )?[^\]\n]{1,300}\] (?<found>.{1,500})$/m;

/** What php-fpm finds wrong in [pool], at its line in the operator's file. */
const problemIn = async (output: string, { site, ports }: HostedSite): Promise<Problem | undefined> => {
  const found = REFUSAL.exec(output)?.groups?.['found'];
  if (found === undefined) return undefined;
  const files = [site.file, own.defaults].map(async file => ({ file, text: (await ports.files.read(file)) ?? '' }));
  const lines = (await Promise.all(files)).flatMap(({ file, text }) =>
    readIniLines(file, text)
      .entries.filter(({ section }) => section === 'pool')
      .map(({ key, line }) => ({ file, key, line, at: placeOf(key, found) })),
  );
  const [first] = lines.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at || b.key.length - a.key.length);
  if (first === undefined) return undefined;
  const { file, line, key } = first;
  return { file, line, message: `php-fpm refuses '${key}': ${printable(found, 300)}` };
};

/** Where php-fpm names a directive, or one that belongs to it, such as `pm.NAME` to `pm`; -1 for nowhere. */
const placeOf = (key: string, found: string): number =>
  [`'${key}'`, `${key}(`, `${key} `, `${key}.`].map(word => found.indexOf(word)).find(at => at >= 0) ?? -1;
