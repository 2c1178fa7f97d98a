import { request } from 'node:http';

/** What came back, after all redirects. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly body: string;
  readonly bytes: Buffer;
}

/** What is sent: fields of a form, or bytes of a kind. */
export interface Sent {
  readonly body: string | Buffer;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const MOST_REDIRECTS = 5;
const ANSWER_MS = 30_000;

/** A visitor with cookies, who follows redirects. Each request has a connection of its own. */
export class Browser {
  readonly #host: string;
  readonly #cookies = new Map<string, string>();
  /** How many requests were answered. */
  requests = 0;

  constructor(host: string) {
    this.#host = host;
  }

  async get(path: string): Promise<Page> {
    return await this.#go(new URL(path, `http://${this.#host}/`), undefined);
  }

  async post(path: string, sent: Sent): Promise<Page> {
    return await this.#go(new URL(path, `http://${this.#host}/`), sent);
  }

  async #go(from: URL, sent: Sent | undefined): Promise<Page> {
    let url = from;
    let body = sent;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const { location, ...page } = await this.#ask(url, body);
      if (location === undefined) return { url, ...page };
      url = new URL(location, url);
      body = undefined;
    }
    throw new Error(`${from.pathname} redirects for ever`);
  }

  #ask(url: URL, sent: Sent | undefined): Promise<Omit<Page, 'url'> & { readonly location: string | undefined }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      host: this.#host,
      ...(cookie !== '' && { cookie }),
      ...(sent && {
        'content-type': sent.type,
        'content-length': String(Buffer.byteLength(sent.body)),
        ...sent.headers,
      }),
    };
    const method = sent === undefined ? 'GET' : 'POST';
    const path = url.pathname + url.search;
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: 80, method, path, agent: false, headers, timeout: ANSWER_MS });
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', error => reject(new Error(`${method} ${path}: ${error.message}`)));
      asked.on('response', answer => {
        const chunks: Buffer[] = [];
        for (const text of answer.headers['set-cookie'] ?? []) this.#keep(text);
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', error => reject(new Error(`${method} ${path}: ${error.message}`)));
        answer.on('end', () => {
          this.requests += 1;
          const bytes = Buffer.concat(chunks);
          resolve({ status: answer.statusCode ?? 0, bytes, body: bytes.toString(), location: answer.headers.location });
        });
      });
      asked.end(sent?.body);
    });
  }

  #keep(text: string): void {
    const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(text) ?? [];
    const isOver = value === '' || value === 'deleted' || /;\s*max-age=0\b/i.test(text);
    if (isOver) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export const form = (fields: Readonly<Record<string, string>>): Sent => ({
  body: new URLSearchParams(fields).toString(),
  type: 'application/x-www-form-urlencoded',
});

export const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): Sent => ({
  body: JSON.stringify(value),
  type: 'application/json',
  headers,
});

/** A form with a file, as a browser sends one (RFC 7578). */
export const formWithFile = (fields: Readonly<Record<string, string>>, file: File): Sent => {
  const boundary = '----a-boundary-that-no-file-has';
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\nContent-Type: image/png\r\n\r\n`;
  return {
    body: Buffer.concat([Buffer.from(parts.join('') + head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  };
};

interface File {
  readonly field: string;
  readonly name: string;
  readonly bytes: Buffer;
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** A picture like no other: what follows the last chunk of a PNG is its own. */
export const picture = (name: string): Buffer => Buffer.concat([PNG, Buffer.from(name)]);

/** The first group of the expression; what a page lacks is told with what it says. */
export const found = (page: Page, expression: RegExp): string => {
  const [, group] = expression.exec(page.body) ?? [];
  if (group !== undefined) return group.replaceAll('&amp;', '&');
  const words = page.body.replace(/<(script|style)(?:.|\n)*?<\/\1>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  throw new Error(
    `${page.url.pathname}${page.url.search}: ${page.status}, without ${expression}: ${words.slice(0, 300)}`,
  );
};
