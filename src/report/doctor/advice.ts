import { type PhpZdError, type RecordedError, recallError } from '../../base/errors.ts';
import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';
import { timesWords } from '../words/count.ts';
import { describeRecorded } from '../words/errors.ts';
import { type Command, journalOf, phpZd, systemctl, typed } from '../words/said.ts';
import { instantWords } from '../words/time.ts';

/**
 * What to do about a finding, in this order; afterwards it is gone, and the site serves. A test does on a machine what stands here
 * (test/scene/fixes.ts has how each check is brought about), so that nothing is advised that nobody has tried. Nothing above a
 * site's own directory is changed.
 */
export interface Fix {
  /** What a person writes or decides that php-zd cannot know, in words, without a full stop. */
  readonly first?: string;
  /** A file of php-zd's own at the host, as it is to be. */
  readonly file?: { readonly path: string; readonly text: string };
  /** A line for the site file. */
  readonly ini?: { readonly section: string; readonly line: string };
  readonly type?: readonly Command[];
}

/** What a check found, with the reason, without a full stop; and what to do about it. */
export interface Advice {
  readonly found: string;
  readonly fix: Fix;
}

/** One for every check. */
export type AdviceOf<Name extends CheckName> = {
  readonly [Check in Name]: (facts: Facts, site: string) => Advice;
};

/** The fix in one line, without a full stop. */
export const fixWords = ({ first, file, ini, type = [] }: Fix): string =>
  [
    ...(first === undefined ? [] : [first]),
    ...(file === undefined ? [] : [`write "${file.text.trimEnd().replaceAll('\n', '\\n')}" into ${file.path}`]),
    ...(ini === undefined ? [] : [`write ${ini.line} in [${ini.section}] of the site file`]),
    ...type.map(typed),
  ].join(', then ');

/** What failed, of an error that a finding has among its facts. */
export const errorWords = (error: Facts[string]): string => (isRecorded(error) ? describeRecorded(error) : '');

export const errorIn = (error: Facts[string]): PhpZdError | undefined =>
  isRecorded(error) ? recallError(error) : undefined;

const isRecorded = (error: Facts[string]): error is RecordedError => typeof error === 'object' && 'code' in error;

/** A HAProxy that ended by itself. */
export const endedAdvice = ({ unit, count, lastAt }: Facts): Advice => ({
  found: `${unit} was started again by systemd ${timesWords(Number(count))}, last at ${instantWords(Number(lastAt))}, since it ended by itself, with every request that it had, or did not come up`,
  fix: {
    first: 'look for what it said before "Main process exited"; from the last line on it is counted anew',
    type: [journalOf(String(unit)), systemctl('reset-failed', String(unit))],
  },
});

export const listFact = (fact: Facts[string]): string => (Array.isArray(fact) ? fact.join(', ') : String(fact));

/** What a person does where connections are kept open: php-zd does not know who is at their other end. */
export const END_HOLDERS =
  'end what keeps them open: a program of this host, or visitors, whose number the web server bounds (limit_conn of nginx)';

export const reload = (site: string): Command => phpZd('reload', site);
/** As `reload`, on the release that the replicas have. */
export const reloadOutdated = (site: string): Command => phpZd('reload', '--outdated', site);
