import { dirname } from 'node:path';
import { siteUnit, sliceUnit } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { ownerProperties, propertyLines } from './view.ts';

/** At once: as many as a large site has children. What comes beyond that is closed, and mail() fails. */
const MOST_CONNECTIONS = 64;
/** Longer than units/hand-mail.pl waits for sendmail. */
const MOST_S = 60;

/** Where units/sendmail.pl, in a replica, brings its messages. Nobody but the site's user may connect. */
export const renderMailSocket = (site: Site, { paths }: RenderContext): string => `${renderHeader(site, '#')}
[Unit]
Description=Mail of PHP site ${site.name}
Documentation=man:php-zd.ini(5)
SourcePath=${site.file}
StopPropagatedFrom=${siteUnit(site.name)}

[Socket]
ListenStream=${paths.mail}/socket
DirectoryMode=0755
SocketUser=${site.user}
SocketMode=0600
RemoveOnStop=yes
Accept=yes
MaxConnections=${MOST_CONNECTIONS}
TriggerLimitIntervalSec=0
`;

/**
 * One message. No setting here is a seccomp filter, nor gives it a view: each of them would take from sendmail the set-user-ID or
 * set-group-ID bit that it works by (facts.md N78), or what it writes to.
 */
export const renderMailUnit = (site: Site, { program, paths }: RenderContext): string => `${renderHeader(site, '#')}
[Unit]
Description=A message of PHP site ${site.name}
Documentation=man:php-zd.ini(5)
SourcePath=${site.file}
CollectMode=inactive-or-failed

[Service]
ExecStart=/usr/bin/perl ${dirname(program)}/hand-mail.pl ${paths.largeMail}
${propertyLines(ownerProperties(site))}
Slice=${sliceUnit(site.name)}
StandardInput=socket
StandardOutput=socket
StandardError=journal
SyslogLevel=err
RuntimeMaxSec=${MOST_S}s
# Exim and dma deliver after they have taken the message.
KillMode=process
LogLevelMax=notice
`;
