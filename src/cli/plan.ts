import { planRoll } from '../plan/roll.ts';
import { stepWords } from '../report/step-words.ts';
import { changedFiles } from '../run/generation/apply.ts';
import { describeGeneration } from '../run/generation/generation.ts';
import { goalOf } from '../run/goal.ts';
import { loadSite } from '../run/load-site.ts';
import { observeSite } from '../run/observe.ts';
import { siteRun } from '../run/site-run.ts';
import { resolveRelease } from '../run/validate.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite, sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addPlan: AddVerbs = (program, cli, verb) => {
  program
    .command('plan [SITE...]')
    .description('say what a reload would do now, step by step')
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: { json?: true }) => plan(cli, names, options)));
};

/** What a reload would do now, changing nothing. */
const plan = async (cli: Cli, names: readonly string[], options: { readonly json?: true }): Promise<Exit> => {
  const plans: object[] = [];
  const exit = await forEachSite(cli, await sitesOr(cli, names), async name => {
    const ports = await cli.ports();
    const { site } = await loadSite(ports, name);
    const run = siteRun(site, ports, () => undefined);
    const release = await resolveRelease(run);
    const generation = await describeGeneration(run, site, release);
    const files = (await changedFiles(run, generation)).map(({ path }) => path);
    const steps = planRoll(await goalOf({ ...run, generation }), await observeSite(run));
    if (options.json) plans.push({ site: name, release, files, steps });
    else cli.out(planText(name, release, files, steps.map(stepWords)));
    return Exit.done;
  });
  if (options.json) cli.out(`${JSON.stringify(plans, undefined, 2)}\n`);
  return exit;
};

const planText = (
  site: string,
  release: string,
  files: readonly string[],
  steps: readonly { readonly todo: string }[],
): string =>
  [
    `${site}: a reload would roll to ${release}`,
    ...files.map(file => `   -  write ${file}`),
    ...steps.map(({ todo }, index) => `${String(index + 1).padStart(4)}  ${todo}`),
    '',
  ].join('\n');
