import { HEADER_BYTES, RecordType, VERSION } from '../base/fastcgi-records.ts';
import { Kept } from './kept.ts';

export interface FastcgiAnswer {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const MEBIBYTE = 1024 * 1024;
/** What stdout has beyond this is read and dropped, unless told otherwise. */
const MOST_KEPT_BYTES = 16 * MEBIBYTE;
/** Errors beyond this are not dropped but break the answer: the one that ended the script comes last. */
const MOST_STDERR_BYTES = MEBIBYTE;
/** The body of END_REQUEST, whose fifth byte is the protocol status. */
const END_BYTES = 8;

const REFUSALS: readonly string[] = ['', 'it cannot multiplex', 'it is overloaded', 'it does not know the role'];

/**
 * Puts an answer together from the pieces that its stream comes in. The application may have written all of it, so memory is
 * bounded by what is kept, and time by `mostBytes`, which counts the headers of empty records too.
 */
export class AnswerReader {
  readonly #mostBytes: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #contentLeft = 0;
  #paddingLeft = 0;
  #bytesRead = 0;
  readonly #stdout: Kept;
  readonly #stderr = new Kept(MOST_STDERR_BYTES);
  #end = new Kept(END_BYTES);

  constructor(mostBytes: number, keptBytes = MOST_KEPT_BYTES) {
    this.#mostBytes = mostBytes;
    this.#stdout = new Kept(keptBytes);
  }

  /** Gives `whole` at the end of the answer, the reason when there will be no whole answer, undefined while more is to come. */
  read(chunk: Buffer): string | undefined {
    this.#bytesRead += chunk.length;
    if (this.#bytesRead > this.#mostBytes) return `the answer is longer than ${this.#mostBytes / MEBIBYTE} MiB`;
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#headerBytes < HEADER_BYTES) rest = this.#readHeader(rest);
      else if (this.#contentLeft > 0) rest = this.#readContent(rest);
      else rest = this.#readPadding(rest);
      const end = this.#afterPart();
      if (end !== undefined) return end;
    }
    return undefined;
  }

  answer(): FastcgiAnswer {
    return { stdout: this.#stdout.bytes(), stderr: this.#stderr.bytes() };
  }

  #readHeader(rest: Buffer): Buffer {
    const read = rest.copy(this.#header, this.#headerBytes, 0, HEADER_BYTES - this.#headerBytes);
    this.#headerBytes += read;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#contentLeft = this.#header.readUInt16BE(4);
      this.#paddingLeft = this.#header.readUInt8(6);
    }
    return rest.subarray(read);
  }

  #readContent(rest: Buffer): Buffer {
    const part = rest.subarray(0, this.#contentLeft);
    this.#contentLeft -= part.length;
    const type = this.#header.readUInt8(1);
    const kept = type === RecordType.stdout ? this.#stdout : type === RecordType.stderr ? this.#stderr : this.#end;
    kept.add(part);
    return rest.subarray(part.length);
  }

  #readPadding(rest: Buffer): Buffer {
    const skipped = Math.min(rest.length, this.#paddingLeft);
    this.#paddingLeft -= skipped;
    return rest.subarray(skipped);
  }

  #afterPart(): string | undefined {
    if (this.#header[0] !== VERSION) return 'the answer is no FastCGI';
    if (this.#headerBytes < HEADER_BYTES) return undefined;
    const type = this.#header.readUInt8(1);
    if (!ANSWER_TYPES.includes(type)) return `the answer has a record of type ${type}`;
    if (this.#stderr.isCut) return `it has more than ${MOST_STDERR_BYTES / MEBIBYTE} MiB of errors`;
    if (this.#contentLeft > 0) return undefined;
    if (type === RecordType.endRequest) return endOf(this.#end.bytes());
    if (this.#paddingLeft === 0) this.#headerBytes = 0;
    return undefined;
  }
}

const ANSWER_TYPES: readonly number[] = [RecordType.stdout, RecordType.stderr, RecordType.endRequest];

const endOf = (content: Buffer): string => (content[4] === 0 ? 'whole' : REFUSALS[content[4] ?? 0] || 'it refused');
