import { isError, isFound, valueUnless } from '../base/errors.ts';
import { compiledWords } from '../report/words/compiled.ts';
import { packagedWords } from '../report/words/own-release.ts';
import { checkedWords, untestedWords } from '../report/words/verbs.ts';
import { keepMountsSocket } from '../run/ask/own-sockets.ts';
import { changedSnippet } from '../run/generation/changed-snippet.ts';
import { leftSessions } from '../run/generation/left-sessions.ts';
import { requireReadyHost } from '../run/roll/ready-host.ts';
import { sharedCode } from '../run/site/compiled.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import { findRelease } from '../run/site/fit-release.ts';
import { findStray, linksIn, strayProblem } from '../run/site/links.ts';
import type { LoadedSite } from '../run/site/load-site.ts';
import { openSecrets } from '../run/site/open-secrets.ts';
import { lostOverrides } from '../run/site/overrides.ts';
import type { Ports } from '../run/site/ports.ts';
import { hostedSite } from '../run/site/site-run.ts';
import { requireFitUserIni } from '../run/site/user-ini.ts';
import { requireBalancerAccepts } from '../run/site/validate.ts';
import { requireFpmAccepts } from '../run/transient/fpm-accepts.ts';
import { requireWebAccepts } from '../run/transient/web-accepts.ts';
import { isPackaged } from '../site/packaged-release.ts';
import { formatProblem } from '../site/problem.ts';
import { type Cli, Exit } from './context.ts';
import { reportFailure, worst } from './failure.ts';
import { sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addCheck: AddVerbs = (program, cli, verb) => {
  program
    .command('check [SITE...]')
    .description('check site files and what would be rendered of them; every problem at once')
    .action(verb((names: string[]) => check(cli, names)));
};

/** Says every problem of every site at once. A problem of defaults.ini, which all sites have, is said once. */
const check = async (cli: Cli, names: readonly string[]): Promise<Exit> => {
  const known = new Set<string>();
  const once: Cli = {
    ...cli,
    err: said =>
      String(said)
        .split('\n')
        .filter(isNew)
        .forEach(line => void cli.err(`${line}\n`)),
  };
  const isNew = (line: string): boolean => line !== '' && !known.has(line) && Boolean(known.add(line));
  const exits: Exit[] = [];
  for (const name of await sitesOr(cli, names)) exits.push(await checkSite(once, name));
  return worst(exits);
};

const checkSite = async (cli: Cli, name: string): Promise<Exit> => {
  const ports = await cli.ports();
  try {
    const loaded = await loadSiteToRun(ports, name);
    const warnings = [
      ...(await openSecrets(ports, loaded)),
      ...(await lostOverrides(ports, loaded.site)),
      ...(await leftSessions(ports, loaded)),
      ...(await changedSnippet(ports, loaded)),
    ];
    for (const warning of warnings) cli.err(`${formatProblem(warning)} (warning)\n`);
    const release = await checkLoaded(cli, ports, loaded);
    cli.out(checkedWords(loaded.site, release));
    return Exit.done;
  } catch (error) {
    const exit = reportFailure(cli, error);
    // What php-fpm or haproxy find wrong comes from the site file.
    return isError(error) && isFound(error) ? Exit.invalid : exit;
  }
};

/** Says the site's warnings, then asks php-fpm and haproxy. Gives the release that a reload would roll to. */
export const checkLoaded = async (cli: Cli, ports: Ports, loaded: LoadedSite): Promise<string> => {
  const { site, warnings } = loaded;
  for (const warning of warnings) cli.err(`${formatProblem(warning)} (warning)\n`);
  const run = hostedSite(site, ports);
  await requireReadyHost(run, loaded);
  const { path: release, linked, identity } = await findRelease(run);
  const seen = { ...{ release, linked, identity }, formerMount: undefined };
  await requireFitUserIni(run, release);
  const stray = await findStray(ports, release, site);
  if (stray !== undefined) {
    const isOfPackage = isPackaged(release);
    cli.err(
      isOfPackage ? packagedWords(stray, site.name) : `${formatProblem(strayProblem(stray, loaded))} (warning)\n`,
    );
  }
  const shared = () => sharedCode(ports, { site, release }, () => linksIn(ports, release));
  for (const code of (await valueUnless(shared, 'command-failed')) ?? []) cli.err(compiledWords(code));
  if (ports.isRoot) {
    await keepMountsSocket(ports);
    for (const requireAccepted of [requireFpmAccepts, requireWebAccepts]) {
      const warned = await requireAccepted(run, { ...seen, id: cli.newRollId() });
      for (const warning of warned) cli.err(`${formatProblem(warning)} (warning)\n`);
    }
  } else cli.err(untestedWords(site.name));
  await cli.withScratch(scratch => requireBalancerAccepts(run, scratch, cli.balancerBase));
  return release;
};
