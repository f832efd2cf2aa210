import { EXCHANGES, quoteOf } from '../../config/exchanges';
import type { Exchange } from '../../config/exchanges';
import { openCcxtBroker } from '../../brokers/ccxt/open-broker';
import { decimalString as d, dec, text } from '../../domain/money/decimal';
import type { StoredFacts } from '../../database/trades';
import { makeKey } from '../../simulators/exchange/keys';
import type { SimLedger } from '../../simulators/exchange/ledger';
import type { Simulator } from '../../simulators/exchange/server';
import { simulatedInstruments, startSimulator } from '../../simulators/exchange/start';
import { exitUpdate } from '../../temporal/messages/trade';
import type { OpenBroker } from '../../workers/exchange-accounts';
import { createTestDatabase } from '../support/database';
import { NO_GATE } from '../support/exchange-harness';
import { exchangeAccount } from '../support/exchange-stage';
import { Harness } from '../support/harness';

const FUNDS = '100000';
const accountOf = (venue: Exchange): string => `${venue}-sim`;

/**
 * Kraken gives a small key back one read in three seconds, which a trade would wait for over minutes: there the key is one
 * without a limit. The budget has tests of its own.
 */
const openBroker: OpenBroker = (options) =>
  openCcxtBroker(options.venue === 'kraken' ? { ...options, gate: NO_GATE } : options);

/** One stack with an account at the simulator of each exchange, wired as the process that sends orders wires it. */
let harness: Harness;
let drop: () => Promise<void>;
const simulators = new Map<Exchange, Simulator>();

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  const keys = new Map(EXCHANGES.map((venue) => [venue, makeKey(venue)]));
  for (const [venue, key] of keys) {
    const [instrument = ''] = simulatedInstruments(venue);
    const funds = { [quoteOf(instrument)]: FUNDS };
    simulators.set(venue, await startSimulator({ venue, port: 0, accounts: [{ ...key, funds }], prices: 'made-up' }));
  }
  const accounts = [...simulators].map(([venue, { streamUrl, url: baseUrl }]) => {
    const instruments = simulatedInstruments(venue);
    const currency = quoteOf(instruments[0] ?? '');
    return exchangeAccount({ name: accountOf(venue), venue, currency, instruments, baseUrl, streamUrl });
  });
  const credentialsOf = ({ venue }: { readonly venue: Exchange }): ReturnType<typeof makeKey> =>
    keys.get(venue) ?? makeKey(venue);
  const wiring = await harness.wire({
    exchange: { accounts, live: false, address: 'test', credentialsOf, openBroker },
  });
  await harness.work(undefined, wiring);
});

afterAll(async () => {
  await harness.close();
  for (const simulator of simulators.values()) await simulator.close();
  await drop();
});

/** What was executed at the venue, for each order. */
const filledBy = ({ orders }: SimLedger): readonly string[] =>
  orders.filter(({ filled }) => filled !== '0').map(({ filled, side }) => `${side} ${filled}`);

/** What the venue has of its orders: side, kind and state, oldest first. */
const shownBy = ({ orders }: SimLedger): readonly string[] =>
  orders.map(({ side, state, terms }) => `${side} ${terms.type} ${state}`);

function simulatorOf(venue: Exchange): Simulator {
  const simulator = simulators.get(venue);
  if (simulator === undefined) throw new Error(`no simulator of ${venue}`);
  return simulator;
}

async function opened(account: string): Promise<void> {
  let seen: string | null = null;
  await harness.poll(
    `${account} does not open`,
    async () => {
      const { rows } = await harness.database.query<{ quarantine: string | null }>(
        'SELECT quarantine FROM accounts WHERE name = $1',
        [account],
      );
      seen = rows[0]?.quarantine ?? null;
      return rows.length === 1 && seen === null;
    },
    () => seen,
  );
}

/** Waits for the stop: at the venue, or kept by the watcher and labelled so. */
function guarded(tradeId: string): Promise<StoredFacts> {
  const holds = ({ orders, phase, protection }: StoredFacts): boolean => {
    const stop = orders.find(({ leg }) => leg === 'stop');
    return phase === 'managing' && (stop?.state === 'open' || protection?.emulated === true);
  };
  return harness.untilFacts(tradeId, 'guarded', holds);
}

/** Who keeps the stop; Coinbase has only stops that become limits. */
const STOPS: Readonly<Record<Exchange, 'venue' | 'watcher'>> = {
  binance: 'venue',
  coinbase: 'watcher',
  kraken: 'venue',
  okx: 'venue',
  bybit: 'venue',
};

describe('the trade workflow, unchanged, at the simulator of each exchange', () => {
  it.each(EXCHANGES)(
    '%s: buys once, keeps a stop, sells all of it when a person says so, and leaves nothing working',
    async (venue) => {
      const account = accountOf(venue);
      const [instrument = ''] = simulatedInstruments(venue);
      const { ledger } = simulatorOf(venue);
      await opened(account);
      const tradeId = await harness.accept(`at-${venue}`, {
        ...{ account, instrument, direction: 'long', stopPrice: d('95'), maxQuantity: d('10') },
      });
      const { attention, position, protection } = await guarded(tradeId);
      const native = STOPS[venue] === 'venue';
      expect(shownBy(ledger)).toEqual(['buy market filled', ...(native ? ['sell stop open'] : [])]);
      expect({ attention, emulated: protection?.emulated ?? false }).toEqual(
        native ? { attention: null, emulated: false } : { attention: 'stop_emulated', emulated: true },
      );
      // Whole lots of what the entry left after a fee in kind: all that can be sold, and never more than is there.
      const sellable = text(dec(position).mul(100).floor().div(100));
      if (native) expect(ledger.orders[1]?.quantity).toBe(sellable);
      await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
      const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
      expect(ended).toMatchObject({ outcome: 'completed', code: 'operator_exit' });
      expect(shownBy(ledger)).toEqual([
        'buy market filled',
        ...(native ? ['sell stop cancelled'] : []),
        'sell market filled',
      ]);
      expect(filledBy(ledger)).toEqual(['buy 10', `sell ${sellable}`]);
    },
  );
});
