import type { PhpZdError } from '../base/errors.ts';
import { siteUnit } from '../base/paths.ts';
import { withoutControls } from '../base/printable.ts';
import { describeError } from '../report/words/errors.ts';
import { asSentence } from '../report/words/failure.ts';
import { errorOf, type LastRoll } from '../run/record/last-roll.ts';
import { type Cli, Exit } from './context.ts';
import { exitOfRefusal } from './failure.ts';

/** What failed, why, what serves now, what to type next. */
export const sayRollFailure = (cli: Cli, site: string, roll: LastRoll): Exit => {
  const why = errorOf(roll);
  const text = [
    `php-zd: roll of '${site}'${roll.release ? ` to ${roll.release}` : ''} ${roll.state === 'refused' ? 'was refused' : 'failed'}`,
    `: ${asSentence(why ? describeError(why) : 'it was killed')}\n`,
    `${nowWords[roll.outcome ?? 'unsettled'](roll)}\n`,
    `See "journalctl -eu ${siteUnit(site)}" or "php-zd status ${site}".\n`,
  ];
  cli.err(withoutControls(text.join('')));
  if (roll.outcome === 'refused') return why === undefined ? Exit.failed : exitOfRefusal(why.code);
  return { rolled: Exit.failed, 'rolled-back': Exit.failed, unsettled: Exit.look }[roll.outcome ?? 'unsettled'];
};

const nowWords: { readonly [Outcome in NonNullable<LastRoll['outcome']>]: (roll: LastRoll) => string } = {
  rolled: () => 'Every replica serves it all the same.',
  'rolled-back': ({ from }) => `${from ?? 'What was promoted before'} serves on every replica.`,
  refused: () => 'Nothing was touched.',
  unsettled: () => 'Not every replica could be put right: a person must look.',
};

/** Of a job that is no roll, or that ended before its roll began. */
export const sayJobFailure = (cli: Cli, site: string, error: PhpZdError): Exit => {
  cli.err(`php-zd: ${describeError(error)}.\nSee "journalctl -eu ${siteUnit(site)}" or "php-zd status ${site}".\n`);
  return Exit.failed;
};

/** ^C: systemd goes on with its job. */
export const sayStillRunning = (cli: Cli, site: string): Exit => {
  cli.err(`Left it running. Follow it again with "php-zd follow ${site}".\n`);
  return Exit.failed;
};
