import type { ExchangeAccount } from '../config/accounts';
import type { IbAccount } from '../config/ib-accounts';
import type { Exchange } from '../config/exchanges';
import type { Credentials } from '../config/secrets';
import { SecretError } from '../config/secrets';
import { ExchangeAccounts } from '../database/exchange-accounts';
import { exchangeSeed } from '../database/exchange-seed';
import type { Database } from '../database/pool';
import { PostgresRateGate } from '../database/rate-budget';
import { calendarOf as bundledCalendarOf } from '../domain/calendar/calendars';
import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import type { Instant } from '../domain/clock/instant';
import type { Broker, VenueTimings } from '../domain/order/broker';
import type { RateGate } from '../domain/order/rate-gate';
import { brokerOfIb } from './ib-accounts';
import { budgetsOf } from './venue-budgets';

/** What an adapter needs to open an account at its exchange. */
export interface OpenBrokerOptions {
  readonly venue: Exchange;
  readonly account: string;
  readonly credentials: Credentials;
  readonly mode: 'sandbox' | 'live';
  readonly baseUrl?: string;
  readonly streamUrl?: string;
  /** Unified symbols, which are our instrument ids. */
  readonly instruments: readonly string[];
  readonly gate: RateGate;
  /** Nothing older than this concerns us: when the account was made here. */
  readonly historyFrom: Instant;
  /** What differs from the venue's defaults. */
  readonly timings?: Partial<VenueTimings>;
}

/** Opens an account at its exchange, without a request: a venue that is down is no reason not to start. */
export type OpenBroker = (options: OpenBrokerOptions) => Broker;

/** The accounts at exchanges, and how they are opened. */
export interface ExchangeSetting {
  readonly accounts: readonly ExchangeAccount[];
  /** Whether real orders may be sent at all. */
  readonly live: boolean;
  /** Name of the address that venues see us by. */
  readonly address: string;
  /** @throws SecretError when a key cannot be had */
  readonly credentialsOf: (account: ExchangeAccount) => Credentials;
  /** Left out: this build has no adapters, and every such account says so. */
  readonly openBroker?: OpenBroker;
  /** Those at Interactive Brokers; none unless told. */
  readonly ib?: readonly IbAccount[];
}

/** An account that this process can send orders for. */
export interface OpenAccount {
  readonly account: string;
  readonly venue: Exchange | 'ib';
  readonly mode: 'sandbox' | 'live';
  readonly broker: Broker;
}

/** Until the venue has said, after a start, what the key of a live account may do. */
const CHECKING_KEY = 'the venue has not said yet what the key may do: the account opens by itself when it has';

/**
 * Makes the accounts in the registry and opens those that may be used. One that may not is quarantined with the reason,
 * and keeps nothing else from starting.
 */
export async function openExchangeAccounts(
  database: Database,
  setting: ExchangeSetting,
  calendarOf: (id: CalendarId) => MarketCalendar = bundledCalendarOf,
): Promise<readonly OpenAccount[]> {
  const registry = new ExchangeAccounts(database);
  const opened: OpenAccount[] = [];
  const accounts = [...setting.accounts, ...(setting.ib ?? [])];
  for (const account of accounts) {
    const { mode, name, venue } = account;
    const problem = (await registry.ensure(exchangeSeed(account))) ?? obstacle(account, setting);
    const broker =
      problem ??
      (account.venue === 'ib'
        ? brokerOfIb(database, account, (await registry.state(name)).createdAt, calendarOf)
        : await open(database, registry, account, setting));
    if (typeof broker === 'string') {
      await registry.quarantine(name, 'settings', broker);
      continue;
    }
    await admit(registry, account);
    opened.push({ account: name, venue, mode, broker });
  }
  const configured = new Set(accounts.map(({ name }) => name));
  for (const name of await registry.names()) {
    if (!configured.has(name))
      await registry.quarantine(name, 'settings', 'the settings do not name this account any more');
  }
  return opened;
}

/** Why the settings as a whole do not let this account be used. */
function obstacle(
  { mode, venue }: ExchangeAccount | IbAccount,
  { live, openBroker }: ExchangeSetting,
): string | undefined {
  if (openBroker === undefined && venue !== 'ib') return `this process has no adapter for ${venue}`;
  return mode === 'live' && !live ? 'a live account needs LIVE=1' : undefined;
}

/** The account's broker, or why there is none. */
async function open(
  database: Database,
  registry: ExchangeAccounts,
  account: ExchangeAccount,
  setting: ExchangeSetting,
): Promise<Broker | string> {
  const { baseUrl, instruments, mode, name, streamUrl, timings, venue } = account;
  let credentials: Credentials;
  try {
    credentials = setting.credentialsOf(account);
  } catch (error) {
    if (error instanceof SecretError) return error.message;
    throw error;
  }
  const place = baseUrl === undefined ? mode : new URL(baseUrl).host;
  const { createdAt } = await registry.state(name);
  const given = Object.fromEntries(Object.entries(timings).filter(([, value]) => value !== undefined));
  return (
    setting.openBroker?.({
      venue,
      account: name,
      credentials,
      mode,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(streamUrl === undefined ? {} : { streamUrl }),
      instruments,
      gate: new PostgresRateGate(database, budgetsOf(venue, name, place, setting.address)),
      historyFrom: createdAt,
      ...(Object.keys(given).length === 0 ? {} : { timings: given }),
    }) ?? `this process has no adapter for ${venue}`
  );
}

/**
 * Lifts what earlier settings said. An account that its venue never showed waits for the first contact; a live one waits
 * at every start until the venue has said what the key may do, unless it guards something: then it is only watched for.
 */
async function admit(registry: ExchangeAccounts, { mode, name }: ExchangeAccount | IbAccount): Promise<void> {
  const { contacted, guarding } = await registry.state(name);
  if (!contacted) await registry.awaitContact(name);
  else if (mode === 'live' && !guarding) await registry.quarantine(name, 'contact', CHECKING_KEY);
  else await registry.free(name, ['settings']);
}
