import type { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { withoutControls } from '../../base/printable.ts';
import type { LastRoll } from '../../run/record/last-roll.ts';
import { describeError, describeRecorded, nextAfterRecorded } from './errors.ts';
import { asSentence } from './failure.ts';

/** How a roll ended that did not end well: what failed, why, what serves now, what to type next. */
export const rollOutcomeWords = (site: string, roll: LastRoll): string => {
  const text = [
    `php-zd: roll of '${site}'${roll.release ? ` to ${roll.release}` : ''} ${roll.state === 'refused' ? 'was refused' : 'failed'}`,
    `: ${asSentence(roll.error ? describeRecorded(roll.error) : 'it was killed')}\n`,
    `${nowWords[roll.outcome ?? 'unsettled'](roll)}\n`,
    nextWords(roll),
    seeWords(site),
  ];
  return withoutControls(text.join(''));
};

const nowWords: { readonly [Outcome in NonNullable<LastRoll['outcome']>]: (roll: LastRoll) => string } = {
  rolled: () => 'Every replica serves it all the same.',
  'rolled-back': ({ from }) => `${from ?? 'What was promoted before'} serves on every replica.`,
  refused: () => 'Nothing was touched.',
  unsettled: () => 'Not every replica could be put right: a person must look.',
};

/** What a roll was refused for is there before it, and somebody can put it right; so is a disk that became full meanwhile. */
const nextWords = ({ state, error }: LastRoll): string => {
  const isPutRight = state === 'refused' || error?.code === 'file-system';
  const next = isPutRight && error !== undefined ? nextAfterRecorded(error) : undefined;
  return next === undefined ? '' : `${next}\n`;
};

/** The words for a failed job that was no roll, or that ended before its roll began. */
export const jobFailureWords = (site: string, error: PhpZdError): string =>
  `php-zd: ${describeError(error)}.\n${seeWords(site)}`;

const seeWords = (site: string): string =>
  `See "journalctl -eu ${siteUnit(site)}", "php-zd status ${site}" or "php-zd doctor ${site}".\n`;
