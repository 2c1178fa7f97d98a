import { InvalidArgumentError } from 'commander';
import { announceDrill, drillJson, renderDrill } from '../report/drill/drill.ts';
import { whichPageWords } from '../report/words/verbs.ts';
import { drillSite, isFlawless } from '../run/drill/drill.ts';
import { planDrill } from '../run/drill/plan-drill.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import { hostedSite } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { worst } from './failure.ts';
import { askForJob, sayJobEnd } from './job.ts';
import { jsonText, orEmptyArray } from './json.ts';
import type { AddVerbs } from './verbs.ts';

export const addDrill: AddVerbs = (program, cli, verb) => {
  program
    .command('drill <SITE>')
    .description('roll to what serves already, under a load of its own, and count what was lost')
    .option('--clients <N>', 'ask this many at once, 8 unless written', clientNumber)
    .option('--seconds <N>', 'how long a long request takes', secondNumber, 3)
    .option('--app', 'ask the application too: GET, the path of [health]')
    .option('--app-path <PATH>', 'ask the application for this path', appPath)
    .option('--reload-balancer', 'reload HAProxy in the middle of the roll')
    .option('--json', 'as JSON')
    .action(
      verb((name: string, options: DrillOptions) =>
        orEmptyArray(cli, options.json === true, () => drill(cli, name, options)),
      ),
    );
};

interface DrillOptions {
  readonly clients?: number;
  readonly seconds: number;
  readonly app?: true;
  readonly appPath?: string;
  readonly reloadBalancer?: true;
  readonly json?: true;
}

/** Says what the drill will do, rolls as `php-zd reload` does, and prints what was counted. */
const drill = async (cli: Cli, name: string, options: DrillOptions): Promise<Exit> => {
  const ports = await cli.ports();
  const { site } = await loadSiteToRun(ports, name);
  const app = options.appPath ?? (options.app && site.health?.path);
  if (options.app && app === undefined) {
    cli.err(whichPageWords(name));
    return Exit.invalid;
  }
  const run = hostedSite(site, ports);
  const plan = await planDrill(run, {
    ...{ id: cli.newRollId(), clients: options.clients, longMs: options.seconds * 1000, appPath: app },
    reloadsBalancer: options.reloadBalancer ?? false,
  });
  cli.err(announceDrill(name, plan, options.clients));
  const asked = { action: 'reload', site: name } as const;
  const { report, outcome } = await drillSite(run, plan, async () =>
    sayJobEnd(cli, asked, await askForJob(cli, ports, { ...asked, options: { receipt: false } })),
  );
  cli.out(options.json ? jsonText([drillJson(report)]) : renderDrill(report));
  return worst([outcome, isFlawless(report) ? Exit.done : Exit.failed]);
};

const MOST_CLIENTS = 64;
const MOST_SECONDS = 600;

const clientNumber = (text: string): number => {
  const clients = Number(text);
  if (Number.isInteger(clients) && clients >= 1 && clients <= MOST_CLIENTS) return clients;
  throw new InvalidArgumentError(`Clients are a number from 1 to ${MOST_CLIENTS}.`);
};

const secondNumber = (text: string): number => {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= MOST_SECONDS) return seconds;
  throw new InvalidArgumentError(`Seconds are a number from 0.1 to ${MOST_SECONDS}.`);
};

const appPath = (text: string): string => {
  if (/^\/[\x21-\x7e]*$/.test(text)) return text;
  throw new InvalidArgumentError('A path begins with "/".');
};
