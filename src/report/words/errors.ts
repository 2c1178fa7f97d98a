import type { ErrorCode } from '../../base/error-facts.ts';
import { type PhpZdError, type RecordedError, recallError } from '../../base/errors.ts';
import { formatProblem } from '../../site/problem.ts';
import { balancerErrors } from './errors/balancer.ts';
import { handErrors } from './errors/by-hand.ts';
import { hostErrors } from './errors/host.ts';
import { releaseErrors } from './errors/release.ts';
import { replicaErrors } from './errors/replica.ts';
import { rollErrors } from './errors/roll.ts';
import { siteErrors } from './errors/site.ts';
import { systemdErrors } from './errors/systemd.ts';
import type { ErrorTable } from './errors/table.ts';
import { type Command, commandsIn, textOf } from './said.ts';

/** All errors, by what they are about, as the manual lists them. */
export const errorSections = {
  'Site files': siteErrors,
  systemd: systemdErrors,
  HAProxy: balancerErrors,
  Releases: releaseErrors,
  Replicas: replicaErrors,
  Rolls: rollErrors,
  'By hand': handErrors,
  'The host': hostErrors,
} as const;

const table: ErrorTable<ErrorCode> = {
  ...errorSections['Site files'],
  ...errorSections.systemd,
  ...errorSections.HAProxy,
  ...errorSections.Releases,
  ...errorSections.Replicas,
  ...errorSections.Rolls,
  ...errorSections['By hand'],
  ...errorSections['The host'],
};

/** What failed and why, as the end of a sentence: no capital, no full stop. */
export const describeError = <Code extends ErrorCode>(error: PhpZdError<Code>): string => {
  if ('problems' in error && Array.isArray(error.problems)) return error.problems.map(formatProblem).join('\n');
  return textOf(table[error.code].what(error.facts));
};

/** The same of an error that was kept; its code alone when it is of a version of php-zd that this one does not know. */
export const describeRecorded = (recorded: RecordedError): string => {
  const error = recallError(recorded);
  return error === undefined ? recorded.code : describeError(error);
};

/** What to type next, and what goes on meanwhile, where the words of the error do not say it themselves. */
export const nextAfter = <Code extends ErrorCode>(error: PhpZdError<Code>): string | undefined => {
  const next = table[error.code].next?.(error.facts);
  return next === undefined ? undefined : textOf(next);
};

/** The same of an error that was kept. */
export const nextAfterRecorded = (recorded: RecordedError): string | undefined => {
  const error = recallError(recorded);
  return error && nextAfter(error);
};

/** All commands that the words of the error have somebody type, in their order. */
export const commandsAfter = <Code extends ErrorCode>({ code, facts }: PhpZdError<Code>): readonly Command[] => {
  const { what, next } = table[code];
  return [...commandsIn(what(facts)), ...commandsIn(next?.(facts))];
};
