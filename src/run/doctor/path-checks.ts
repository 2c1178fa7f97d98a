import { dirname } from 'node:path';
import type { Check } from './check.ts';
import { type Leads, pathsInText } from './named-paths.ts';
import type { NamedPaths } from './path-scan.ts';
import type { SiteScene } from './scene.ts';

const NAMED_PATHS = 3;

export const pathChecks = {
  // A running replica follows such a path to whatever lies there by then: nothing in its view can pin it (facts.md N36).
  'absolute-paths': {
    severity: 'problem',
    look: async scene => {
      const { named, isPart } = await scene.namedPaths();
      return await findingsOf(scene, ['link', 'other', 'home'], { named, isPart });
    },
  },
  // The same files as at the mount point, by a path that ends with the release and where a replica can write nothing.
  'own-paths': {
    severity: 'warning',
    look: async scene => await findingsOf(scene, ['own'], { ...(await scene.namedPaths()), isPart: false }),
  },
  jobs: {
    severity: 'note',
    look: async scene => {
      const { ports, site } = scene;
      const on = { ports, site, release: await scene.release() };
      // A release that no link names is where a job goes for ever.
      if (on.release === site.link) return [];
      const jobs = (await scene.host.jobs()).filter(({ of }) => isTrusted(scene, on.release, of));
      const named = jobs.flatMap(({ file, text }) => pathsInText(on, file, withoutRemarks(text)));
      return await findingsOf(scene, ['link', 'other', 'own'], { named, isPart: jobs.some(({ isPart }) => isPart) });
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/**
 * Whether a user's crontab may be about the site: its own user's, or that of whoever deploys. Of anybody else's it would be a way to have
 * root run commands of that user's choice as another site's user.
 */
const isTrusted = ({ ports: { host }, site }: SiteScene, release: string, user: number | undefined): boolean =>
  user !== undefined &&
  [0, host.user(site.user)?.uid, host.ownerOf(release), host.ownerOf(dirname(site.link))].includes(user);

/** A finding for each way in which paths lead elsewhere. */
const findingsOf = async ({ site, release }: SiteScene, ways: readonly Leads[], { named, isPart }: NamedPaths) => {
  const root = await release();
  return ways.flatMap(leads => {
    const led = named.filter(each => each.leads === leads);
    const places = led.slice(0, NAMED_PATHS).map(({ at, path }) => `${at} (${path})`);
    const [{ path: first = '' } = {}] = led;
    const instead = insteadOf(first, { link: site.link, release: root, mount: site.mount });
    return led.length === 0 ? [] : [{ leads, places, count: led.length, mount: site.mount, instead, isPart }];
  });
};

/** The same file as a replica has it in its own release. */
const insteadOf = (
  path: string,
  { link, release, mount }: { readonly link: string; readonly release: string; readonly mount: string },
): string => {
  const root = [link, release].find(each => path === each || path.startsWith(`${each}/`));
  return root === undefined ? mount : `${mount}${path.slice(root.length)}`;
};

/** Lines that are no job become empty, so that the others keep their numbers. */
const withoutRemarks = (text: string): string => text.replace(/^[ \t]{0,80}[#;].*$/gm, '');
