/** Bytes of D-Bus written by hand, so that they share no mistake with what reads them; and so that they may be wrong. */

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** The parts one after the other; a number stands for so many zero bytes. */
export const bytesOf = (...parts: readonly (Uint8Array | string | number)[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === 'number' ? Buffer.alloc(part) : Buffer.from(part as string))));

/** A text with its length before it. */
export const text = (value: string): Buffer => bytesOf(u32(Buffer.byteLength(value)), value, 1);

const signatureOf = (value: string): Buffer => bytesOf(Buffer.from([value.length]), Buffer.from(value, 'latin1'), 1);

/** A variant of a signature of one character, whose value begins at a multiple of 4 where the variant stands one byte behind one. */
export const variantOf = (signature: string, value: Buffer): Buffer => bytesOf(signatureOf(signature), value);

export interface Bytes {
  readonly type?: number;
  readonly version?: number;
  readonly serial?: number;
  readonly replySerial?: number | undefined;
  /** None where it is undefined. */
  readonly signature?: string | undefined;
  readonly body?: Buffer;
  /** What the message says of its body; its length unless told. */
  readonly bodyLength?: number;
  /** What the message says of its header's fields; their length unless told. */
  readonly fieldsLength?: number;
  /** Fields before the others, each at a multiple of 8. */
  readonly fields?: readonly Buffer[];
}

/** An answer, little-endian. */
export const answerBytes = (message: Bytes): Buffer => {
  const {
    type = 2,
    version = 1,
    serial = 77,
    replySerial = 1,
    signature,
    body = Buffer.alloc(0),
    fields = [],
  } = message;
  const all = [
    ...fields,
    bytesOf(Buffer.from([5]), variantOf('u', u32(replySerial))),
    ...(signature === undefined ? [] : [bytesOf(Buffer.from([8]), variantOf('g', signatureOf(signature)))]),
  ];
  const padded = all.map((field, index) => (index === all.length - 1 ? field : bytesOf(field, -field.length & 7)));
  const header = Buffer.concat(padded);
  const { bodyLength = body.length, fieldsLength = header.length } = message;
  const fixed = bytesOf(Buffer.from([0x6c, type, 0, version]), u32(bodyLength), u32(serial), u32(fieldsLength));
  return bytesOf(fixed, header, -header.length & 7, body);
};
