import type { Site } from '../../site/site.ts';
import { accessLine, rootsOf, serverName, WEB_GROUP } from './roots.ts';

/**
 * Caddy looks for static files below the outer root, the link, and names scripts to PHP below the inner one. It opens one
 * connection for each request.
 */
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
