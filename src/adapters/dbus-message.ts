import { type BusType, parseSignature, Unreadable } from './dbus-signature.ts';

const MEBIBYTE = 1024 * 1024;
/** Fifty times what systemd says at once of a host of a hundred sites (facts.md N74). */
export const MOST_BYTES = 16 * MEBIBYTE;
/** Each value takes memory however few bytes it has: so many of the worst kind take 110 MiB (facts.md N75). */
const MOST_VALUES = 400_000;
/** How many containers may lie in each other, through variants too (D-Bus specification, Marshaling). */
const MOST_DEEP = 64;

/** What has to be there to know how long a message is. */
export const FIXED_BYTES = 16;
const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;
const VERSION = 1;
/** Method call, method return, error, signal. Others are to be passed over. */
const LAST_TYPE = 4;
/** What each field of a header is (D-Bus specification, Header Fields). Others are to be passed over. */
const FIELDS: Readonly<Record<number, string>> = {
  1: 'o',
  2: 's',
  3: 's',
  4: 's',
  5: 'u',
  6: 's',
  7: 's',
  8: 'g',
  9: 'u',
};
const PATH = 1;
const MEMBER = 3;
const REPLY_SERIAL = 5;
const SIGNATURE = 8;
const SIGNAL = 4;

/** The length of the message that begins so, of which there are `FIXED_BYTES`; `Unreadable` where it is more than is read. */
export const messageLength = (bytes: Buffer): number => {
  const isLittle = bytes[0] === LITTLE_ENDIAN;
  if (!isLittle && bytes[0] !== BIG_ENDIAN) throw new Unreadable('it is no message of D-Bus');
  if (bytes[3] !== VERSION) throw new Unreadable(`it is of version ${bytes[3]} of D-Bus`);
  const [body, fields] = [numberAt(bytes, 4, isLittle), numberAt(bytes, 12, isLittle)];
  const length = padded(FIXED_BYTES + fields, 8) + body;
  if (length > MOST_BYTES) throw new Unreadable(`it has more than ${MOST_BYTES / MEBIBYTE} MiB`);
  return length;
};

/**
 * Looks through a whole message, so that dbus-next, which believes what a message says of itself, can read it: it ends the process at a
 * type that it does not know, and takes memory without end for an array whose length is none (facts.md N80). Gives false for a message
 * that is to be passed over, as a signal that is not wanted. Takes time by the bytes alone.
 */
export const checkMessage = (bytes: Buffer, reader: MessageReader): boolean => {
  const values = new Values(bytes);
  const { replySerial, signature, path, member } = values.header();
  if (replySerial !== undefined) reader.answers(replySerial);
  if (bytes[1] === SIGNAL && !reader.wants(path(), member())) return false;
  values.body(signature);
  return (bytes[1] ?? 0) <= LAST_TYPE;
};

export interface MessageReader {
  /** Told which call the message answers, before the body is looked at. */
  answers(serial: number): void;
  /** Whether a signal of this path and name is wanted. One that is not is neither looked through nor read. */
  wants(path: string, member: string): boolean;
}

const numberAt = (bytes: Buffer, at: number, isLittle: boolean): number =>
  isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

const padded = (length: number, to: number): number => Math.ceil(length / to) * to;

/** Most signatures have one character, and a text takes longer to make than to look up. */
const CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
/** `Buffer` has one of its own, which takes longer to call. */
const { indexOf } = Uint8Array.prototype;

interface Header {
  readonly replySerial: number | undefined;
  readonly signature: string;
  path(): string;
  member(): string;
}

/** Goes over the values of a message, one after the other. Of a `DataView` numbers are read faster than of a `Buffer`. */
class Values {
  readonly #bytes: Buffer;
  readonly #numbers: DataView;
  readonly #isLittle: boolean;
  #at = FIXED_BYTES;
  #count = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#isLittle = bytes[0] === LITTLE_ENDIAN;
  }

  header(): Header {
    if (this.#bytes[1] === 0) throw new Unreadable('it is of no type');
    if (this.#numbers.getUint32(8, this.#isLittle) === 0) throw new Unreadable('it has no number');
    const end = FIXED_BYTES + this.#numbers.getUint32(12, this.#isLittle);
    const found = new Map<number, number>();
    while (this.#at < end) {
      this.#align(8);
      const field = this.#byte();
      if (field === 0 || found.has(field)) throw new Unreadable('its header has a field that cannot be');
      const type = this.#variantType();
      if (type.code !== (FIELDS[field] ?? type.code)) throw new Unreadable('its header has a field of another type');
      this.#align(type.align);
      found.set(field, this.#at);
      // The signature of the body is judged once it is known whose message this is.
      if (type.code === 'g') this.#signature();
      else this.#value(type, 1);
    }
    if (this.#at !== end) throw new Unreadable('its header does not end where it says');
    this.#align(8);
    const reply = found.get(REPLY_SERIAL);
    return {
      replySerial: reply === undefined ? undefined : this.#numbers.getUint32(reply, this.#isLittle),
      signature: this.#shortText(found.get(SIGNATURE)),
      path: () => this.#text(found.get(PATH)),
      member: () => this.#text(found.get(MEMBER)),
    };
  }

  body(signature: string): void {
    for (const type of parseSignature(signature)) this.#value(type, 0);
    if (this.#at !== this.#bytes.length) throw new Unreadable('it does not end where it says');
  }

  /** Goes over a value that lies in so many containers. */
  #value(type: BusType, depth: number): void {
    this.#counts();
    this.#align(type.align);
    if (type.size > 0) this.#fixed(type);
    else if (type.code === 'a') this.#array(type, depth);
    else if (type.code === 'v') this.#value(this.#variantType(depth + 1), depth + 1);
    else if (type.code === 'g') parseSignature(this.#signature());
    else if (type.inner.length > 0) for (const each of type.inner) this.#value(each, depth + 1);
    else this.#string(this.#number());
  }

  #fixed({ code, size }: BusType): void {
    this.#skip(size);
    if (code === 'b' && this.#numbers.getUint32(this.#at - size, this.#isLittle) > 1) {
      throw new Unreadable('it has a truth value that is none');
    }
  }

  #array(type: BusType, depth: number): void {
    const length = this.#number();
    const [element] = type.inner;
    if (element === undefined) throw new Error('an array of nothing');
    this.#align(element.align);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Unreadable('it has an array that goes beyond its end');
    if (element.code === 'y') this.#at = end; // which dbus-next takes as it is
    while (this.#at < end) this.#value(element, depth + 1);
    if (this.#at !== end) throw new Unreadable('it has an array that does not end where it says');
  }

  #variantType(depth = 1): BusType {
    const text = this.#signature();
    const [type, ...more] = parseSignature(text);
    if (type === undefined || more.length > 0) throw new Unreadable(`it has a value of the signature '${text}'`);
    if (depth + type.depth > MOST_DEEP)
      throw new Unreadable(`its values lie more than ${MOST_DEEP} deep in each other`);
    return type;
  }

  #signature(): string {
    const length = this.#byte();
    const from = this.#at;
    this.#string(length);
    if (length === 1) return CHARACTERS[this.#bytes[from] ?? 0] ?? '';
    return this.#bytes.toString('latin1', from, from + length);
  }

  /** Goes over so many bytes of text, and their end. Bytes that are no UTF-8 are left to the decoder, which has a character for them. */
  #string(length: number): void {
    const from = this.#at;
    this.#skip(length + 1);
    if (indexOf.call(this.#bytes, 0, from) !== from + length)
      throw new Unreadable('it has a text that does not end where it says');
  }

  /** The signature at a place that was gone over. */
  #shortText(at: number | undefined): string {
    return at === undefined ? '' : this.#bytes.toString('latin1', at + 1, at + 1 + (this.#bytes[at] ?? 0));
  }

  /** The text at a place that was gone over. */
  #text(at: number | undefined): string {
    if (at === undefined) return '';
    const length = this.#numbers.getUint32(at, this.#isLittle);
    return this.#bytes.toString('utf8', at + 4, at + 4 + length);
  }

  #byte(): number {
    this.#skip(1);
    return this.#bytes[this.#at - 1] ?? 0;
  }

  #number(): number {
    this.#align(4);
    this.#skip(4);
    return this.#numbers.getUint32(this.#at - 4, this.#isLittle);
  }

  #align(to: number): void {
    const past = this.#at % to;
    if (past === 0) return;
    for (let left = to - past; left > 0; left -= 1) {
      if (this.#byte() !== 0) throw new Unreadable('it has something where nothing is to be');
    }
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new Unreadable('it has a value that goes beyond its end');
  }

  #counts(): void {
    this.#count += 1;
    if (this.#count > MOST_VALUES) throw new Unreadable(`it has more than ${MOST_VALUES} values`);
  }
}
