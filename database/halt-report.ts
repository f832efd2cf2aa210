import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { canonical } from '../domain/halt/report';
import type { HaltReport, SignedReport } from '../domain/halt/report';
import { firstOf, transaction } from './pool';
import type { Database, Queryable } from './pool';

/** The report of a halt: the stored one of a halt that is done, else one of this moment. Undefined: no such halt. */
export async function readReport(database: Database, epoch: number): Promise<SignedReport | undefined> {
  const { rows } = await database.query('SELECT FROM halts WHERE epoch = $1', [epoch]);
  if (rows.length === 0) return undefined;
  const key = await reportKey(database);
  return (await storedReport(database, key, epoch)) ?? signed(key, await draft(database, epoch));
}

/** Writes the report of a halt that is done, once; a repeat answers what was written. */
export async function finishReport(database: Database, epoch: number): Promise<SignedReport> {
  const key = await reportKey(database);
  return transaction(database, async (client) => {
    const { rows } = await client.query('SELECT FROM halts WHERE epoch = $1 AND report IS NULL FOR UPDATE', [epoch]);
    if (rows.length > 0) {
      // The report tells when it was finished.
      await client.query('UPDATE halts SET finished_at = clock_timestamp() WHERE epoch = $1', [epoch]);
      const made = signed(key, await draft(client, epoch));
      await client.query('UPDATE halts SET report = $2, report_hash = $3, signature = $4 WHERE epoch = $1', [
        epoch,
        JSON.stringify(made.report),
        made.hash,
        made.signature,
      ]);
    }
    const stored = await storedReport(client, key, epoch);
    if (stored === undefined) throw new Error(`halt ${epoch} has no report`);
    return stored;
  });
}

async function storedReport(
  database: Queryable,
  { publicKey }: ReportKey,
  epoch: number,
): Promise<SignedReport | undefined> {
  const { rows } = await database.query<Omit<SignedReport, 'publicKey'>>(
    'SELECT report, report_hash AS hash, signature FROM halts WHERE epoch = $1 AND report IS NOT NULL',
    [epoch],
  );
  return rows[0] === undefined ? undefined : { ...rows[0], publicKey };
}

async function draft(database: Queryable, epoch: number): Promise<HaltReport> {
  const { rows } = await database.query<{ report: HaltReport | null }>('SELECT halt_report($1) AS report', [epoch]);
  const { report } = firstOf(rows, 'halt_report');
  if (report === null) throw new Error(`no halt ${epoch}`);
  return report;
}

function signed({ privateKey, publicKey }: ReportKey, report: HaltReport): SignedReport {
  const hash = reportHash(report);
  const signature = sign(null, Buffer.from(hash, 'hex'), createPrivateKey(privateKey)).toString('base64');
  return { report, hash, signature, publicKey };
}

function reportHash(report: HaltReport): string {
  return createHash('sha256').update(canonical(report)).digest('hex');
}

/** True when the report is the one that the holder of the key's secret part signed. */
export function isGenuine({ report, hash, signature, publicKey }: SignedReport): boolean {
  if (reportHash(report) !== hash) return false;
  try {
    return verify(null, Buffer.from(hash, 'hex'), createPublicKey(publicKey), Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

interface ReportKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** This installation's key, made at the first use. */
async function reportKey(database: Database): Promise<ReportKey> {
  const known = await storedKey(database);
  if (known !== undefined) return known;
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return transaction(database, async (client) => {
    // Another process may be faster: its key stands.
    await client.query('INSERT INTO report_keys (private_key, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      pair.privateKey,
      pair.publicKey,
    ]);
    return (await storedKey(client)) ?? pair;
  });
}

async function storedKey(database: Queryable): Promise<ReportKey | undefined> {
  const { rows } = await database.query<ReportKey>(
    'SELECT private_key AS "privateKey", public_key AS "publicKey" FROM report_keys',
  );
  return rows[0];
}
