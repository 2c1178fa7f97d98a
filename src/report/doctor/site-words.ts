import { basename } from 'node:path';
import { siteFile } from '../../base/paths.ts';
import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';
import type { hostChecks } from '../../run/doctor/host-checks.ts';
import { STRAY_ADVICE } from '../../run/site/links.ts';
import { isPackaged } from '../../site/packaged-release.ts';
import { bytesWords } from '../words/bytes.ts';
import { compiledAdvice } from '../words/compiled.ts';
import { timesWords } from '../words/count.ts';
import { giveTo } from '../words/errors/host.ts';
import { mendMount } from '../words/mount.ts';
import { ownRelease } from '../words/own-release.ts';
import { type Command, journalOf, phpZd, systemctl, typed } from '../words/said.ts';
import {
  type AdviceOf,
  END_HOLDERS,
  endedAdvice,
  errorWords,
  type Fix,
  listFact,
  reload,
  reloadOutdated,
} from './advice.ts';
import { releaseWords } from './release-words.ts';

const lines = (fact: Facts[string]): string => (Array.isArray(fact) ? fact.join('; ') : String(fact));
const place = ({ file, block }: Facts): string => `${file}, ${block}`;

const extensionWords = ({ added, removed }: Facts): string =>
  [
    ...namesOf(added).map(name => `${name} is not loaded`),
    ...namesOf(removed).map(name => `${name} is loaded still`),
  ].join(', ');
const namesOf = (paths: Facts[string]): readonly string[] =>
  Array.isArray(paths) ? paths.map(path => basename(path, '.so')) : [];

const namesIn = (fact: Facts[string]): readonly string[] => (Array.isArray(fact) ? fact.map(String) : []);

/** How many of a site's files are named. */
const NAMED_FILES = 4;

const filesWords = (files: readonly string[]): string => {
  const named = files.slice(0, NAMED_FILES);
  const more = files.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${files.length > 1 ? 'are' : 'is'}`;
};

/** What to type after a change of nginx's configuration. */
const RELOAD: readonly Command[] = [
  ['nginx', '-t'],
  ['systemctl', 'reload', 'nginx'],
];

/** What failed, of a unit of the site. */
const failedWords = ({ unit, how, result, count }: Facts): string => {
  const words: { readonly [How in string]?: string } = {
    unread: `systemd does not take ${unit} as it is (${result}): no start and no roll`,
    failed: `${unit} is failed (${result})`,
    retried: `${unit} keeps ending (${result}): systemd started it again ${timesWords(Number(count))}`,
    reload: `the last reload of ${unit} failed (${result}), and came to no roll`,
  };
  return words[String(how)] ?? '';
};

export const siteDoctorWords: AdviceOf<Exclude<CheckName, keyof typeof hostChecks>> = {
  status: ({ what, way }) => ({ found: String(what), fix: { first: String(way) } }),
  start: ({ said, dropIns, ...end }, site) => {
    const unit = String(end['unit']);
    const unitOfSite = `php-zd@${site}`;
    const isDown = unit === `${unitOfSite}.service` && end['how'] !== 'reload';
    const last = said === undefined ? '' : `; its last line: ${said}`;
    return {
      found: `${failedWords(end)}${last}${dropIns === undefined ? '' : overridden(dropIns)}`,
      fix: {
        first: dropIns === undefined ? 'mend what it says' : 'take out of the drop-ins what it cannot run with',
        type: [journalOf(unit), systemctl('daemon-reload'), isDown ? systemctl('start', unitOfSite) : reload(site)],
      },
    };
  },
  'site-file': ({ problems, release, isStopped, ...mount }, site) => {
    const found = `the site file has problems, and every roll is refused: ${lines(problems)}`;
    const again = seeAgain(mount);
    if (release !== undefined && again === undefined) {
      const start = isStopped === true ? [systemctl('start', `php-zd@${site}`)] : [];
      return { found, fix: { type: [...start, ['php-zd', 'deploy', site, String(release)]] } };
    }
    const first = [again, 'put them right'].filter(way => way !== undefined).join(', or ');
    return { found, fix: { first, type: [['php-zd', 'check', site]] } };
  },
  'site-warnings': ({ warnings }, site) => ({
    found: `the site file has warnings: ${lines(warnings)}`,
    fix: { first: 'change the lines', type: [reload(site)] },
  }),
  enabled: (_, site) => ({
    found: 'the site runs and is not enabled: after the next boot nobody starts it',
    fix: { type: [systemctl('enable', `php-zd@${site}`)] },
  }),
  'generated-files': ({ files }, site) => ({
    found: `${filesWords(namesIn(files))} not what this php-zd makes of the promoted configuration: of another version, or changed by hand, also in mode or owner`,
    fix: { type: [reload(site)] },
  }),
  'unit-settings': ({ settings, dropIns, timeout }, site) => ({
    found: `settings of the replicas' unit are not what a roll needs (${listFact(settings)}${overridden(dropIns)}): requests would be lost`,
    fix: {
      first: `take them out (TimeoutStopSec must be at least ${timeout})`,
      type: [systemctl('daemon-reload'), reload(site)],
    },
  }),
  directories: ({ directories, file, user, uid, former }, site) => {
    if (former === undefined)
      return {
        found: `directories have another owner or mode than they should: ${listFact(directories)}`,
        fix: { type: [['systemd-tmpfiles', '--create', String(file)]] },
      };
    const owned = { user: String(user), uid: Number(uid), directories: Array.isArray(former) ? former : [] };
    return {
      found: `the files of ${user} in ${listFact(former)} are of user ${uid}, since ${user} was made anew with another number: visitors are logged out`,
      fix: { type: [giveTo(owned), reload(site)] },
    };
  },
  replaced: ({ places, unmounted }, site) => {
    const what = `something else lies at ${listFact(places)} since replicas were started`;
    const mount = mendMount({ unmounted });
    return mount === undefined
      ? {
          found: `${what}, and what PHP writes does not come there: it is on what lay there before, or nowhere`,
          fix: { type: [reload(site)] },
        }
      : {
          found: `${what}, since its file system was unmounted from ${unmounted}: a roll would bring PHP to what lies below`,
          fix: { type: [mount] },
        };
  },
  'log-files': ({ path, slots }, site) => ({
    found: `replica ${listFact(slots)} writes its access.log into a file that was moved away from ${path}, or removed: what rotates it sends PHP-FPM a signal, which is no replica's`,
    fix: {
      first: `have logrotate copy it (copytruncate), or write "${typed(systemctl('reload', `php-zd@${site}`))}" as its postrotate`,
      type: [reload(site)],
    },
  }),
  'front-socket': ({ path, socket, gone }, site) =>
    gone === undefined
      ? {
          found: `${path}, where the web server looks for the site, is no link to ${socket}: every request gets 502`,
          fix: { type: [reload(site)] },
        }
      : {
          found: `${gone}, where the web server comes to HAProxy, was removed: every request gets 502 until HAProxy starts anew, which ends the requests of all sites that are under way`,
          fix: { type: [systemctl('restart', 'php-zd-haproxy')] },
        },
  'http-down': ({ unit, state }, site) => {
    const start = systemctl('start', String(unit));
    const begin = `php-zd-web-${site}@`;
    const slot = String(unit).startsWith(begin) ? String(unit).slice(begin.length, -'.service'.length) : undefined;
    // Its stop took the replica out of the balancer.
    return slot === undefined
      ? { found: `${unit} is ${state}: nobody comes in over HTTP`, fix: { type: [start] } }
      : {
          found: `${unit}, the web server of a replica, is ${state}: the other replicas have its part of HTTP`,
          fix: { type: [start, phpZd('ready', site, slot)] },
        };
  },
  'http-ended': endedAdvice,
  'php-upgraded': ({ files, count }, site) => ({
    found: `replicas run what an upgrade has replaced, and serve without what the upgrade mended: ${listFact(files)}${Number(count) > 3 ? ` and ${Number(count) - 3} more` : ''}`,
    fix: { type: [reloadOutdated(site)] },
  }),
  'php-lost': ({ to, names, packages }, site) => ({
    found: `PHP ${to}, which an upgrade has brought, lacks ${listFact(names)}, which the replicas that run have: "${typed(reloadOutdated(site))}", which apt has php-zd do, is refused`,
    fix:
      Array.isArray(packages) && packages.length > 0
        ? { type: [['apt', 'install', ...packages], reload(site)] }
        : { first: 'see that the site does without', type: [reload(site)] },
  }),
  'php-extensions': ({ added, removed }, site) => ({
    found: `PHP's extensions were changed while replicas run: ${extensionWords({ added, removed })}`,
    fix: { type: [reloadOutdated(site)] },
  }),
  'php-ini': ({ files }, site) => ({
    found: `${listFact(files)} was changed since replicas were started: they run with what it said then, and one that crashes comes back with what it says now`,
    fix: { type: [reload(site)] },
  }),
  release: ({ error }, site) => ({
    found: `${errorWords(error)}: every roll is refused`,
    fix: { first: 'mend that, or point the link at another release', type: [reload(site)] },
  }),
  links: ({ links, lines, count, isPart, release, mount }, site) => ({
    found: `links in ${release} lead elsewhere or nowhere for a replica, which sees the release at ${mount}: ${listFact(links)}${Number(count) > 3 ? ` and ${Number(count) - 3} more` : ''}${isPart === true ? '; not all links were looked at' : ''}`,
    fix: strayFix(String(release), String(site), Array.isArray(lines) ? lines.map(String) : []),
  }),
  'link-directory': ({ directory, user, group, isOwn }) => ({
    found: `${user}, as whom the site's PHP runs, may write to ${directory}: what breaks into the site could point the link at a release of its own`,
    fix:
      isOwn === true
        ? { first: 'have another user deploy, or root', type: closed(String(directory), String(group)) }
        : { first: "put the link into a directory of the site's own, which the user who deploys owns" },
  }),
  'writable-release': ({ path, user }) => ({
    found: `${user} may write to ${path}: a replica sees it read-only, other programs of that user do not`,
    fix: { first: 'let another user own it, who deploys' },
  }),
  'unlisted-places': ({ path, user }, site) => ({
    found: `${path} is ${user}'s, and no replica may write there, as PHP-FPM by itself does: where PHP need not, = no ends this note`,
    fix: { ini: { section: 'writable', line: `${path} = yes` }, type: [reload(site)] },
  }),
  'readable-release': ({ readers, directory, group, server, serverUser }) => ({
    found: `the PHP of ${listFact(readers)} may read this site's release, passwords in it too`,
    fix: {
      type: [
        ...(serverUser === undefined ? [] : letIn(String(serverUser), String(server), String(group))),
        ['chgrp', String(group), String(directory)],
        ['chmod', 'g+rx,o-rwx', String(directory)],
      ],
    },
  }),
  ...releaseWords,
  'compiled-code': ({ path, mount, variable, instead }, site) => {
    const place = { path: String(path), mount: String(mount), instead: String(instead) };
    const named = variable === undefined ? place : { ...place, variable: String(variable) };
    const { found, first, ini } = compiledAdvice(named);
    // What [env] says may be a secret.
    const type = [...(ini === undefined ? [] : [['chmod', 'o-r', siteFile(String(site))] as const]), reload(site)];
    return { found, fix: { first, ...(ini && { ini }), type } };
  },
  'file-cache': ({ path, mount }, site) => ({
    found: `opcache.file_cache is ${path}, which all releases share: as all of them are at ${mount}, it serves old code`,
    fix: { ini: { section: 'php', line: 'ini[opcache.file_cache] = ""' }, type: [reload(site)] },
  }),
  preload: ({ path, mount }, site) => ({
    found: `opcache.preload is ${path}, which is not in the release that a replica runs: it mixes two releases`,
    fix: {
      first: `write ini[opcache.preload] = ${mount}/ and its path in the release in [php] of the site file`,
      type: [reload(site)],
    },
  }),
  mail: ({ mailer, path, ...beside }, site) => ({
    found:
      path === undefined
        ? `mail() fails at once: ${mailer} takes messages with rights that a replica does not have`
        : `sendmail_path is ${path}, and ${mailer} takes messages with rights that a replica does not have: mail() fails, or never ends and holds a child`,
    fix: sendmailFix({ path, ...beside }, site),
  }),
  refused: ({ key, line, allow, ...beside }, site) => ({
    found: `the application was refused something by its sandbox: ${line}`,
    fix: besideOwnWords(
      key === 'sendmail'
        ? sendmailFix(beside, site)
        : refusedFix(String(key), allow === undefined ? undefined : String(allow), site),
    ),
  }),
  network: ({ network }, site) => ({
    found: `this host's systemd does not hold network = ${(network as readonly string[]).join(' ')} in [sandbox]: replicas of before reach every address, and no roll or start begins`,
    fix: {
      first: 'bring php-zd to a host whose kernel has BPF for control groups, or let the site reach nothing',
      ini: { section: 'sandbox', line: 'network = no' },
      type: [reload(site)],
    },
  }),
  sessions: ({ path }, site) => ({
    found: `PHP's sessions are in the release, ${path}: each release has its own, and a roll logs everybody out`,
    fix: {
      first:
        'take session.save_path out of the site file (php-zd has a directory for it), or name the directory in [shared]',
      type: [reload(site)],
    },
  }),
  health: ({ error, ...mount }, site) => {
    const way = seeAgain(mount);
    if (way === undefined) {
      return {
        found: `${errorWords(error)}: it serves, and a roll to it would fail`,
        fix: { first: 'mend what the application lacks, such as its database', type: [['php-zd', 'status', site]] },
      };
    }
    const { covered, unmounted } = mount;
    const why =
      covered === undefined
        ? `the release is on what was unmounted from ${unmounted}`
        : `something was mounted over the release at ${covered}`;
    return { found: `${errorWords(error)}: ${why} while its replicas run`, fix: { first: way, type: [reload(site)] } };
  },
  connections: ({ connections, most }, site) => ({
    found: `${connections} connections are in use of the ${most} that HAProxy takes for the site: its visitors wait`,
    fix: { first: END_HOLDERS, type: [['php-zd', 'status', site]] },
  }),
  'drain-timeout': ({ longest, uri, timeout, onTimeout, staysOpen }, site) => ({
    found: `a request took ${longest} (${uri}), and a drain waits ${timeout}: a roll meanwhile would ${consequences[String(onTimeout)]}`,
    fix: {
      ini: { section: 'drain', line: staysOpen === true ? 'on_timeout = park' : `timeout = ${longest}` },
      type: [reload(site)],
    },
  }),
  'terminate-timeout': ({ written, timeout }, site) => ({
    found: `request_terminate_timeout lets requests take ${written}, and a drain waits ${timeout}: a roll may come to its end before them`,
    fix: { ini: { section: 'drain', line: `timeout = ${written}` }, type: [reload(site)] },
  }),
  somaxconn: ({ limit, children }, site) => ({
    found: `net.core.somaxconn is ${limit}, less than the ${children} children of a replica: the kernel would refuse connections`,
    fix: {
      file: { path: SYSCTL, text: `net.core.somaxconn = ${Math.max(4096, Number(children))}\n` },
      type: [['sysctl', '--load', SYSCTL], reload(site)],
    },
  }),
  memory: ({ total, needed }, site) => ({
    found: `with all its children, and while it rolls, the site needs ${bytesWords(Number(needed))}; the host has ${bytesWords(Number(total))}`,
    fix: {
      first: 'write a smaller pm.max_children or fewer replicas, or surge = 0, in the site file',
      type: [reload(site)],
    },
  }),
  'keep-conn': facts => ({
    found: `nginx keeps FastCGI connections open (${place(facts)}): an idle one holds a child, and a drain until its timeout`,
    fix: {
      first:
        'take out "fastcgi_keep_conn on", or write "fastcgi_buffering off" in its place, where pages flush before they end',
      type: RELOAD,
    },
  }),
  'mixed-releases': ({ param, value, mount, ...facts }) => ({
    found: `nginx sends ${param} ${value} (${place(facts)}): replicas would run another release than their own as soon as the link is flipped`,
    fix: { first: `write a path below ${mount} there`, type: RELOAD },
  }),
  'sent-twice': facts => ({
    found: `nginx may send a POST twice (fastcgi_next_upstream non_idempotent; ${place(facts)})`,
    fix: { first: 'take out "non_idempotent"', type: RELOAD },
  }),
  'read-timeout': ({ timeout, longest, uri, ...facts }) => ({
    found: `a request took ${longest} (${uri}), and nginx gives up after ${timeout} (${place(facts)})`,
    fix: { first: 'write a longer fastcgi_read_timeout there', type: RELOAD },
  }),
  'queue-timeout': ({ timeout, queueTimeout, ...facts }) => ({
    found: `a request may wait ${queueTimeout} for a child, and nginx gives up after ${timeout} (${place(facts)}): it would run for nobody`,
    fix: { first: `write a fastcgi_read_timeout of at least ${queueTimeout} there`, type: RELOAD },
  }),
  'server-name': ({ name, address }) => ({
    found: `nginx has two server blocks with the name '${name}' at ${address}, and passes over the latter: visitors may come to the other one`,
    fix: { first: 'leave that name to one of them', type: RELOAD },
  }),
  'web-server': ({ socket, former }, site) =>
    former === undefined
      ? {
          found: `no web server that runs (nginx, apache2, caddy, lighttpd) names ${socket} in its configuration`,
          fix: { first: `see "php-zd snippet ${site} nginx", unless another program connects there` },
        }
      : {
          found: `a web server names ${former}, where the socket of the site was, and which leads to it as long as that is so`,
          fix: { first: `write ${socket} there, and reload the web server` },
        },
  snippet: ({ file, paths }, site) => ({
    found: `nginx does not close ${Array.isArray(paths) ? paths.join(', ') : ''}, as the site file does (${file}): visitors come to what is there, and run it where it is a script`,
    fix: { first: `bring in what "php-zd snippet ${site} nginx" prints`, type: RELOAD },
  }),
  'own-haproxy': ({ version }, site) => ({
    found: `HAProxy ${version}, which makes HTTP of PHP's answers for [haproxy], ends at one with more than 8 KB of headers, with all its requests (haproxy#2150)`,
    fix: {
      first:
        'write mode = tcp in [haproxy], for a web server that speaks FastCGI, ' +
        'or http = 127.0.0.1:8080 and edge = headers in [listen] instead of [haproxy], with what ' +
        `"php-zd snippet --edge ${site} haproxy" prints then in HAProxy`,
      type: [reload(site)],
    },
  }),
  'web-server-rights': ({ server, uid, socket, group, mode, closed: shut }, site) => {
    const refused = `${server}, which runs as user ${uid}, may not connect to ${socket}`;
    if (mode !== undefined) {
      const found = `${refused}, whose mode is ${mode}: it answers 502 or 503`;
      return { found, fix: { ini: { section: 'listen', line: 'mode = 0660' }, type: [reload(site)] } };
    }
    return shut === undefined
      ? {
          found: `${refused}, which is for the group ${group}: it answers 502 or 503`,
          fix: { first: 'write its group in [listen] of the site file', type: [reload(site)] },
        }
      : {
          found: `${refused}, since it may not enter ${shut}: it answers 502 or 503`,
          fix: { type: [['chmod', 'o+x', String(shut)]] },
        };
  },
  'static-files': ({ server, serverUser, directory, group }) => ({
    found: `${server}, which runs as ${serverUser}, may not enter ${directory}: it finds no file of a release, and has PHP answer for each`,
    fix: {
      type: [
        ...letIn(String(serverUser), String(server), String(group)),
        ['chgrp', String(group), String(directory)],
        ['chmod', 'g+rx', String(directory)],
      ],
    },
  }),
};

const SYSCTL = '/etc/sysctl.d/php-zd.conf';

/**
 * How a release is seen again that a mount hides, or that is on what is not mounted; undefined where no mount is to blame. Whether a mount
 * that came while replicas run is meant to stay is for a person to say.
 */
const seeAgain = (mount: Facts): string | undefined => {
  const mend = mendMount(mount);
  if (mend === undefined) return undefined;
  return mount['covered'] === undefined
    ? `mount its file system with "${typed(mend)}"`
    : `end the mount with "${typed(mend)}" where it is not meant to be there`;
};

/** Root's, and nobody else's to write. The site may enter it still, which a home may have allowed to its owner alone. */
const closed = (directory: string, group: string): readonly Command[] => [
  ['chown', `root:${group}`, directory],
  ['chmod', 'g+rx,go-w', directory],
];

/** A web server that reads static files by the site's group. New workers have the groups that their user has by then. */
const letIn = (user: string, server: string, group: string): readonly Command[] => [
  ['usermod', '--append', '--groups', group, user],
  // Caddy has no workers.
  systemctl(server === 'caddy' ? 'restart' : 'reload', server),
];

const overridden = (dropIns: Facts[string]): string =>
  listFact(dropIns) === '' ? '' : `; drop-ins: ${listFact(dropIns)}`;

const consequences: { readonly [OnTimeout in string]?: string } = {
  abort: 'fail',
  park: 'leave it a parked replica',
  kill: 'lose it',
};

/** Of links that lead elsewhere for a replica, which these lines of [shared] mend. */
const strayFix = (release: string, site: string, shared: readonly string[]): Fix => {
  if (isPackaged(release)) {
    const { type, line } = ownRelease(release, site);
    return {
      first: `make a release of your own of it by what follows, and write ${line} in [site] in place of its release and mount`,
      type: [...type, reload(site)],
    };
  }
  if (shared.length === 0) return { first: STRAY_ADVICE };
  return { ini: { section: 'shared', line: shared.join(', ') }, type: [reload(site)] };
};

/** `sendmail = yes`, behind what `check` would refuse beside it, and what would be lost with it. */
const sendmailFix = ({ path, sender, instead }: Facts, site: string): Fix => {
  const first = [
    ...(path === undefined
      ? []
      : ['write ini[sendmail_path] = "" in [php] of the site file, in the place of any other sendmail_path there']),
    ...(sender === undefined
      ? []
      : [
          `write php_admin_value[mail.force_extra_parameters] = -f${sender} in [pool], which keeps the sender, whatever the application gives mail() as its fifth argument`,
        ]),
    ...(Array.isArray(instead) ? instead : []),
  ];
  return {
    ...(first.length === 0 ? {} : { first: first.join('; ') }),
    ini: { section: 'sandbox', line: 'sendmail = yes' },
    type: [reload(site)],
  };
};

/** A site may log any line. */
const besideOwnWords = ({ first, ...fix }: Fix): Fix => ({
  ...fix,
  first: [
    'see whether the site is to have that, for the line is its own words',
    ...(first === undefined ? [] : [first]),
  ].join('; then '),
});

/** The key that would allow it. */
const refusedFix = (key: string, allow: string | undefined, site: string): Fix => {
  const type = [reload(site)];
  if (allow !== undefined) {
    return key === 'writable'
      ? { ini: { section: 'writable', line: `${allow} = yes` }, type }
      : { ini: { section: 'sandbox', line: `${key} = ${allow}` }, type };
  }
  const first =
    key === 'writable'
      ? 'have the application write below /tmp, or name a directory of its own in [writable] or [shared]'
      : 'write the addresses that it needs as network in [sandbox]';
  return { first, type };
};
