import { createHash } from 'node:crypto';
import type { FpmAnswer, FpmRequest } from '../../../src/ports/php-fpm.ts';
import type { FakeScript } from '../../fakes/fake-php-fpm.ts';
import { paths, type World } from '../world.ts';

/** What the script is asked. */
interface Asked {
  readonly number: number;
  readonly isLate: boolean;
  readonly isPost: boolean;
}

/** Where it does other than it should: an answer, or undefined for the right one. */
type Behave = (asked: Asked, front: Front) => Partial<FpmAnswer> | undefined;

/** The site's front socket, with the drill's script and the application behind it; nothing of it takes time. */
export class Front {
  /** As the script notes them. */
  readonly notes: string[] = [];
  readonly #waiting: { readonly requests: number; readonly resolve: () => void }[] = [];
  #requests = 0;

  constructor(world: World, behave: Behave = () => undefined, app: () => Partial<FpmAnswer> = () => ({})) {
    const script: FakeScript = request => this.#answer(request, behave);
    const scripts = new Map<string, FakeScript>([
      [`${paths.phpIni}/drill.php`, script],
      ['/srv/shop/releases/.shop.live/public/index.php', app],
    ]);
    world.fpm.serve({ socket: paths.front, children: 64, scripts });
  }

  /** Resolves when so many requests have come. */
  async requests(requests: number): Promise<void> {
    await new Promise<void>(resolve => void this.#waiting.push({ requests: this.#requests + requests, resolve }));
  }

  #answer({ uri, method, body = '' }: FpmRequest, behave: Behave): Partial<FpmAnswer> {
    const query = new URLSearchParams(uri.split('?')[1]);
    if (query.get('ask') === 'tally') return { body: this.notes.join('\n') };
    this.#requests += 1;
    for (const { requests, resolve } of this.#waiting) if (this.#requests >= requests) resolve();
    const asked = { number: Number(query.get('number')), isLate: query.has('after'), isPost: method === 'POST' };
    const other = behave(asked, this);
    if (other !== undefined) return other;
    this.notes.push(`begin ${asked.number}`, ...(asked.isLate ? [`after ${asked.number}`] : []));
    return { body: `${asked.number} ${asked.isPost ? createHash('sha256').update(body).digest('hex') : 'done'}` };
  }
}
