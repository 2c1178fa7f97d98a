import { is } from 'valibot';
import { type ErrorCode, type ErrorFacts, errorFacts } from './error-facts.ts';

/**
 * The one error class: a code from the closed list, the facts as fields, the cause kept. A broken invariant is a plain Error: a
 * bug. An adapter translates a foreign error into one of these at once and keeps it as the cause. Words are made in report/ alone.
 */
export class PhpZdError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'PhpZdError';
  readonly code: Code;
  readonly facts: ErrorFacts[Code];

  constructor(code: Code, facts: ErrorFacts[Code], cause?: unknown) {
    super(`${code} ${JSON.stringify(facts)}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** One of several codes, with the facts of that one. */
export type ErrorOf<Code extends ErrorCode> = Code extends ErrorCode ? PhpZdError<Code> : never;

/** With no code, any error of ours. */
export const isError = <Code extends ErrorCode>(error: unknown, ...codes: readonly Code[]): error is ErrorOf<Code> =>
  error instanceof PhpZdError && (codes.length === 0 || codes.some(code => code === error.code));

/** What it comes to; undefined where that rejects with one of these codes, or with no code, with any error of ours. */
export const valueUnless = async <Value>(
  ask: () => Promise<Value>,
  ...codes: readonly ErrorCode[]
): Promise<Value | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (isError(error, ...codes)) return undefined;
    throw error;
  }
};

/** The status of a command whose program is not there. */
export const NO_PROGRAM = 'ENOENT';

/** The status of one that was ended since it said more than is kept: a part of what it says is not all of it. */
export const TOO_MUCH = 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';

/** Whether a program found something wrong: what was given to it comes from the site file. */
export const isFound = ({ code, facts }: { readonly code: string; readonly facts: object }): boolean =>
  code === 'command-failed' && !('status' in facts && facts.status === NO_PROGRAM);

/** The errors of a file system that takes nothing more, whoever writes. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS'];

/** Whether a file could not be written because its file system is full or read-only. */
export const isFull = (error: unknown): error is ErrorOf<'file-system'> =>
  isError(error, 'file-system') && FULL.includes(error.facts.errno);

/** The replica that an error is about, when it is about one. */
export const replicaIn = ({ facts }: { readonly facts: object }): number | undefined =>
  'replica' in facts && typeof facts.replica === 'number' ? facts.replica : undefined;

/** An error as it is kept. Another version of php-zd may have written it, with a code or facts that this one does not know. */
export interface RecordedError {
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export const recordError = ({ code, facts }: PhpZdError): RecordedError => ({ code, facts: { ...facts } });

/** The error again; undefined when this version does not know its code, or its facts are others. */
export const recallError = ({ code, facts }: RecordedError): PhpZdError | undefined => {
  if (!isErrorCode(code)) return undefined;
  return is(errorFacts[code], facts) ? new PhpZdError<ErrorCode>(code, facts) : undefined;
};

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorFacts, code);
