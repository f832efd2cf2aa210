import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { BadBackup } from './manifest';
import type { BackupFile } from './manifest';

/** Of 9, for every dump: files a twentieth larger than by the usual 6, in half of the time for compressing. */
export const COMPRESSION = 4;

/** Passes bytes on and sums them up. */
function measure(): { readonly stream: Transform; readonly sum: () => { bytes: number; sha256: string } } {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, sum: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/**
 * Writes a stream to a new file, encrypted with age when there is a recipient, and has it on disk before it answers.
 * @param path must not exist
 * @throws what the source or the disk failed with; the file is then incomplete
 */
export async function writeSealed(
  source: Readable,
  path: string,
  name: string,
  recipient?: string,
): Promise<BackupFile> {
  const encrypter = recipient === undefined ? undefined : encrypterFor(recipient, source);
  const stored = measure();
  // Without encryption both sums are one, and are made once.
  const plain = encrypter === undefined ? stored : measure();
  // Its first error is what failed; the pipeline below tells it.
  const inner = encrypter === undefined ? Promise.resolve() : pipeline(source, plain.stream);
  source.on('error', () => undefined);
  const failed = inner.then(
    () => undefined,
    (error: unknown) => error,
  );
  const file = await open(path, 'wx', 0o600);
  try {
    const body = encrypter === undefined ? source : await encrypted(plain.stream, encrypter);
    let full: unknown;
    const write = async (chunk: Buffer): Promise<void> => {
      await file.writeFile(chunk).catch((error: unknown) => {
        full = error;
        throw error;
      });
    };
    await pipeline(body, stored.stream, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await write(chunk);
    }).catch((error: unknown) => {
      // The pipeline says that it was aborted where the disk said why.
      throw full ?? error;
    });
    const error = await failed;
    if (error !== undefined) throw error instanceof Error ? error : new Error('the source broke');
    await file.sync();
  } finally {
    source.destroy();
    await file.close();
  }
  const { bytes, sha256 } = stored.sum();
  const plainSha256 = plain === stored ? sha256 : plain.sum().sha256;
  return { name, bytes, sha256, plainSha256, encrypted: recipient !== undefined };
}

function encrypterFor(recipient: string, source: Readable): Encrypter {
  try {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return encrypter;
  } catch {
    source.destroy();
    throw new Error('BACKUP_AGE_RECIPIENT is no age recipient: it begins with age1');
  }
}

async function encrypted(source: Readable, encrypter: Encrypter): Promise<Readable> {
  return Readable.fromWeb(await encrypter.encrypt(Readable.toWeb(source) as ReadableStream<Uint8Array>));
}

/**
 * Reads what a sealed file holds, decrypted. `checked` settles after the last byte: it rejects unless both sums are those
 * of the manifest, so nothing that was read counts before.
 * @param source the file as it lies there
 * @param identity an age identity, for a file that is encrypted
 */
export async function openSealed(
  source: Readable,
  file: BackupFile,
  identity?: string,
): Promise<{ readonly stream: Readable; readonly checked: Promise<void> }> {
  const stored = measure();
  const plain = measure();
  const outer = pipeline(source, stored.stream);
  const body = file.encrypted ? await decrypted(stored.stream, identity) : stored.stream;
  const inner = pipeline(body, plain.stream);
  const checked = Promise.all([outer, inner]).then(
    () => {
      if (stored.sum().sha256 !== file.sha256)
        throw new BadBackup(`its file ${file.name} is damaged: its checksum is another`);
      if (plain.sum().sha256 !== file.plainSha256)
        throw new BadBackup(`its file ${file.name} holds something else than its manifest says`);
    },
    () => {
      throw new BadBackup(
        `its file ${file.name} cannot be read to its end: it is damaged, or the identity is not its own`,
      );
    },
  );
  // Whoever reads the stream first sees it break; the reason is told here.
  checked.catch(() => undefined);
  return { stream: plain.stream, checked };
}

async function decrypted(source: Readable, identity: string | undefined): Promise<Readable> {
  if (identity === undefined)
    throw new BadBackup('it is encrypted: name the file with its age identity (BACKUP_AGE_IDENTITY_FILE)');
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity);
    return Readable.fromWeb(await decrypter.decrypt(Readable.toWeb(source) as ReadableStream<Uint8Array>));
  } catch {
    throw new BadBackup(
      'it cannot be decrypted: the age identity is not the one of its recipient, or the file is damaged',
    );
  }
}
