import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { EXCHANGES } from './exchanges';
import type { Exchange } from './exchanges';
import { feedSettings } from './feeds';
import type { FeedSettings } from './feeds';
import { placeholderProblem } from './placeholders';
import { PROJECT_ROOT } from './project';
import { storageProblems, storageSettings } from './storage';
import type { StorageSettings } from './storage';
import { settingsSchema, type FlatSettings, type SettingName } from './settings-schema';

/** TLS towards Temporal; absent parts fall back to the system's. Paths of PEM files. */
export interface TemporalTls {
  readonly serverName?: string;
  readonly serverCaPath?: string;
  /** Present together with the key: mutual TLS. */
  readonly clientCertPath?: string;
  readonly clientKeyPath?: string;
}

/** What may be spent under one scope: tokens, and US dollars as decimal text. */
export interface ModelCap {
  readonly tokens: number;
  readonly cost: string;
}

/** The language model that the strategy `llm` asks. */
export interface ModelSettings {
  /** Absent: the strategy is off. */
  readonly apiKey?: string;
  readonly baseUrl: string;
  readonly name: string;
  /** US dollars for a million tokens, as decimal text. */
  readonly price: { readonly input: string; readonly output: string };
  /** Day up to which its training data reaches, `YYYY-MM-DD`; absent when nobody says. */
  readonly trainingCutoff?: string;
  /** Null leaves it to the endpoint. */
  readonly temperature: number | null;
  readonly timeoutSeconds: number;
  readonly maxOutputTokens: number;
  /** Market seconds for which an answer counts. */
  readonly answerValiditySeconds: number;
  /** For one trade, and for one strategy and everything in a day (UTC). */
  readonly budget: { readonly trade: ModelCap; readonly strategy: ModelCap; readonly day: ModelCap };
}

/** The channels for alerts. Every part holds a secret. */
export interface AlertSettings {
  readonly webhookUrl?: string;
  readonly slackUrl?: string;
  readonly slackCriticalUrl?: string;
  readonly pagerDuty?: { readonly routingKey: string; readonly baseUrl: string };
  readonly mail?: { readonly smtpUrl: string; readonly from: string; readonly to: readonly string[] };
}

/** Everything that may be set from outside, validated and frozen. */
export interface Settings {
  /** Connection string; absent when the local stack brings its own server. */
  readonly databaseUrl?: string;
  readonly temporal: {
    /** Host and port of the frontend; absent when the local stack brings its own server. */
    readonly address?: string;
    readonly namespace: string;
    /** Present when any TEMPORAL_TLS_ setting is. */
    readonly tls?: TemporalTls;
    readonly cliPath?: string;
    readonly uiPort: number;
  };
  readonly api: {
    readonly host: string;
    readonly port: number;
    /** Whoever started a trade may approve it: for an installation with one person. */
    readonly approveOwnTrades: boolean;
    /** Whoever engaged a halt may release it. */
    readonly releaseOwnHalts: boolean;
  };
  readonly workers: {
    /** Serves /metrics and /health of a worker process. */
    readonly port: number;
    /** The same of the local stack's second worker process, which alone sends orders. */
    readonly ordersPort: number;
  };
  /** What is changed of the automatic trips, by name; see docs/kill-switch.md. */
  readonly haltTrips: FlatSettings['HALT_TRIPS'];
  /** Whether real orders may be sent at all. */
  readonly live: boolean;
  readonly paper: {
    readonly clock: 'replay' | 'live';
    /** Where a new paper account's market clock begins, RFC 3339. */
    readonly replayStart: string;
    /** Market seconds per second; 28800 makes a day of the market three seconds. */
    readonly replaySpeed: number;
    /** Costs in basis points, as decimal text. */
    readonly halfSpreadBps: string;
    readonly slippageBps: string;
    readonly feeBps: string;
  };
  readonly model: ModelSettings;
  /** A file of calendar exceptions and calendars of one's own. */
  readonly calendarsFile?: string;
  /** Which accounts there are besides the built-in paper one; their secrets are not in here. */
  readonly accounts: {
    /** File that describes them; it takes the place of the environment. */
    readonly file?: string;
    /** Exchanges whose keys are set, with what is to be traded there (empty: the exchange's default). */
    readonly byEnvironment: readonly { readonly venue: Exchange; readonly instruments: readonly string[] }[];
    /** Name of the address that exchanges see us by: processes of one name share one request budget. */
    readonly address: string;
  };
  /** Interactive Brokers: whether it takes part at all, and an account by environment. */
  readonly ib: {
    readonly enabled: boolean;
    /** Account code; absent when the environment describes none. */
    readonly account?: string;
    readonly host: string;
    readonly port: number;
    readonly clientId: number;
    /** Symbols of stocks. */
    readonly instruments: readonly string[];
  };
  readonly feeds: FeedSettings;
  /** The file of risk limits; the bundled one unless told. */
  readonly riskPolicyFile?: string;
  /** Where backups go. */
  readonly backup: {
    readonly dir: string;
    /** An age recipient: backups are encrypted for it. */
    readonly recipient?: string;
    /** File with the age identity that restore drills decrypt with. */
    readonly identityFile?: string;
    /** Object storage that they are copied to as well. */
    readonly s3?: StorageSettings;
  };
  /** The file of trading cycles; none unless told. */
  readonly cyclesFile?: string;
  /** The file of news sources; none unless told. */
  readonly newsSourcesFile?: string;
  /** Where alerts go; what is absent is off. */
  readonly alerts: AlertSettings;
  /** Where daily reports go; what is absent is off. */
  readonly reports: Pick<AlertSettings, 'mail' | 'webhookUrl'>;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Points at which a test makes a process fail; always empty in real use. */
  readonly failpoints: readonly string[];
}

/** The settings of a process that cannot do without its servers. */
export interface ServiceSettings extends Settings {
  readonly databaseUrl: string;
  readonly temporal: Settings['temporal'] & { readonly address: string };
}

/** One setting that breaks a rule. The rule never repeats the value, which may be a secret. */
export interface SettingProblem {
  readonly name: SettingName;
  readonly rule: string;
}

/** Thrown when settings break rules; its message names each of them. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly SettingProblem[]) {
    super(['these settings need a correction:', ...problems.map(({ name, rule }) => `  ${name}: ${rule}`)].join('\n'));
    this.name = 'SettingsError';
  }
}

/** Names and values as the environment has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment on top of the project's `.env` file, if there is one. */
export function environment(envFile: string = join(PROJECT_ROOT, '.env')): Environment {
  return existsSync(envFile) ? { ...parse(readFileSync(envFile)), ...process.env } : process.env;
}

/**
 * Reads and validates the settings. An empty value counts as unset.
 * @throws SettingsError naming every setting that breaks a rule, with the rule and without the value.
 */
export function loadSettings(from: Environment = environment()): Settings {
  const set = Object.fromEntries(
    Object.entries(from).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = settingsSchema.safeParse(set);
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map((issue) => ({ name: issue.path[0] as SettingName, rule: issue.message })),
    );
  }
  const problems = [...ruleProblems(parsed.data), ...(parsed.data.LIVE ? placeholderProblems(set) : [])];
  if (problems.length > 0) throw new SettingsError(problems);
  return deepFreeze(nest(parsed.data));
}

/**
 * The settings for the API and the workers, which are given a database and a Temporal server.
 * @throws SettingsError as {@link loadSettings} does, and when either server is not set.
 */
export function loadServiceSettings(from: Environment = environment()): ServiceSettings {
  const settings = loadSettings(from);
  const { databaseUrl, temporal } = settings;
  const { address } = temporal;
  if (databaseUrl !== undefined && address !== undefined)
    return deepFreeze({ ...settings, databaseUrl, temporal: { ...temporal, address } });
  const rule = 'must be set for this process (npm start brings both servers)';
  throw new SettingsError([
    ...(databaseUrl === undefined ? [{ name: 'DATABASE_URL', rule } as const] : []),
    ...(address === undefined ? [{ name: 'TEMPORAL_ADDRESS', rule } as const] : []),
  ]);
}

/** What is known of the default model: US dollars for a million tokens, and the day that its maker states. */
const DEFAULT_MODEL = { name: 'gpt-4.1-mini', input: '0.40', output: '1.60', trainingCutoff: '2024-06-01' } as const;

/** Rules between settings. */
function ruleProblems(flat: FlatSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  if ((flat.TEMPORAL_TLS_CLIENT_CERT_PATH === undefined) !== (flat.TEMPORAL_TLS_CLIENT_KEY_PATH === undefined)) {
    problems.push({
      name: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
      rule: 'must be set together with TEMPORAL_TLS_CLIENT_KEY_PATH',
    });
  }
  if (flat.LIVE && flat.PAPER_CLOCK === 'replay') {
    problems.push({ name: 'PAPER_CLOCK', rule: 'must be live when LIVE=1: only paper accounts may replay the past' });
  }
  if (flat.OPENAI_MODEL !== DEFAULT_MODEL.name) {
    const rule = `must be set for a model other than ${DEFAULT_MODEL.name}: the budget counts its cost`;
    if (flat.MODEL_INPUT_PRICE === undefined) problems.push({ name: 'MODEL_INPUT_PRICE', rule });
    if (flat.MODEL_OUTPUT_PRICE === undefined) problems.push({ name: 'MODEL_OUTPUT_PRICE', rule });
  }
  if (flat.LIVE && flat.FAILPOINTS.length > 0)
    problems.push({ name: 'FAILPOINTS', rule: 'must be empty when LIVE=1: it is for tests' });
  for (const venue of EXCHANGES) {
    const [key, secret] = keyNames(venue);
    if ((flat[key] === undefined) !== (flat[secret] === undefined))
      problems.push({
        name: flat[key] === undefined ? key : secret,
        rule: `must be set together with ${flat[key] === undefined ? secret : key}`,
      });
  }
  problems.push(...storageProblems(flat));
  const mail = ['SMTP_URL', 'MAIL_FROM', 'ALERT_MAIL_TO'] as const;
  const missing = mail.filter((name) => flat[name] === undefined);
  if (missing.length < mail.length)
    for (const name of missing) problems.push({ name, rule: `must be set: ${mail.join(', ')} go together` });
  if (flat.REPORT_MAIL_TO !== undefined && flat.SMTP_URL === undefined)
    problems.push({ name: 'SMTP_URL', rule: 'must be set together with REPORT_MAIL_TO' });
  if (flat.OKX_API_KEY !== undefined && flat.OKX_PASSWORD === undefined)
    problems.push({ name: 'OKX_PASSWORD', rule: 'must be set together with OKX_API_KEY' });
  return problems;
}

type KeyPrefix = Uppercase<Exchange>;

/** The settings that hold the keys of an exchange. */
function keyNames(venue: Exchange): readonly [`${KeyPrefix}_API_KEY`, `${KeyPrefix}_SECRET`] {
  const prefix = venue.toUpperCase() as KeyPrefix;
  return [`${prefix}_API_KEY`, `${prefix}_SECRET`];
}

/** Exchanges with keys: that there are keys is told, the keys are not. */
function keyedExchanges(flat: FlatSettings): Settings['accounts']['byEnvironment'] {
  return EXCHANGES.filter((venue) => flat[keyNames(venue)[0]] !== undefined).map((venue) => ({
    venue,
    instruments: flat[`${venue.toUpperCase() as KeyPrefix}_INSTRUMENTS`] ?? [],
  }));
}

function placeholderProblems(set: Environment): SettingProblem[] {
  return (Object.keys(settingsSchema.shape) as SettingName[]).flatMap((name) => {
    const rule = placeholderProblem(set[name]);
    return rule === undefined ? [] : [{ name, rule }];
  });
}

function nest(flat: FlatSettings): Settings {
  const tls = defined({
    serverName: flat.TEMPORAL_TLS_SERVER_NAME,
    serverCaPath: flat.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    clientCertPath: flat.TEMPORAL_TLS_CLIENT_CERT_PATH,
    clientKeyPath: flat.TEMPORAL_TLS_CLIENT_KEY_PATH,
  });
  return {
    ...defined({ databaseUrl: flat.DATABASE_URL }),
    temporal: {
      ...defined({ address: flat.TEMPORAL_ADDRESS, cliPath: flat.TEMPORAL_CLI_PATH }),
      namespace: flat.TEMPORAL_NAMESPACE,
      ...(Object.keys(tls).length === 0 ? {} : { tls }),
      uiPort: flat.TEMPORAL_UI_PORT,
    },
    api: {
      host: flat.API_HOST,
      port: flat.API_PORT,
      approveOwnTrades: flat.APPROVE_OWN_TRADES,
      releaseOwnHalts: flat.RELEASE_OWN_HALTS,
    },
    workers: { port: flat.WORKERS_PORT, ordersPort: flat.ORDERS_PORT },
    haltTrips: flat.HALT_TRIPS,
    live: flat.LIVE,
    paper: {
      clock: flat.PAPER_CLOCK,
      replayStart: flat.REPLAY_START,
      replaySpeed: flat.REPLAY_SPEED,
      halfSpreadBps: flat.PAPER_HALF_SPREAD_BPS,
      slippageBps: flat.PAPER_SLIPPAGE_BPS,
      feeBps: flat.PAPER_FEE_BPS,
    },
    model: modelSettings(flat),
    ...defined({
      calendarsFile: flat.CALENDARS_FILE,
      riskPolicyFile: flat.RISK_POLICY_FILE,
      cyclesFile: flat.CYCLES_FILE,
      newsSourcesFile: flat.NEWS_SOURCES_FILE,
    }),
    accounts: {
      ...defined({ file: flat.ACCOUNTS_FILE }),
      byEnvironment: keyedExchanges(flat),
      address: flat.VENUE_ADDRESS,
    },
    ib: {
      ...{ enabled: flat.IB_ENABLED, host: flat.IB_HOST, port: flat.IB_PORT, clientId: flat.IB_CLIENT_ID },
      ...defined({ account: flat.IB_ACCOUNT }),
      instruments: flat.IB_INSTRUMENTS ?? ['AAPL'],
    },
    backup: {
      dir: resolve(PROJECT_ROOT, flat.BACKUP_DIR),
      ...defined({ recipient: flat.BACKUP_AGE_RECIPIENT, identityFile: flat.BACKUP_AGE_IDENTITY_FILE }),
      ...storageOf(flat),
    },
    feeds: feedSettings(flat),
    alerts: alertSettings(flat),
    reports: reportSettings(flat),
    logLevel: flat.LOG_LEVEL,
    failpoints: flat.FAILPOINTS,
  };
}

function alertSettings(flat: FlatSettings): AlertSettings {
  const { PAGERDUTY_ROUTING_KEY: routingKey, SMTP_URL: smtpUrl, MAIL_FROM: from, ALERT_MAIL_TO: to } = flat;
  return {
    ...defined({
      webhookUrl: flat.ALERT_WEBHOOK_URL,
      slackUrl: flat.SLACK_WEBHOOK_URL,
      slackCriticalUrl: flat.SLACK_CRITICAL_WEBHOOK_URL,
    }),
    ...(routingKey === undefined ? {} : { pagerDuty: { routingKey, baseUrl: flat.PAGERDUTY_URL } }),
    ...(smtpUrl === undefined || from === undefined || to === undefined ? {} : { mail: { smtpUrl, from, to } }),
  };
}

function reportSettings(flat: FlatSettings): Settings['reports'] {
  const { SMTP_URL: smtpUrl, MAIL_FROM: from, REPORT_MAIL_TO: to } = flat;
  return {
    ...defined({ webhookUrl: flat.REPORT_WEBHOOK_URL }),
    ...(smtpUrl === undefined || from === undefined || to === undefined ? {} : { mail: { smtpUrl, from, to } }),
  };
}

function modelSettings(flat: FlatSettings): ModelSettings {
  const isDefault = flat.OPENAI_MODEL === DEFAULT_MODEL.name;
  const cutoff = flat.MODEL_TRAINING_CUTOFF ?? (isDefault ? DEFAULT_MODEL.trainingCutoff : undefined);
  return {
    ...defined({ apiKey: flat.OPENAI_API_KEY, trainingCutoff: cutoff }),
    baseUrl: flat.OPENAI_BASE_URL,
    name: flat.OPENAI_MODEL,
    price: {
      input: flat.MODEL_INPUT_PRICE ?? DEFAULT_MODEL.input,
      output: flat.MODEL_OUTPUT_PRICE ?? DEFAULT_MODEL.output,
    },
    temperature: flat.MODEL_TEMPERATURE,
    timeoutSeconds: flat.MODEL_TIMEOUT_SECONDS,
    maxOutputTokens: flat.MODEL_MAX_OUTPUT_TOKENS,
    answerValiditySeconds: flat.MODEL_ANSWER_VALIDITY_SECONDS,
    budget: {
      trade: { tokens: flat.MODEL_TRADE_TOKENS, cost: flat.MODEL_TRADE_USD },
      strategy: { tokens: flat.MODEL_STRATEGY_TOKENS, cost: flat.MODEL_STRATEGY_USD },
      day: { tokens: flat.MODEL_DAY_TOKENS, cost: flat.MODEL_DAY_USD },
    },
  };
}

function storageOf(flat: FlatSettings): { readonly s3?: StorageSettings } {
  const s3 = storageSettings(flat);
  return s3 === undefined ? {} : { s3 };
}

/** The same object without its undefined members. */
function defined<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value) as unknown[]) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
