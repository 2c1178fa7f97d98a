import type { Site } from '../../site/site.ts';
import { accessLine, rootsOf, serverName, WEB_GROUP } from './roots.ts';

/** One connection a request, as nginx has it without `fastcgi_keep_conn`: a kept one would hold a drain (facts.md W1). */
export const renderNginx = (site: Site): string => {
  const { files, scripts, index } = rootsOf(site);
  return `${accessLine(site, WEB_GROUP, [WEB_GROUP])}server {
    listen 80;
    listen [::]:80;
    server_name ${serverName(site)};
    root ${files};

    location / {
        try_files $uri /${index}$is_args$args;
    }
    location ~ \\.php$ {
        include fastcgi_params;
        fastcgi_param DOCUMENT_ROOT ${scripts};
        fastcgi_param SCRIPT_FILENAME ${scripts}$fastcgi_script_name;
        fastcgi_pass unix:${site.listen.fastcgi};
        # fastcgi_keep_conn stays off. Requests of more than 60 s: fastcgi_read_timeout 300s;
    }
}
`;
};
