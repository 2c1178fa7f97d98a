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
const RESPONDER = '\0\u0001\0\0\0\0\0\0';

/**
 * A whole request: BEGIN_REQUEST, PARAMS, STDIN. But for the body it is put together as a text with a character for each byte, and made
 * bytes of at once: a look at a host asks many replicas, each with twenty pairs.
 */
export const encodeRequest = ({ params, stdin }: FastcgiRequest): Buffer => {
  const records = [
    encodeRecord(RecordType.beginRequest, RESPONDER),
    ...encodeParams(params).map(content => encodeRecord(RecordType.params, content)),
    encodeRecord(RecordType.params, ''),
  ];
  const body = cut(Buffer.from(stdin)).flatMap(content => [
    toBytes(headerOf(RecordType.stdin, content.length)),
    content,
  ]);
  return Buffer.concat([toBytes(records.join('')), ...body, toBytes(headerOf(RecordType.stdin, 0))]);
};

const encodeRecord = (type: number, content: string): string => headerOf(type, content.length) + content;

const headerOf = (type: number, length: number): string =>
  String.fromCharCode(VERSION, type, 0, REQUEST_ID, length >> 8, length & 0xff, 0, 0);

const toBytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const cut = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / MAX_CONTENT_BYTES) }, (_, index) =>
    bytes.subarray(index * MAX_CONTENT_BYTES, (index + 1) * MAX_CONTENT_BYTES),
  );

/** FPM reads each PARAMS record by itself and resets when a pair goes over into the next: cut between pairs. */
const encodeParams = (params: ReadonlyMap<string, string>): readonly string[] => {
  const contents: string[] = [];
  let content = '';
  for (const [name, value] of params) {
    const pair = encodePair(inBytes(name), inBytes(value));
    if (content !== '' && content.length + pair.length > MAX_CONTENT_BYTES) {
      contents.push(content);
      content = '';
    }
    content += pair;
    // A pair that is longer by itself is for FPM to refuse.
    while (content.length > MAX_CONTENT_BYTES) {
      contents.push(content.slice(0, MAX_CONTENT_BYTES));
      content = content.slice(MAX_CONTENT_BYTES);
    }
  }
  return content === '' ? contents : [...contents, content];
};

/** A character for each byte of the text in UTF-8: of ASCII the text itself. */
const inBytes = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');

const encodePair = (name: string, value: string): string =>
  encodeLength(name.length) + encodeLength(value.length) + name + value;

const encodeLength = (length: number): string =>
  length < 128
    ? String.fromCharCode(length)
    : String.fromCharCode(0x80 | (length >> 24), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
