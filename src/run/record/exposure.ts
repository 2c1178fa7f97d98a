import * as v from 'valibot';
import { valueUnless } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { formatState, MOST_STATE_BYTES, parseState, type StateFormats } from '../../base/state-format.ts';
import type { Hosted } from '../site/site-run.ts';
import { unlessFull } from './unless-full.ts';

const exposure = v.object({ exposure: v.pipe(v.number(), v.minValue(0), v.maxValue(10)) });
const formats: StateFormats<v.InferOutput<typeof exposure>> = [exposure];

/** Any replica: what the template says, with what the operator adds to it. */
const ANY_SLOT = 1;

/** What systemd said of the site's sandbox when it read the units last, from 0 to 10; undefined when it never did. */
export const readExposure = async ({ ports, paths }: Hosted): Promise<number | undefined> => {
  const text = await ports.files.read(paths.exposure, MOST_STATE_BYTES);
  return text === undefined ? undefined : parseState(formats, text)?.exposure;
};

/**
 * Asks systemd how exposed the replicas are, and keeps that: a status that asked by itself would be slower by a half (facts.md N78). A
 * host whose systemd does not say has none kept, and nothing fails for it.
 */
export const keepExposure = async ({ ports, paths, site }: Hosted): Promise<void> => {
  const asked = ['security', '--no-pager', replicaUnit(site.name, ANY_SLOT)];
  const said = await valueUnless(() => ports.commands.run('systemd-analyze', asked), 'command-failed');
  const [, score] = /Overall exposure level for \S{1,300}: (\d{1,2}\.\d)/.exec(said ?? '') ?? [];
  if (score === undefined) await ports.files.remove(paths.exposure);
  else
    await unlessFull(
      ports.files.write(paths.exposure, formatState(formats, { exposure: Number(score) }), { mode: 0o644 }),
    );
};
