import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';
import type { hostChecks } from '../../run/doctor/host-checks.ts';
import { bytesWords } from '../words/bytes.ts';
import { describeRecorded } from '../words/errors.ts';
import { listFact, type WordsOf } from './advice.ts';

const lines = (fact: Facts[string]): string => (Array.isArray(fact) ? fact.join('; ') : String(fact));
const place = ({ file, block }: Facts): string => `${file}, ${block}`;

/** What to type after a change of nginx's configuration. */
const RELOAD = 'then nginx -t && systemctl reload nginx';

export const siteDoctorWords: WordsOf<Exclude<CheckName, keyof typeof hostChecks>> = {
  'site-file': ({ problems }, site) => ({
    found: `the site file has problems, and every roll is refused: ${lines(problems)}`,
    fix: `put them right, then php-zd check ${site}`,
  }),
  'site-warnings': ({ warnings }, site) => ({
    found: `the site file has warnings: ${lines(warnings)}`,
    fix: `change the lines, then php-zd check ${site}`,
  }),
  'generated-files': ({ files }, site) => ({
    found: `${listFact(files)} is not what this php-zd makes of the promoted configuration: of another version, or changed by hand`,
    fix: `php-zd reload ${site}, which writes it anew`,
  }),
  'unit-settings': ({ settings, dropIns, timeout }, site) => ({
    found: `settings of the replicas' unit are not what a roll needs (${listFact(settings)}${overridden(dropIns)}): requests would be lost`,
    fix: `take them out (TimeoutStopSec must be at least ${timeout}), then systemctl daemon-reload and php-zd reload ${site}`,
  }),
  directories: ({ directories, file }) => ({
    found: `directories have another owner or mode than they should: ${listFact(directories)}`,
    fix: `systemd-tmpfiles --create ${file}`,
  }),
  'php-upgraded': (_, site) => ({
    found: "PHP's program was replaced while replicas run: they serve without what the upgrade mended",
    fix: `php-zd reload ${site}, which loses nothing`,
  }),
  release: ({ error }, site) => ({
    found: `${errorWords(error)}: every roll is refused`,
    fix: `mend that, or point the link at another release, then php-zd reload ${site}`,
  }),
  links: ({ links, count, release, mount }) => ({
    found: `links in ${release} lead elsewhere or nowhere for a replica, which sees the release at ${mount}: ${listFact(links)}${Number(count) > 3 ? ` and ${Number(count) - 3} more` : ''}`,
    fix: 'write them relative and within the release, name what all releases share in [shared], or write a mount in [site] that is as deep as the release',
  }),
  'link-directory': ({ directory, user }) => ({
    found: `${user}, as whom the site's PHP runs, may write to ${directory}: what breaks into the site could point the link at a release of its own`,
    fix: `give ${directory} to the user who deploys: chown DEPLOYER ${directory}`,
  }),
  'writable-release': ({ path, user }) => ({
    found: `${user} may write to ${path}: a replica sees it read-only, other programs of that user do not`,
    fix: 'let the user who deploys own it, if that is another one',
  }),
  'readable-release': ({ readers, directory }) => ({
    found: `the PHP of ${listFact(readers)} may read this site's release, passwords in it too`,
    fix: `chmod o-rx ${directory}; the web server reads static files by the group: chgrp www-data ${directory}`,
  }),
  'file-cache': ({ path, mount }, site) => ({
    found: `opcache.file_cache is ${path}, which all releases share: as all of them are at ${mount}, it serves old code`,
    fix: `write ini[opcache.file_cache] = "" in [php] of the site file, then php-zd reload ${site}`,
  }),
  preload: ({ path, mount }, site) => ({
    found: `opcache.preload is ${path}, which is not in the release that a replica runs: it mixes two releases`,
    fix: `write ini[opcache.preload] = ${mount}/FILE in [php] of the site file, then php-zd reload ${site}`,
  }),
  sessions: ({ path }, site) => ({
    found: `PHP's sessions are in the release, ${path}: each release has its own, and a roll logs everybody out`,
    fix: `take session.save_path out of the site file (php-zd has a directory for it), or name the directory in [shared], then php-zd reload ${site}`,
  }),
  'drain-timeout': ({ longest, uri, timeout, onTimeout }) => ({
    found: `a request took ${longest} (${uri}), and a drain waits ${timeout}: a roll meanwhile would ${consequences[String(onTimeout)]}`,
    fix: `write a longer timeout in [drain] of the site file, or choose on_timeout there`,
  }),
  'terminate-timeout': ({ written, timeout }) => ({
    found: `request_terminate_timeout lets requests take ${written}, and a drain waits ${timeout}: a roll may come to its end before them`,
    fix: `write timeout = ${written} in [drain] of the site file, or a shorter request_terminate_timeout in [pool]`,
  }),
  somaxconn: ({ limit, children }) => ({
    found: `net.core.somaxconn is ${limit}, less than the ${children} children of a replica: the kernel would refuse connections`,
    fix: 'sysctl net.core.somaxconn=4096, and the same in /etc/sysctl.d',
  }),
  memory: ({ total, needed }) => ({
    found: `with all its children, and while it rolls, the site needs ${bytesWords(Number(needed))}; the host has ${bytesWords(Number(total))}`,
    fix: 'write a smaller pm.max_children or fewer replicas, or surge = 0, in the site file',
  }),
  'keep-conn': facts => ({
    found: `nginx keeps FastCGI connections open (${place(facts)}): an idle one holds a child, and a drain until its timeout`,
    fix: `take out "fastcgi_keep_conn on", ${RELOAD}`,
  }),
  'mixed-releases': ({ param, value, mount, ...facts }) => ({
    found: `nginx sends ${param} ${value} (${place(facts)}): replicas would run another release than their own as soon as the link is flipped`,
    fix: `write a path below ${mount} there, ${RELOAD}`,
  }),
  'sent-twice': facts => ({
    found: `nginx may send a POST twice (fastcgi_next_upstream non_idempotent; ${place(facts)})`,
    fix: `take out "non_idempotent", ${RELOAD}`,
  }),
  'read-timeout': ({ timeout, longest, uri, ...facts }) => ({
    found: `a request took ${longest} (${uri}), and nginx gives up after ${timeout} (${place(facts)})`,
    fix: `write a longer fastcgi_read_timeout there, ${RELOAD}`,
  }),
  'queue-timeout': ({ timeout, queueTimeout, ...facts }) => ({
    found: `a request may wait ${queueTimeout} for a child, and nginx gives up after ${timeout} (${place(facts)}): it would run for nobody`,
    fix: `write a longer fastcgi_read_timeout there, ${RELOAD}; or a shorter queue_timeout in [listen] of the site file`,
  }),
  'web-server': ({ socket }, site) => ({
    found: `no web server that runs (nginx, apache2, caddy, lighttpd) names ${socket} in its configuration`,
    fix: `see "php-zd snippet ${site} nginx", unless another program connects there`,
  }),
  'web-server-rights': ({ server, uid, socket, group }, site) => ({
    found: `${server}, which runs as user ${uid}, may not connect to ${socket}, which is for the group ${group}: it answers 502 or 503`,
    fix: `write its group in [listen] of the site file, then php-zd reload ${site}; or put it into the group ${group} and restart it`,
  }),
};

const errorWords = (error: Facts[string]): string =>
  typeof error === 'object' && 'code' in error ? describeRecorded(error) : '';

const overridden = (dropIns: Facts[string]): string =>
  listFact(dropIns) === '' ? '' : `; drop-ins: ${listFact(dropIns)}`;

const consequences: { readonly [OnTimeout in string]?: string } = {
  abort: 'fail',
  park: 'leave it a parked replica',
  kill: 'lose it',
};
