import { dec, decimalString as d, text, ZERO } from '../../domain/money/decimal';
import { contractsAt } from '../../simulators/ib/contracts';
import { fundsOf } from '../../simulators/ib/funds';
import type { IbSimulator } from '../../simulators/ib/simulator';
import { exitUpdate } from '../../temporal/messages/trade';
import type { Harness } from '../support/harness';
import { IB_ACCOUNT as ACCOUNT, IB_CODE as CODE, IbStage } from '../support/ib-stage';
import { reconcile } from '../support/reconcile-stage';

/** Five dollars a point, with months to go. */
const [, FUTURE] = contractsAt(Date.now()).filter(({ symbol }) => symbol === 'MES');
if (FUTURE === undefined) throw new Error('the simulator has no second month of MES');
const { conId: CON_ID, lastTradeDate: LAST_DAY, localSymbol: INSTRUMENT } = FUTURE;
const MULTIPLIER = 5;

let stage: IbStage;
let harness: Harness;
let simulator: IbSimulator;
let stop: () => Promise<void>;
/** What the market trades at, once a second: a price that nobody trades at goes stale. Low: a limit of the account is 10,000. */
let price = 500;
let trading: NodeJS.Timeout;

beforeAll(async () => {
  // A test runs at any hour: the simulated market is always open, and so is the calendar.
  const month = LAST_DAY.slice(0, 6);
  stage = await IbStage.open({
    instruments: [{ kind: 'future', symbol: 'MES', lastTradeMonth: month, calendar: 'ALWAYS' }],
  });
  ({ harness, simulator } = stage);
  trading = setInterval(trade, 1_000);
  stop = await stage.work();
});

afterAll(async () => {
  clearInterval(trading);
  await stage.close();
});

function trade(): void {
  simulator.tapes.get(CON_ID)?.print(Date.now(), price, 1_000_000);
  simulator.ledger.advance();
}

/** Lets the market trade at a price from now on. */
async function tradesAt(other: number): Promise<void> {
  price = other;
  for (let print = 0; print < 2; print += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    trade();
  }
}

const shown = (): readonly string[] => stage.shown();

async function start(key: string): Promise<string> {
  await stage.opened();
  await stage.priced(INSTRUMENT, price);
  return harness.accept(key, {
    ...{ account: ACCOUNT, instrument: INSTRUMENT, direction: 'long', stopPrice: d('490'), maxQuantity: d('2') },
  });
}

/** What the broker's executions came to: points of a contract by its multiplier, less commissions. */
function made(since = 0): string {
  const fills = simulator.ledger.fills.slice(since);
  const points = fills.reduce((sum, { price: at, quantity, side }) => {
    const worth = dec(at).mul(quantity);
    return side === 'buy' ? sum.minus(worth) : sum.plus(worth);
  }, ZERO);
  return text(points.mul(MULTIPLIER).minus(fills.reduce((sum, { commission }) => sum.plus(commission), ZERO)));
}

const profit = async (tradeId: string): Promise<string> => text(dec((await harness.row(tradeId)).pnl ?? 0));

describe('a trade in a future at the simulated gateway of Interactive Brokers', () => {
  it('is bought in contracts, kept by a stop that works in all hours, and booked by its multiplier to the cent', async () => {
    const tradeId = await start('future-one');
    expect(await stage.guarded(tradeId)).toMatchObject({
      ...{ attention: null, position: '2' },
      instrument: {
        id: INSTRUMENT,
        future: { multiplier: '5', lastTradingDay: LAST_DAY.replace(/(....)(..)(..)/, '$1-$2-$3') },
      },
    });
    expect(shown()).toEqual(['buy 2 MKT filled', 'sell 2 STP open']);
    expect(simulator.ledger.orders[1]).toMatchObject({ timeInForce: 'GTC', outsideRth: true });
    // Two contracts of 2,500 dollars: the broker keeps a margin, and no notional has left its cash.
    expect(Number(fundsOf(simulator.ledger, CODE).cash)).toBeGreaterThan(999_900);
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed', opened: 0 });
    await tradesAt(510);
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', code: 'operator_exit', attention: null });
    expect(shown()).toEqual(['buy 2 MKT filled', 'sell 2 STP cancelled', 'sell 2 MKT filled']);
    await harness.poll('the profit is not that of the broker', async () => (await profit(tradeId)) === made());
    // Ten points of five dollars, twice; without the multiplier it would have been twenty.
    expect(Number(made())).toBeGreaterThan(90);
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed', opened: 0 });
  });

  it('keeps its stop while every process of ours is dead, and books what it filled meanwhile once', async () => {
    const before = { fills: simulator.ledger.fills.length, orders: shown().length };
    await tradesAt(500);
    const tradeId = await start('future-two');
    await stage.guarded(tradeId);
    await stop();
    await stage.released();
    await tradesAt(480);
    expect(shown().slice(before.orders)).toEqual(['buy 2 MKT filled', 'sell 2 STP filled']);
    stop = await stage.work();
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', position: '0' });
    expect(shown()).toHaveLength(before.orders + 2);
    await harness.poll('the loss is not that of the broker', async () => {
      return (await profit(tradeId)) === made(before.fills);
    });
    expect(Number(made(before.fills))).toBeLessThan(-190);
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed', opened: 0 });
  });
});
