import type { Millis } from '../../domain/clock/instant';
import { text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker, VenueBalance } from '../../domain/order/broker';
import type { ExchangeAccounts } from '../../database/exchange-accounts';
import { within } from './chore';

const ANSWER_DEADLINE_MS: Millis = 30_000;

/** What the contact with an exchange needs. */
export interface ContactDeps {
  readonly account: string;
  readonly broker: Broker;
  readonly accounts: ExchangeAccounts;
  /** True for real money: the key must not be able to withdraw, where the venue can tell. */
  readonly safeKey: boolean;
  /** Told what a person should know of the account's set-up; empty when that is nothing. */
  readonly notice: (notices: readonly string[]) => Promise<void>;
  /** What this process knows of earlier contacts. */
  readonly memory: { listedAt: Millis | undefined };
  readonly monotonic: () => Millis;
}

/** Listings change rarely: they are read when the process starts, and daily. */
const LISTINGS_MS: Millis = 24 * 3_600_000;

/**
 * Speaks with the exchange: what it lists, what the key may do, and, the first time, how much cash there is. Then the
 * account is free, if nobody else keeps it in quarantine. May be repeated. @throws when the venue does not answer.
 */
export async function contactVenue(deps: ContactDeps): Promise<void> {
  const { account, accounts, broker } = deps;
  if (deps.memory.listedAt === undefined || deps.monotonic() - deps.memory.listedAt > LISTINGS_MS) {
    const listed = await within(ANSWER_DEADLINE_MS, 'instruments', broker.instruments());
    await accounts.storeListings(account, listed);
    const notices = broker.notices && (await within(ANSWER_DEADLINE_MS, 'notices', broker.notices()));
    if (notices !== undefined) await deps.notice(notices);
    deps.memory.listedAt = deps.monotonic();
  }
  const { contacted, currency } = await accounts.state(account);
  if (!contacted) {
    const balances = await within(ANSWER_DEADLINE_MS, 'balances', broker.balances());
    // What else is there belongs to nobody's trade, and is in the books from the beginning.
    const others = balances.filter(({ asset }) => asset !== currency).map(({ asset }) => asset);
    for (const asset of new Set(others)) await accounts.openBalance(account, asset, cashOf(balances, asset));
    await accounts.firstContact(account, cashOf(balances, currency));
  }
  const fault = await keyFault(deps);
  if (fault === undefined) await accounts.free(account, ['contact', 'key']);
  else await accounts.quarantine(account, 'key', fault);
}

/** All that the venue has of a currency, whether or not working orders hold it. */
function cashOf(balances: readonly VenueBalance[], currency: string): DecimalString {
  const own = balances.filter(({ asset }) => asset === currency);
  return text(own.reduce((sum, { free, locked }) => sum.add(free).add(locked), ZERO));
}

/** Why the key may not be used, or undefined. */
async function keyFault({ account, accounts, broker, safeKey }: ContactDeps): Promise<string | undefined> {
  if (broker.keyRights === undefined) return undefined;
  const { trade, withdraw, ...age } = await within(ANSWER_DEADLINE_MS, 'rights of the key', broker.keyRights());
  await accounts.noteKey(account, age);
  if (trade === false) return 'the key may not trade: give it that right at the venue';
  if (safeKey && withdraw === true)
    return 'the key may withdraw: take that right away at the venue, or use another key';
  return undefined;
}
