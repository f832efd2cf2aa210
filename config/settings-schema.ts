import { z } from 'zod';

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
  WORKERS_PORT: port.default(9464),
  ORDERS_PORT: port.default(9465),
  LIVE: flag.default(false),
  PAPER_CLOCK: z.enum(['replay', 'live'], 'must be replay or live').default('replay'),
  REPLAY_START: moment.default('2018-07-10T13:25:00Z'),
  REPLAY_SPEED: speed.default(28_800),
  PAPER_HALF_SPREAD_BPS: basisPoints.default('1'),
  PAPER_SLIPPAGE_BPS: basisPoints.default('4'),
  PAPER_FEE_BPS: basisPoints.default('10'),
  CALENDARS_FILE: path.optional(),
  RISK_POLICY_FILE: path.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  FAILPOINTS: failpoints.default([]),
});

/** The environment after validation, still by its flat names. */
export type FlatSettings = z.output<typeof settingsSchema>;

/** A name of a setting. */
export type SettingName = keyof FlatSettings;

/** All names, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape);
