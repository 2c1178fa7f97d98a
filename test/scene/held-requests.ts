import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import { encodeRequest, HEADER_BYTES } from '../../src/base/fastcgi-records.ts';
import { awaitAnswer, type Machine } from '../lab/machine.ts';
import type { Scene } from './scene.ts';

/** A body larger than every buffer on its way, and one that nginx takes without being asked. */
export const MEGABYTE = 1_000_000;

export interface Posted {
  readonly status: number;
  /** The release that answered. */
  readonly release?: string;
  /** What was answered by nobody's release. */
  readonly page?: string;
}

/** A POST of so many bytes, through the web server. */
export const post = async ({ machine, site }: Scene, bytes: number): Promise<Posted> => {
  await machine.write('/srv/body', 'a'.repeat(bytes));
  const body = ['--data-binary', '@/srv/body', '--header', 'Content-Type: application/octet-stream'];
  const answer = await machine.run('curl', '--silent', ...body, '--write-out', '%{http_code}', site.url);
  const status = Number(answer.slice(-3));
  const release = /^release=(\S+) done/.exec(answer)?.[1];
  return release === undefined ? { status, page: answer.slice(0, -3) } : { status, release };
};

const fpm = makePhpFpm();

/** Where the web server's requests come to while the site is held or in maintenance: from here the link itself leads elsewhere. */
const closedFront = ({ root }: Machine, site: string): string => `${root}/run/php-zd/${site}/balancer/closed.sock`;

/** A request to a held site as a web server sends it, without one: nginx has not as many connections. Gives its HTTP status. */
export const askBalancer = async ({ machine, site }: Scene): Promise<number> => {
  const root = `${site.base}/releases/.${site.name}.live/public`;
  const request = {
    ...{ scriptFilename: `${root}/index.php`, documentRoot: root, uri: '/', method: 'GET' },
    headers: new Map([['Host', 'localhost']]),
  };
  const socket = closedFront(machine, site.name);
  return (await fpm.request(socket, request, { deadlineMs: 30_000 })).status;
};

/** A request to a site that is held or in maintenance; its last bytes wait until `finish`, which gives all that was answered. */
export const beginRequest = async ({ machine, site }: Scene): Promise<{ finish(): Promise<string> }> => {
  const bytes = encodeRequest({ params: new Map([['REQUEST_METHOD', 'POST']]), stdin: Buffer.alloc(0) });
  const socket = connect({ path: closedFront(machine, site.name) });
  await once(socket, 'connect');
  const answer = text(socket);
  await new Promise(resolve => socket.write(bytes.subarray(0, -HEADER_BYTES), resolve));
  return {
    finish: () => {
      socket.end(bytes.subarray(-HEADER_BYTES));
      return answer;
    },
  };
};

/** Resolves when as many requests wait, or more; with 0 when none does. */
export const held = ({ machine, site }: Scene, count: number): Promise<true> =>
  awaitAnswer(`${count} held requests`, async () => {
    const [status] = JSON.parse((await machine.ask('php-zd', 'status', site.name, '--json')).stdout);
    const waiting = Number(status.held?.waiting);
    return (count === 0 ? waiting === 0 : waiting >= count) ? true : undefined;
  });
