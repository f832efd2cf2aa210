/** A frame is a length of four bytes, big-endian, and so many bytes of fields, each ended by a NUL. */
const HEADER = 4;
/** Longer than any message of the protocol; what claims to be longer is no client. */
const LONGEST = 0xff_ffff;
/** What a client says first: this, then one frame with the versions that it speaks, such as `v100..193`. */
const GREETING = Buffer.from('API\0');

/** Writes fields as one frame. */
export function frame(fields: readonly (string | number)[]): Buffer {
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

/** Cuts a stream of bytes into frames, wherever the bytes were split. The greeting's frame is the first. */
export class FrameReader {
  private bytes = Buffer.alloc(0);
  private greeted = false;

  /** The fields of each frame that these bytes complete. @throws RangeError for what is no client of this protocol. */
  push(bytes: Buffer): readonly (readonly string[])[] {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    if (!this.greeted && !this.takeGreeting()) return [];
    const frames: (readonly string[])[] = [];
    for (let body = this.take(); body !== undefined; body = this.take()) frames.push(body);
    return frames;
  }

  private takeGreeting(): boolean {
    const seen = Math.min(this.bytes.length, GREETING.length);
    if (!this.bytes.subarray(0, seen).equals(GREETING.subarray(0, seen))) throw new RangeError('no API greeting');
    if (seen < GREETING.length) return false;
    this.bytes = this.bytes.subarray(GREETING.length);
    this.greeted = true;
    return true;
  }

  private take(): readonly string[] | undefined {
    if (this.bytes.length < HEADER) return undefined;
    const length = this.bytes.readUInt32BE();
    if (length > LONGEST) throw new RangeError(`a frame of ${length} bytes`);
    if (this.bytes.length < HEADER + length) return undefined;
    const body = this.bytes.subarray(HEADER, HEADER + length).toString();
    this.bytes = this.bytes.subarray(HEADER + length);
    const fields = body.split('\0');
    return body.endsWith('\0') ? fields.slice(0, -1) : fields;
  }
}
