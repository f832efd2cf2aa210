import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';
import { BadBackup } from './manifest';
import { COMPRESSION } from './seal';
import { SCHEMAS, TABLES_SQL } from './tables';

/** Text at the start of every dump of this kind. */
const MAGIC = 'tradewind-copy-1\n';
const PIECE_BYTES = 256 * 1024;

/** A dump without client programs is a row of frames: a header as JSON, then its bytes in pieces, then an empty piece. */
interface TableFrame {
  readonly table: string;
  readonly columns: readonly string[];
}
interface SequenceFrame {
  readonly sequences: readonly { readonly name: string; readonly value: string; readonly called: boolean }[];
}

/** Every table's rows and every sequence of this transaction, as one gzipped stream. */
export function copyOut(client: Client): Readable {
  const gzip = createGzip({ level: COMPRESSION });
  // Whoever reads it sees it break when a query does.
  pipeline(Readable.from(frames(client)), gzip).catch(() => undefined);
  return gzip;
}

async function* frames(client: Client): AsyncGenerator<Buffer> {
  yield Buffer.from(MAGIC);
  const { rows } = await client.query<{ name: string }>(TABLES_SQL);
  for (const { name } of rows) {
    const columns = await columnsOf(client, name);
    yield piece(JSON.stringify({ table: name, columns } satisfies TableFrame));
    const source = client.query(to(`COPY ${name} (${columns.join(', ')}) TO STDOUT`));
    yield* pieces(source as AsyncIterable<Buffer>);
    yield piece('');
  }
  const sequences = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY 1`,
    [[...SCHEMAS]],
  );
  const values = [];
  for (const { name } of sequences.rows) {
    const read = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${name}`,
    );
    for (const row of read.rows) values.push({ name, ...row });
  }
  yield piece(JSON.stringify({ sequences: values } satisfies SequenceFrame));
}

/** Rows arrive one by one: gathered, they cost the compressor a tenth of the calls. */
async function* pieces(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const row of rows) {
    gathered.push(row);
    bytes += row.length;
    if (bytes < PIECE_BYTES) continue;
    yield piece(Buffer.concat(gathered, bytes));
    [gathered, bytes] = [[], 0];
  }
  if (bytes > 0) yield piece(Buffer.concat(gathered, bytes));
}

/** Columns that a table stores; what it computes itself is left out. */
async function columnsOf(client: Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}

function piece(content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * Loads a dump of this kind into tables that are there and are emptied first, inside the caller's transaction. Triggers
 * and references rest meanwhile: the rows were whole when they were read.
 * @throws BadBackup when the stream is none of ours or ends too early
 */
export async function copyIn(client: Client, dump: Readable): Promise<void> {
  const gunzip = createGunzip();
  const piped = pipeline(dump, gunzip);
  piped.catch(() => undefined);
  const reader = new PieceReader(gunzip);
  try {
    await client.query(`SET LOCAL session_replication_role TO 'replica'`);
    if ((await reader.take(MAGIC.length)).toString() !== MAGIC) throw new BadBackup('its dump is not one of Tradewind');
    for (;;) {
      const header = JSON.parse((await reader.piece()).toString()) as TableFrame | SequenceFrame;
      if ('sequences' in header) {
        for (const { name, value, called } of header.sequences)
          await client.query('SELECT setval($1::regclass, $2, $3)', [name, value, called]);
        break;
      }
      await client.query(`DELETE FROM ONLY ${header.table}`);
      await load(client, header, reader);
    }
    await piped;
    await client.query(`SET LOCAL session_replication_role TO 'origin'`);
  } catch (error) {
    if (error instanceof BadBackup || (error instanceof Error && 'severity' in error)) throw error;
    throw new BadBackup('its dump ends too early or is damaged');
  }
}

async function load(client: Client, { table, columns }: TableFrame, reader: PieceReader): Promise<void> {
  const sink = client.query(from(`COPY ${table} (${columns.join(', ')}) FROM STDIN`));
  const rows = new PassThrough();
  const loaded = pipeline(rows, sink);
  loaded.catch(() => undefined);
  try {
    for (;;) {
      const bytes = await reader.piece();
      if (bytes.length === 0) break;
      if (!rows.write(bytes)) await Promise.race([once(rows, 'drain'), loaded]);
    }
  } catch (error) {
    rows.destroy(error instanceof Error ? error : new Error(String(error)));
    await loaded.catch(() => undefined);
    throw error;
  }
  rows.end();
  await loaded;
}

/** Reads exact numbers of bytes from a stream. */
class PieceReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  async piece(): Promise<Buffer> {
    return this.take((await this.take(4)).readUInt32BE());
  }

  async take(bytes: number): Promise<Buffer> {
    const parts = [this.rest];
    let there = this.rest.length;
    while (there < bytes) {
      const next = await this.chunks.next();
      if (next.done === true) throw new BadBackup('its dump ends too early');
      parts.push(next.value);
      there += next.value.length;
    }
    const all = Buffer.concat(parts);
    this.rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  }
}
