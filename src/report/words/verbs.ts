import { siteUnit } from '../../base/paths.ts';
import { errnoWords } from '../../site/errno-words.ts';
import type { Site } from '../../site/site.ts';
import { systemctl, typed } from './said.ts';

// What verbs tell beside the events of their work.

type Verb = 'start' | 'stop' | 'restart' | 'reload';

export const notActiveWords = (site: string): string =>
  `${siteUnit(site)} is not active: there was nothing to stop. See "php-zd status ${site}".\n`;

export const startedAlreadyWords = (site: string): string =>
  `${site} is started already. Put right what is not with "php-zd reload ${site}".\n`;

export const withoutReplicasWords = (site: string): string =>
  `${site} is started, and no replica runs: a roll to the promoted release brings them back.\n`;

export const notAtBootWords = (site: string): string =>
  `No boot starts ${site}: "${typed(systemctl('enable', `php-zd@${site}`))}" has each do so.\n`;

export const askedSystemdWords = (site: string, verb: Verb): string =>
  `Asked systemd to ${verb} ${site}. Follow it with "php-zd follow ${site}".\n`;

/** systemd queues the second reload. */
export const underWayWords = (site: string): string =>
  `A roll of ${site} is under way. This one begins when it is over; end that one with "php-zd abort ${site}".\n`;

export const reloadsHaproxyWords = (unit: string): string =>
  `reloads ${unit}, whose program or libraries an upgrade has replaced\n`;

export const upToDateWords = (site: string): string => `${site}: its replicas run the PHP that is installed.\n`;

export const notRunningWords = (site: string): string =>
  `${site} is not started: no replica runs an older PHP than its next start will.\n`;

export const unchangedWords = (site: string): string => `${site}: nothing has changed.\n`;

/** After ^C: systemd goes on with its job. */
export const stillRunningWords = (site: string): string =>
  `Left it running. Follow it again with "php-zd follow ${site}".\n`;

export const settlesWords = (site: string): string =>
  `The roll of ${site} has ended already, and what it left is being put right.\n`;

export const abortedWords = (site: string): string => `Ended the roll of ${site}. What it left is being put right.\n`;

export const notUnderWayWords = (site: string): string => `No roll of ${site} is under way.\n`;

interface ReplicaJob {
  readonly site: string;
  readonly slot: number;
  readonly verb: Exclude<Verb, 'reload'>;
}

export const replicaDoneWords = ({ site, slot, verb }: ReplicaJob): string =>
  `${past[verb]} replica ${slot} of ${site}.\n`;

const past = { start: 'Started', stop: 'Stopped', restart: 'Restarted' } as const;

export const replicaAskedWords = ({ site, slot, verb }: ReplicaJob): string =>
  `Asked systemd to ${verb} replica ${slot} of ${site}. See "php-zd status ${site}".\n`;

export const notHeldWords = (site: string): string => `${site} is not held: its requests go through.\n`;

export const notInMaintenanceWords = (site: string): string => `${site} is not in maintenance.\n`;

/** What a verb printed is lost, in part or whole. */
export const unwrittenWords = (errno: string): string =>
  `php-zd: its output could not be written: ${errnoWords(errno)}.\n`;

export const UNTOUCHED_WORDS = 'Nothing was touched.\n';

export const NO_SITE_WORDS = 'There is no site yet. Write the first one with "php-zd init SITE".\n';

/** Which sites is not clear: none was named, or some and --all. */
export const whichSitesWords = (verb: string, hasBoth: boolean): string =>
  hasBoth
    ? 'php-zd: which of them? Name sites or write --all, not both: nothing was done.\n'
    : `php-zd: which site? Name one or more, or write "php-zd ${verb} --all".\n`;

/** After ^C, of a site that was still to come. */
export const leftOutWords = (site: string): string => `php-zd: ${site} was left out: nothing was asked of it.\n`;

export const removingWords = (release: string): string => `Removing ${release}.\n`;
export const keptWords = (release: string): string => `Kept ${release}: it came into use meanwhile.\n`;

export const journalctlFailedWords = (status: number): string =>
  `php-zd: journalctl, which reads the logs, failed with status ${status}. See "php-zd logs --help".\n`;
export const unreadLogsWords = (site: string): string =>
  `php-zd: the logs of ${site} are for root and for members of the group systemd-journal: type "sudo php-zd logs ${site}".\n`;

/** An older php-zd made the link, or somebody has put another directory in the release's place. */
export const unfollowedWords = (site: string, link: string): string =>
  `php-zd: ${link} is not of the user who owns the release: with this snippet the web server sends no file by it before the site was rolled. Type "php-zd reload ${site}" first.\n`;

/** systemd.exec(5) has numbers of its own for a process that could not be made ready. */
export const systemdsStatusWords = (status: number, unit: string): string =>
  `php-zd: ${status} may be systemd's own status, which then says why in "journalctl -eu ${unit}".\n`;

export const whichPageWords = (site: string): string =>
  `php-zd: ask for which page? [health] of ${site} has no path: write --app-path PATH.\n`;

export const wroteWords = (file: string): string => `Wrote ${file}.\n`;

/** The document root is said since it is often a guess, and everything in it is public. */
export const checkedWords = ({ name, web }: Pick<Site, 'name' | 'web'>, release: string): string =>
  `${name}: ok, a reload would roll to ${release}; document root ${web.root}, front controller ${web.frontController ?? 'none'}\n`;

/** Said to whoever is not root. */
export const untestedWords = (site: string): string =>
  `php-zd: what php-fpm itself says of ${site} is left out: only root can ask it as the site's user, in its sandbox. Type "sudo php-zd check ${site}".\n`;

export const noRollYetWords = (site: string): string => `No roll of ${site} yet.\n`;

/** `meant`: the verb that is spelled most alike. */
export const noVerbWords = (typed: string, meant: string | undefined): string =>
  `php-zd: there is no verb '${typed}'${meant ? `; did you mean '${meant}'?` : '.'} See them all with "php-zd help".\n`;
