import { z } from 'zod';
import { currency, millis, name, policy, timings } from './account-schema';
import type { PolicyEntry } from './account-schema';
import { ibInstrument, instrumentsOf } from './ib-instruments';
import type { IbInstrument } from './ib-instruments';
import type { Settings } from './settings';

/** An account at Interactive Brokers. It holds no secret: whoever reaches the gateway's port may trade. */
export interface IbAccount {
  readonly name: string;
  readonly venue: 'ib';
  /** `sandbox` for a paper account of Interactive Brokers. */
  readonly mode: 'sandbox' | 'live';
  readonly marketType: 'stock';
  readonly currency: string;
  readonly accountCode: string;
  readonly host: string;
  readonly port: number;
  /** Orders go under this client id, quotes and candles under the others. */
  readonly clientId: number;
  readonly dataClientId: number;
  readonly historyClientId: number;
  readonly instruments: readonly IbInstrument[];
  readonly outsideRegularHours: boolean;
  readonly absences: { readonly timeZone: string; readonly dailyRestart?: string; readonly weeklyLogin?: string };
  readonly timings: NonNullable<z.output<typeof timings>>;
  readonly quoteMaxAge: number;
  readonly policy: PolicyEntry;
}

/** Prices come a few times a second; delayed ones are older than this, and count as stale. */
const QUOTE_MAX_AGE_MS = 15_000;
/** Where a gateway in paper mode listens unless told. */
const PAPER_PORT = 4_002;
const CLIENT_ID = 11;

const CODE_RULE = 'must be an account code such as DU1234567';
const CODE = /^[A-Z]{1,3}\d{3,12}$/;
/** Paper accounts of Interactive Brokers begin with D: DU, and DF for advisors. */
const PAPER_CODE = /^D[A-Z]?\d/;
const TIME_RULE = 'must be a time of day such as 23:45';
const time = z.string(TIME_RULE).regex(/^([01]\d|2[0-3]):[0-5]\d$/, TIME_RULE);
const clientId = z
  .int('must be a whole number from 1 to 999999')
  .min(1, 'must be at least 1: client 0 is sent the orders that people place by hand')
  .max(999_999, 'must be at most 999999');
/** An account at Interactive Brokers as a file describes it. */
export const ibAccount = z.strictObject({
  name,
  venue: z.literal('ib'),
  mode: z.enum(['paper', 'live'], 'must be paper or live at Interactive Brokers'),
  accountCode: z.string(CODE_RULE).regex(CODE, CODE_RULE),
  host: z
    .string('must be the name or the address of a host')
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be the name or the address of a host')
    .default('127.0.0.1'),
  port: z.int('must be a port').min(1, 'must be a port').max(65_535, 'must be a port').default(PAPER_PORT),
  clientId: clientId.default(CLIENT_ID),
  dataClientId: clientId.optional(),
  historyClientId: clientId.optional(),
  currency: currency.default('USD'),
  instruments: z
    .array(ibInstrument, 'must be a list of contracts such as [{"symbol": "AAPL"}]')
    .min(1, 'must name at least one contract')
    .max(100, 'must name at most 100 contracts'),
  outsideRegularHours: z.boolean('must be true or false').default(false),
  timeZone: z
    .string('must be a time zone such as America/New_York')
    .refine((zone) => isZone(zone), 'must be a time zone such as America/New_York')
    .default('America/New_York'),
  dailyRestart: time.optional(),
  weeklyLogin: time.optional(),
  timings: timings.optional(),
  quoteMaxAge: millis(500, 600_000),
  policy: policy.optional(),
});

/** The account of an entry; rules between its fields are told to `refuse`. */
export function ibOf(entry: z.output<typeof ibAccount>, refuse: (field: string, rule: string) => void): IbAccount {
  const { accountCode, dailyRestart, dataClientId = entry.clientId + 1, mode, timeZone, weeklyLogin } = entry;
  const { historyClientId = dataClientId + 1 } = entry;
  const isPaper = PAPER_CODE.test(accountCode);
  if (mode === 'paper' && !isPaper) refuse('accountCode', 'is not one of a paper account: those begin with DU');
  if (mode === 'live' && isPaper) refuse('accountCode', 'is one of a paper account: give it mode paper');
  if (dataClientId === entry.clientId) refuse('dataClientId', 'must differ from clientId');
  if (historyClientId === entry.clientId || historyClientId === dataClientId)
    refuse('historyClientId', 'must differ from clientId and from dataClientId');
  const instruments = instrumentsOf(entry.instruments, entry.currency, refuse);
  return {
    ...{ name: entry.name, venue: 'ib', mode: mode === 'live' ? 'live' : 'sandbox', marketType: 'stock' },
    ...{ currency: entry.currency, accountCode, host: entry.host, port: entry.port },
    ...{
      clientId: entry.clientId,
      dataClientId,
      historyClientId,
      instruments,
      outsideRegularHours: entry.outsideRegularHours,
    },
    absences: {
      timeZone,
      ...(dailyRestart === undefined ? {} : { dailyRestart }),
      ...(weeklyLogin === undefined ? {} : { weeklyLogin }),
    },
    timings: entry.timings ?? {},
    quoteMaxAge: entry.quoteMaxAge ?? QUOTE_MAX_AGE_MS,
    policy: entry.policy ?? {},
  };
}

/** The account by environment, if one is set: live if its code is that of no paper account. */
export function ibFromEnvironment({
  account,
  clientId: id,
  enabled,
  host,
  instruments,
  port,
}: Settings['ib']): IbAccount[] {
  if (!enabled || account === undefined) return [];
  const mode = PAPER_CODE.test(account) ? 'paper' : 'live';
  const entry = ibAccount.parse({
    ...{ name: 'ib', venue: 'ib', mode, accountCode: account, host, port, clientId: id },
    instruments: instruments.map((symbol) => ({ symbol })),
  });
  return [ibOf(entry, () => undefined)];
}

/** Two accounts under one client id of one gateway would keep each other from connecting. */
export function sharedClients(
  accounts: readonly IbAccount[],
  refuse: (account: string, field: string, rule: string) => void,
): void {
  const owners = new Map<string, string>();
  for (const { clientId: orders, dataClientId, historyClientId, host, name: own, port } of accounts)
    for (const [field, id] of [
      ['clientId', orders] as const,
      ['dataClientId', dataClientId] as const,
      ['historyClientId', historyClientId] as const,
    ]) {
      const key = `${host}:${port} ${id}`;
      const owner = owners.get(key);
      if (owner !== undefined && owner !== own) refuse(own, field, `is the client id of ${owner} too`);
      owners.set(key, own);
    }
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
