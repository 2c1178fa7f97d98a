/**
 * Uses applications as people who are logged in do, one visitor each: asks for a page, for the assets that it names, writes, and looks
 * whether what was written is there, until its input ends; then prints what was not as it should be. The first line of its input is a
 * `Visit`; each further one is answered by the line `round` on standard error when every visitor began and ended one more turn.
 */
import { createInterface } from 'node:readline';
import type { Application, Written } from './application.ts';
import { Browser } from './browser.ts';
import { dokuwiki } from './dokuwiki.ts';
import { mediawiki } from './mediawiki.ts';
import { phpmyadmin } from './phpmyadmin.ts';
import { small } from './small/small.ts';
import { editPlugin, install, wordpress } from './wordpress.ts';

export type ApplicationName = keyof typeof applications;

/** Who is visited: for ever, or for one act. */
export interface Visit {
  readonly names: readonly ApplicationName[];
  readonly act?: 'install' | 'edit';
  /** The number of what is written first: greater than any before. */
  readonly from: number;
}

export interface Visited {
  readonly requests: number;
  /** Assets that only the release of their page has. */
  readonly assets: number;
  /** What was written, and looked for until the end. */
  readonly written: number;
  /** What was not as it should be, in words: lost, missing, foreign, logged out. */
  readonly faults: readonly string[];
}

const applications = {
  ...{ wordpress, dokuwiki, mediawiki, phpmyadmin },
  symfony: small('shop.example.com'),
  laravel: small('forum.example.com'),
  deployer: small('press.example.com'),
} as const satisfies Record<string, Application>;
const PAUSE_MS = 500;
/** Turns: what was written is asked for once more at the end, all of it. */
const WRITE_EVERY = 4;
/** Other styles and scripts of a page. */
const MOST_OTHERS = 3;

let isOver = false;
const rounds = new Set<Set<string>>();
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

class Visitor {
  readonly name: ApplicationName;
  readonly application: Application;
  readonly browser: Browser;
  readonly written: Written[] = [];
  readonly faults: string[] = [];
  assets = 0;

  constructor(name: ApplicationName) {
    this.name = name;
    this.application = applications[name];
    this.browser = new Browser(this.application.host);
  }

  async visit(from: number): Promise<void> {
    await this.orFault(() => this.application.logIn(this.browser));
    for (let turn = 0; !isOver; turn += 1) {
      const begunIn = [...rounds];
      await this.orFault(() => this.readPage());
      await this.orFault(async () => {
        if (turn % WRITE_EVERY !== 0) return;
        this.written.push(...(await this.application.write(this.browser, from + turn)));
      });
      for (const one of this.written.slice(-2)) await this.orFault(() => this.lookFor(one));
      await pause(PAUSE_MS);
      for (const round of begunIn) this.end(round);
    }
    for (const one of this.written) await this.orFault(() => this.lookFor(one));
  }

  async readPage(): Promise<void> {
    const page = await this.browser.get(this.application.page);
    if (page.status !== 200) throw new Error(`${this.application.page}: ${page.status}`);
    if (!this.application.loggedIn.test(page.body)) throw new Error('logged out');
    const [path, release] = /\/assets-(\d+)\/app\.css/.exec(page.body) ?? [];
    if (path === undefined) throw new Error('the page names no release');
    this.assets += 1;
    const asset = await this.browser.get(path);
    if (asset.status !== 200) throw new Error(`missing: ${path}: ${asset.status}`);
    if (asset.body !== `release ${release}`) throw new Error(`foreign: ${path} says ${asset.body.slice(0, 40)}`);
    const others = [...page.body.matchAll(/(?:href|src)="((?:https?:\/\/[^"/]+)?\/?[^":]+\.(?:css|js)(?:\?[^"]*)?)"/g)];
    for (const [, url = ''] of others.slice(0, MOST_OTHERS)) {
      const other = await this.browser.get(new URL(url.replaceAll('&amp;', '&'), page.url).href);
      if (other.status !== 200 || other.body === '') throw new Error(`missing: ${url}: ${other.status}`);
    }
  }

  async lookFor({ path, isThere }: Written): Promise<void> {
    const page = await this.browser.get(path);
    if (page.status !== 200 || !isThere(page)) throw new Error(`not there: ${path}: ${page.status}`);
  }

  async orFault(act: () => Promise<void>): Promise<void> {
    const began = new Date().toISOString();
    try {
      await act();
    } catch (error) {
      this.faults.push(`${began} ${this.name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  end(round: Set<string>): void {
    if (!round.delete(this.name) || round.size > 0) return;
    rounds.delete(round);
    process.stderr.write('round\n');
  }
}

const acts = {
  install: ({ browser }: Visitor) => install(browser),
  edit: async ({ browser, application }: Visitor) => {
    await application.logIn(browser);
    await editPlugin(browser, 'edited by hand');
  },
} as const;

const work = async ({ names, act, from }: Visit): Promise<void> => {
  const visitors = names.map(name => new Visitor(name));
  await Promise.all(
    visitors.map(visitor => (act === undefined ? visitor.visit(from) : visitor.orFault(() => acts[act](visitor)))),
  );
  const sum = (of: (visitor: Visitor) => number) => visitors.reduce((total, visitor) => total + of(visitor), 0);
  const visited: Visited = {
    requests: sum(({ browser }) => browser.requests),
    assets: sum(({ assets }) => assets),
    written: sum(({ written }) => written.length),
    faults: visitors.flatMap(({ faults }) => faults).slice(0, 30),
  };
  process.stdout.write(`${JSON.stringify(visited)}\n`, () => process.exit(0));
};

let names: readonly ApplicationName[] = [];
createInterface({ input: process.stdin })
  .on('line', line => {
    if (line === 'round') rounds.add(new Set(names));
    else {
      const visit: Visit = JSON.parse(line);
      names = visit.names;
      void work(visit);
    }
  })
  .on('close', () => {
    isOver = true;
  });
