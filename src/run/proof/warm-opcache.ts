import * as v from 'valibot';
import type { WarmUpReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { FpmAnswer } from '../../ports/php-fpm.ts';
import { eachAtOnce } from '../ask/at-once.ts';
import { servingSlotsOrNone } from '../ask/serving.ts';
import type { HostedSite, SiteRun } from '../site/site-run.ts';
import { brokenBy } from './own-request.ts';

/**
 * How many scripts one request compiles: so many that the asking costs little beside the compiling, and so few that the request
 * soon ends when the time is over.
 */
const BATCH = 100;
/**
 * How many scripts are compiled one by one. A replica with more that fail has another trouble than scripts that cannot be
 * compiled beside one another.
 */
const MOST_ALONE = 500;
/** How long a serving replica is asked for its list: one without a free child for so long has better to do. */
const LIST_DEADLINE_MS = 5_000;

/**
 * Compiles in a new replica the scripts of the release that a serving replica has in its OPcache, as far as the new release has
 * them, and gives their number. A path names the same file of either release, as every replica sees its release at the same
 * place. Never fails: without OPcache, or without a serving replica, there is nothing to do, and a failure is emitted.
 */
export const warmOpcache = async (run: SiteRun, slot: number, end: number): Promise<number> => {
  const scripts = await usedScripts(run, slot, end);
  const tally: Tally = { compiled: 0, failed: [] };
  try {
    await compile(run, { slot, end, tally, batches: cut(scripts, BATCH) });
    // Two scripts that declare the same function cannot be compiled in one request.
    const alone = tally.compiled === 0 ? [] : tally.failed.slice(0, MOST_ALONE);
    await compile(run, { slot, end, tally, batches: cut(alone, 1) });
  } catch (error) {
    const reason = reasonOf(error, tally.compiled, scripts.length);
    const path = opcacheScript(run);
    run.emit({
      kind: 'warmup-failed',
      slot,
      error: new PhpZdError('warmup-failed', { replica: slot, path, reason }, error),
    });
  }
  return tally.compiled;
};

const reasonOf = (error: unknown, compiled: number, scripts: number): WarmUpReason => {
  if (error instanceof NoBatch) return { kind: 'scripts-status', script: error.script, status: error.status };
  const broken = brokenBy(error);
  return broken === undefined ? { kind: 'scripts-late', compiled, scripts } : { kind: 'scripts-unanswered', broken };
};

/** The answer is no count of scripts. */
class NoBatch extends Error {
  readonly script: string;
  readonly status: number;

  constructor(script: string, status: number) {
    super(`${script}: ${status}`);
    this.script = script;
    this.status = status;
  }
}

interface Tally {
  compiled: number;
  readonly failed: string[];
}

/** The scripts of the first serving replica that tells them. */
const usedScripts = async (hosted: HostedSite, slot: number, end: number): Promise<readonly string[]> => {
  for (const other of await othersServing(hosted, slot)) {
    const scripts = await listScripts(hosted, other, end);
    if (scripts.length > 0) return scripts;
  }
  return [];
};

const othersServing = async (hosted: HostedSite, slot: number): Promise<readonly number[]> =>
  (await servingSlotsOrNone(hosted)).filter(other => other !== slot);

/**
 * The scripts in a replica's OPcache. Empty also when the replica does not know the question, since an older php-zd may have
 * made its generation.
 */
const listScripts = async (hosted: HostedSite, slot: number, end: number): Promise<readonly string[]> => {
  const deadlineMs = Math.min(LIST_DEADLINE_MS, end - hosted.ports.clock.monotonicMs());
  if (deadlineMs <= 0) return [];
  try {
    const scripts = parseAnswer(scriptList, await ask(hosted, slot, { deadlineMs })) ?? [];
    return scripts.filter(script => script.startsWith(`${hosted.site.mount}/`));
  } catch (error) {
    brokenBy(error); // goes on with a bug
    return [];
  }
};

interface Compilation {
  readonly slot: number;
  readonly end: number;
  readonly batches: readonly (readonly string[])[];
  readonly tally: Tally;
}

const compile = (hosted: HostedSite, { slot, end, batches, tally }: Compilation): Promise<void> =>
  eachAtOnce(batches, hosted.site.warmup.concurrency, async batch => {
    // When a script ended the request, it is the last one that the request came to: the rest is asked for anew.
    for (let rest = batch; rest.length > 0; ) {
      const { compiled, missing, failed } = await compileBatch(hosted, slot, { scripts: rest, end });
      tally.compiled += compiled;
      tally.failed.push(...failed);
      rest = rest.slice(compiled + missing + failed.length);
    }
  });

/** What src/render/opcache.php answers. */
const scriptList = v.array(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const batchAnswer = v.object({ compiled: count, missing: count, failed: v.array(v.string()) });
type BatchAnswer = Readonly<v.InferOutput<typeof batchAnswer>>;

/** The answer is about one of the scripts at least, and about no others. */
const isAbout = ({ compiled, missing, failed }: BatchAnswer, scripts: readonly string[]): boolean => {
  const answered = compiled + missing + failed.length;
  return answered > 0 && answered <= scripts.length;
};

interface Batch {
  readonly scripts: readonly string[];
  readonly end: number;
}

const compileBatch = async (hosted: HostedSite, slot: number, { scripts, end }: Batch): Promise<BatchAnswer> => {
  const deadlineMs = end - hosted.ports.clock.monotonicMs();
  if (deadlineMs <= 0) throw new PhpZdError('deadline', { what: 'OPcache', ms: hosted.site.warmup.deadlineMs });
  const answer = await ask(hosted, slot, { deadlineMs, scripts });
  const parsed = parseAnswer(batchAnswer, answer);
  if (parsed !== undefined && isAbout(parsed, scripts)) return parsed;
  throw new NoBatch(opcacheScript(hosted), answer.status);
};

/** Where a replica has the script that php-zd asks. */
export const opcacheScript = ({ paths }: Pick<HostedSite, 'paths'>): string => `${paths.phpIni}/opcache.php`;

interface Question {
  readonly deadlineMs: number;
  /** The scripts to compile. Undefined: the request asks which scripts there are. */
  readonly scripts?: readonly string[];
}

const ask = (hosted: HostedSite, slot: number, { deadlineMs, scripts }: Question): Promise<FpmAnswer> => {
  const { paths, ports } = hosted;
  const question = {
    scriptFilename: opcacheScript(hosted),
    documentRoot: paths.phpIni,
    uri: '/opcache.php',
    headers: new Map<string, string>(),
    ...(scripts === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(scripts) }),
  };
  return ports.fpm.request(paths.socket(slot), question, { deadlineMs });
};

/** The application's own code may have written the answer. */
const MOST_ANSWER = 4 * 1024 * 1024;

/** Undefined as when the site's auto_prepend_file says something first. */
const parseAnswer = <Answer>(
  schema: v.GenericSchema<unknown, Answer>,
  { status, body }: FpmAnswer,
): Answer | undefined => (status === 200 && body.length <= MOST_ANSWER ? parseJson(schema, body) : undefined);

const cut = (scripts: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(scripts.length / size) }, (_, index) =>
    scripts.slice(index * size, (index + 1) * size),
  );
