import type { GivenSettings } from './php-settings.ts';
import { type Source, warn } from './read.ts';

const unproven = 'a release that dies behind its answer, or in one of status 200, is promoted';

/**
 * The proof of a replica reads what PHP logged in its answers and in the journal, since an answer by itself does not show each error,
 * such as one after fastcgi_finish_request().
 */
export const warnOfUnseenErrors = (
  source: Source,
  given: GivenSettings,
  isFileThere: (path: string) => boolean,
): void => {
  const log = given.get('error_log');
  if (log !== undefined && (log.value === '/dev/null' || isFileThere(log.value))) {
    warn(
      source,
      log.at,
      `'${log.written}' is '${log.value}', where the proof of a replica does not look: ${unproven}; ` +
        `take the line out, or write ${log.written} = syslog, and "php-zd logs ${source.name}" shows it`,
    );
  }
  const logs = given.get('log_errors');
  if (logs !== undefined && /^(?:0|off|no|false|none|)$/i.test(logs.value)) {
    warn(
      source,
      logs.at,
      `'${logs.written}' is '${logs.value}', and the proof of a replica sees no error of PHP: ${unproven}; ` +
        `write ${logs.written} = on`,
    );
  }
};
