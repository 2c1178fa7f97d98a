export interface MaintenancePage {
  /** Its media type; it is sent as UTF-8. */
  readonly type: string;
  readonly text: string;
}

export const defaultPage: MaintenancePage = {
  type: 'text/html',
  text: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Maintenance</title>
<style>body { font: 1.2em sans-serif; margin: 20vh auto; max-width: 30em; padding: 0 1em }</style>
<h1>Back soon</h1>
<p>This site is being worked on. Please try again in a few minutes.</p>
</html>
`,
};

const RETRY_AFTER_S = 60;

/** The file that HAProxy answers with (units/haproxy.lua): a line of our own, and the answer as FastCGI has it. */
export const renderMaintenance = (since: number, { type, text }: MaintenancePage): string =>
  [
    `${new Date(since).toISOString()}\n`,
    'Status: 503 Service Unavailable\r\n',
    `Content-Type: ${type}; charset=utf-8\r\n`,
    `Retry-After: ${RETRY_AFTER_S}\r\n`,
    'Cache-Control: no-store\r\n',
    `\r\n${text}`,
  ].join('');

/** When the maintenance of such a file began. */
export const maintenanceSince = (file: string): number => Date.parse(file.slice(0, file.indexOf('\n')));
