import { capacityLine, memoryWarning } from '../report/words/capacity.ts';
import { stepWords } from '../report/words/steps.ts';
import { changedSnippet } from '../run/generation/changed-snippet.ts';
import { planReload, type ReloadPlan } from '../run/roll/plan-reload.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import { hostedSite } from '../run/site/site-run.ts';
import { formatProblem } from '../site/problem.ts';
import { type Cli, Exit } from './context.ts';
import { jsonText } from './json.ts';
import { forEachSite, sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addPlan: AddVerbs = (program, cli, verb) => {
  program
    .command('plan [SITE...]')
    .description('say what a reload would do now, step by step, and whether the others carry the load meanwhile')
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: { json?: true }) => showPlans(cli, names, options)));
};

/** Shows what a reload would do now. Changes nothing. */
const showPlans = async (cli: Cli, names: readonly string[], options: { readonly json?: true }): Promise<Exit> => {
  const plans: ReloadPlan[] = [];
  const exit = await forEachSite(cli, await sitesOr(cli, names), async name => {
    const ports = await cli.ports();
    const loaded = await loadSiteToRun(ports, name);
    for (const warning of await changedSnippet(ports, loaded)) cli.err(`${formatProblem(warning)} (warning)\n`);
    const planned = await planReload(hostedSite(loaded.site, ports), loaded);
    if (options.json) plans.push(planned);
    else cli.out(planText(planned));
    return Exit.done;
  });
  if (options.json) cli.out(jsonText(plans));
  return exit;
};

const planText = ({ site, isStopped, release, steps, capacity, memory }: ReloadPlan): string => {
  const warning = memoryWarning(memory);
  return [
    isStopped
      ? `${site}: not started, so a reload is refused; from here it would roll to ${release}`
      : `${site}: a reload would roll to ${release}`,
    ...steps.map((step, index) => `${String(index + 1).padStart(4)}  ${stepWords(step).todo}`),
    capacityLine(capacity),
    ...(warning === undefined ? [] : [warning]),
    '',
  ].join('\n');
};
