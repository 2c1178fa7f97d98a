/** FastCGI's wire format, as far as a client writes it: https://fastcgi-archives.github.io/FastCGI_Specification.html */
export interface FastcgiRequest {
  readonly params: ReadonlyMap<string, string>;
  readonly stdin: Uint8Array;
}

export const HEADER_BYTES = 8;
export const RecordType = { beginRequest: 1, endRequest: 3, params: 4, stdin: 5, stdout: 6, stderr: 7 } as const;
export const VERSION = 1;
const REQUEST_ID = 1;
const MAX_CONTENT_BYTES = 65_535;
/** A BEGIN_REQUEST's body: the role of a responder, and no FCGI_KEEP_CONN, so that the child is free again at once. */
const RESPONDER = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);

/** A whole request: BEGIN_REQUEST, PARAMS, STDIN. */
export const encodeRequest = ({ params, stdin }: FastcgiRequest): Buffer =>
  Buffer.concat([
    encodeRecord(RecordType.beginRequest, RESPONDER),
    ...encodeParams(params).map(content => encodeRecord(RecordType.params, content)),
    encodeRecord(RecordType.params, Buffer.alloc(0)),
    ...cut(Buffer.from(stdin)).map(content => encodeRecord(RecordType.stdin, content)),
    encodeRecord(RecordType.stdin, Buffer.alloc(0)),
  ]);

const encodeRecord = (type: number, content: Buffer): Buffer => {
  const header = Buffer.from([VERSION, type, 0, REQUEST_ID, 0, 0, 0, 0]);
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
};

/** FPM reads each PARAMS record by itself and resets when a pair goes over into the next: cut between pairs. */
const encodeParams = (params: ReadonlyMap<string, string>): readonly Buffer[] => {
  const contents: Buffer[] = [];
  let pairs: Buffer[] = [];
  let length = 0;
  const endContent = () => {
    if (length > 0) contents.push(...cut(Buffer.concat(pairs, length)));
    pairs = [];
    length = 0;
  };
  for (const [name, value] of params) {
    const pair = encodePair(name, value);
    if (length + pair.length > MAX_CONTENT_BYTES) endContent();
    pairs.push(pair);
    length += pair.length;
  }
  endContent();
  return contents;
};

/** Written into one buffer: a look at a host asks many replicas, each with twenty pairs. */
const encodePair = (name: string, value: string): Buffer => {
  const [ofName, ofValue] = [Buffer.byteLength(name), Buffer.byteLength(value)];
  const pair = Buffer.allocUnsafe(lengthBytes(ofName) + lengthBytes(ofValue) + ofName + ofValue);
  let at = writeLength(pair, ofName, 0);
  at = writeLength(pair, ofValue, at);
  at += pair.write(name, at);
  pair.write(value, at);
  return pair;
};

const lengthBytes = (length: number): number => (length < 128 ? 1 : 4);

const writeLength = (pair: Buffer, length: number, at: number): number =>
  length < 128 ? pair.writeUInt8(length, at) : pair.writeUInt32BE(length + 0x8000_0000, at);

const cut = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / MAX_CONTENT_BYTES) }, (_, index) =>
    bytes.subarray(index * MAX_CONTENT_BYTES, (index + 1) * MAX_CONTENT_BYTES),
  );
