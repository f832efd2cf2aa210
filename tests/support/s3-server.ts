import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '../../database/backup/s3';
import { freePort } from '../../infra/local/ports';
import { s3Program } from './s3-program';

const READY_WITHIN_MS = 60_000;
const BUCKET = 'backups';

/** An S3-compatible server on this machine for one test file, with one bucket; it checks every signature. */
export class S3Server {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly path: string,
    readonly settings: S3Settings & { readonly credentials: { accessKeyId: string; secretAccessKey: string } },
    private readonly port: number,
  ) {}

  /** Starts it with an empty bucket. @throws Error when it does not answer within a minute */
  static async start(): Promise<S3Server> {
    const program = await s3Program();
    const path = mkdtempSync(join(tmpdir(), 'tradewind-s3-'));
    for (const name of ['data', 'meta']) mkdirSync(join(path, name));
    const port = await freePort();
    const settings = {
      ...{ bucket: BUCKET, prefix: 'tradewind', region: 'us-east-1', endpoint: `http://127.0.0.1:${port}` },
      credentials: { accessKeyId: 'tester', secretAccessKey: randomBytes(16).toString('hex') },
    };
    const server = new S3Server(program, path, settings, port);
    await server.up();
    await server.withClient((client) => client.send(new CreateBucketCommand({ Bucket: BUCKET })));
    return server;
  }

  /** Where the bytes of an object lie, for a test that damages them. */
  fileOf(key: string): string {
    return join(this.path, 'data', BUCKET, key);
  }

  /** Every key of the bucket. */
  async keys(): Promise<readonly string[]> {
    return this.withClient(async (client) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      return Contents.map(({ Key = '' }) => Key);
    });
  }

  /** Number of uploads that were begun and neither finished nor given up. */
  async unfinished(): Promise<number> {
    return this.withClient(async (client) => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.length;
    });
  }

  /** Leaves what an upload leaves that was killed: an object, and another that was begun. */
  async leave(Key: string, Body: string): Promise<void> {
    await this.withClient(async (client) => {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
      await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    });
  }

  async up(): Promise<void> {
    const { accessKeyId, secretAccessKey } = this.settings.credentials;
    this.child = spawn(
      this.program,
      [
        '--port',
        `127.0.0.1:${this.port}`,
        '--quiet',
        'posix',
        '--sidecar',
        join(this.path, 'meta'),
        join(this.path, 'data'),
      ],
      { env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey }, stdio: 'ignore' },
    );
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(this.port))) {
      if (this.child.exitCode !== null || performance.now() > deadline)
        throw new Error('the S3 server does not answer');
      await sleep(50);
    }
  }

  /** Takes it down; what is stored stays. */
  async down(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.path, { recursive: true, force: true });
  }

  private async withClient<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
    const { region, endpoint = '', credentials } = this.settings;
    const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true });
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const end = (answered: boolean) => () => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
