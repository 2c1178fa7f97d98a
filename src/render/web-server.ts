import type { Site } from '../site/site.ts';

/** What nginx needs to send a site's PHP requests to its replicas. */
export const renderNginxSnippet = (site: Site): string => {
  const documentRoot = `${site.mount}/${site.index}`.replace(/\/[^/]*$/, '');
  return `location / {
    try_files $uri /${site.index.split('/').at(-1)}$is_args$args;
}
location ~ \\.php$ {
    include fastcgi_params;
    # The path as a replica sees it, the same for every release.
    fastcgi_param DOCUMENT_ROOT ${documentRoot};
    fastcgi_param SCRIPT_FILENAME ${documentRoot}$fastcgi_script_name;
    # One connection a request: fastcgi_keep_conn must stay off, or an idle connection holds a drain.
    fastcgi_pass unix:${site.listen.fastcgi};
}
`;
};
