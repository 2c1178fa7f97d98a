import type { Finding, Severity } from '../../run/doctor/check.ts';
import type { CheckName, Diagnosis } from '../../run/doctor/doctor.ts';
import { countWords } from '../words/count.ts';
import { describeError } from '../words/errors.ts';
import { asSentence } from '../words/failure.ts';
import { doctorWords, fixOf } from './words.ts';

const severities: readonly Severity[] = ['problem', 'warning', 'note'];

/** A diagnosis for people: the worst findings first, then the checks that could not be made, then how many were made. */
export const renderDiagnosis = ({ made, findings, unmade }: Diagnosis): string =>
  [
    ...severities.flatMap(severity => findings.filter(finding => finding.severity === severity).map(renderFinding)),
    ...unmadeLines(unmade),
    `${countWords(made, 'check')} made: ${severities.map(severity => countOf(findings, severity)).join(', ')}${unmade.length === 0 ? '' : `; ${countWords(unmade.length, 'check')} could not be made`}.\n`,
  ].join('');

const renderFinding = ({ check, severity, site, facts }: Finding<CheckName>): string => {
  const { found, fix } = doctorWords(check, facts, site);
  return `${severity} (${check}): ${site === undefined ? '' : `${site}: `}${found}.\n    Fix: ${fix}.\n`;
};

/** Lines for the checks that could not be made, one for each reason. */
const unmadeLines = (unmade: Diagnosis['unmade']): readonly string[] => {
  const reasons = new Map<string, CheckName[]>();
  for (const { check, site, error } of unmade) {
    const reason = `${site === undefined ? '' : `${site}: `}${describeError(error)}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), check]);
  }
  return [...reasons].map(([reason, checks]) => `not checked (${checks.join(', ')}): ${asSentence(reason)}\n`);
};

const countOf = (findings: Diagnosis['findings'], severity: Severity): string =>
  countWords(findings.filter(finding => finding.severity === severity).length, severity);

/** A diagnosis for programs, with the words too. */
export const diagnosisJson = ({ made, findings, unmade }: Diagnosis): object => ({
  made,
  findings: findings.map(finding => {
    const { check, facts, site } = finding;
    return { ...finding, ...doctorWords(check, facts, site), steps: fixOf(check, facts, site) };
  }),
  unmade: unmade.map(({ check, site, error }) => ({ check, site, reason: describeError(error) })),
});
