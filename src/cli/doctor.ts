import { diagnosisJson, renderDiagnosis } from '../report/doctor/diagnosis.ts';
import { withStatus } from '../report/doctor/status-findings.ts';
import { diagnose } from '../run/doctor/doctor.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { type Cli, Exit } from './context.ts';
import { worst } from './failure.ts';
import { jsonText } from './json.ts';
import { forEachSite, sitesOr } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addDoctor: AddVerbs = (program, cli, verb) => {
  program
    .command('doctor [SITE...]')
    .description(
      'look for what would lose requests or fail a roll: host, web server and sites, each finding with its fix',
    )
    .option('--json', 'as JSON')
    .action(verb((names: string[], options: { json?: true }) => doctor(cli, names, options)));
};

/** Ends with 0 only when every check could be made: one that could not may have hidden a problem. */
const doctor = async (cli: Cli, names: readonly string[], { json }: { readonly json?: true }): Promise<Exit> => {
  const ports = await cli.ports();
  const known: string[] = [];
  const exit = await forEachSite(cli, await sitesOr(cli, names), async site => {
    await requireSiteFile(ports, site);
    known.push(site);
    return Exit.done;
  });
  const diagnosis = withStatus(await diagnose(ports, cli.version, known));
  cli.out(json ? jsonText(diagnosisJson(diagnosis)) : renderDiagnosis(diagnosis));
  const isWell = diagnosis.findings.every(({ severity }) => severity !== 'problem') && diagnosis.unmade.length === 0;
  return worst([exit, isWell ? Exit.done : Exit.failed]);
};
