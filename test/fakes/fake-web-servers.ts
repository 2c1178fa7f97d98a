import type { Unanswered, WebAnswer, WebPlace, WebRequest, WebServers } from '../../src/ports/web.ts';

/** Web servers in memory, by their sockets, or by address and port. Nobody listens at any other. */
export class FakeWebServers implements WebServers {
  readonly #answers = new Map<string, (request: WebRequest) => Partial<WebAnswer> | Unanswered>();

  serve(socket: string, answer: (request: WebRequest) => Partial<WebAnswer> | Unanswered): void {
    this.#answers.set(socket, answer);
  }

  async get(at: WebPlace, request: WebRequest): Promise<WebAnswer | Unanswered> {
    const answer = this.#answers.get(typeof at === 'string' ? at : `${at.host}:${at.port}`)?.(request) ?? {
      unanswered: 'ENOENT',
    };
    return 'unanswered' in answer ? answer : { status: 200, headers: new Map(), body: '', ...answer };
  }
}
