import { openDatabase } from '../database/pool';
import { createTestDatabase } from '../tests/support/database';
import { RestoreWatch } from './restore-watch';

it('a worker notices a restore once, and nothing else', async () => {
  const server = await createTestDatabase();
  const database = openDatabase(server.url, { max: 1 });
  let noticed: () => void = () => undefined;
  const restored = new Promise<void>((resolve) => (noticed = resolve));
  let times = 0;
  const watch = new RestoreWatch(database, () => {
    times += 1;
    noticed();
  });
  await watch.start();
  await database.query(`INSERT INTO restores (backup, taken_at, operator, epoch) VALUES ('x', now(), 'boss', 1)`);
  await restored;
  expect(times).toBe(1);
  watch.stop();
  await database.end();
  await server.drop();
});
