import type { Facts } from '../../base/errors.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import type { DrillRefusal } from '../../run/drill/wishes.ts';

/** Why there is no drill, and what to type, as the end of a sentence. */
export const drillRefusalWords = (facts: Facts): string =>
  `no drill of '${facts['site']}', nothing was touched: ${reasons[facts['reason'] as DrillRefusal](facts)}`;

const reasons: { readonly [Reason in DrillRefusal]: (facts: Facts) => string } = {
  'not-started': ({ site }) => `it is not started; start it with "systemctl start php-zd@${site}"`,
  rolling: ({ site }) => `a roll is under way; see when it is over with "systemctl status php-zd@${site}"`,
  'not-serving': ({ site, serving, wanted }) =>
    `${serving} of ${wanted} replicas serve, and not as they should; see "php-zd status ${site}"`,
  'other-release': ({ site, linked, promoted }) =>
    `a drill rolls to what serves, ${promoted}, and the link names ${linked ?? 'nothing'}; roll first with "php-zd reload ${site}", or point the link back`,
  'other-configuration': ({ site }) =>
    `a drill changes nothing, and the site file or php-zd itself has changed since the last roll; reload once first with "php-zd reload ${site}"`,
  'too-long': ({ ms, timeoutMs }) =>
    `a request of ${formatTimeSpan(Number(ms))} outlasts [drain] timeout, ${formatTimeSpan(Number(timeoutMs))}; write fewer --seconds`,
  'no-room': ({ free }) =>
    `of PHP's children ${Math.max(0, Number(free))} would be free, and half of these are the visitors'; wait for a quieter time, or write a larger pm.max_children into [pool]`,
  'no-script': ({ site, status }) =>
    `PHP answers drill.php with ${status}; reload once first with "php-zd reload ${site}", and if that is no help look for open_basedir, disable_functions and auto_prepend_file`,
  'bad-app': ({ path, status }) =>
    `the application answers ${path} with ${status}; write another path after --app-path`,
};
