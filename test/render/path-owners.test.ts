import { expect, test } from 'vitest';
import { balancerUser, type SitePaths, sitePaths } from '../../src/base/paths.ts';
import { renderReplicaDirectories, renderTmpfiles } from '../../src/render/tmpfiles.ts';
import { shopSite } from '../site/shop-site.ts';

type Owner = 'root' | typeof balancerUser | 'shop';

/**
 * Every path of a site, which php-zd, systemd or HAProxy opens, and who may put something else there: a link, for one. A path without
 * an entry does not compile. What is not root's is opened as its owner, without following links, or by nobody with more rights;
 * test/hostile/paths.test.ts has each of these be a link to a canary.
 */
const REPLACED_BY: { readonly [Name in keyof SitePaths]: Owner } = {
  ...{ run: 'root', state: 'root', front: 'root', balancer: 'root', private: 'root', shm: 'root' },
  ...{ openFront: balancerUser, closedFront: balancerUser, webFront: balancerUser, ownFront: balancerUser },
  ...{ ownPhp: 'root', ownPhpSocket: balancerUser, webSocket: 'shop' },
  ...{ webConfig: 'root', webInclude: 'root', webOwn: 'root', webSlot: 'root', webUnit: 'root', webSlotUnit: 'root' },
  ...{
    gates: 'root',
    gate: 'root',
    sideGate: 'root',
    sideFront: 'root',
    openSide: balancerUser,
    closedSide: balancerUser,
    offers: 'root',
    offer: 'root',
    sticky: 'root',
    leaving: 'root',
    slotHolds: 'root',
    slotHold: 'root',
    staticFiles: 'root',
    formerStaticFiles: 'root',
  },
  ...{
    requestHold: 'root',
    maintenance: 'root',
    newName: 'root',
    replicas: 'root',
    replica: 'root',
    socket: 'shop',
    statusSocket: 'shop',
  },
  ...{ generations: 'root', generation: 'root', pins: 'root', pin: 'root', promoted: 'root', previous: 'root' },
  ...{
    lastRoll: 'root',
    lastRollAside: 'root',
    acceptedPhp: 'root',
    servedPhpIni: 'root',
    exposure: 'root',
    ...{ mail: 'root', largeMail: 'root', mailSocket: 'root', mailUnit: 'root' },
    rollLog: 'root',
    settled: 'root',
    asPromoted: 'root',
    history: 'root',
    fpmConfig: 'root',
    phpIni: 'root',
    identity: 'root',
  },
  ...{ environment: 'root', views: 'root', view: 'root', phpProgram: 'root' },
  ...{ tmp: 'root', sessions: 'root', home: 'root', notes: 'root', ownNotes: 'root' },
  ...{
    balancerConfig: 'root',
    ownHaproxies: 'root',
    unit: 'root',
    admitUnit: 'root',
    gateUnit: 'root',
    servicesUnit: 'root',
    slotUnit: 'root',
    mountsNeeded: 'root',
    httpSocket: 'root',
    httpConfig: 'root',
    toldHttpSocket: 'root',
    toldHttpConfig: 'root',
  },
  ...{ slice: 'root', tmpfiles: 'root', replicaDirectories: 'root', replicasMount: 'root', shmMount: 'root' },
};

const paths = sitePaths('shop');

/** The directories that systemd-tmpfiles makes, and whose they are. All others are root's. */
const owners = (): ReadonlyMap<string, string> => {
  const site = shopSite();
  const slots = [{ slot: 1, user: 'shop', web: 'nginx' as const }];
  const context = { paths, program: '/usr/lib/php-zd/php-zd.mjs' };
  const lines = renderTmpfiles(site, context, slots) + renderReplicaDirectories(site, context, slots);
  return new Map([...lines.matchAll(/^[dD] (\S+) \d+ (\S+)/gm)].map(([, path = '', user = '']) => [path, user]));
};

/** Whose the directory is in which a path lies: the nearest one that somebody owns. */
const replacedBy = (path: string, of: ReadonlyMap<string, string>): string => {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === '' ? 'root' : (of.get(parent) ?? replacedBy(parent, of));
};

test.each(Object.entries(REPLACED_BY))('what lies at the path %s may be replaced by %s alone', (name, owner) => {
  const path = paths[name as keyof SitePaths];
  const text = typeof path === 'string' ? path : path(...([name === 'generation' ? 'x' : '1'] as unknown as [never]));
  expect(replacedBy(text, owners())).toBe(owner);
});
