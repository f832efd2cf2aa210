import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import { filesOf, judged, MANIFEST, takenAt } from './place';
import type { BackupPlace, FoundBackup } from './place';

/** S3-compatible object storage for backups. */
export interface S3Settings {
  readonly bucket: string;
  /** What every key begins with; one installation each. */
  readonly prefix: string;
  readonly region: string;
  /** Of a storage other than Amazon's. */
  readonly endpoint?: string;
  /** Without them the library looks where Amazon's own programs do. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How the storage is asked to encrypt what lies there; absent: it is not asked. */
  readonly encryption?: 'AES256' | 'aws:kms';
}

/** The storage did not do what it was asked; the message holds no secret. */
export class StorageFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StorageFailed';
  }
}

/** A part of an upload in bytes; the largest number of parts times this is the largest file. */
const PART_BYTES = 16 * 1024 * 1024;
const MOST_PARTS = 10_000;
/** The library says which Node its versions of next year want: this one is pinned, and a command's output is not the place. */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const CONNECT_WITHIN_MS = 10_000;
const SILENT_AT_MOST_MS = 60_000;

/** The backups of one prefix of a bucket. A backup is there when its manifest is: that is uploaded last, and goes first. */
export class S3Backups implements BackupPlace {
  private readonly client: S3Client;

  constructor(private readonly settings: S3Settings) {
    const { region, endpoint, credentials } = settings;
    this.client = new S3Client({
      region,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, requestTimeout: SILENT_AT_MOST_MS },
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      // The library writes into the object that it gets.
      ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    });
  }

  async list(): Promise<readonly FoundBackup[]> {
    const sizes = await this.sizes();
    const ids = [...sizes.keys()].filter((id) => sizes.get(id)?.has(MANIFEST) === true).sort();
    const found: FoundBackup[] = [];
    for (const id of ids.reverse()) found.push(await this.judge(id, sizes.get(id)));
    return found;
  }

  async find(id: string): Promise<FoundBackup> {
    const files = takenAt(id) === undefined ? undefined : (await this.sizes(id)).get(id);
    if (files?.has(MANIFEST) !== true) throw new BadBackup('there is no backup of this id');
    return this.judge(id, files);
  }

  async open(id: string, file: string): Promise<Readable> {
    return this.asked(async () => {
      const Key = this.keyOf(id, file);
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.settings.bucket, Key }));
      if (Body === undefined) throw new StorageFailed('it sent no bytes');
      return Body as Readable;
    });
  }

  /**
   * Copies a backup from elsewhere, in parts with a checksum each, its manifest last. What is there already is replaced.
   * @throws StorageFailed; there is then no backup of this id, and a later call begins anew
   */
  async upload(from: Pick<BackupPlace, 'open'>, manifest: Manifest): Promise<void> {
    const { id } = manifest;
    for (const { name, bytes } of filesOf(manifest)) await this.put(id, name, await from.open(id, name), bytes);
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    await this.put(id, MANIFEST, Buffer.from(text), Buffer.byteLength(text));
  }

  async remove(id: string): Promise<void> {
    const files = (await this.sizes(id)).get(id);
    if (files === undefined) return;
    if (files.delete(MANIFEST)) await this.drop([this.keyOf(id, MANIFEST)]);
    if (files.size > 0) await this.drop([...files.keys()].map((file) => this.keyOf(id, file)));
  }

  /** Removes what uploads left that ended early: unfinished parts, and files without a manifest, begun before this moment. */
  async sweep(before: Date): Promise<void> {
    const { bucket: Bucket, prefix } = this.settings;
    const parts = await this.asked(() =>
      this.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: `${prefix}/` })),
    );
    for (const { Key, UploadId, Initiated } of parts.Uploads ?? [])
      if (Initiated !== undefined && Initiated < before)
        await this.asked(() => this.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })));
    for (const [id, files] of await this.sizes())
      if (!files.has(MANIFEST) && (takenAt(id) ?? 0) < before.getTime()) await this.remove(id);
  }

  close(): void {
    this.client.destroy();
  }

  private keyOf(id: string, file: string): string {
    return `${this.settings.prefix}/${id}/${file}`;
  }

  private async judge(id: string, files: ReadonlyMap<string, number> | undefined): Promise<FoundBackup> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.open(id, MANIFEST)) chunks.push(chunk as Buffer);
    return judged(id, Buffer.concat(chunks).toString(), (name) => files?.get(name));
  }

  /** Size of every file of every backup below the prefix, or of one. */
  private async sizes(only?: string): Promise<ReadonlyMap<string, Map<string, number>>> {
    const start = `${this.settings.prefix}/`;
    const Prefix = only === undefined ? start : `${start}${only}/`;
    return this.asked(async () => {
      const found = new Map<string, Map<string, number>>();
      for await (const page of paginateListObjectsV2({ client: this.client }, { Bucket: this.settings.bucket, Prefix }))
        for (const { Key = '', Size = 0 } of page.Contents ?? []) {
          const [id = '', file, ...deeper] = Key.slice(start.length).split('/');
          if (file === undefined || deeper.length > 0 || takenAt(id) === undefined) continue;
          found.set(id, (found.get(id) ?? new Map<string, number>()).set(file, Size));
        }
      return found;
    });
  }

  private async put(id: string, file: string, Body: Readable | Buffer, bytes: number): Promise<void> {
    const { bucket: Bucket, encryption } = this.settings;
    await this.asked(async () => {
      const upload = new Upload({
        client: this.client,
        partSize: Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS)),
        queueSize: 2,
        params: {
          ...{ Bucket, Key: this.keyOf(id, file), Body, ChecksumAlgorithm: 'CRC32' },
          ...(encryption === undefined ? {} : { ServerSideEncryption: encryption }),
        },
      });
      const { ServerSideEncryption } = await upload.done();
      if (encryption === undefined || ServerSideEncryption === encryption) return;
      await this.drop([this.keyOf(id, file)]);
      throw new StorageFailed(
        `it does not say that it encrypts by ${encryption}: set S3_SERVER_SIDE_ENCRYPTION=none if that is meant`,
      );
    });
  }

  private async drop(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const { Errors = [] } = await this.asked(() =>
      this.client.send(new DeleteObjectsCommand({ Bucket: this.settings.bucket, Delete: { Objects, Quiet: true } })),
    );
    if (Errors.length > 0) throw this.failed(new Error(`it did not delete ${Errors[0]?.Key}: ${Errors[0]?.Code}`));
  }

  private async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NoSuchKey) throw new BadBackup('it is not there any more');
      throw this.failed(error);
    }
  }

  /** What a library failed with may quote a request: only its kind and its words go on, without our secrets. */
  private failed(error: unknown): StorageFailed {
    if (error instanceof StorageFailed && error.message.startsWith('bucket ')) return error;
    const { bucket, endpoint, credentials = {} } = this.settings;
    const { name, message } = error instanceof Error ? error : new Error('it failed');
    const code = (error as { readonly code?: unknown }).code;
    const kind = typeof code === 'string' ? code : error instanceof StorageFailed || name === 'Error' ? '' : name;
    const words = Object.values<string>(credentials).reduce((text, secret) => text.replaceAll(secret, '…'), message);
    const said = [kind, words].filter((part) => part !== '').join(': ');
    return new StorageFailed(
      `bucket ${bucket}${endpoint === undefined ? '' : ` at ${endpoint}`}: ${said.replace(/\s+/g, ' ').slice(0, 300)}`,
    );
  }
}
