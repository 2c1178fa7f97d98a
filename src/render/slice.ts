import type { Site } from '../site/site.ts';
import { renderHeader } from './generated.ts';

/** The slice that holds all processes of a site: its replicas, hooks and commands of `php-zd exec`. */
export const renderSlice = (site: Site): string => `${renderHeader(site, '#')}
[Unit]
Description=Processes of site ${site.name}
Documentation=man:php-zd(8)
SourcePath=${site.file}

[Slice]
# What the site uses up is its own, and leaves room for the host: [limits] in the site file.
MemoryMax=${site.limits.memory}
TasksMax=${site.limits.tasks}
# Where one slice has a weight, processor time that is short is divided by slices, not by processes (systemd.resource-control(5)).
CPUWeight=100
`;
