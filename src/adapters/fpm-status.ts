import * as v from 'valibot';
import { beginOf } from '../base/begin-of.ts';
import { parseJson } from '../base/parse-json.ts';
import type { FpmProcess, FpmStatus } from '../ports/php-fpm.ts';

/** Of the strings of a child: FPM itself has no longer one, unless it is not FPM that answers. */
const MOST_TEXT = 1_024;
/** Children beyond these are counted, and not named. */
const MOST_PROCESSES = 4_096;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const fpmCounts = v.object({
  'active processes': count,
  'idle processes': count,
  'total processes': count,
  'accepted conn': count,
  'max children reached': count,
  'start since': count,
});

const PROCESSES = '"processes":';

/**
 * FPM's status in JSON; undefined when the text is none. The counts stand before the processes and hold nothing that a client
 * sent. The processes do, and an older PHP wrote a request's URI, method and user unescaped: so counts and processes are read
 * apart. The application may have written the whole text: everything here takes time in proportion to its length.
 */
export const parseStatus = (body: string): FpmStatus | undefined => {
  const at = body.indexOf(PROCESSES);
  if (at < 0) return undefined;
  const head = body.slice(0, at).trimEnd();
  const counts = parseJson(fpmCounts, `${head.endsWith(',') ? head.slice(0, -1) : head}}`);
  if (counts === undefined) return undefined;
  return {
    activeProcesses: counts['active processes'],
    idleProcesses: counts['idle processes'],
    totalProcesses: counts['total processes'],
    acceptedConnections: counts['accepted conn'],
    maxChildrenReached: counts['max children reached'],
    startSince: counts['start since'],
    processes: parseProcesses(body.slice(at + PROCESSES.length)),
  };
};

/** A count as JSON has it, or as the digits that were found in its place. A number that is none is not FPM's. */
const found = v.fallback(v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), count), 0);
const text = v.fallback(
  v.pipe(
    v.string(),
    v.transform(value => beginOf(value, MOST_TEXT)),
  ),
  '-',
);
const fpmProcess = v.object({
  pid: found,
  state: text,
  'request uri': text,
  'request method': text,
  script: text,
  'request duration': found,
  'start since': found,
});

const parseProcesses = (tail: string): readonly FpmProcess[] => {
  const json = tail.trimEnd();
  const whole = parseJson(v.array(v.unknown()), json.endsWith('}') ? json.slice(0, -1) : json);
  return (whole ?? scanProcesses(json)).slice(0, MOST_PROCESSES).flatMap(toProcess);
};

/** What is read of a process, in the order of FPM's fpm_status.c. A string ends where the next key begins. */
const FIELDS = [
  { key: 'pid', before: '{"pid":', after: ',' },
  { key: 'state', before: '"state":"', after: '","start time":' },
  { key: 'start since', before: '"start since":', after: ',' },
  { key: 'request duration', before: '"request duration":', after: ',' },
  { key: 'request method', before: '"request method":"', after: '","request uri":"' },
  { key: 'request uri', before: '"request uri":"', after: '","content length":' },
  { key: 'script', before: '"script":"', after: '","last request' },
] as const;

/** Searches only forwards, each time from where it found something last: no text is gone over more than a few times. */
const scanProcesses = (json: string): readonly unknown[] => {
  const processes: unknown[] = [];
  for (let at = 0; processes.length < MOST_PROCESSES; ) {
    const process: Record<string, string> = {};
    for (const { key, before, after } of FIELDS) {
      const begin = json.indexOf(before, at) + before.length;
      const end = begin < before.length ? -1 : json.indexOf(after, begin);
      if (end < 0) return processes;
      process[key] = json.slice(begin, end);
      at = end;
    }
    processes.push(process);
  }
  return processes;
};

const toProcess = (process: unknown): readonly FpmProcess[] => {
  const parsed = v.safeParse(fpmProcess, process);
  if (!parsed.success) return [];
  const { pid, state, script, ...more } = parsed.output;
  return [
    {
      ...{ pid, state, script },
      requestUri: more['request uri'],
      requestMethod: more['request method'],
      requestDurationUs: more['request duration'],
      startSince: more['start since'],
    },
  ];
};
