import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BackupFolder } from '../../database/backup/folder';
import type { BackupMethod } from '../../database/backup/manifest';
import { findPrograms, programTarget } from '../../database/backup/programs';
import { STATE_DIR } from '../../config/project';
import { createEmptyDatabase, createTestDatabase } from '../support/database';
import { bytesOf, fillRows, roundTrip } from '../support/many-rows';
import type { RoundTrip } from '../support/many-rows';
import { withOwnDatabases } from '../support/own-databases';
import { atMost, thisMachine, versionsWith } from '../support/report';
import type { ReportRow } from '../support/report';
import type { Suite } from '../support/suites';

const run = promisify(execFile);

/** Major version of the embedded server, whose client programs are needed. */
const SERVER = 15;

/** What a backup and a restore of the same rows take, both ways, against a bare `pg_dump -Fc` and `pg_restore`, in turns. */
export const backupSuite: Suite = {
  summary: 'backup and restore, by pg_dump and by COPY, in rows and bytes a second, against plain pg_dump -Fc',
  numbers: { rows: 300_000, rounds: 3 },
  run: async ({ seed, numbers }, say) => {
    const { rows = 0, rounds = 1 } = numbers;
    const programs = await findPrograms(SERVER);
    if (programs === undefined)
      throw new Error(
        `pg_dump, pg_restore and psql of version ${SERVER} or newer are not on PATH, and without them there is nothing to compare with: install PostgreSQL's client programs (Debian: apt-get install postgresql-client-${SERVER})`,
      );
    say(`${rounds} rounds of ${rows} rows, three ways: about ${Math.ceil((rounds * rows) / 20_000)} s`);
    return withOwnDatabases(async () => {
      const dir = mkdtempSync(join(STATE_DIR, 'bench-backup-'));
      const source = await createTestDatabase();
      try {
        const all = await fillRows(source.url, rows, seed);
        const bytes = await bytesOf(source.url);
        const folder = new BackupFolder(join(dir, 'backups'));
        const bare: (PlainTrip & { readonly bytes: number })[] = [];
        const alike: number[] = [];
        const ours: Record<BackupMethod, RoundTrip[]> = { pg_dump: [], copy: [] };
        for (let round = 1; round <= rounds; round += 1) {
          bare.push(await intoEmpty((target) => plainTrip(source.url, target, join(dir, 'plain.dump'))));
          alike.push(await plainDump(source.url, join(dir, 'plain.dump'), ['--compress=4']));
          for (const method of ['pg_dump', 'copy'] as const)
            ours[method].push(await intoEmpty((target) => sound(roundTrip(source.url, target, folder, method))));
          const took = [bare, ours.pg_dump, ours.copy].map((trips) => trips.at(-1)?.taken.toFixed(2));
          say(`round ${round}: pg_dump ${took[0]} s, ours by pg_dump ${took[1]} s, ours by COPY ${took[2]} s`);
        }
        const line = (what: string, trips: readonly PlainTrip[], size: number): ReportRow => {
          const [taken, restored] = [best(trips.map((trip) => trip.taken)), best(trips.map((trip) => trip.restored))];
          return {
            ...{ what, 'dump s': taken, 'rows/s': Math.round(all / taken), 'MB/s': bytes / taken / 1e6 },
            ...{ 'restore s': restored, 'restored rows/s': Math.round(all / restored), 'file MB': size / 1e6 },
          };
        };
        const alikeBest = best(alike);
        const taken = (trips: readonly PlainTrip[]): number => best(trips.map((trip) => trip.taken));
        const sizeOf = (method: BackupMethod): number => ours[method][0]?.manifest.dump.bytes ?? 0;
        return {
          ...{ suite: 'backup', seed, machine: thisMachine() },
          versions: versionsWith({ postgres: ours.copy[0]?.manifest.server ?? '', pg_dump: programs.version }),
          rows: [
            line('plain pg_dump -Fc, pg_restore', bare, bare[0]?.bytes ?? 0),
            {
              ...{ what: 'plain pg_dump -Fc --compress=4, as ours', 'dump s': alikeBest },
              ...{ 'rows/s': Math.round(all / alikeBest), 'MB/s': bytes / alikeBest / 1e6 },
              ...{ 'restore s': null, 'restored rows/s': null, 'file MB': null },
            },
            line('backup by pg_dump, restored and compared', ours.pg_dump, sizeOf('pg_dump')),
            line('backup by COPY, restored and compared', ours.copy, sizeOf('copy')),
          ],
          goals: [
            atMost('dump_ratio', 1.2, taken(ours.pg_dump) / taken(bare)),
            atMost('copy_dump_ratio', 1.2, taken(ours.copy) / taken(bare)),
          ],
        };
      } finally {
        await source.drop();
        rmSync(dir, { recursive: true });
      }
    }, true);
  },
};

interface PlainTrip {
  readonly taken: number;
  readonly restored: number;
}

/** As a person would do it: one file, and one transaction to load it. */
async function plainTrip(source: string, target: string, file: string): Promise<PlainTrip & { bytes: number }> {
  const { address, env } = programTarget(target);
  const taken = await plainDump(source, file, []);
  const began = performance.now();
  await run('pg_restore', ['--no-owner', '--single-transaction', '-d', address, file], { env });
  const restored = (performance.now() - began) / 1_000;
  return { taken, restored, bytes: statSync(file).size };
}

/** Writes over what the round before left. @returns seconds */
async function plainDump(source: string, file: string, options: readonly string[]): Promise<number> {
  const { address, env } = programTarget(source);
  const began = performance.now();
  await run('pg_dump', ['-Fc', '--no-owner', ...options, '-f', file, '-d', address], { env });
  return (performance.now() - began) / 1_000;
}

async function intoEmpty<T>(work: (target: string) => Promise<T>): Promise<T> {
  const target = await createEmptyDatabase();
  try {
    return await work(target.url);
  } finally {
    await target.drop();
  }
}

/** A fast backup that restores to something else is none. */
async function sound(working: Promise<RoundTrip>): Promise<RoundTrip> {
  const trip = await working;
  if (trip.differences.length > 0) throw new Error(`restored to something else: ${trip.differences.join('; ')}`);
  return trip;
}

function best(times: readonly number[]): number {
  return Math.min(...times);
}
