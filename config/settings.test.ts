import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { PROJECT_ROOT } from './project';
import { SettingsError, environment, loadServiceSettings, loadSettings, type Environment } from './settings';
import { SETTING_NAMES, settingsSchema } from './settings-schema';

const EXAMPLE = readFileSync(join(PROJECT_ROOT, '.env.example'), 'utf8');

function problemsOf(from: Environment): string[] {
  try {
    loadSettings(from);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ name }) => name);
    throw error;
  }
}

describe('settings', () => {
  it('have a default for everything that npm start needs', () => {
    expect(loadSettings({})).toEqual({
      temporal: { namespace: 'trading', uiPort: 8233 },
      api: { host: '127.0.0.1', port: 8080, approveOwnTrades: false, releaseOwnHalts: true },
      haltTrips: {},
      ib: { enabled: true, host: '127.0.0.1', port: 4002, clientId: 11, instruments: ['AAPL'] },
      workers: { port: 9464, ordersPort: 9465 },
      live: false,
      paper: {
        clock: 'replay',
        replayStart: '2018-07-10T13:25:00Z',
        replaySpeed: 28_800,
        halfSpreadBps: '1',
        slippageBps: '4',
        feeBps: '10',
      },
      model: {
        baseUrl: 'https://api.openai.com/v1',
        name: 'gpt-4.1-mini',
        price: { input: '0.40', output: '1.60' },
        trainingCutoff: '2024-06-01',
        temperature: 0,
        timeoutSeconds: 60,
        maxOutputTokens: 1_500,
        answerValiditySeconds: 900,
        budget: {
          trade: { tokens: 100_000, cost: '0.10' },
          strategy: { tokens: 2_000_000, cost: '2' },
          day: { tokens: 5_000_000, cost: '5' },
        },
      },
      accounts: { byEnvironment: [], address: 'shared' },
      backup: { dir: join(PROJECT_ROOT, 'var/backups') },
      feeds: { aliases: [] },
      alerts: {},
      reports: {},
      logLevel: 'info',
      failpoints: [],
    });
  });

  it('cannot be changed by who reads them', () => {
    const settings = loadSettings({});
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.paper)).toBe(true);
  });

  it('count an empty value as unset', () => {
    expect(loadSettings({ API_PORT: '', DATABASE_URL: '  ' })).toEqual(loadSettings({}));
  });

  it('are taken from the environment as typed values', () => {
    const settings = loadSettings({
      DATABASE_URL: 'postgres://u:p@db:5432/x',
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
      API_PORT: '9000',
      PAPER_CLOCK: 'live',
      FAILPOINTS: 'before-send,after-send',
    });
    expect(settings.databaseUrl).toBe('postgres://u:p@db:5432/x');
    expect(settings.temporal).toMatchObject({ address: 'temporal:7233', tls: { serverName: 'temporal.internal' } });
    expect(settings.api.port).toBe(9000);
    expect(settings.paper.clock).toBe('live');
    expect(settings.failpoints).toEqual(['before-send', 'after-send']);
  });

  it.each([
    ['DATABASE_URL', 'mysql://x'],
    ['TEMPORAL_ADDRESS', 'http://temporal:7233'],
    ['TEMPORAL_NAMESPACE', 'two words'],
    ['API_PORT', '70000'],
    ['API_PORT', '80a'],
    ['LIVE', 'yes'],
    ['PAPER_CLOCK', 'fast'],
    ['REPLAY_START', '2016-01-04'],
    ['REPLAY_SPEED', '0'],
    ['PAPER_FEE_BPS', '-1'],
    ['PAPER_FEE_BPS', '2000'],
    ['OPENAI_API_KEY', 'two words'],
    ['OPENAI_BASE_URL', 'ftp://models/v1'],
    ['OPENAI_BASE_URL', 'http://me:secret@models/v1'],
    ['OPENAI_BASE_URL', 'http://models/v1?key=x'],
    ['MODEL_TRAINING_CUTOFF', 'June 2024'],
    ['MODEL_TEMPERATURE', '3'],
    ['MODEL_TIMEOUT_SECONDS', '0'],
    ['MODEL_TRADE_TOKENS', '-1'],
    ['MODEL_DAY_USD', '1e3'],
    ['LOG_LEVEL', 'loud'],
    ['BACKUP_AGE_RECIPIENT', 'me'],
    ['AWS_S3_BACKUP_BUCKET', 'Not_A_Bucket'],
    ['AWS_S3_BACKUP_PREFIX', '/a'],
    ['AWS_REGION', 'Frankfurt am Main'],
    ['AWS_SECRET_ACCESS_KEY', 'two words'],
    ['S3_ENDPOINT', 'storage:9000'],
    ['S3_SERVER_SIDE_ENCRYPTION', 'some'],
    ['FAILPOINTS', 'Not A Name'],
  ])('refuse %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([name]);
  });

  it('name every setting that breaks a rule in one error, and the rule', () => {
    expect(() => loadSettings({ API_PORT: 'x', LIVE: '2' })).toThrow(
      'these settings need a correction:\n' +
        '  API_PORT: must be a port: a whole number from 1 to 65535\n' +
        '  LIVE: must be 0 or 1',
    );
  });

  it('never show a refused value, which may be a secret', () => {
    expect(() => loadSettings({ DATABASE_URL: 'mysql://me:hunter2@db/x' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
    );
  });

  it('want the prices of a model that is not the default, and know nothing of its training', () => {
    expect(problemsOf({ OPENAI_MODEL: 'local' })).toEqual(['MODEL_INPUT_PRICE', 'MODEL_OUTPUT_PRICE']);
    const { model } = loadSettings({
      OPENAI_MODEL: 'local',
      MODEL_INPUT_PRICE: '0',
      MODEL_OUTPUT_PRICE: '0',
      MODEL_TEMPERATURE: 'none',
      OPENAI_API_KEY: 'k',
    });
    expect(model).toMatchObject({ name: 'local', apiKey: 'k', price: { input: '0', output: '0' }, temperature: null });
    expect(model).not.toHaveProperty('trainingCutoff');
  });

  it('want the client certificate and its key together', () => {
    expect(problemsOf({ TEMPORAL_TLS_CLIENT_KEY_PATH: '/key.pem' })).toEqual(['TEMPORAL_TLS_CLIENT_CERT_PATH']);
  });
});

describe('settings with LIVE=1', () => {
  const live = { LIVE: '1', PAPER_CLOCK: 'live' };

  it('are accepted with a real log-in and the real clock', () => {
    expect(loadSettings({ ...live, DATABASE_URL: 'postgres://app:9f2kQ0@db:5432/x' }).live).toBe(true);
  });

  it('refuse to replay the past', () => {
    expect(problemsOf({ LIVE: '1' })).toEqual(['PAPER_CLOCK']);
  });

  it('refuse failpoints', () => {
    expect(problemsOf({ ...live, FAILPOINTS: 'before-send' })).toEqual(['FAILPOINTS']);
  });

  it.each([
    'postgres://app:changeme@db:5432/x',
    'postgres://app:app@db:5432/x',
    'postgres://app:password@db:5432/x',
    'postgres://demo:demo@db:5432/x',
  ])('refuse the sample log-in of %s', (url) => {
    expect(problemsOf({ ...live, DATABASE_URL: url })).toEqual(['DATABASE_URL']);
    expect(problemsOf({ DATABASE_URL: url })).toEqual([]);
  });

  it('refuse a placeholder in any setting', () => {
    expect(problemsOf({ ...live, API_HOST: 'CHANGEME' })).toEqual(['API_HOST']);
  });
});

describe('the settings of a service', () => {
  it('hold both servers', () => {
    const settings = loadServiceSettings({ DATABASE_URL: 'postgres://u:p@db/x', TEMPORAL_ADDRESS: 'temporal:7233' });
    expect([settings.databaseUrl, settings.temporal.address]).toEqual(['postgres://u:p@db/x', 'temporal:7233']);
  });

  it('name the server that is missing', () => {
    expect(() => loadServiceSettings({ DATABASE_URL: 'postgres://u:p@db/x' })).toThrow('TEMPORAL_ADDRESS: must be set');
    expect(() => loadServiceSettings({ TEMPORAL_ADDRESS: 'temporal:7233' })).toThrow('DATABASE_URL: must be set');
  });
});

describe('the .env file', () => {
  it('gives way to the environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    const file = join(folder, '.env');
    writeFileSync(file, 'PATH=from-file\nAPI_PORT=9000\n');
    const read = environment(file);
    rmSync(folder, { recursive: true });
    expect(read['API_PORT']).toBe('9000');
    expect(read['PATH']).toBe(process.env['PATH']);
  });

  it('may be missing', () => {
    expect(environment('/no/such/file')).toEqual(process.env);
  });
});

describe('.env.example', () => {
  const listed = [...EXAMPLE.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);

  it('lists exactly the settings of the schema, each once', () => {
    expect([...listed].sort()).toEqual([...SETTING_NAMES].sort());
  });

  it('shows the defaults', () => {
    expect(settingsSchema.parse(parse(EXAMPLE))).toEqual(settingsSchema.parse({}));
  });

  it('read changes of the automatic trips from JSON, and name the setting when it is none', () => {
    const { haltTrips } = loadSettings({ HALT_TRIPS: '{"leverage": {"limit": "2.5", "forSeconds": 30}}' });
    expect(haltTrips).toEqual({ leverage: { limit: '2.5', forSeconds: 30 } });
    for (const wrong of ['{', '[1]', '{"leverage": {"limit": 2}}', '{"leverage": {"most": "2"}}'])
      expect(() => loadSettings({ HALT_TRIPS: wrong })).toThrow('HALT_TRIPS: must be JSON');
  });
});

describe('the object storage for backups', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id-of-key', AWS_SECRET_ACCESS_KEY: 'secret-of-key' };

  it('is off without a bucket, and by Amazon, encrypted, with one', () => {
    expect(loadSettings(keys).backup).not.toHaveProperty('s3');
    expect(loadSettings({ AWS_S3_BACKUP_BUCKET: 'mine', AWS_DEFAULT_REGION: 'eu-north-1' }).backup.s3).toEqual({
      ...{ bucket: 'mine', prefix: 'tradewind', region: 'eu-north-1', encryption: 'AES256' },
    });
  });

  it('is another one by its address, with keys that belong together', () => {
    const set = { AWS_S3_BACKUP_BUCKET: 'mine', S3_ENDPOINT: 'http://127.0.0.1:9', S3_SERVER_SIDE_ENCRYPTION: 'none' };
    expect(loadSettings({ ...set, ...keys, AWS_SESSION_TOKEN: 'for-an-hour' }).backup.s3).toEqual({
      ...{ bucket: 'mine', prefix: 'tradewind', region: 'us-east-1', endpoint: 'http://127.0.0.1:9' },
      credentials: { accessKeyId: 'id-of-key', secretAccessKey: 'secret-of-key', sessionToken: 'for-an-hour' },
    });
    expect(problemsOf({ ...set, AWS_ACCESS_KEY_ID: 'id-of-key' })).toEqual(['AWS_SECRET_ACCESS_KEY']);
    expect(problemsOf({ ...set, AWS_SECRET_ACCESS_KEY: 'secret-of-key' })).toEqual(['AWS_ACCESS_KEY_ID']);
  });
});

describe('the channels for alerts', () => {
  const mail = {
    SMTP_URL: 'smtps://ops:pw@mail.example.org',
    MAIL_FROM: 'a@example.org',
    ALERT_MAIL_TO: 'b@c.org, d@e.org',
  };

  it('are on as far as they are set', () => {
    const set = { ...mail, SLACK_WEBHOOK_URL: 'https://hooks.example.org/x?y=z', PAGERDUTY_ROUTING_KEY: 'R0' };
    expect(loadSettings(set).alerts).toEqual({
      slackUrl: 'https://hooks.example.org/x?y=z',
      pagerDuty: { routingKey: 'R0', baseUrl: 'https://events.pagerduty.com' },
      mail: { smtpUrl: mail.SMTP_URL, from: 'a@example.org', to: ['b@c.org', 'd@e.org'] },
    });
  });

  it.each([
    [{ ALERT_WEBHOOK_URL: 'http://elsewhere.example.org/x' }, ['ALERT_WEBHOOK_URL']],
    [{ ALERT_WEBHOOK_URL: 'https://u:p@example.org' }, ['ALERT_WEBHOOK_URL']],
    [{ ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/x' }, []],
    [{ REPORT_MAIL_TO: 'a@b.org' }, ['SMTP_URL']],
    [{ ...mail, REPORT_MAIL_TO: 'a@b.org', REPORT_WEBHOOK_URL: 'https://x.example.org/y' }, []],
    [{ ALERT_WEBHOOK_URL: 'x' }, ['ALERT_WEBHOOK_URL']],
    [{ PAGERDUTY_ROUTING_KEY: 'a b' }, ['PAGERDUTY_ROUTING_KEY']],
    [{ SMTP_URL: mail.SMTP_URL }, ['MAIL_FROM', 'ALERT_MAIL_TO']],
    [{ ...mail, SMTP_URL: 'http://x' }, ['SMTP_URL']],
    [{ ...mail, ALERT_MAIL_TO: 'b@c.org;d@e.org' }, ['ALERT_MAIL_TO']],
    [{ ...mail, MAIL_FROM: 'A <a@example.org>' }, ['MAIL_FROM']],
  ])('%j breaks the rules of %j', (set, names) => {
    expect(problemsOf(set)).toEqual(names);
  });

  it('read feeds of candles: aliases by name, and the others where they are set', () => {
    const { feeds } = loadSettings({
      CANDLE_FEEDS: 'binance-sim=binance@http://127.0.0.1:9011, two=kraken@https://example.test/x',
      FINNHUB_API_KEY: 'k',
      YAHOO_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(feeds).toEqual({
      aliases: [
        { name: 'binance-sim', exchange: 'binance', baseUrl: 'http://127.0.0.1:9011' },
        { name: 'two', exchange: 'kraken', baseUrl: 'https://example.test/x' },
      ],
      finnhub: { baseUrl: 'https://finnhub.io/api/v1', apiKey: 'k' },
      yahoo: { baseUrl: 'http://127.0.0.1:1' },
    });
    for (const wrong of ['binance', 'a=b', 'a=b@c', 'a=b@http://x,a=c@http://y', 'a=b@http://me:secret@x'])
      expect(problemsOf({ CANDLE_FEEDS: wrong })).toEqual(['CANDLE_FEEDS']);
  });
});
