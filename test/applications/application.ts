import type { Browser, Page } from './browser.ts';

/** What was written, and where it must be from then on. */
export interface Written {
  readonly path: string;
  readonly isThere: (page: Page) => boolean;
}

/** How an application of Debian's is used by somebody who is logged in. */
export interface Application {
  readonly host: string;
  readonly logIn: (browser: Browser) => Promise<void>;
  /** A page of the application, and what it shows of who is logged in. */
  readonly page: string;
  readonly loggedIn: RegExp;
  /** Writes one more, by its number. */
  readonly write: (browser: Browser, number: number) => Promise<readonly Written[]>;
}

export const hasBytes = (path: string, bytes: Buffer): Written => ({ path, isThere: page => page.bytes.equals(bytes) });
export const hasText = (path: string, text: string): Written => ({ path, isThere: page => page.body.includes(text) });
