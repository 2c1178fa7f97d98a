/** Where a web server of this host listens: a path, or an address. */
export type WebPlace = string | { readonly host: string; readonly port: number };

/** A web server on a socket of this host, asked over HTTP. Each question opens a connection of its own and closes it. */
export interface WebServers {
  /** Resolves with whatever is answered, 404 and 500 included, or with how there was no answer; an errno, for example. Rejects never. */
  get(at: WebPlace, request: WebRequest, options: WebOptions): Promise<WebAnswer | Unanswered>;
}

export interface WebRequest {
  /** Path and query string. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
}

export interface WebOptions {
  /** For the whole exchange. */
  readonly deadlineMs: number;
  /** How much of the body is read; 16 MiB unless told. */
  readonly keptBytes?: number;
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** Read as UTF-8, as much of it as is kept. */
  readonly body: string;
}

export interface Unanswered {
  readonly unanswered: string;
}
