import { posix } from 'node:path';
import { siteFile } from '../../base/paths.ts';
import { type AdoptedText, type Answer, renderAdoptedSiteFile } from '../../render/adopted-site-file.ts';
import { adoptPool, leaveGlobal } from '../../site/existing/adopt-pool.ts';
import {
  adoptServer,
  documentRootOf,
  isElsewhere,
  isOfFpm,
  type ServerPlace,
} from '../../site/existing/adopt-server.ts';
import { leaveService } from '../../site/existing/adopt-service.ts';
import { type Adopted, type Kept, leave } from '../../site/existing/adopted.ts';
import { withGrants, withoutForeign } from '../../site/existing/grants.ts';
import { guessRelease } from '../../site/existing/guess-release.ts';
import type { NginxNode } from '../../site/existing/nginx-file.ts';
import { besideServer, type ChosenServer, leadsTo } from '../../site/existing/nginx-servers.ts';
import { placeOf } from '../../site/existing/nginx-words.ts';
import { type OwnLines, ownLinesOf } from '../../site/existing/own-block.ts';
import { phpLocationsOf } from '../../site/existing/php-locations.ts';
import { type Pool, textIn } from '../../site/existing/pool-file.ts';
import { adoptExtensions } from '../../site/existing/run-extensions.ts';
import { leaveUnread } from '../../site/existing/unread.ts';
import { BASEDIR_OVER_USER_INI } from '../../site/open-basedir.ts';
import { isPackaged } from '../../site/packaged-release.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { isSetgidDirectory } from '../../site/setgid.ts';
import type { Site } from '../../site/site.ts';
import { findFormerPlaces } from '../site/former-places.ts';
import { loadText, SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { findUserBasedir } from '../site/user-ini.ts';
import type { ExistingNginx, ExistingPools } from './existing-files.ts';
import { findOuterLinks, type Grants, grantsFor } from './written-links.ts';

/** What a site is made from: a pool, and a server block that leads to it. */
export interface Existing {
  readonly pools: ExistingPools;
  readonly pool: Pool;
  readonly nginx: (ExistingNginx & { readonly chosen: ChosenServer }) | undefined;
}

/** What the existing files answer of what a new site is asked; undefined what they do not say. */
export const answersIn = ({ host }: Ports, { pools, pool, nginx }: Existing) => {
  const root = nginx && documentRootOf(nginx.chosen.server)?.args[0];
  const { binary, version } = pools.php ?? {};
  return {
    release: root === undefined ? undefined : guessRelease(host, posix.normalize(root).replace(/(?<=.)\/$/, '')),
    user: textIn(pool, 'user'),
    php: host.phpBinaries().some(php => php.binary === binary) ? version : binary,
  };
};

interface Wanted {
  readonly name: string;
  readonly release: string;
  readonly answers: readonly Answer[];
}

interface AdoptedSite {
  readonly text: string;
  readonly adopted: readonly Adopted[];
  /** Links of the release to what PHP could write or read, and no line lets a replica. */
  readonly unshared: Grants['left'];
  /** Directories outside of the release that PHP could write, which stand in the file as comments. */
  readonly places: readonly string[];
}

/** The site file, and all that became of the directives. What `php-zd check` would refuse of them is left, with its reason. */
export const adopt = async (
  ports: Ports,
  existing: Existing,
  { name, release, answers }: Wanted,
): Promise<AdoptedSite> => {
  const mount = mountOf(ports, name, release);
  const all = [...answers, asBefore, ...mount.lines];
  const isKept = (line: Adopted): line is Kept => line.kind === 'kept';
  const place = { host: ports.host, site: name, release, mount: mount.path };
  const answeredLines = adoptAll(ports, existing, { name, release, mount: mount.path }).map(line =>
    answered(line, all),
  );
  const owner = ownerIn(ports, [...all, ...answeredLines.filter(isKept)]);
  const found = answeredLines.map(line =>
    isKept(line) ? (withoutForeign(line, { ...place, ...owner }) ?? line) : line,
  );
  const granted = withGrants(found.filter(isKept), place);
  const lines = [...granted.filter(line => answerTo(line, all) === undefined), ...found.filter(line => !isKept(line))];
  let contents: Omit<Parameters<typeof renderAdoptedSiteFile>[1], 'adopted'> = {
    answers: all,
    places: [],
    files: [existing.pools.files[0], existing.nginx?.files[0]].flatMap(file => file ?? []),
  };
  let adopted = inOrder(lines);
  let unshared: Grants['left'] | undefined;
  // Each pass takes a line out, or puts in what the release wants, once, so there is an end.
  for (;;) {
    const rendered = renderAdoptedSiteFile(name, { ...contents, adopted });
    const { site, refused } = await judgeText(ports, name, rendered);
    if (site !== undefined && unshared === undefined) {
      const { lines, left } = await grantsIn(ports, site);
      const basedir = await basedirOver(ports, site);
      const answers = [...contents.answers, ...lines, ...(basedir ? [basedir] : []), ...setgidIn(ports, site, lines)];
      contents = { ...contents, answers, places: await placesBeside(ports, site, lines) };
      unshared = left;
      continue;
    }
    if (refused.size === 0) return { text: rendered.text, adopted, unshared: unshared ?? [], places: contents.places };
    adopted = adopted.map(line => {
      const why = isKept(line) ? refused.get(line) : undefined;
      return why === undefined ? line : leave(line.section, line, why);
    });
  }
};

/** With the bit a directory shows that what is made in it is to have it too, which the sandbox allows no more than it must. */
const setgidIn = (
  { host }: Ports,
  { link, shared, writable, sandbox }: Site,
  lines: readonly Answer[],
): readonly Answer[] => {
  const added = lines.flatMap(({ section, key, value }) =>
    section === 'shared' ? value : section === 'writable' ? key : [],
  );
  const places = [...shared.values(), ...writable, ...added];
  const found = places.find(path => isSetgidDirectory(host, path.startsWith('/') ? path : `${link}/${path}`));
  if (sandbox.hasSetgid || found === undefined) return [];
  const note = `${found} has the set-group-ID bit, which an application such as WordPress gives to what it makes there`;
  return [{ section: 'sandbox', key: 'setgid', value: 'yes', note }];
};

/** Whom PHP runs as. */
const ownerIn = ({ host }: Ports, lines: readonly Answer[]): { readonly user: string; readonly group: string } => {
  const said = (key: string) => lines.find(line => line.section === 'site' && line.key === key)?.value;
  const user = said('user') ?? '';
  return { user, group: said('group') ?? host.user(user)?.group ?? user };
};

/** PHP-FPM keeps PHP from no directory. */
const asBefore: Answer = {
  section: 'site',
  key: 'access',
  value: 'read-write',
  note: 'PHP could write to all of its release; without this line only to what [shared] and [writable] name',
};

/** The lines in the order of their files, those of the first file before those of the next. */
const inOrder = (lines: readonly Adopted[]): readonly Adopted[] => {
  const files = [...new Set(lines.map(({ at }) => at.file))];
  return [...lines].sort((a, b) => files.indexOf(a.at.file) - files.indexOf(b.at.file) || a.at.line - b.at.line);
};

/** The line as it stands once the options have their say, and where one line can hold it. */
const answered = (line: Adopted, answers: readonly Answer[]): Adopted => {
  if (line.kind === 'left') return line;
  const answer = answerTo(line, answers);
  if (answer !== undefined && answer.value !== line.value) {
    return leave(line.section, line, `init was told ${line.key} = ${answer.value}`);
  }
  return isPlain(line) ? withTotal(line, answers) : leave(line.section, line, 'has a control character');
};

const answerTo = ({ section, key }: Kept, answers: readonly Answer[]): Answer | undefined =>
  answers.find(answer => answer.section === section && answer.key === key);

/** The children of a pool are those of each replica. */
const withTotal = (line: Kept, answers: readonly Answer[]): Kept => {
  const replicas = Number(answers.find(({ key }) => key === 'replicas')?.value);
  const children = Number(line.value);
  if (line.key !== 'pm.max_children' || !(replicas > 1) || !(children > 1)) return line;
  const note = `each of the ${replicas} replicas has so many; ${Math.ceil(children / replicas)} are as many as the pool had`;
  return { ...line, note };
};

/** Whether a site file can hold the value on one line. */
const isPlain = ({ value }: Kept): boolean => value.search(/[\p{Cc}\p{Zl}\p{Zp}]/u) < 0;

const adoptAll = (
  { host }: Ports,
  { pools, pool, nginx }: Existing,
  { name, release, mount }: Pick<Wanted, 'name' | 'release'> & { readonly mount: string },
): readonly Adopted[] => [
  ...(nginx === undefined
    ? adoptPool({ pool, site: name })
    : adoptExtensions(adoptPool({ pool, site: name }), nginx.chosen.server)),
  ...leaveGlobal(pools.config),
  ...leaveService(pools.service, name),
  ...pools.unread.map(unread => leaveUnread('pool', unread)),
  ...(nginx === undefined
    ? []
    : adoptNginx(nginx, { host, site: name, release, mount, ofFpm: pathsOfFpm(pool) }, textIn(pool, 'listen'))),
];

const pathsOfFpm = (pool: Existing['pool']): readonly string[] =>
  ['pm.status_path', 'ping.path'].flatMap(key => textIn(pool, key) ?? []);

const adoptNginx = (
  { chosen, nodes, unread }: NonNullable<Existing['nginx']>,
  place: Pick<ServerPlace, 'host' | 'site' | 'release' | 'mount' | 'ofFpm'>,
  listen: string | undefined,
): readonly Adopted[] => {
  const { root, leadsToPool } = ofBlock({ chosen, nodes }, { release: place.release, listen });
  return [
    ...adoptServer(chosen.server, { ...place, leadsToPool, root }),
    ...chosen.twins.map(twin => leave('web', placeOf(twin), 'leads to the same pool, and was not read')),
    ...(chosen.isNamed
      ? []
      : [
          leave(
            'web',
            placeOf(chosen.server),
            'does not name the socket of the pool: it is taken for its block since no other passes requests on',
          ),
        ]),
    ...besideServer(nodes, chosen).map(node => leave('web', placeOf(node), beside(node))),
    ...unread.map(each => leaveUnread('web', each)),
  ];
};

const ofBlock = (
  { chosen, nodes }: Pick<NonNullable<Existing['nginx']>, 'chosen' | 'nodes'>,
  { release, listen }: { readonly release: string; readonly listen: string | undefined },
): Pick<ServerPlace, 'root' | 'leadsToPool'> => ({
  root: posix.normalize(documentRootOf(chosen.server)?.args[0] ?? release).replace(/(?<=.)\/$/, ''),
  leadsToPool: address => !chosen.isNamed || leadsTo(address, nodes, listen),
});

/** What the operator's own block needs where the snippet is not taken; empty where none was read. `scripts` is the document root of replicas. */
export const ownBlock = ({ pool, nginx }: Existing, { link, scripts }: OwnBlockPlace): readonly OwnLines[] => {
  if (nginx === undefined) return [];
  const { root, leadsToPool } = ofBlock(nginx, { release: link, listen: textIn(pool, 'listen') });
  const { server } = nginx.chosen;
  const ofFpm = pathsOfFpm(pool);
  const children = (server.children ?? []).filter(node => !isElsewhere(node, root) && !isOfFpm(node, ofFpm));
  return ownLinesOf(server, { root, scripts, locations: phpLocationsOf(children, leadsToPool) });
};

/** Whether another block, or another pool, goes on beside the site with what was the pool's. */
export const keepsOthers = ({ pool, nginx }: Existing, { link }: Pick<OwnBlockPlace, 'link'>): boolean => {
  if (nginx === undefined) return false;
  const { leadsToPool } = ofBlock(nginx, { release: link, listen: textIn(pool, 'listen') });
  const { server, twins } = nginx.chosen;
  return twins.length > 0 || phpLocationsOf(server.children ?? [], leadsToPool).foreign.length > 0;
};

interface OwnBlockPlace {
  readonly link: string;
  readonly scripts: string;
}

const beside = ({ name }: NginxNode): string =>
  name === 'server'
    ? 'is another server block, which the snippet has not: keep it in the file of the snippet, or in one of its own'
    : 'is for all of nginx, and the snippet has a server block alone: keep it before that, where something else needs it';

interface Mount {
  readonly path: string;
  /** What the site file says of it. */
  readonly lines: readonly Answer[];
}

/** Where a replica will see its release. Beside one in /usr, a package's, there is no place for it. */
const mountOf = ({ host }: Ports, name: string, release: string): Mount => {
  const resolved = host.resolveDirectory(release) ?? release;
  const path = `/srv/php-zd/${name}`;
  return isPackaged(resolved)
    ? { path, lines: [{ section: 'site', key: 'mount', value: path }] }
    : { path: posix.join(posix.dirname(resolved), `.${name}.live`), lines: [] };
};

const grantsIn = async (ports: Ports, site: Site): Promise<Grants> => {
  const release = ports.host.resolveDirectory(site.link);
  const links = release === undefined ? [] : await findOuterLinks({ site, ports }, release);
  return await grantsFor({ site, ports }, links);
};

/** What PHP could write besides what these lines grant. */
const placesBeside = async (ports: Ports, site: Site, granted: readonly Answer[]): Promise<readonly string[]> => {
  const release = ports.host.resolveDirectory(site.link);
  const places = release === undefined ? [] : await findFormerPlaces({ site, ports }, release);
  const given = granted.flatMap(({ key, value }) => (key.startsWith('/') ? [key] : [value]));
  return places.filter(place => !given.some(each => isAtOrBelow(place, each)));
};

/** An open_basedir in the place of one that the release has for itself, and in which that of a replica is not. */
const basedirOver = async (ports: Ports, site: Site): Promise<Answer | undefined> => {
  const release = ports.host.resolveDirectory(site.link);
  const found = release && (await findUserBasedir({ site, ports }, release));
  if (!found) return undefined;
  const note = `${found.file}:${found.line} leaves out ${site.mount}, where a replica has its release; over this one it does not hold`;
  return { section: 'pool', key: BASEDIR_OVER_USER_INI, value: found.better, note };
};

interface Judged {
  /** Undefined where the file has problems. */
  readonly site: Site | undefined;
  /** The lines of the text that the check of a site file refuses, each with what that says. */
  readonly refused: ReadonlyMap<Kept, string>;
}

const judgeText = async (ports: Ports, name: string, { text, lines }: AdoptedText): Promise<Judged> => {
  try {
    return { site: (await loadText(ports, name, text)).site, refused: new Map() };
  } catch (error) {
    if (!(error instanceof SiteProblems)) throw error;
    const refused = error.problems.flatMap(({ file, line, message }) => {
      const kept = file === siteFile(name) ? lines.get(line) : undefined;
      return kept === undefined ? [] : [[kept, message] as const];
    });
    return { site: undefined, refused: new Map(refused) };
  }
};
