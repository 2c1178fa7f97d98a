import type { DrillRefusal } from '../../base/error-reasons.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import { phpZd, type Said, say, systemctl } from '../words/said.ts';

type RefusalOf<Kind extends DrillRefusal['kind']> = Extract<DrillRefusal, { readonly kind: Kind }>;

const reasons: {
  readonly [Kind in DrillRefusal['kind']]: (site: string, refusal: RefusalOf<Kind>) => string | Said;
} = {
  'not-started': site => say`it is not started; start it with "${systemctl('start', `php-zd@${site}`)}"`,
  rolling: site => say`a roll is under way; see when it is over with "${systemctl('status', `php-zd@${site}`)}"`,
  'not-serving': (site, { serving, wanted }) =>
    say`${serving} of ${wanted} replicas serve, and not as they should; see "${phpZd('status', site)}"`,
  'other-release': (site, { linked, promoted }) =>
    say`a drill rolls to what serves, ${promoted}, and the link names ${linked}; roll first with "${phpZd('reload', site)}", or go back with "${phpZd('deploy', site, promoted)}"`,
  'other-configuration': site =>
    say`a drill changes nothing, and the site file or php-zd itself has changed since the last roll; reload once first with "${phpZd('reload', site)}"`,
  'too-long': (_, { ms, timeoutMs }) =>
    `a request of ${formatTimeSpan(ms)} outlasts [drain] timeout, ${formatTimeSpan(timeoutMs)}; write fewer --seconds`,
  'no-room': (_, { free }) =>
    `of PHP's children ${Math.max(0, free)} would be free, and half of these are the visitors'; wait for a quieter time, or write a larger pm.max_children into [pool]`,
  'no-script': (site, { status }) =>
    say`PHP answers drill.php with ${String(status)}; reload once first with "${phpZd('reload', site)}", and if that is no help look for open_basedir, disable_functions and auto_prepend_file`,
  'no-way-in': (site, { broken }) =>
    say`the site does not answer over HTTP (${broken}); see "${systemctl('status', `php-zd-http@${site}`)}"`,
  'bad-app': (_, { path, status }) =>
    `the application answers ${path} with ${status}; write another path after --app-path`,
};

/** Why there is no drill, and what to type, as the end of a sentence. */
export const drillRefusalWords = <Kind extends DrillRefusal['kind']>(
  site: string,
  refusal: RefusalOf<Kind> & { readonly kind: Kind },
): string | Said => {
  const describe: (site: string, refusal: RefusalOf<Kind>) => string | Said = reasons[refusal.kind];
  return describe(site, refusal);
};
