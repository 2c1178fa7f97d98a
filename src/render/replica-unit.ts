import {
  admitUnit,
  gateUnit,
  mailSocketUnit,
  mountsUnits,
  servicesUnit,
  siteUnit,
  sliceUnit,
  webUnit,
} from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { processControlTimeoutS, REPLICA_VARIABLE } from './fpm-config.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import {
  enterView,
  homeOf,
  limitProperties,
  ownerProperties,
  type Property,
  poolProperties,
  propertyLines,
  siteSandboxProperties,
  viewProperties,
} from './view.ts';

/** How much longer than a drain a stop may take, so that systemd never kills a replica that still works. */
const STOP_MARGIN_S = 15;
/** TimeoutStopSec= of a replica. */
const stopTimeoutS = (site: Site): number => processControlTimeoutS(site) + STOP_MARGIN_S;
/** PHP-FPM is ready in far less time, however many children it starts with. */
export const START_TIMEOUT_S = 60;
/** A restart is one job: a stop and a start. */
const jobTimeoutS = (site: Site): number => stopTimeoutS(site) + START_TIMEOUT_S + STOP_MARGIN_S;

/**
 * The template unit whose instances are the site's replicas. No command of it has more rights than the site's user, who chooses
 * what most of its files are (facts.md N24).
 */
export const renderReplicaUnit = (site: Site, context: RenderContext): string => `${renderHeader(site, '#')}
[Unit]
Description=PHP-FPM replica %i of site ${site.name}
Documentation=man:php-zd(8) man:php-zd.ini(5)
SourcePath=${site.file}
After=network.target php-zd-haproxy.service
RequiresMountsFor=${context.paths.replicas} ${context.paths.shm}
# These put it into the balancer after its start, and drain it before its stop.
Wants=${admitUnit(site.name, '%i')} ${gateUnit(site.name, '%i')}
${webLine(site)}# Keeps the directories with the sockets of the host's services.
Wants=${servicesUnit(site.name)}
After=${servicesUnit(site.name)}
# One namespace for System V IPC and message queues for all processes of the site, as with one PHP-FPM.
JoinsNamespaceOf=${siteUnit(site.name)}
# A slot that no roll has given a release has nothing to run.
AssertPathExists=${context.paths.pin('%i')}/release
${mailLines(site)}# Lays the release into the view below.
Wants=${mountsUnits}
After=${mountsUnits}
# A replica that crashes comes back, however often: the others serve meanwhile, and a roll is not a crash.
StartLimitIntervalSec=0
# A main process that could speak to systemd could move its own deadlines on and on (EXTEND_TIMEOUT_USEC= of sd_notify(3)), but not this one.
JobRunningTimeoutSec=${jobTimeoutS(site)}s

[Service]
# units/lay-mounts.pl says when PHP-FPM listens: who can speak to systemd can keep it from all else.
Type=notify
${propertyLines(ownerProperties(site))}
Slice=${sliceUnit(site.name)}
${lifeLines(site, context)}

${propertyLines(viewOfReplica(site, context))}

${propertyLines([...limitProperties(site), ...siteSandboxProperties(site), ...poolProperties(site)])}
`;

const mailLines = ({ name, sandbox }: Site): string => {
  const unit = mailSocketUnit(name);
  return sandbox.hasSendmail ? `# Where mail() brings its messages.\nWants=${unit}\nAfter=${unit}\n` : '';
};

const webLine = ({ name, web }: Site): string =>
  web.server === undefined ? '' : `# The replica's own web server.\nWants=${webUnit(name, '%i')}\n`;

/**
 * The replica sees the generation that its pin names when it starts, until it stops. Of php-zd's directories in /run it sees
 * only the one with its own sockets.
 */
export const viewOfReplica = (site: Site, { paths }: Pick<RenderContext, 'paths'>): readonly Property[] =>
  viewProperties(site, {
    paths,
    config: paths.pin('%i'),
    own: [paths.replica('%i')],
    identity: `${paths.pin('%i')}/identity`,
    mounts: `${paths.pin('%i')}/mounts`,
    shm: paths.shm,
  });

/**
 * The exit status of units/enter-view.sh where a mount point shows something else than what was found fit: none that PHP-FPM ends with
 * (facts.md N159).
 */
export const REPLACED_STATUS = 79;
/** The one with which PHP-FPM ends that cannot do what its configuration says. */
const FPM_CONFIG_STATUS = 78;
/** Where the release cannot be laid into the view now, EX_TEMPFAIL of sysexits.h: systemd tries again. */
export const NOT_NOW_STATUS = 75;

/**
 * PHP-FPM, behind units/enter-view.sh. The environment file is not for EnvironmentFile=, which holds for all commands of a
 * unit, before the release was looked at too.
 */
const startLine = (site: Site, context: RenderContext): string => {
  const { paths, formerMount, program } = context;
  const environment = site.environmentFile === undefined ? '-' : paths.environment;
  const statuses = { status: REPLACED_STATUS, notNow: NOT_NOW_STATUS };
  const enter = enterView(site, { program, paths, formerMount, environment, ...statuses });
  return `${enter.join(' ')} ${site.php.binary} --nodaemonize --force-stderr --fpm-config ${paths.fpmConfig}`;
};

const lifeLines = (
  site: Site,
  context: RenderContext,
): string => `Environment=PHP_INI_SCAN_DIR=:${context.paths.phpIni} HOME=${homeOf(site, context.paths)} ${REPLICA_VARIABLE}=%i
ExecStart=${startLine(site, context)}
# systemd's default SIGTERM kills requests.
KillSignal=SIGQUIT
KillMode=mixed
TimeoutStartSec=${START_TIMEOUT_S}s
TimeoutStopSec=${stopTimeoutS(site)}s
Restart=always
RestartSec=200ms
# Another directory than the release lies there, or PHP-FPM's configuration does not do: a roll looks at it anew.
RestartPreventExitStatus=${FPM_CONFIG_STATUS} ${REPLACED_STATUS}
# One child killed for memory must not end the master.
OOMPolicy=continue`;
