import { createTestDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';
import { clearAlert, openAlerts, raiseAlert } from './alerts';
import { openDatabase } from './pool';
import type { Database } from './pool';

describe('alerts', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createTestDatabase();
    database = openDatabase(server.url, { max: 4 });
  });
  afterAll(async () => {
    await database.end();
    await server.drop();
  });

  const wish = (cause: string) => ({ cause, severity: 'warning', title: 'the backup is late' }) as const;

  test('a cause that goes on is one alert, with the newest words', async () => {
    const first = await raiseAlert(database, wish('goes-on'));
    const again = await raiseAlert(database, { ...wish('goes-on'), title: 'later still', detail: { hours: 26 } });
    expect(again).toMatchObject({ id: first.id, title: 'later still', detail: { hours: 26 }, clearedAt: null });
    expect(again.seenAt.getTime()).toBeGreaterThan(first.seenAt.getTime());
    expect((await openAlerts(database)).filter(({ cause }) => cause === 'goes-on')).toHaveLength(1);
  });

  test('two processes that see it at once open one alert', async () => {
    const raised = await Promise.all(Array.from({ length: 8 }, () => raiseAlert(database, wish('at-once'))));
    expect(new Set(raised.map(({ id }) => id)).size).toBe(1);
  });

  test('a warning may become critical, and a critical alert stays so until it is cleared', async () => {
    await raiseAlert(database, wish('worse'));
    await raiseAlert(database, { ...wish('worse'), severity: 'critical' });
    expect(await raiseAlert(database, wish('worse'))).toMatchObject({ severity: 'critical' });
  });

  test('one that was cleared alerts anew when it comes back', async () => {
    const first = await raiseAlert(database, wish('comes-back'));
    expect(await clearAlert(database, 'comes-back')).toBe(true);
    expect(await clearAlert(database, 'comes-back')).toBe(false);
    expect((await raiseAlert(database, wish('comes-back'))).id).not.toBe(first.id);
  });

  test.each(['', 'with a space', "it's", 'x'.repeat(201)])('the cause %j is refused', async (cause) => {
    await expect(raiseAlert(database, wish(cause))).rejects.toThrow('alerts_cause_check');
  });
});
