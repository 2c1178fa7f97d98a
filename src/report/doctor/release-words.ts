import type { Facts } from '../../run/doctor/check.ts';
import { type AdviceOf, listFact, reload } from './advice.ts';

/** What is said of the paths that a release and its settings go by, and of PHP's caches. */
export const releaseWords: AdviceOf<'absolute-paths' | 'own-paths' | 'jobs' | 'opcache' | 'apcu'> = {
  'absolute-paths': ({ leads, places, count, mount, instead, isPart }, site) => ({
    found: `${pathPlaces(places, count)} ${pathWords[String(leads)]}${isPart === true ? '; not all files were looked at' : ''}`,
    fix: {
      first: `write paths relative to the file, or as a replica has them (${instead}), and compile what was compiled from them anew, with "php-zd exec ${site} --release DIR --write -- COMMAND", where the release is at ${mount}`,
      type: [reload(site)],
    },
  }),
  'own-paths': ({ places, count, mount, instead }, site) => ({
    found: `${pathPlaces(places, count)} name the release by where it lies on the host, where a replica, which has it at ${mount}, can write nothing, and which a copy of it names too`,
    fix: {
      first: `compile it with "php-zd exec ${site} --release DIR --write -- COMMAND", or write paths relative to the file, or as a replica has them (${instead})`,
      type: [reload(site)],
    },
  }),
  jobs: ({ places, count, isPart }, site) => ({
    found: `${pathPlaces(places, count)} start programs of the site outside of its view: with another /tmp, environment and perhaps PHP than the replicas, and of whatever release lies there by then${isPart === true ? '; not all files were looked at whole' : ''}`,
    fix: {
      first: `write php-zd exec ${site} -- and the command there, as root's job; a worker that waits for jobs needs TimeoutStopSec= for its longest one, and a restart after each roll (php-zd-rolling(7), Workers and jobs)`,
    },
  }),
  opcache: ({ name, value }, site) => ({
    found: `${name} is ${value}: ${opcacheWords[String(name)]?.found}`,
    fix: {
      ini: { section: 'php', line: `ini[${name}] = ${opcacheWords[String(name)]?.better}` },
      type: [reload(site)],
    },
  }),
  apcu: ({ replicas, most }, site) => ({
    found: `APCu is on, and its cache is each replica's own: ${replicas} of them hold as many, in a roll up to ${most}, what one removes another one still has, and each roll begins with it empty`,
    fix: {
      first: `keep in it only what can be made anew and may be a little old, and locks, counters and sessions in Redis or the like (or turn it off: ini[apc.enabled] = 0 in [php], when nothing of ${site} needs it)`,
    },
  }),
};

/** What a setting of OPcache's does to a roll, and its better value. */
const opcacheWords: { readonly [Name in string]?: { readonly found: string; readonly better: string } } = {
  'opcache.enable': { found: 'each request compiles all of its scripts, and a roll can warm nothing', better: '1' },
  'opcache.restrict_api': {
    found: 'php-zd may neither warm a new replica nor empty its OPcache ("php-zd reset-opcache")',
    better: '""',
  },
  'opcache.file_update_protection': {
    found: 'a roll that comes sooner after the deployment warms nothing, and a replica compiles until then',
    better: '2',
  },
  'opcache.validate_timestamps': {
    found:
      'scripts that the site itself writes, such as compiled templates, are run as they were when a replica first met them, until the next roll',
    better: '1',
  },
};

const pathPlaces = (places: Facts[string], count: Facts[string]): string =>
  `${listFact(places)}${Number(count) > 3 ? ` and ${Number(count) - 3} more` : ''}`;

const pathWords: { readonly [Leads in string]?: string } = {
  link: 'lead through the link: a replica gets the files of whatever release the link names by then',
  other: "lead to another release than a replica's own, and nowhere once that is removed",
  home: 'lead to a home, which a replica does not see',
};
