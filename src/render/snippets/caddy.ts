import type { Site } from '../../site/site.ts';
import { accessLine, rootsOf, serverName, WEB_GROUP } from './roots.ts';

/** Caddy looks for files below the outer root, the link; the inner one is what it tells PHP. It opens one connection a request. */
export const renderCaddy = (site: Site): string => {
  const { files, scripts, index } = rootsOf(site);
  return `${accessLine(site, 'caddy', ['caddy', WEB_GROUP])}${serverName(site)} {
	root * ${files}
	php_fastcgi unix/${site.listen.fastcgi} {
		root ${scripts}
		index ${index}
	}
	file_server
}
`;
};
