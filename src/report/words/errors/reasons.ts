import type {
  DeployReason,
  NoPreviousReason,
  PageReason,
  PassedRelease,
  UnfitReason,
  UnprovenReason,
  WarmUpReason,
  WorseReason,
} from '../../../base/error-reasons.ts';
import type { LeftProcess } from '../../../base/left-process.ts';
import { countWords, digits } from '../count.ts';
import { processWords } from '../left-process.ts';
import { phpZd, type Said, say } from '../said.ts';

// The reasons of errors that have several, each to go on with the begin of its sentence.

/** "the release /srv/shop/42 ..." */
export const releaseUnfitWords = (reason: DeployReason): string | Said => {
  switch (reason.kind) {
    case 'in-mount':
      return `is in the mount point ${reason.mount}, where the replicas see their release; name the release's own directory`;
    case 'of-host':
      return 'is a directory of the whole host: name that of one release';
    case 'unreadable':
      return `cannot be read by the user ${reason.user}: look at the modes of every directory on the way, down to its ${reason.index}`;
    case 'unwritable':
      return say`is to have directories that ${reason.user} may write to, and their modes say otherwise: ${unwritableWords(reason)}`;
    case 'replaced':
      return 'is no longer what was found fit, it or what [shared] binds over it: another directory or a link is in its place; roll the site to a release that stays where it is';
    case 'linked-shared':
      return `has a link ${reason.link} where ${reason.shared} is shared, and it leads elsewhere: let it lead there, or put a file or directory in its place`;
    case 'unseen':
      return `has ${reason.character} in its path: rename that directory`;
    case 'unreachable-shared':
      return `is to have ${reason.shared} of [shared], which the user ${reason.user} cannot come to: let ${reason.user} pass every directory on the way`;
    case 'linked-place':
      return `is not mounted over ${reason.place}, which is a link by now: remove that link`;
  }
};

type Unwritable = Extract<DeployReason, { kind: 'unwritable' }>;

const unwritableWords = ({ user, directories, remedies }: Unwritable): Said => {
  const rest =
    directories.length === 0 ? [] : [`${directories.join(', ')}; let whoever owns that give ${user} the right`];
  const [first = '', ...others] = [...remedies.map(remedy => remedyWords(user, remedy)), ...rest];
  return others.reduce<Said>((all, words) => say`${all}; ${words}`, say`${first}`);
};

/** What somebody puts in the place of a directory before the command is typed belongs to somebody else, and is left alone. */
const remedyWords = (user: string, remedy: Unwritable['remedies'][number]): Said => {
  if (remedy.kind === 'open') {
    return say`type "${['runuser', '-u', user, '--', 'chmod', 'u+rwx', ...remedy.directories]}"`;
  }
  if (remedy.kind === 'give') {
    return say`type "${['chown', '--no-dereference', `--from=${remedy.from}`, user, ...remedy.directories]}"`;
  }
  if (remedy.kind === 'below') {
    return say`${remedy.directory} is not ${user}'s, and ${remedy.below.join(', ')} is: write that in [writable] in its place`;
  }
  const { directory, own, group } = remedy;
  const make = group === undefined ? '' : say`type "${['install', '-d', '-o', user, '-g', group, own]}", and `;
  return say`${directory} is not ${user}'s alone: ${make}write ${own} wherever the site file has ${directory}`;
};

/** "'shop' cannot be rolled back: ..." */
export const noPreviousWords = (reason: NoPreviousReason): string =>
  reason.kind === 'never'
    ? 'no release was promoted before this one'
    : `there is nothing behind ${reason.passed.map(passedWords).join(', ')}`;

/** "/srv/shop/41, which was removed" */
export const passedWords = ({ release, why }: PassedRelease): string =>
  `${release}, which ${why === 'removed' ? 'was removed' : 'failed when it was rolled to last'}`;

/** "replica 3 ..." */
export const unprovenReasonWords = (reason: UnprovenReason): string => {
  switch (reason.kind) {
    case 'other-release':
      return `does not run ${reason.wanted}`;
    case 'logged':
      return `logged "${reason.error}"`;
    case 'unsteady':
      return `did not stay well for the ${reason.soakMs} ms of [health] soak`;
    case 'unanswered':
      return `${unansweredWords(reason.path, reason.broken)}${startedWords(reason.processes)}`;
    case 'status':
      return `answered ${reason.path} with ${reason.status}${redirectWords(reason.location)}${reason.wanted === undefined ? '' : ` (wanted ${reason.wanted})`}`;
    case 'web-unanswered':
      return `has a web server that did not answer ${reason.path}: ${reason.broken}`;
    case 'web-status':
      return `answered ${reason.path} by its web server with ${reason.status}${reason.wanted === undefined ? '' : ` (wanted ${reason.wanted})`}; PHP by itself answered well, so look at [web]`;
    case 'body':
      return `answered ${reason.path} without ${reason.wanted} in its body`;
    case 'body-late':
      return `answered ${reason.path} with a body in which ${reason.wanted} takes too long to find`;
    case 'unread-log':
      return `has a log that cannot be read: journalctl failed (${reason.said})`;
    case 'no-log':
      return 'has no line in the journal, not even of its start, so that no error in its log would be seen; php-zd-rolling(7), A ROLL, says what may keep it out';
    case 'ended':
      return `answered ${reason.path} with ${reason.status}, and ended with an error`;
    case 'unopened':
      return `answered ${reason.path} with ${reason.status}, since PHP-FPM could not open the script${reason.said === '' ? '' : ` (${reason.said})`}: ${unopenedAdvice(reason.said)}`;
  }
};

/** By the error that PHP-FPM had; open_basedir refuses as the kernel nearly never does (EPERM). */
const unopenedAdvice = (said: string): string =>
  said.endsWith('(Operation not permitted)')
    ? 'an open_basedir that holds there leaves it out, as one in a .user.ini, or in what user_ini.filename names, may: add a directory of that script there'
    : said.endsWith('(Permission denied)')
      ? "let the site's user read it, and pass every directory on the way"
      : said.includes('security.limit_extensions')
        ? 'name how it ends in security.limit_extensions in [pool]'
        : "look whether the release has it, and the site's user may read it; php-zd check judges an open_basedir";

/** What a request waits for: mail(), for example, waits for the program that it hands its message to. */
const startedWords = (processes: readonly LeftProcess[] = []): string =>
  processes.length === 0 ? '' : ` (what a request started still ran: ${processes.map(processWords).join(', ')})`;

const redirectWords = (location: string | undefined): string =>
  location === undefined ? '' : `, a redirect to ${location}`;

/** "replica 3 ..." */
export const warmUpReasonWords = (reason: WarmUpReason): string => {
  const which = 'which scripts it compiled';
  switch (reason.kind) {
    case 'unanswered':
      return unansweredWords(reason.path, reason.broken);
    case 'unasked':
      return `could not be asked ${reason.path} in time`;
    case 'status':
      return `answered ${reason.path} with ${reason.status}${reason.php === undefined ? '' : `; PHP says: ${reason.php}`}`;
    case 'scripts-late':
      return `compiled only ${reason.compiled} of ${reason.scripts} scripts in time`;
    case 'scripts-unanswered':
      return unansweredWords(which, reason.broken);
    case 'scripts-status':
      return unansweredWords(which, `${reason.script} answered with ${reason.status}`);
  }
};

const unansweredWords = (question: string, broken: string | undefined): string =>
  broken === undefined ? `did not answer ${question} in time` : `did not answer ${question}: ${broken}`;

/** "replica 3 ..." */
export const worseReasonWords = (reason: WorseReason): string => {
  switch (reason.kind) {
    case 'crashed':
      return 'crashed while it was watched';
    case 'down':
      return `was ${reason.status} in HAProxy's eyes while it was watched`;
    case 'failed':
      return `failed ${countWords(reason.requests, 'request')} while it was watched`;
    case 'errors': {
      const old = `the replicas to be replaced ${digits(reason.oldFailed)} of ${digits(reason.oldAnswers)}`;
      const own = `answered ${digits(reason.failed)} of ${countWords(reason.answers, 'request')} with 5xx while watched`;
      return `${own}, ${old}: more than ${reason.most} times the share (bake_errors)`;
    }
    case 'slow': {
      const old = `the replicas to be replaced ${digits(reason.oldMs)} ms`;
      const own = `took ${digits(reason.ms)} ms on average to answer ${countWords(reason.answers, 'request')} while watched`;
      return `${own}, ${old}: more than ${reason.most} times as long (bake_latency)`;
    }
  }
};

/** "replica 3 of shop ..." */
export const unfitReasonWords = (site: string, replica: number, reason: UnfitReason): string | Said => {
  switch (reason.kind) {
    case 'standby':
      return 'is the standby, which gets no requests';
    case 'parked':
      return 'is parked: it is drained, and stopped when its last requests end';
    case 'not-promoted':
      return say`does not run what is promoted, but ${reason.release ?? 'nothing known'}: a roll starts it anew, "${phpZd('reload', site)}"`;
    case 'absent':
      return `is not there; ${reason.present.length === 0 ? 'none is' : `these are: ${reason.present.join(', ')}`}`;
    case 'stopped':
      return `does not run; ${reason.running.length === 0 ? 'none does' : `these do: ${reason.running.join(', ')}`}`;
    case 'stopping':
      return say`is about to stop, or to start anew: "${phpZd('start', site, '--replica', String(replica))}" has it run again`;
  }
};

/** "/srv/page.html cannot be the page: ..." */
export const pageReasonWords = (reason: PageReason): string => {
  if (reason.kind === 'missing') return 'there is no such file';
  if (reason.kind === 'no-utf8') return 'it is no UTF-8, and visitors would see other letters: save it as UTF-8';
  return reason.kind === 'directory' ? 'it is a directory' : `it has more than ${reason.limit} characters`;
};
