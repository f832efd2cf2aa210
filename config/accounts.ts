import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { exchangeAccount, paperAccount } from './account-schema';
import type { ExchangeAccountEntry, PaperAccountEntry, PolicyEntry } from './account-schema';
import { EXCHANGE_TRAITS, quoteOf } from './exchanges';
import type { Exchange } from './exchanges';
import { ibAccount, ibFromEnvironment, ibOf, sharedClients } from './ib-accounts';
import type { IbAccount } from './ib-accounts';
import { PROJECT_ROOT } from './project';
import { SettingsError } from './settings';
import type { Settings } from './settings';

/** Where a secret stands: `env:NAME` or `file:PATH`. */
export type SecretRef = string;

/** An account at an exchange, without its secrets. */
export interface ExchangeAccount {
  readonly name: string;
  readonly venue: Exchange;
  readonly mode: 'sandbox' | 'live';
  readonly marketType: 'spot';
  /** What its instruments are quoted in, and its cash is counted in. */
  readonly currency: string;
  /** Unified symbols, which are our instrument ids. */
  readonly instruments: readonly string[];
  readonly keys: { readonly apiKey: SecretRef; readonly secret: SecretRef; readonly password?: SecretRef };
  readonly baseUrl?: string;
  readonly streamUrl?: string;
  /** Milliseconds; what is left out is the venue's default. */
  readonly timings: NonNullable<ExchangeAccountEntry['timings']>;
  /** Milliseconds after which a price is stale. */
  readonly quoteMaxAge: number;
  readonly policy: PolicyEntry;
}

/** A further paper account. */
export interface PaperAccountConfig {
  readonly name: string;
  readonly currency: string;
  readonly openingCash: string;
  readonly policy: PolicyEntry;
}

export interface AccountsConfig {
  readonly exchange: readonly ExchangeAccount[];
  readonly ib: readonly IbAccount[];
  readonly paper: readonly PaperAccountConfig[];
}

/** One field of one account that breaks a rule; the rule never repeats what was written. */
export interface AccountProblem {
  /** Its name, or `#2` for the second of the file when it has none. */
  readonly account: string;
  readonly field: string;
  readonly rule: string;
}

/** Thrown when the file of accounts cannot be used; its message names account, field and rule of each problem. */
export class AccountsError extends SettingsError {
  constructor(readonly accountProblems: readonly AccountProblem[]) {
    super(
      accountProblems.map(({ account, field, rule }) => ({
        name: 'ACCOUNTS_FILE',
        rule: [account === '' ? '' : `account ${account}, `, field === '' ? '' : `${field}: `, rule].join(''),
      })),
    );
    this.name = 'AccountsError';
  }
}

/** A ticker comes every second; an exchange whose price is this old has an outage, or we have. */
const QUOTE_MAX_AGE_MS = 15_000;

/**
 * The accounts besides the built-in paper one: those of the file if one is set, else one for each exchange whose keys
 * stand in the environment. Holds references to secrets, never a secret.
 * @throws AccountsError
 */
export function loadAccounts(
  settings: Pick<Settings, 'live' | 'accounts' | 'ib'>,
  read: (file: string) => string = (file) => readFileSync(resolve(PROJECT_ROOT, file), 'utf8'),
): AccountsConfig {
  const { file, byEnvironment } = settings.accounts;
  if (file === undefined) {
    const exchange = byEnvironment.map(({ venue, instruments }) => fromEnvironment(venue, instruments, settings.live));
    return { exchange, paper: [], ib: ibFromEnvironment(settings.ib) };
  }
  const problems: AccountProblem[] = [];
  const config = parseFile(readEntries(file, read), settings.live, problems);
  if (problems.length > 0) throw new AccountsError(problems);
  return settings.ib.enabled ? config : { ...config, ib: [] };
}

function readEntries(file: string, read: (file: string) => string): readonly unknown[] {
  const refuse = (rule: string): AccountsError => new AccountsError([{ account: '', field: '', rule }]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(read(file));
  } catch (error) {
    throw refuse(error instanceof SyntaxError ? 'the file is not JSON' : 'the file cannot be read');
  }
  const accounts: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'accounts') : undefined;
  if (!Array.isArray(accounts)) throw refuse('the file must hold {"accounts": [...]}');
  return accounts;
}

function parseFile(entries: readonly unknown[], live: boolean, problems: AccountProblem[]): AccountsConfig {
  const exchange: ExchangeAccount[] = [];
  const paper: PaperAccountConfig[] = [];
  const ib: IbAccount[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const field = (name: string): unknown =>
      typeof entry === 'object' && entry !== null ? (Reflect.get(entry, name) as unknown) : undefined;
    const named = field('name');
    const account = typeof named === 'string' && /^[a-z0-9-]{1,32}$/.test(named) ? named : `#${index + 1}`;
    const refuse = (name: string, rule: string): void => void problems.push({ account, field: name, rule });
    if (seen.has(account)) refuse('name', 'is used twice');
    // The built-in account is described by the settings of paper accounts.
    if (account === 'paper') refuse('name', 'is the built-in paper account: choose another');
    seen.add(account);
    if (field('venue') === 'paper') {
      const found = checked(paperAccount, entry, refuse);
      if (found !== undefined) paper.push(paperOf(found));
    } else if (field('venue') === 'ib') {
      const found = checked(ibAccount, entry, refuse);
      if (found !== undefined) ib.push(ibOf(found, refuse));
    } else {
      const found = checked(exchangeAccount, entry, refuse);
      if (found !== undefined) exchange.push(exchangeOf(found, live, refuse));
    }
  }
  sharedKeys(exchange, problems);
  sharedClients(ib, (account, field, rule) => problems.push({ account, field, rule }));
  return { exchange, paper, ib };
}

type Refuse = (field: string, rule: string) => void;

function checked<S extends z.ZodType>(schema: S, entry: unknown, refuse: Refuse): z.output<S> | undefined {
  const result = schema.safeParse(entry);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) refuse([...issue.path, key].join('.').slice(0, 80), 'is not a field of an account');
    } else {
      refuse(issue.path.join('.'), issue.message);
    }
  }
  return undefined;
}

function paperOf({ name, currency, openingCash, policy }: PaperAccountEntry): PaperAccountConfig {
  return { name, currency, openingCash, policy: policy ?? {} };
}

/** The account of an entry; rules between its fields are told to `refuse`. */
function exchangeOf(entry: ExchangeAccountEntry, live: boolean, refuse: Refuse): ExchangeAccount {
  const { baseUrl, instruments, keys, marketType, mode, name, policy, streamUrl, timings, venue } = entry;
  const { title, sandbox, password } = EXCHANGE_TRAITS[venue];
  const [first = ''] = instruments;
  const currency = entry.currency ?? quoteOf(first);
  if (mode === 'paper') refuse('mode', 'paper belongs to the venue paper; an exchange takes sandbox or live');
  if (marketType !== 'spot') refuse('marketType', `${marketType} is not supported yet; only spot is`);
  if (mode === 'sandbox' && !sandbox && baseUrl === undefined)
    refuse('mode', `${title} has no sandbox: give a baseUrl, of a simulator for example, or trade live`);
  if (mode === 'live' && baseUrl !== undefined)
    refuse('baseUrl', 'is for sandbox accounts: a live account talks to its exchange itself');
  if (live && baseUrl !== undefined && mode !== 'live') refuse('baseUrl', 'must not be set when LIVE=1');
  if (live && streamUrl !== undefined) refuse('streamUrl', 'must not be set when LIVE=1');
  if (baseUrl === undefined && streamUrl !== undefined) refuse('streamUrl', 'must be set together with baseUrl');
  if (password && keys.password === undefined) refuse('keys.password', `${title} needs one`);
  if (!password && keys.password !== undefined) refuse('keys.password', `${title} has none`);
  const foreign = instruments.filter((symbol) => quoteOf(symbol) !== currency);
  if (foreign.length > 0)
    refuse('instruments', `must all be quoted in the account's currency ${currency}; ${foreign.join(', ')} is not`);
  if (new Set(instruments).size < instruments.length) refuse('instruments', 'names a symbol twice');
  if (Number(policy?.maxLeverage ?? '1') > 1) refuse('policy.maxLeverage', 'must be at most 1 on a spot account');
  return {
    name,
    venue,
    mode: mode === 'live' ? 'live' : 'sandbox',
    marketType: 'spot',
    currency,
    instruments,
    keys: {
      apiKey: keys.apiKey,
      secret: keys.secret,
      ...(keys.password === undefined ? {} : { password: keys.password }),
    },
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(streamUrl === undefined ? {} : { streamUrl }),
    timings: timings ?? {},
    quoteMaxAge: entry.quoteMaxAge ?? QUOTE_MAX_AGE_MS,
    policy: policy ?? {},
  };
}

/** Two accounts on one key would each take the other's orders for foreign ones. */
function sharedKeys(accounts: readonly ExchangeAccount[], problems: AccountProblem[]): void {
  const owners = new Map<string, string>();
  for (const { name, venue, keys } of accounts) {
    const owner = owners.get(`${venue} ${keys.apiKey}`);
    if (owner !== undefined) problems.push({ account: name, field: 'keys.apiKey', rule: `is the key of ${owner} too` });
    owners.set(`${venue} ${keys.apiKey}`, name);
  }
}

/** An account by environment, named after its exchange: its sandbox while LIVE=0, where it has one. */
function fromEnvironment(venue: Exchange, symbols: readonly string[], live: boolean): ExchangeAccount {
  const { instruments, password, sandbox } = EXCHANGE_TRAITS[venue];
  const traded = symbols.length > 0 ? symbols : instruments;
  const prefix = venue.toUpperCase();
  return {
    name: venue,
    venue,
    mode: live || !sandbox ? 'live' : 'sandbox',
    marketType: 'spot',
    currency: quoteOf(traded[0] ?? ''),
    instruments: traded,
    keys: {
      apiKey: `env:${prefix}_API_KEY`,
      secret: `env:${prefix}_SECRET`,
      ...(password ? { password: `env:${prefix}_PASSWORD` } : {}),
    },
    timings: {},
    quoteMaxAge: QUOTE_MAX_AGE_MS,
    policy: {},
  };
}
