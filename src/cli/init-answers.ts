import type { Dialogue } from '../ports/dialogue.ts';
import type { SiteAnswers } from '../render/site-file.ts';
import { WEB_SERVERS, type WebServer } from '../render/snippets/snippet.ts';
import { type Suggestions, suggestAnswers } from '../run/init/first-file.ts';
import type { Ports } from '../run/site/ports.ts';

export interface InitFlags {
  readonly release?: string;
  readonly user?: string;
  readonly php?: string;
  readonly replicas?: string;
  readonly health?: string;
  readonly root?: string;
  readonly webServer?: WebServer;
}

export interface InitAnswers extends SiteAnswers {
  readonly webServer: WebServer;
  /** The versions of PHP of which the newest was taken, because nobody chose; undefined where there was nothing to choose. */
  readonly chosenFrom?: readonly string[] | undefined;
}

export const REPLICAS = '2';

/** What the files say that a site is made from. */
export interface FoundAnswers {
  readonly release: string | undefined;
  /** Whether they say which directory of the release is the document root. */
  readonly hasRoot: boolean;
}

/**
 * The answers when there is nobody to ask: from the flags and from what the host suggests. Where that does not do, the flags
 * that are missing.
 */
export const answersFromFlags = async (
  ports: Ports,
  site: string,
  flags: InitFlags & { readonly yes?: true },
): Promise<InitAnswers | { readonly missing: readonly string[] }> => {
  const found = await suggestAnswers(ports, site, flags.release);
  const release = flags.release ?? (flags.yes ? found.release : undefined);
  const user = flags.user ?? (flags.yes ? found.user : undefined);
  const php = flags.php ?? (flags.yes && found.php.length > 1 ? found.php[0] : undefined);
  const isPhpMissing = php === undefined && found.php.length > 1;
  if (release === undefined || user === undefined || isPhpMissing) {
    const isMissing = { '--release': release === undefined, '--user': user === undefined, '--php': isPhpMissing };
    return { missing: Object.entries(isMissing).flatMap(([flag, is]) => (is ? [flag] : [])) };
  }
  const { replicas = REPLICAS, health, webServer = found.webServer ?? 'nginx' } = flags;
  const chosenFrom = flags.php === undefined && found.php.length > 1 ? found.php : undefined;
  return { release, user, php, replicas, health, root: flags.root, webServer, chosenFrom };
};

/**
 * Asks for what the flags do not say. Return takes the suggestion in brackets. Undefined when the person at the terminal went
 * away.
 */
export const askForAnswers = async (
  ports: Ports,
  site: string,
  { flags, dialogue, existing }: Asked,
): Promise<InitAnswers | undefined> => {
  const ask = asker(dialogue);
  const usual = existing?.release ?? (await suggestAnswers(ports, site, flags.release)).release;
  const release = flags.release ?? (await ask('Release, the link that deployments flip', usual));
  if (release === undefined) return undefined;
  const found = await suggestAnswers(ports, site, release);
  const user = flags.user ?? (await ask('User that PHP runs as', found.user));
  if (user === undefined) return undefined;
  const php = flags.php ?? (await askForPhp(ask, found));
  if (php === undefined) return undefined;
  const replicas = flags.replicas ?? (await ask('Replicas', REPLICAS));
  if (replicas === undefined) return undefined;
  const health = flags.health ?? (await ask('Path that tells whether the site is well, such as /health', 'none'));
  if (health === undefined) return undefined;
  const root = flags.root ?? (existing?.hasRoot ? 'any' : await askForRoot(ask, found));
  if (root === undefined) return undefined;
  const webServer =
    flags.webServer ?? (await ask(`Web server (${WEB_SERVERS.join(', ')})`, found.webServer, WEB_SERVERS));
  if (webServer === undefined) return undefined;
  const given = {
    php: php === 'any' ? undefined : php,
    health: health === 'none' ? undefined : health,
    root: root === 'any' ? undefined : root,
  };
  return { release, user, replicas, ...given, webServer: webServer as WebServer };
};

interface Asked {
  readonly flags: InitFlags;
  readonly dialogue: Dialogue;
  readonly existing?: FoundAnswers | undefined;
}

type Asker = (what: string, preset: string | undefined, choices?: readonly string[]) => Promise<string | undefined>;

/** Asks a question again and again until the answer is one of those allowed. */
const asker =
  (dialogue: Dialogue): Asker =>
  async (what, preset, choices) => {
    for (;;) {
      const typed = await dialogue.ask(`${what}${preset === undefined ? '' : ` [${preset}]`}: `);
      const answer = typed?.trim() === '' ? preset : typed?.trim();
      if (typed === undefined) return undefined;
      if (answer !== undefined && (choices === undefined || choices.includes(answer))) return answer;
    }
  };

/** Asks for the document root where the release has more than one that may be meant. */
const askForRoot = async (ask: Asker, { roots }: Suggestions): Promise<string | undefined> =>
  roots.length > 1 ? await ask(`Document root in the release (${roots.join(', ')})`, roots[0], roots) : 'any';

/** Asks for the version of PHP. With one version there is nothing to choose. */
const askForPhp = async (ask: Asker, { php }: Suggestions): Promise<string | undefined> =>
  php.length > 1 ? await ask(`PHP version (${php.join(', ')})`, php[0], php) : 'any';
