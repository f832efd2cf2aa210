import { createVenueCommands } from '../../api/venue-commands';
import { marketOf } from '../../brokers/paper/paper-market';
import { readCredentials } from '../../config/secrets';
import { readVenueOrders, settleByHand, watchQuote } from '../../database/registry-venues';
import type { VenueOrdersRow } from '../../database/registry-venues';
import { decimalString as d } from '../../domain/money/decimal';
import { openExchangeAccounts } from '../../workers/exchange-accounts';
import type { ExchangeSetting } from '../../workers/exchange-accounts';
import { BTC, exchangeAccount, ExchangeStage } from '../support/exchange-stage';
import { FakeExchange } from '../support/fake-exchange';
import { COSTS } from '../support/harness';
import { createSeededDatabase } from '../support/seeded-database';
import type { ExchangeStageOptions } from '../support/exchange-stage';

const open: ExchangeStage[] = [];
async function openStage(options: ExchangeStageOptions = {}): Promise<ExchangeStage> {
  const stage = await ExchangeStage.open(options);
  open.push(stage);
  return stage;
}
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.close();
});

describe('an account at an exchange', () => {
  it('opens by itself when its venue answers, and trades without a restart', async () => {
    const stage = await openStage({ prepare: (exchange) => (exchange.away = true) });
    await stage.quarantine('waiting for its venue', (text) => text?.includes('not answered yet') ?? false);
    await stage.harness.poll('the outage is not told', async () => {
      const { rows } = await stage.harness.database.query<{ problem: string | null }>(
        `SELECT problems ->> 'contact' AS problem FROM venue_snapshots WHERE account = $1`,
        [stage.account],
      );
      return rows[0]?.problem === 'the venue is away';
    });
    stage.exchange.away = false;
    await stage.free();
    const { rows } = await stage.harness.database.query<{ cash: string; tick: string }>(
      `SELECT plain(opening_cash) AS cash, (SELECT plain(tick) FROM listings WHERE account = name) AS tick
       FROM accounts WHERE name = $1`,
      [stage.account],
    );
    expect(rows).toEqual([{ cash: '100000', tick: BTC.tick }]);
    const facts = await stage.protected(await stage.start());
    expect(facts.instrument).toMatchObject(BTC);
    expect(facts.position).toBe('10');
  });
});

describe('a venue that others trade on, too', () => {
  it('has its foreign orders and fills reported; they move the position, and nobody touches them', async () => {
    const stage = await openStage();
    await stage.free();
    const trade = await stage.start();
    await stage.protected(trade);
    await stage.exchange.placeForeign('foreign-market', { quantity: d('3') });
    await stage.exchange.placeForeign('foreign-limit', { quantity: d('2'), terms: { type: 'limit', price: d('50') } });
    let seen: VenueOrdersRow | undefined;
    await stage.harness.poll(
      'the foreign order is not reported',
      async () => {
        seen = await readVenueOrders(stage.harness.database, stage.account);
        return seen.foreign.length === 1 && seen.foreignFills.length === 1 && seen.ours.length === 1;
      },
      () => seen,
    );
    expect(seen?.foreign[0]).toMatchObject({ clientOrderId: 'foreign-limit', quantity: '2', state: 'open' });
    expect(seen?.ours[0]).toMatchObject({ tradeId: trade, leg: 'stop', quantity: '10' });
    const { rows } = await stage.harness.database.query<{ quantity: string }>(
      'SELECT plain(quantity) AS quantity FROM account_positions WHERE account = $1',
      [stage.account],
    );
    expect(rows).toEqual([{ quantity: '13' }]);
    expect((await stage.harness.row(trade)).position).toBe('10');
    expect(stage.exchange.asked.cancels).toEqual([]);
  });

  it('shows a fill before our order is acknowledged, without our id: it is ours all the same', async () => {
    const stage = await openStage();
    await stage.free();
    stage.exchange.onSubmit = async (_request, send) => {
      stage.exchange.onSubmit = undefined;
      const outcome = await send();
      // The answer is slower than several polls.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      return outcome;
    };
    const facts = await stage.protected(await stage.start());
    expect(facts.position).toBe('10');
    const { rows } = await stage.harness.database.query('SELECT FROM fills WHERE trade_id IS NULL');
    expect(rows).toHaveLength(0);
  });
});

describe('an order that was settled as never arrived', () => {
  it('and turns up after all is found by the watcher, booked and flagged', async () => {
    const stage = await openStage();
    await stage.free();
    stage.exchange.onSubmit = async ({ clientOrderId }, send) => {
      stage.exchange.onSubmit = undefined;
      // At the venue, and in none of its queries for longer than it says.
      stage.exchange.hidden.add(clientOrderId);
      await send();
      return { kind: 'unknown', message: 'the answer was lost' };
    };
    const trade = await stage.start();
    await stage.harness.untilFacts(trade, 'in doubt', ({ orders }) => orders[0]?.state === 'unknown');
    const { clientOrderId } = (await stage.harness.trades.facts(trade)).orders[0] ?? {};
    await settleByHand(stage.harness.database, {
      clientOrderId: clientOrderId ?? '',
      as: 'never-arrived',
      reason: 'of a test',
      actor: 'tester',
    });
    await stage.harness.until(trade, 'over', ({ phase }) => phase === 'ended');
    stage.exchange.hidden.clear();
    // The venue's next execution wakes the watcher's look.
    await stage.exchange.placeForeign('other', { quantity: d('1') });
    const row = await stage.harness.until(trade, 'flagged', ({ attention }) => attention !== null);
    expect(['late_order', 'late_fill']).toContain(row.attention);
    // As the API and the workers do all the time: the trade is open again, and runs again.
    await stage.harness.dispatcher().dispatch(Date.now());
    expect((await stage.protected(trade)).position).toBe('10');
  });
});

describe('accounts that may not be used', () => {
  it('say why, and keep nothing else from working', async () => {
    const database = await createSeededDatabase({ kind: 'live' });
    try {
      const accounts = [
        exchangeAccount({ name: 'no-key' }),
        exchangeAccount({ name: 'real', mode: 'live' }),
        exchangeAccount({ name: 'moved' }),
      ];
      const setting: ExchangeSetting = {
        accounts,
        live: false,
        address: 'test',
        credentialsOf: ({ name, ...account }) =>
          name === 'no-key' ? readCredentials(account, {}) : { apiKey: 'k', secret: 's' },
        openBroker: () => new FakeExchange('x', database.database, marketOf([], COSTS)),
      };
      const opened = await openExchangeAccounts(database.database, setting);
      expect(opened.map(({ account }) => account)).toEqual(['moved']);
      const again = { ...setting, accounts: [exchangeAccount({ name: 'moved', venue: 'okx' })] };
      expect(await openExchangeAccounts(database.database, again)).toEqual([]);
      const { address, credentialsOf, live } = setting;
      const without = { address, credentialsOf, live, accounts: [exchangeAccount()] };
      expect(await openExchangeAccounts(database.database, without)).toEqual([]);
      const { rows } = await database.database.query<{ name: string; quarantine: string }>(
        `SELECT name, quarantine FROM accounts WHERE quarantine IS NOT NULL ORDER BY name`,
      );
      expect(Object.fromEntries(rows.map(({ name, quarantine }) => [name, quarantine]))).toEqual({
        'binance-sim': 'this process has no adapter for binance',
        moved: 'the settings do not name this account any more',
        'no-key': 'the settings do not name this account any more',
        real: 'the settings do not name this account any more',
      });
    } finally {
      await database.close();
    }
  });

  it('are freed once the venue says that the key is right, and halted until a person releases a live one', async () => {
    const stage = await openStage({
      account: { mode: 'live' },
      setting: { live: true },
      prepare: (exchange) => (exchange.rights = { trade: true, withdraw: true }),
    });
    await stage.quarantine('refused for its key', (text) => text?.includes('may withdraw') ?? false);
    const { rows } = await stage.harness.database.query<{ mode: string }>(
      'SELECT mode FROM kill_switch WHERE scope = $1 AND engaged',
      [`account:${stage.account}`],
    );
    expect(rows).toEqual([{ mode: 'reduce-only' }]);
  });
});

describe('prices of an exchange', () => {
  it('come by its stream, and by asking when the stream is silent; a trade whose price is missing is refused', async () => {
    const stage = await openStage({ streams: true });
    await stage.free();
    const facts = await stage.protected(await stage.start());
    expect(stage.exchange.watched).toEqual(['BTC/USDT']);
    expect(stage.exchange.asked.quotes).toBeGreaterThan(0);
    expect(facts.instrument.id).toBe('BTC/USDT');
    stage.exchange.sink?.quote({
      instrument: 'BTC/USDT',
      price: d('101.5'),
      bid: d('101'),
      ask: d('102'),
      at: Date.now(),
    });
    await stage.harness.poll('the streamed price is not stored', async () => {
      const quote = await watchQuote(stage.harness.database, stage.account, 'BTC/USDT', 5);
      return quote.price === '101.5' && quote.by === 'stream';
    });
  });

  it('are waited for by the risk check only so long', async () => {
    const stage = await openStage({ prepare: (exchange) => (exchange.priceless = true) });
    await stage.free();
    const trade = await stage.start();
    const row = await stage.harness.until(trade, 'refused', ({ phase }) => phase === 'ended');
    expect(row).toMatchObject({ outcome: 'rejected', code: 'price_missing' });
  });
});

describe('questions of people', () => {
  it('are put to the venue by the process that has its keys', async () => {
    const stage = await openStage({ streams: true });
    await stage.free();
    const commands = createVenueCommands(stage.harness.client);
    const checked = await commands.check(stage.account);
    if (checked.kind !== 'answered') throw new Error(checked.kind);
    const results = Object.fromEntries(checked.result.map(({ check, result }) => [check, result]));
    expect(results).toEqual({
      'server time': 'ok',
      instruments: 'ok',
      balances: 'ok',
      'rights of the key': 'ok',
      'open orders': 'ok',
      quote: 'ok',
      'look-up of an unknown id': 'ok',
      'kinds of orders': 'ok',
      stream: 'ok',
    });
    stage.exchange.away = true;
    const broken = await commands.check(stage.account);
    if (broken.kind !== 'answered') throw new Error(broken.kind);
    expect(broken.result.filter(({ result }) => result === 'failed').map(({ check }) => check)).toEqual([
      'server time',
      'instruments',
      'balances',
      'rights of the key',
      'open orders',
      'quote',
      'look-up of an unknown id',
    ]);
    expect(await commands.check('nobody')).toEqual({ kind: 'unserved' });
  });
});
