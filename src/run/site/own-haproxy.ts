import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { type HaproxySockets, ownServer } from '../../base/own-haproxies.ts';
import { paths as hostPaths } from '../../base/paths.ts';
import { areSame } from '../../ports/files.ts';
import type { OwnProcess } from '../../ports/haproxies.ts';
import { ownMaxconn, renderOwnBackend } from '../../render/own-haproxy.ts';
import type { ConfigFile } from '../../site/haproxy-config.ts';
import {
  foreignAnswer,
  judgeHaproxy,
  type SeenHaproxy,
  silentHaproxy,
  type WantedHaproxy,
} from '../../site/judge-haproxy.ts';
import type { Problem } from '../../site/problem.ts';
import { type OwnHaproxy, slotsOf } from '../../site/site.ts';
import { type LoadedSite, SiteProblems } from './load-site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

/** More than anybody's configuration has. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Rejects with `SiteProblems` unless each HAProxy of the operator's runs, can reach the replicas, and has the site's backend as it must
 * be: in its configuration, and as it runs. Only root may ask them, so nobody else learns anything here.
 */
export const requireOwnHaproxies = async (hosted: HostedSite, { positions }: LoadedSite): Promise<void> => {
  const { site, ports } = hosted;
  if (site.haproxy === undefined || !ports.isRoot) return;
  const wanted = wantedOf(hosted, site.haproxy, positions.haproxy ?? { file: site.file, line: 1 });
  const found = await Promise.all(site.haproxy.processes.map(sockets => judge(hosted, wanted, sockets)));
  // Two processes may have one configuration.
  const problems = new Map(found.flat().map(problem => [JSON.stringify(problem), problem]));
  if (problems.size > 0) throw new SiteProblems(site.name, [...problems.values()]);
};

const wantedOf = ({ site, ports }: HostedSite, haproxy: OwnHaproxy, at: WantedHaproxy['at']): WantedHaproxy => ({
  ...{ site, haproxy, at },
  backend: { name: haproxy.backend, text: renderOwnBackend(site, haproxy, ''), isHttp: haproxy.mode === 'http' },
  uid: ports.host.user(haproxy.user)?.uid,
  servers: slotsOf(site).map(slot => ownServer(haproxy, slot)),
  maxconn: ownMaxconn(site, haproxy),
});

const judge = async (
  hosted: HostedSite,
  wanted: WantedHaproxy,
  sockets: HaproxySockets,
): Promise<readonly Problem[]> => {
  try {
    const found = await hosted.ports.haproxies.look(sockets, wanted.haproxy.backend);
    return judgeHaproxy(wanted, sockets, await observe(hosted, found));
  } catch (error) {
    const { at } = wanted;
    if (isError(error, 'balancer-unreachable')) return [{ ...at, message: silentHaproxy(sockets, error.facts) }];
    if (isError(error, 'balancer-refused')) return [{ ...at, message: foreignAnswer(sockets) }];
    throw error;
  }
};

const observe = async (hosted: HostedSite, { master, worker, threads, servers }: OwnProcess): Promise<SeenHaproxy> => ({
  uid: await userOf(hosted.ports, worker),
  seesReplicas: await seesReplicas(hosted, worker),
  ...{ threads, servers },
  config: await configFiles(hosted.ports, master),
});

/** What the kernel says of its effective user (proc(5)): the owner of its directory in /proc is root once HAProxy has left root. */
const userOf = async ({ files }: Ports, pid: number): Promise<number | undefined> => {
  const uid = /^Uid:\t\d{1,10}\t(\d{1,10})\t/m.exec((await files.read(`/proc/${pid}/status`, 64 * 1024)) ?? '')?.[1];
  return uid === undefined ? undefined : Number(uid);
};

/** The replicas lie on a file system of the site's own, which is there once the site was started. */
const seesReplicas = async ({ ports: { files }, paths }: HostedSite, worker: number): Promise<boolean> => {
  const all = await Promise.all(
    [hostPaths.run, paths.replicas].map(async path => {
      const [here, there] = [await files.identity(path), await files.identityInProcess(worker, path)];
      return here === undefined || areSame(here, there);
    }),
  );
  return !all.includes(false);
};

/** What the master was started with (management guide 3): files, and directories of files that end with .cfg. */
const configFiles = async ({ files, host }: Ports, master: number): Promise<readonly ConfigFile[]> => {
  const words = ((await files.read(`/proc/${master}/cmdline`, 64 * 1024)) ?? '').split('\0');
  const named = words.flatMap((word, index) => (word === '-f' ? (words[index + 1] ?? []) : []));
  const found: string[] = [];
  for (const path of named.map(each => posix.resolve(`/proc/${master}/cwd`, each))) {
    const inside = host.isDirectory(path) ? (await files.list(path)).filter(name => name.endsWith('.cfg')) : undefined;
    found.push(...(inside?.map(name => `${path}/${name}`) ?? [path]));
  }
  const texts = await Promise.all(found.map(async file => ({ file, text: await files.read(file, MOST_BYTES) })));
  return texts.flatMap(({ file, text }) => (text === undefined ? [] : [{ file, text }]));
};
