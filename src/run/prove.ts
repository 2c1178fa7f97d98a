import { isError, PhpZdError } from '../base/errors.ts';
import { replicaUnit } from '../base/paths.ts';
import type { FpmAnswer } from '../ports/php-fpm.ts';
import type { Health, Site } from '../site/site.ts';
import { runsRelease } from './runs-release.ts';
import type { SiteRun } from './site-run.ts';

/** READY=1 says no more than "listening": a release with a parse error is READY (facts.md F7). So it is asked. */
export const prove = async (run: SiteRun, slot: number, release: string): Promise<void> => {
  await proveRelease(run, slot, release);
  await proveHealth(run, slot);
};

const proveRelease = async (run: SiteRun, slot: number, release: string): Promise<void> => {
  const { mainPid } = await run.ports.systemd.unit(replicaUnit(run.site.name, slot));
  if (await runsRelease(run, mainPid, release)) return;
  throw new PhpZdError('replica-unproven', { replica: slot, reason: `does not run ${release}` });
};

/** Without [health]: FPM's ping, and the site's own index answering without a 5xx. */
const BARE_HEALTH: Health & { readonly anyBelow: number } = {
  path: '/',
  status: 200,
  anyBelow: 500,
  body: undefined,
  headers: new Map(),
  passes: 1,
  intervalMs: 200,
  soakMs: 0,
  deadlineMs: 10_000,
};

/** As many good answers in a row as asked for, the last of them after the soak time, before the deadline. */
const proveHealth = async (run: SiteRun, slot: number): Promise<void> => {
  const { clock } = run.ports;
  const health = run.site.health ?? BARE_HEALTH;
  const startedAt = clock.now();
  const end = startedAt + health.deadlineMs;
  let passes = 0;
  let firstPassAt = 0;
  for (;;) {
    const complaint = await askHealth(run, slot, end - clock.now());
    passes = complaint === undefined ? passes + 1 : 0;
    if (passes === 1) firstPassAt = clock.now();
    if (passes >= health.passes && clock.now() - firstPassAt >= health.soakMs) return;
    // Not asked once more with next to no time left: how it answered before says more than that it did not.
    if (clock.now() + health.intervalMs >= end) {
      throw new PhpZdError('replica-unproven', {
        replica: slot,
        reason: complaint?.reason ?? `did not stay well for the ${health.soakMs} ms of [health] soak`,
        ms: clock.now() - startedAt,
        php: complaint?.php,
      });
    }
    await clock.sleep(health.intervalMs);
  }
};

/** Why an answer is not good, and what PHP said about it. */
interface Complaint {
  readonly reason: string;
  readonly php?: string | undefined;
}

/** Undefined when the answer is good. */
const askHealth = async (run: SiteRun, slot: number, deadlineMs: number): Promise<Complaint | undefined> => {
  const { site, paths, ports } = run;
  const health = site.health ?? BARE_HEALTH;
  try {
    if (site.health === undefined) await ports.fpm.ping(paths.socket(slot), { deadlineMs });
    const answer = await ports.fpm.request(paths.socket(slot), healthRequest(site, health), { deadlineMs });
    return site.health === undefined ? judgeBare(answer) : judge(site.health, answer);
  } catch (error) {
    if (isError(error, 'deadline')) return { reason: `did not answer ${health.path} in time` };
    if (isError(error, 'fastcgi-unreachable', 'fastcgi-broken')) {
      return { reason: `did not answer ${health.path}: ${error.facts['errno'] ?? error.facts['reason']}` };
    }
    throw error;
  }
};

const judge = ({ path, status, body }: Health, answer: FpmAnswer): Complaint | undefined => {
  const php = firstLine(answer.stderr);
  if (answer.status !== status) return { reason: `answered ${path} with ${answer.status} (wanted ${status})`, php };
  if (body && !body.test(answer.body)) return { reason: `answered ${path} without ${body} in its body`, php };
  return undefined;
};

const judgeBare = ({ status, stderr }: FpmAnswer): Complaint | undefined =>
  status < BARE_HEALTH.anyBelow
    ? undefined
    : { reason: `answered ${BARE_HEALTH.path} with ${status}`, php: firstLine(stderr) };

const firstLine = (stderr: string): string | undefined => {
  const line = stderr
    .trim()
    .split('\n')[0]
    ?.replace(/^PHP message: /, '')
    .replace(/[^\x20-\x7e]/g, '?');
  return line ? line.slice(0, 200) : undefined;
};

const healthRequest = (site: Site, { path, headers }: Health) => {
  const index = `${site.mount}/${site.index}`;
  return {
    scriptFilename: index,
    documentRoot: index.slice(0, index.lastIndexOf('/')),
    uri: path,
    method: 'GET',
    headers: new Map([['Host', 'localhost'], ['User-Agent', 'php-zd'], ...headers]),
  };
};
