import type { Unanswered, WebAnswer, WebRequest, WebServers } from '../../src/ports/web.ts';

/** Web servers in memory, by their sockets. Nobody listens at any other. */
export class FakeWebServers implements WebServers {
  readonly #answers = new Map<string, (request: WebRequest) => Partial<WebAnswer> | Unanswered>();

  serve(socket: string, answer: (request: WebRequest) => Partial<WebAnswer> | Unanswered): void {
    this.#answers.set(socket, answer);
  }

  async get(socket: string, request: WebRequest): Promise<WebAnswer | Unanswered> {
    const answer = this.#answers.get(socket)?.(request) ?? { unanswered: 'ENOENT' };
    return 'unanswered' in answer ? answer : { status: 200, headers: new Map(), body: '', ...answer };
  }
}
