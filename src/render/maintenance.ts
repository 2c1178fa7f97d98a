import page from './maintenance.html';

export interface MaintenancePage {
  /** The page's media type. The page is sent as UTF-8. */
  readonly type: string;
  readonly text: string;
}

export const defaultPage: MaintenancePage = {
  type: 'text/html',
  text: page,
};

const RETRY_AFTER_S = 60;

/** The file that HAProxy answers from (units/haproxy.lua): a first line for php-zd, and then the answer as FastCGI has it. */
export const renderMaintenance = (since: number, { type, text }: MaintenancePage): string =>
  [
    `${new Date(since).toISOString()}\n`,
    'Status: 503 Service Unavailable\r\n',
    `Content-Type: ${type}; charset=utf-8\r\n`,
    `Retry-After: ${RETRY_AFTER_S}\r\n`,
    'Cache-Control: no-store\r\n',
    `\r\n${text}`,
  ].join('');

/** When the maintenance began, from the first line of the file that `renderMaintenance` made. Undefined for another file. */
export const maintenanceSince = (file: string): number | undefined => {
  const since = Date.parse(file.slice(0, Math.max(0, file.indexOf('\n'))));
  return Number.isNaN(since) ? undefined : since;
};
