import { sitePaths } from '../base/paths.ts';
import { type Site, slotsOf } from '../site/site.ts';
import { renderFpmConfig, renderPhpIni } from './fpm-config.ts';
import type { GeneratedFile, RenderContext } from './generated.ts';
import { renderHaproxy } from './haproxy.ts';
import { renderReplicaUnit } from './replica-unit.ts';
import { renderSlice } from './slice.ts';
import { renderTmpfiles } from './tmpfiles.ts';

/** Every file that php-zd generates for a site. */
export const renderSite = (site: Site, program: string): readonly GeneratedFile[] => {
  const paths = sitePaths(site.name);
  const context: RenderContext = { paths, program };
  const file = (path: string, text: string, reader: GeneratedFile['reader']): GeneratedFile => ({
    path,
    text,
    reader,
    mode: 0o644,
    group: undefined,
  });
  return [
    file(paths.tmpfiles, renderTmpfiles(site, context), 'tmpfiles'),
    file(paths.unit, renderReplicaUnit(site, context), 'systemd'),
    file(paths.slice, renderSlice(site), 'systemd'),
    file(`${paths.phpIni}/site.ini`, renderPhpIni(site), 'replica'),
    // [env] may hold secrets: root's and the site's own alone.
    ...slotsOf(site).map(slot => ({
      ...file(paths.fpmConfig(slot), renderFpmConfig(site, slot, context), 'replica'),
      mode: 0o640,
      group: site.group,
    })),
    file(paths.balancerConfig, renderHaproxy(site, context), 'balancer'),
  ];
};
