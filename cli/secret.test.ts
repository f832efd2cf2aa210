import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

const secret = {
  name: 'model-key',
  owner: 'trading',
  periodDays: 90,
  lastRotation: '2026-08-01T00:00:00.000Z',
  dueAt: '2026-10-30T00:00:00.000Z',
  daysLeft: -26,
  procedure: 'docs/secrets-rotation.md#model-keys',
  ageFrom: 'noted',
};

it('tradewind secret list shows what is due and how', async () => {
  const items = [
    secret,
    { ...secret, name: 'mail-login', daysLeft: 12 },
    { ...secret, name: 'broker-binance', ageFrom: 'venue' },
    { ...secret, name: 'broker-kraken', ageFrom: 'venue-silent' },
    { ...secret, name: 'api-key-1', ageFrom: 'own' },
  ];
  const { stdout } = await runCli(['secret', 'list'], { fetch: answers([200, { items, nextCursor: null }]).fetch });
  expect(stdout).toMatch(
    /model-key +trading +2026-08-01 +a note +2026-10-30 +overdue by 26 +docs\/secrets-rotation.md#model-keys/,
  );
  expect(stdout).toMatch(/mail-login .* 12 /);
  expect(stdout).toMatch(/broker-binance .* the venue +2026-10-30/);
  expect(stdout).toMatch(/broker-kraken .* a note: the venue cannot tell +2026-10-30/);
  expect(stdout).toMatch(/api-key-1 .* the key itself +2026-10-30/);
});

it('tradewind secret rotated notes a day', async () => {
  const { fetch, asked } = answers([200, { ...secret, daysLeft: 90 }]);
  const { code } = await runCli(['secret', 'rotated', 'model-key', '--at', '2026-10-30'], { fetch });
  expect(code).toBe(EXIT.done);
  expect(asked[0]?.url).toContain('/v1/secrets/model-key/rotations');
  expect(JSON.parse(asked[0]?.init.body as string)).toEqual({ at: '2026-10-30' });
});

it('tradewind key list and revoke', async () => {
  const key = {
    id: '1',
    name: 'me',
    role: 'viewer',
    createdAt: secret.dueAt,
    lastUsedAt: null,
    revokedAt: null,
  };
  const list = await runCli(['key', 'list'], { fetch: answers([200, { items: [key], nextCursor: null }]).fetch });
  expect(list.stdout).toMatch(/1 +me +viewer +2026-10-30 00:00:00 +- +-/);
  const problem = { code: 'last_admin_key', detail: 'This is the last admin key: make another one before.' };
  const last = await runCli(['key', 'revoke', '1'], { fetch: answers([409, problem]).fetch });
  expect(last.code).toBe(EXIT.refused);
});
