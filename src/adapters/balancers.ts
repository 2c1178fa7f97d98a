import { createHash } from 'node:crypto';
import { MOST_OWN_BYTES, ownServer, parseOwnHaproxies } from '../base/own-haproxies.ts';
import { OWN_HAPROXIES, paths } from '../base/paths.ts';
import type { BackendState, BackendTotals, Balancer, Overview, ServerState } from '../ports/balancer.ts';
import type { Files } from '../ports/files.ts';
import { mergedServer, summedTotals } from './balancers-answers.ts';
import { type HaproxyOptions, makeBalancer } from './haproxy.ts';
import { orNothing } from './haproxy-exchange.ts';

export interface BalancersOptions {
  /** php-zd's own. */
  readonly host: Balancer;
  readonly files: Pick<Files, 'read' | 'list'>;
  /** Where the files are that name the operator's. */
  readonly directory?: string;
  readonly connect?: (options: HaproxyOptions) => Balancer;
}

/** One HAProxy of the operator's, with what a site and its servers are called there. */
interface Own {
  readonly socket: string;
  readonly balancer: Balancer;
  readonly backend: string;
  readonly nameOf: (slot: string) => string;
}

/**
 * php-zd's own balancer, and with it, for a site that has such, HAProxies of the operator's. Which these are stands in a file, so that
 * whoever knows a site by its name alone, such as the gate of a replica, drives them too.
 */
export const makeBalancers = (options: BalancersOptions): Balancer => {
  const { host } = options;
  const ownOf = (site: string) => readOwn(options, site);
  return {
    servers: async site => withOwnStates(await host.servers(site), await statesOf(await ownOf(site))),
    drain: async (site, server) => {
      await inEach(await ownOf(site), ({ balancer, backend, nameOf }) => balancer.drain(backend, nameOf(server)));
      await host.drain(site, server);
    },
    ready: async (site, server) => {
      await inEach(await ownOf(site), ({ balancer, backend, nameOf }) => balancer.ready(backend, nameOf(server)));
      await host.ready(site, server);
    },
    switch: async (site, { ready, drain }) => {
      await inEach(await ownOf(site), ({ balancer, backend, nameOf }) =>
        balancer.switch(backend, { ready: ready.map(nameOf), drain: drain.map(nameOf) }),
      );
      await host.switch(site, { ready, drain });
    },
    markDown: name => host.markDown(name),
    checks: () => host.checks(),
    rest: servers => host.rest(servers),
    watch: servers => host.watch(servers),
    totals: async site => withOwnTotals(await host.totals(site), await totalsOf(await ownOf(site))),
    answerFigures: site => host.answerFigures(site),
    serverAnswers: (site, servers) => host.serverAnswers(site, servers),
    overview: () => overview(options),
    workers: () => host.workers(),
    sessions: async (site, server) => sessions(host, await ownOf(site), { site, server }),
    held: site => host.held(site),
    connections: () => host.connections(),
    version: () => host.version(),
  };
};

const readOwn = async (options: BalancersOptions, site: string): Promise<readonly Own[]> => {
  const { files, directory = paths.balancerConfigs, connect = makeBalancer } = options;
  const text = await files.read(`${directory}/${site}${OWN_HAPROXIES}`, MOST_OWN_BYTES);
  const found = text === undefined ? undefined : parseOwnHaproxies(text);
  return (found?.processes ?? []).map(({ socket, master }) => ({
    socket,
    balancer: connect({ admin: socket, master }),
    backend: found?.backend ?? site,
    nameOf: slot => (found === undefined ? slot : ownServer(found, slot)),
  }));
};

const inEach = async (all: readonly Own[], act: (own: Own) => Promise<void>): Promise<void> => {
  await Promise.all(all.map(own => orNothing(() => act(own))));
};

/** What one of the operator's says of the servers of a site. */
interface OwnStates {
  readonly own: Own;
  /** By their names there. */
  readonly servers: ReadonlyMap<string, ServerState> | undefined;
}

const statesOf = (all: readonly Own[]): Promise<readonly OwnStates[]> =>
  Promise.all(
    all.map(async own => {
      const servers = await orNothing(() => own.balancer.servers(own.backend));
      return { own, servers: servers && new Map(servers.map(each => [each.server, each])) };
    }),
  );

/** php-zd's own knows every slot; a server that one of the operator's lacks gets no requests from there. */
const withOwnStates = (servers: readonly ServerState[], others: readonly OwnStates[]): readonly ServerState[] =>
  servers.map(server => {
    const theirs = others.flatMap(({ own, servers: known }) => {
      const found = known?.get(own.nameOf(server.server));
      return found === undefined ? [] : [[own.socket, found] as const];
    });
    return mergedServer(server, new Map(theirs));
  });

/** What one of the operator's has counted for a site. */
interface OwnTotals {
  readonly process: string;
  readonly totals: BackendTotals | undefined;
}

const totalsOf = (all: readonly Own[]): Promise<readonly OwnTotals[]> =>
  Promise.all(
    all.map(async ({ socket, balancer, backend }) => ({
      process: socket,
      totals: await orNothing(() => balancer.totals(backend)),
    })),
  );

const withOwnTotals = (host: BackendTotals, others: readonly OwnTotals[]): BackendTotals => {
  if (others.length === 0) return host;
  const answers = others.flatMap(({ process, totals }) => (totals === undefined ? [] : [{ process, ...totals }]));
  return { ...summedTotals(host, answers), worker: oneNumber([host, ...answers].map(({ worker }) => worker)) };
};

/**
 * The sessions over all processes. One that is away has none, since they ended with it; that it is away, or back, shows in `worker`.
 * Rejects where none answers.
 */
const sessions = async (
  host: Balancer,
  all: readonly Own[],
  { site, server }: { readonly site: string; readonly server: string },
): ReturnType<Balancer['sessions']> => {
  if (all.length === 0) return await host.sessions(site, server);
  const others = await Promise.all(
    all.map(({ balancer, backend, nameOf }) => orNothing(() => balancer.sessions(backend, nameOf(server)))),
  );
  const isSilent = others.every(each => each === undefined);
  const own = await (isSilent ? host.sessions(site, server) : orNothing(() => host.sessions(site, server)));
  const found = [own, ...others];
  return {
    sessions: found.reduce((sum, each) => sum + (each?.sessions ?? 0), 0),
    worker: oneNumber(found.map(each => each?.worker ?? 0)),
  };
};

const overview = async (options: BalancersOptions): Promise<Overview> => {
  const { host, files, directory = paths.balancerConfigs } = options;
  const [found, names] = await Promise.all([host.overview(), files.list(directory)]);
  const sites = names.filter(name => name.endsWith(OWN_HAPROXIES)).map(name => name.slice(0, -OWN_HAPROXIES.length));
  const backends = new Map(found.backends);
  for (const site of sites) {
    const state = backends.get(site);
    if (state !== undefined) backends.set(site, await withOwn(state, await readOwn(options, site)));
  }
  return { ...found, backends };
};

const withOwn = async ({ servers, totals }: BackendState, all: readonly Own[]): Promise<BackendState> => {
  const [states, counted] = await Promise.all([statesOf(all), totalsOf(all)]);
  return {
    servers: withOwnStates(servers, states),
    totals: withOwnTotals(totals, counted),
    silent: states.filter(({ servers: theirs }) => theirs === undefined).map(({ own }) => own.socket),
  };
};

/** A number that another list of numbers hardly has: 48 bits. */
const oneNumber = (numbers: readonly number[]): number =>
  createHash('sha256').update(numbers.join(' ')).digest().readUIntBE(0, 6);
