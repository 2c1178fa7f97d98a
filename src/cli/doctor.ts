import { diagnosisJson, renderDiagnosis } from '../report/doctor/diagnosis.ts';
import { diagnose } from '../run/doctor/doctor.ts';
import { type Cli, Exit } from './context.ts';
import { jsonText } from './json.ts';
import { sitesOr } from './sites.ts';
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

/** What could not be looked at may be a problem: only when all was is the answer 0. */
const doctor = async (cli: Cli, names: readonly string[], { json }: { readonly json?: true }): Promise<Exit> => {
  const diagnosis = await diagnose(await cli.ports(), cli.version, await sitesOr(cli, names));
  cli.out(json ? jsonText(diagnosisJson(diagnosis)) : renderDiagnosis(diagnosis));
  const isWell = diagnosis.findings.every(({ severity }) => severity !== 'problem') && diagnosis.unmade.length === 0;
  return isWell ? Exit.done : Exit.failed;
};
