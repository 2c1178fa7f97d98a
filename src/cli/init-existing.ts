import type { Dialogue } from '../ports/dialogue.ts';
import type { Answer } from '../render/adopted-site-file.ts';
import { phpKey } from '../render/site-file.ts';
import type { Unwritten } from '../report/words/init.ts';
import { answersIn, type Existing } from '../run/init/adopt.ts';
import { readNginx, readPools } from '../run/init/existing-files.ts';
import type { Ports } from '../run/site/ports.ts';
import { documentRootOf } from '../site/existing/adopt-server.ts';
import { withConstants } from '../site/existing/nginx-constants.ts';
import { chooseServer } from '../site/existing/nginx-servers.ts';
import { type Pool, textIn } from '../site/existing/pool-file.ts';
import { answersFromFlags, askForAnswers, type InitAnswers, type InitFlags } from './init-answers.ts';

export interface ExistingFlags {
  readonly fromPool?: string;
  readonly pool?: string;
  readonly nginx?: string;
  readonly php?: string;
}

type Refused = { readonly refused: Unwritten };

/** What the options name of what exists; undefined when they name nothing. */
export const readExisting = async (
  ports: Ports,
  { fromPool, pool: wanted, nginx: server, php }: ExistingFlags,
  dialogue: Dialogue | undefined,
): Promise<Existing | Refused | undefined> => {
  if (fromPool === undefined) {
    return server === undefined && wanted === undefined ? undefined : { refused: { kind: 'no-pool-file' } };
  }
  const pools = await readPools(ports, fromPool);
  if (pools === undefined) return { refused: { kind: 'no-file', file: fromPool } };
  if (php === undefined && pools.php !== undefined && pools.php.binary === undefined) {
    const installed = ports.host.phpBinaries().map(each => each.version);
    return { refused: { kind: 'php-missing', file: fromPool, version: pools.php.version, installed } };
  }
  const nginx = server === undefined ? undefined : await readNginx(ports, server);
  if (server !== undefined && nginx === undefined) return { refused: { kind: 'no-file', file: server } };
  const known = pools.config.pools;
  const isWanted = ({ name }: Pool) => wanted === undefined || name.toLowerCase() === wanted.toLowerCase();
  const found = known.filter(isWanted);
  const led = found.filter(pool => nginx && chooseServer(nginx.nodes, textIn(pool, 'listen'))?.isNamed);
  const pool = await chooseOne(led.length === 1 ? led : found, dialogue);
  if (pool === undefined) {
    const names = (found.length === 0 ? known : found).map(({ name }) => name);
    return { refused: { kind: 'which-pool', file: fromPool, names, wanted } };
  }
  if (nginx === undefined) return { pools, pool, nginx };
  const chosen = chooseServer(nginx.nodes, textIn(pool, 'listen'));
  if (chosen !== undefined) {
    const server = withConstants(chosen.server);
    return { pools, pool, nginx: { ...nginx, chosen: { ...chosen, server } } };
  }
  return { refused: { kind: 'no-server', file: server ?? '', listen: textIn(pool, 'listen') ?? 'nothing' } };
};

const chooseOne = async (pools: readonly Pool[], dialogue: Dialogue | undefined): Promise<Pool | undefined> => {
  if (pools.length < 2 || dialogue === undefined) return pools.length < 2 ? pools[0] : undefined;
  for (;;) {
    const typed = await dialogue.ask(`Pool (${pools.map(({ name }) => name).join(', ')}): `);
    if (typed === undefined) return undefined;
    const found = pools.find(({ name }) => name === typed.trim());
    if (found !== undefined) return found;
  }
};

interface Taken {
  readonly options: InitFlags & { readonly yes?: true };
  readonly dialogue: Dialogue | undefined;
  readonly existing: Existing | undefined;
}

/** The answers: what the options say wins over what the files say, and that over what the host suggests. */
export const askOrTake = async (
  ports: Ports,
  name: string,
  { options, dialogue, existing }: Taken,
): Promise<InitAnswers | { readonly missing: readonly string[] } | undefined> => {
  const found = existing && answersIn(ports, existing);
  const { user = found?.user, php = found?.php } = options;
  const webServer = options.webServer ?? (existing?.nginx === undefined ? undefined : 'nginx');
  const flags = { ...options, ...defined({ user, php, webServer }) };
  if (dialogue === undefined) {
    return await answersFromFlags(ports, name, {
      ...flags,
      ...defined({ release: options.release ?? found?.release }),
    });
  }
  const hasRoot = existing?.nginx !== undefined && documentRootOf(existing.nginx.chosen.server) !== undefined;
  return await askForAnswers(ports, name, { flags, dialogue, existing: found && { release: found.release, hasRoot } });
};

/** Without what is undefined, which would stand for a flag that was written. */
const defined = <Values extends object>(
  values: Values,
): { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

/** The answers as lines of the site file. */
export const answerLines = ({ release, user, replicas, php, health, root }: InitAnswers): readonly Answer[] => [
  { section: 'site', key: 'release', value: release },
  { section: 'site', key: 'user', value: user },
  { section: 'site', key: 'replicas', value: replicas },
  ...(php === undefined ? [] : [{ section: 'php', key: phpKey(php), value: php } as const]),
  ...(root === undefined ? [] : [{ section: 'web', key: 'root', value: root } as const]),
  ...(health === undefined ? [] : [{ section: 'health', key: 'path', value: health } as const]),
];

/** The files that the site file is made from. */
export const filesOf = (existing: Existing | undefined): readonly string[] =>
  existing === undefined ? [] : [...new Set([...existing.pools.files, ...(existing.nginx?.files ?? [])])];
