import { createTestDatabase, type TestDatabase } from '../tests/support/database';
import { ensureAuditPartitions, recordAudit } from './audit';
import { openDatabase, type Database } from './pool';

let test: TestDatabase;
let database: Database;
beforeEach(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.url, { max: 4 });
});
afterEach(async () => {
  await database.end();
  await test.drop();
});

const event = { actor: 'desk#1234', method: 'POST', path: '/v1/trades', status: 201, durationMs: 12.4 };

async function tables(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    'SELECT DISTINCT tableoid::regclass::text AS name FROM audit_events',
  );
  return rows.map((row) => row.name);
}

describe('the audit log', () => {
  it('makes the partitions of this month and the next two, once', async () => {
    const now = new Date('2026-11-23T12:00:00Z');
    expect(await ensureAuditPartitions(database, now)).toEqual([
      'audit_events_2026_11',
      'audit_events_2026_12',
      'audit_events_2027_01',
      'audit_events_2027_02',
    ]);
    expect(await ensureAuditPartitions(database, now)).toEqual([]);
  });

  it('makes them once when several processes start together', async () => {
    const made = await Promise.all(
      [1, 2, 3].map(() => ensureAuditPartitions(database, new Date('2026-11-23T12:00:00Z'))),
    );
    expect(made.flat()).toHaveLength(4);
  });

  it('stores an event in the partition of its month', async () => {
    const now = new Date();
    await ensureAuditPartitions(database, now);
    await recordAudit(database, {
      ...event,
      ip: '127.0.0.1',
      userAgent: 'u'.repeat(900),
      metadata: { trade: 'paper:a' },
    });
    expect(await tables()).toEqual([`audit_events_${now.toISOString().slice(0, 7).replace('-', '_')}`]);
    const { rows } = await database.query(
      'SELECT actor, status, duration_ms, length(user_agent) AS agent, metadata FROM audit_events',
    );
    expect(rows).toEqual([
      { actor: 'desk#1234', status: 201, duration_ms: 12, agent: 300, metadata: { trade: 'paper:a' } },
    ]);
  });

  it('keeps an event whose month has no partition yet, and goes on when it is made late', async () => {
    await recordAudit(database, event);
    expect(await tables()).toEqual(['audit_events_default']);
    expect(await ensureAuditPartitions(database, new Date())).toHaveLength(3);
    await recordAudit(database, event);
    expect(await tables()).toEqual(['audit_events_default']);
  });

  it('refuses a change of what was written', async () => {
    await recordAudit(database, event);
    await expect(database.query('UPDATE audit_events SET status = 200')).rejects.toThrow('append-only');
    await expect(database.query('DELETE FROM audit_events')).rejects.toThrow('append-only');
  });
});
