import type { Site } from '../site/site.ts';
import { renderHeader } from './generated.ts';

/** The slice that holds a site's replicas: the place for MemoryMax=, CPUWeight= and the like, in a drop-in. */
export const renderSlice = (site: Site): string => `${renderHeader(site, '#')}
[Unit]
Description=PHP-FPM replicas of site ${site.name}
Documentation=man:php-zd(8)
SourcePath=${site.file}
`;
