import { z } from 'zod';
import { SPOT_SYMBOL } from './exchanges';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port: a whole number from 1 to 65535')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'must be a port: a whole number from 1 to 65535');

const basisPoints = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,4})?$/, 'must be basis points: a decimal from 0 to 1000, such as 2.5')
  .refine((value) => Number(value) <= 1000, 'must be at most 1000 basis points');

const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((value) => value === '1');

const path = z.string().min(1);

const databaseUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'must be a connection string: postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  );

const hostAndPort = z.string().regex(/^[^\s/:]+:\d{1,5}$/, 'must be HOST:PORT, without a scheme');

const moment = z.iso.datetime({ offset: true, message: 'must be a moment in RFC 3339, such as 2018-07-10T13:25:00Z' });

const speed = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,3})?$/, 'must be market seconds per second: a decimal above 0 and up to 1000000')
  .transform(Number)
  .refine((value) => value > 0 && value <= 1_000_000, 'must be above 0 and at most 1000000');

const failpoints = z
  .string()
  .regex(
    /^[a-z0-9-]+(:[1-9]\d{0,5})?(,[a-z0-9-]+(:[1-9]\d{0,5})?)*$/,
    'must be names of small letters, digits and hyphens, each with or without `:` and a count, separated by commas',
  )
  .transform((value) => value.split(','));

const httpUrl = z
  .string()
  .refine(
    (value) => /^https?:\/\//.test(value) && URL.canParse(value) && !hasExtras(new URL(value)),
    'must be an http or https URL without a log-in, a query or a fragment, such as http://127.0.0.1:4010/v1',
  );

const awsRegion = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a region, such as eu-central-1');
const awsKey = z.string().regex(/^[!-~]{3,4096}$/, 'must be a key: printable characters without spaces');

function hasExtras({ username, password, search, hash }: URL): boolean {
  return [username, password, search, hash].some((part) => part !== '');
}

const dollars = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,8})?$/, 'must be US dollars: a decimal from 0 to 999999, such as 0.40');

const tokens = z
  .string()
  .regex(/^\d{1,10}$/, 'must be a whole number of tokens')
  .transform(Number);

const wholeNumber = (least: number, most: number, unit: string) => {
  const rule = `must be a whole number from ${least} to ${most} (${unit})`;
  return z
    .string()
    .regex(/^\d{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule);
};

const temperature = z
  .string()
  .regex(/^(none|[01](\.\d{1,2})?|2(\.0{1,2})?)$/, 'must be a decimal from 0 to 2, or none to leave it to the endpoint')
  .transform((value) => (value === 'none' ? null : Number(value)));
const symbols = z
  .string()
  .transform((value) => value.split(',').map((symbol) => symbol.trim()))
  .refine(
    (list) => list.every((symbol) => SPOT_SYMBOL.test(symbol)) && new Set(list.map((s) => s.split('/')[1])).size === 1,
    'must be spot symbols of one currency, separated by commas, such as BTC/USDT,ETH/USDT',
  );

const stockSymbols = z
  .string()
  .transform((value) => value.split(',').map((symbol) => symbol.trim()))
  .refine(
    (list) => list.every((symbol) => /^[A-Z0-9][A-Z0-9. -]{0,14}$/.test(symbol)),
    'must be symbols of stocks, separated by commas, such as AAPL,MSFT',
  );
const accountCode = z.string().regex(/^[A-Z]{1,3}\d{3,12}$/, 'must be an account code such as DU1234567');
const FEEDS_RULE =
  'must be NAME=EXCHANGE@URL, separated by commas, such as binance-sim=binance@http://127.0.0.1:9011, each name once';

/** Feeds of one's own name: an exchange's protocol at another address. */
const candleFeeds = z.string().transform((value, context) => {
  const feeds = value.split(',').map((entry) => {
    const [, name, exchange, baseUrl] = /^([a-z0-9][a-z0-9-]{0,31})=([a-z0-9]{1,32})@(.+)$/.exec(entry.trim()) ?? [];
    const url = httpUrl.safeParse(baseUrl);
    return name === undefined || exchange === undefined || !url.success
      ? undefined
      : { name, exchange, baseUrl: url.data };
  });
  const sound = feeds.filter((feed) => feed !== undefined);
  if (sound.length === feeds.length && new Set(sound.map(({ name }) => name)).size === feeds.length) return sound;
  context.addIssue({ code: 'custom', message: FEEDS_RULE });
  return z.NEVER;
});

/** Part of a key: what it looks like is the exchange's business. */
const secret = z.string().min(1);

const WEBHOOK_RULE = 'must be an https URL (http only for this machine), without a log-in or a fragment';

/** Its path or query is a secret. */
const webhookUrl = z.string().refine((value) => {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return (protocol === 'https:' || local) && [username, password, hash].every((part) => part === '');
}, WEBHOOK_RULE);

const smtpUrl = z
  .string()
  .refine(
    (value) => /^smtps?:\/\/[^/?#]+\/?$/.test(value) && URL.canParse(value),
    'must be smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the first byte',
  );

const mailAddress = z
  .string()
  .regex(/^[^\s@<>,;"]{1,64}@[A-Za-z0-9.-]{1,200}$/, 'must be a mail address, such as ops@example.org');
const mailAddresses = z
  .string()
  .transform((value) => value.split(',').map((one) => one.trim()))
  .pipe(z.array(mailAddress, 'must be mail addresses, separated by commas'));

const TRIPS_RULE =
  'must be JSON such as {"leverage": {"limit": "2.5", "forSeconds": 30}, "slippage": {"enabled": false}}; members: enabled, limit, forSeconds, mode, flatten';

/** Names and ranges are checked where the trips are known. */
const haltTrips = z
  .string()
  .transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: TRIPS_RULE });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      z.string(),
      z.strictObject(
        {
          enabled: z.boolean(TRIPS_RULE).optional(),
          limit: z.string(TRIPS_RULE).optional(),
          forSeconds: z.number(TRIPS_RULE).optional(),
          mode: z.string(TRIPS_RULE).optional(),
          flatten: z.boolean(TRIPS_RULE).optional(),
        },
        TRIPS_RULE,
      ),
      TRIPS_RULE,
    ),
  );

/**
 * Every setting by its name in the environment, with its rule and default. One without a default is off until it is
 * set. `.env.example` lists the same names for people.
 */
export const settingsSchema = z.object({
  DATABASE_URL: databaseUrl.optional(),
  TEMPORAL_ADDRESS: hostAndPort.optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{2,255}$/, 'must be 2 to 255 letters, digits, dots, hyphens or underscores')
    .default('trading'),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: path.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: path.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: path.optional(),
  TEMPORAL_CLI_PATH: path.optional(),
  TEMPORAL_UI_PORT: port.default(8233),
  API_HOST: z
    .string()
    .regex(/^[^\s/]+$/, 'must be a host name or address')
    .default('127.0.0.1'),
  API_PORT: port.default(8080),
  APPROVE_OWN_TRADES: flag.default(false),
  RELEASE_OWN_HALTS: flag.default(true),
  HALT_TRIPS: haltTrips.default({}),
  WORKERS_PORT: port.default(9464),
  ORDERS_PORT: port.default(9465),
  LIVE: flag.default(false),
  PAPER_CLOCK: z.enum(['replay', 'live'], 'must be replay or live').default('replay'),
  REPLAY_START: moment.default('2018-07-10T13:25:00Z'),
  REPLAY_SPEED: speed.default(28_800),
  PAPER_HALF_SPREAD_BPS: basisPoints.default('1'),
  PAPER_SLIPPAGE_BPS: basisPoints.default('4'),
  PAPER_FEE_BPS: basisPoints.default('10'),
  OPENAI_API_KEY: z
    .string()
    .regex(/^[!-~]{1,512}$/, 'must be a key: printable characters without spaces')
    .optional(),
  OPENAI_BASE_URL: httpUrl.default('https://api.openai.com/v1'),
  OPENAI_MODEL: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$/, 'must be the name of a model, such as gpt-4.1-mini')
    .default('gpt-4.1-mini'),
  MODEL_INPUT_PRICE: dollars.optional(),
  MODEL_OUTPUT_PRICE: dollars.optional(),
  MODEL_TRAINING_CUTOFF: z.iso.date('must be a day, such as 2024-06-01').optional(),
  MODEL_TEMPERATURE: temperature.default(0),
  MODEL_TIMEOUT_SECONDS: wholeNumber(1, 60, 'seconds').default(60),
  MODEL_MAX_OUTPUT_TOKENS: wholeNumber(100, 32_000, 'tokens').default(1_500),
  MODEL_ANSWER_VALIDITY_SECONDS: wholeNumber(1, 86_400, 'market seconds').default(900),
  MODEL_TRADE_TOKENS: tokens.default(100_000),
  MODEL_TRADE_USD: dollars.default('0.10'),
  MODEL_STRATEGY_TOKENS: tokens.default(2_000_000),
  MODEL_STRATEGY_USD: dollars.default('2'),
  MODEL_DAY_TOKENS: tokens.default(5_000_000),
  MODEL_DAY_USD: dollars.default('5'),
  CALENDARS_FILE: path.optional(),
  ACCOUNTS_FILE: path.optional(),
  VENUE_ADDRESS: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, colons, hyphens or underscores')
    .default('shared'),
  BINANCE_API_KEY: secret.optional(),
  BINANCE_SECRET: secret.optional(),
  BINANCE_INSTRUMENTS: symbols.optional(),
  COINBASE_API_KEY: secret.optional(),
  COINBASE_SECRET: secret.optional(),
  COINBASE_INSTRUMENTS: symbols.optional(),
  KRAKEN_API_KEY: secret.optional(),
  KRAKEN_SECRET: secret.optional(),
  KRAKEN_INSTRUMENTS: symbols.optional(),
  OKX_API_KEY: secret.optional(),
  OKX_SECRET: secret.optional(),
  OKX_PASSWORD: secret.optional(),
  OKX_INSTRUMENTS: symbols.optional(),
  BYBIT_API_KEY: secret.optional(),
  BYBIT_SECRET: secret.optional(),
  BYBIT_INSTRUMENTS: symbols.optional(),
  IB_ENABLED: flag.prefault('1'),
  IB_ACCOUNT: accountCode.optional(),
  IB_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be the name or the address of a host')
    .default('127.0.0.1'),
  IB_PORT: port.default(4_002),
  IB_CLIENT_ID: wholeNumber(1, 999_999, 'as a client id').default(11),
  IB_INSTRUMENTS: stockSymbols.optional(),
  CANDLE_FEEDS: candleFeeds.default([]),
  FINNHUB_API_KEY: z
    .string()
    .regex(/^[!-~]{1,512}$/, 'must be a key: printable characters without spaces')
    .optional(),
  FINNHUB_BASE_URL: httpUrl.default('https://finnhub.io/api/v1'),
  YAHOO_BASE_URL: httpUrl.optional(),
  RISK_POLICY_FILE: path.optional(),
  BACKUP_DIR: path.default('var/backups'),
  BACKUP_AGE_RECIPIENT: z
    .string()
    .regex(/^age1[0-9a-z]{20,}$/, 'must be an age recipient, which begins with age1')
    .optional(),
  BACKUP_AGE_IDENTITY_FILE: path.optional(),
  AWS_S3_BACKUP_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket: 3 to 63 small letters, digits, . and -')
    .optional(),
  AWS_S3_BACKUP_PREFIX: z
    .string()
    .regex(
      /^[\w.-]{1,64}(\/[\w.-]{1,64}){0,7}$/,
      'must be the start of keys: names of letters, digits, _ . and -, with / between',
    )
    .default('tradewind'),
  S3_ENDPOINT: httpUrl.optional(),
  S3_SERVER_SIDE_ENCRYPTION: z.enum(['AES256', 'aws:kms', 'none'], 'must be AES256, aws:kms or none').default('AES256'),
  AWS_REGION: awsRegion.optional(),
  AWS_DEFAULT_REGION: awsRegion.optional(),
  AWS_ACCESS_KEY_ID: awsKey.optional(),
  AWS_SECRET_ACCESS_KEY: awsKey.optional(),
  AWS_SESSION_TOKEN: awsKey.optional(),
  CYCLES_FILE: path.optional(),
  NEWS_SOURCES_FILE: path.optional(),
  ALERT_WEBHOOK_URL: webhookUrl.optional(),
  SLACK_WEBHOOK_URL: webhookUrl.optional(),
  SLACK_CRITICAL_WEBHOOK_URL: webhookUrl.optional(),
  PAGERDUTY_ROUTING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9]{1,64}$/, 'must be an integration key: letters and digits')
    .optional(),
  PAGERDUTY_URL: httpUrl.default('https://events.pagerduty.com'),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailAddress.optional(),
  ALERT_MAIL_TO: mailAddresses.optional(),
  REPORT_MAIL_TO: mailAddresses.optional(),
  REPORT_WEBHOOK_URL: webhookUrl.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  FAILPOINTS: failpoints.default([]),
});

/** The environment after validation, still by its flat names. */
export type FlatSettings = z.output<typeof settingsSchema>;

/** A name of a setting. */
export type SettingName = keyof FlatSettings;

/** All names, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape);
