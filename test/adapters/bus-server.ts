import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A message as it goes over the wire; of a call, the fields that say what is asked. */
export interface BusMessage {
  readonly type: number;
  readonly serial?: number;
  readonly flags?: number;
  readonly replySerial?: number | undefined;
  readonly sender?: string;
  readonly destination?: string;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

const load = createRequire(import.meta.url);
const { marshallMessage, messageToJsFmt } = load('dbus-next/lib/marshall-compat.js') as {
  marshallMessage(message: BusMessage): readonly [Buffer];
  messageToJsFmt(message: BusMessage): BusMessage;
};
const { unmarshalMessages } = load('dbus-next/lib/message.js') as {
  unmarshalMessages(stream: Socket, onMessage: (message: BusMessage) => void, options: object): void;
};
const { Variant } = load('dbus-next') as { Variant: new (signature: string, value: unknown) => object };

/** The message as it goes over the wire. */
export const marshalled = (message: BusMessage): Buffer => marshallMessage(message)[0];

export const variant = (signature: string, value: unknown): object => new Variant(signature, value);

/** One client of the bus, as the bus sees it. */
export interface BusClient {
  answer(call: BusMessage, signature?: string, ...body: readonly unknown[]): void;
  refuse(call: BusMessage, errorName: string, text?: string): void;
  signal(path: string, iface: string, member: string, content: SignalContent): void;
  /** Bytes as they are. */
  say(bytes: Buffer): void;
  hangUp(): void;
}

export interface SignalContent {
  readonly sender?: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export interface FakeBus {
  readonly address: string;
  readonly calls: readonly BusMessage[];
  /** Texts of the match rules that stand. */
  readonly rules: readonly string[];
  close(): Promise<void>;
}

/** Called with every message but the bus's own calls; may answer it or not. */
export type BusScript = (call: BusMessage, client: BusClient) => void;

/** Whoever asks to be told of a signal of this name gets no answer. */
export const UNANSWERED = 'Unanswered';

/** Whoever asks for the first time to be told of a signal of this name is refused. */
export const REFUSED_ONCE = 'RefusedOnce';

/** Who systemd is on this bus, unless it says otherwise. */
const SYSTEMD_NAME = ':1.0';

/** A bus daemon that does as `script` says. Without `onHello` it answers Hello with the client's name, as a bus does. */
export const listenBus = async (script: BusScript, onHello?: BusScript): Promise<FakeBus> => {
  const directory = await mkdtemp(join(tmpdir(), 'php-zd-'));
  const sockets = new Set<Socket>();
  const calls: BusMessage[] = [];
  const rules: string[] = [];
  let hasRefused = false;
  const serve: BusScript = (call, client) => {
    const [rule] = call.body ?? [];
    if (call.member === 'Hello') return onHello ? onHello(call, client) : client.answer(call, 's', ':1.9');
    if (call.member === 'AddMatch' && String(rule).includes(`member='${UNANSWERED}'`)) return;
    if (call.member === 'AddMatch' && String(rule).includes(`member='${REFUSED_ONCE}'`) && !hasRefused) {
      hasRefused = true;
      return client.refuse(call, 'org.freedesktop.DBus.Error.LimitsExceeded');
    }
    if (call.member === 'AddMatch') rules.push(String(rule));
    else if (call.member === 'RemoveMatch') rules.splice(rules.indexOf(String(rule)), 1);
    else {
      calls.push(call);
      return script(call, client);
    }
    client.answer(call);
  };
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {}); // the client left: some tests want that
    serveBus(socket, serve);
  });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  return {
    address: `unix:path=${join(directory, 's')}`,
    calls,
    rules,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
};

/** Lets a client in, and does with its calls as told, the bus's own too. */
export const serveBus = (socket: Socket, serve: BusScript): void => authenticate(socket, () => converse(socket, serve));

/** `\0AUTH EXTERNAL 30\r\n`, `BEGIN\r\n`. */
const authenticate = (socket: Socket, onBegin: () => void): void => {
  let text = '';
  const onReadable = () => {
    for (let byte = socket.read(1); byte; byte = socket.read(1)) {
      text += String(byte);
      if (text.endsWith('\n') && text.includes('AUTH')) socket.write('OK 0123456789abcdef0123456789abcdef\r\n');
      if (text.endsWith('BEGIN\r\n')) {
        socket.off('readable', onReadable);
        onBegin();
        return;
      }
      if (text.endsWith('\n')) text = '';
    }
  };
  socket.on('readable', onReadable);
};

const converse = (socket: Socket, serve: BusScript): void => {
  let serial = 0;
  const send = (message: BusMessage) => {
    serial += 1;
    if (socket.writable) socket.write(marshalled({ serial, ...message }));
  };
  const senderOf = (call: BusMessage) =>
    call.destination === 'org.freedesktop.systemd1' ? SYSTEMD_NAME : 'org.freedesktop.DBus';
  const client: BusClient = {
    answer: (call, signature = '', ...body) =>
      send({ type: 2, replySerial: call.serial, sender: senderOf(call), signature, body }),
    refuse: (call, errorName, text = '') =>
      send({ type: 3, replySerial: call.serial, sender: senderOf(call), errorName, signature: 's', body: [text] }),
    signal: (path, iface, member, { sender = SYSTEMD_NAME, signature = '', body = [] }) =>
      send({ type: 4, path, interface: iface, member, sender, signature, body }),
    say: bytes => void (socket.writable && socket.write(bytes)),
    hangUp: () => socket.destroy(),
  };
  unmarshalMessages(socket, message => serve(messageToJsFmt(message), client), {});
  socket.emit('readable'); // a Hello that came with the BEGIN
};
