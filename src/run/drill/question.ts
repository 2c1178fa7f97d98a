import { createHash } from 'node:crypto';
import type { FpmAnswer, FpmRequest } from '../../ports/php-fpm.ts';
import { ownRequest } from '../proof/own-request.ts';
import type { HostedSite } from '../site/site-run.ts';
import type { DrillPlan } from './wishes.ts';

/** `long` takes its time, `after` works on after its answer, `app` is the application itself. */
export const DRILL_KINDS = ['fast', 'post', 'long', 'after', 'app'] as const;
export type DrillKind = (typeof DRILL_KINDS)[number];

/** What a request asks, and whether an answer is the right one. */
export interface Question {
  readonly request: FpmRequest;
  readonly isRight: (answer: FpmAnswer) => boolean;
}

/** More than a pipe's or a socket's smallest buffer, so that a body may be cut. */
const BODY_BYTES = 20_000;

export const questionOf = (hosted: HostedSite, plan: DrillPlan, { kind, number }: Numbered): Question => {
  switch (kind) {
    case 'app':
      return {
        request: ownRequest(hosted, plan.release, plan.app?.path ?? '/'),
        isRight: ({ status }) => status === plan.app?.status,
      };
    case 'post': {
      const body = `${number} `.repeat(BODY_BYTES).slice(0, BODY_BYTES);
      const hash = createHash('sha256').update(body).digest('hex');
      return {
        request: { ...ownScript(hosted, plan, `number=${number}`), method: 'POST', body },
        isRight: is(`${number} ${hash}`),
      };
    }
    default: {
      const more = { fast: '', long: `&work=${plan.longMs / 1000}`, after: `&after=${plan.afterMs / 1000}` }[kind];
      return { request: ownScript(hosted, plan, `number=${number}${more}`), isRight: is(`${number} done`) };
    }
  }
};

export interface Numbered {
  readonly kind: DrillKind;
  /** The request's own number, which the script notes. */
  readonly number: number;
}

/** Asks what the script has noted. `isLast` also removes the notes, so that nothing is left of the drill. */
export const tallyQuestion = (hosted: HostedSite, plan: DrillPlan, options: { readonly isLast: boolean }): FpmRequest =>
  ownScript(hosted, plan, `ask=tally${options.isLast ? '&last=1' : ''}`);

/** A request for the drill's script, which lies beside the site's php.ini lines, where no web server names it. */
const ownScript = ({ paths }: HostedSite, { id }: Pick<DrillPlan, 'id'>, query: string): FpmRequest => ({
  scriptFilename: `${paths.phpIni}/drill.php`,
  documentRoot: paths.phpIni,
  uri: `/drill.php?drill=${id}&${query}`,
  method: 'GET',
  headers: new Map(),
});

const is =
  (body: string) =>
  (answer: FpmAnswer): boolean =>
    answer.status === 200 && answer.body === body;
