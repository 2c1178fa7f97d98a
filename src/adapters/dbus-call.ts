export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** The types of what a good answer has. */
  readonly answer: string;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LITTLE_ENDIAN = 0x6c;
const METHOD_CALL = 1;
const VERSION = 1;
/** The fields of a header, in the order of their numbers (D-Bus specification, Header Fields). */
const Field = { path: 1, interface: 2, member: 3, destination: 6, signature: 8 } as const;

/** What a value takes beside its own bytes: its place, its type, its length, its end. */
const MOST_BESIDE = 24;

/**
 * A call whose arguments are all strings, as bytes; undefined for another one. A look at a host makes hundreds of such calls, and
 * dbus-next, which can write everything, takes the processor thirty times as long for each (facts.md N59).
 */
export const encodeCall = (call: BusCall, serial: number, flags: number): Buffer | undefined => {
  const { destination, path, interface: iface, member, signature = '', body = [] } = call;
  const strings = body.filter(value => typeof value === 'string');
  if (signature !== 's'.repeat(strings.length) || strings.length !== body.length) return undefined;
  const texts = [path, iface, member, destination, ...strings];
  // No D-Bus string has one.
  if (texts.some(text => text.includes('\0'))) return undefined;
  const bytes = new Bytes(texts.reduce((sum, text) => sum + Buffer.byteLength(text) + MOST_BESIDE, MOST_BESIDE * 2));
  for (const byte of [LITTLE_ENDIAN, METHOD_CALL, flags, VERSION]) bytes.byte(byte);
  const bodyLength = bytes.number(0);
  bytes.number(serial);
  const fieldsLength = bytes.number(0);
  const begin = bytes.length;
  bytes.field(Field.path, 'o', path);
  bytes.field(Field.interface, 's', iface);
  bytes.field(Field.member, 's', member);
  bytes.field(Field.destination, 's', destination);
  if (signature !== '') bytes.field(Field.signature, 'g', signature);
  bytes.patch(fieldsLength, bytes.length - begin);
  bytes.align(8);
  const bodyBegin = bytes.length;
  for (const text of strings) bytes.string(text);
  bytes.patch(bodyLength, bytes.length - bodyBegin);
  return bytes.all();
};

/** Values one after the other, each aligned as its type wants. */
class Bytes {
  readonly #room: Buffer;
  length = 0;

  constructor(most: number) {
    this.#room = Buffer.alloc(most);
  }

  all(): Buffer {
    return this.#room.subarray(0, this.length);
  }

  align(to: number): void {
    this.length = Math.ceil(this.length / to) * to;
  }

  byte(value: number): void {
    this.length = this.#room.writeUInt8(value, this.length);
  }

  /** Gives the place of the number. */
  number(value: number): number {
    this.align(4);
    const at = this.length;
    this.length = this.#room.writeUInt32LE(value, at);
    return at;
  }

  patch(at: number, value: number): void {
    this.#room.writeUInt32LE(value, at);
  }

  string(text: string): void {
    const length = this.number(0);
    const count = this.#room.write(text, this.length);
    this.patch(length, count);
    this.length += count + 1;
  }

  field(number: number, type: 'o' | 's' | 'g', value: string): void {
    this.align(8);
    this.byte(number);
    this.#signature(type);
    if (type === 'g') this.#signature(value);
    else this.string(value);
  }

  #signature(value: string): void {
    this.byte(value.length);
    this.length += this.#room.write(value, this.length, 'latin1') + 1;
  }
}
