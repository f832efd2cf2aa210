import { locate } from '../support/broker-harness';
import type { StoredFacts } from '../../database/trades';
import { decimalString as d } from '../../domain/money/decimal';
import type { VenueRejectCode } from '../../domain/order/broker';
import type { ClientOrderId, Fill } from '../../domain/order/order';
import { exitUpdate } from '../../temporal/messages/trade';
import type { Faults } from '../support/faulty-broker';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

type Submit = NonNullable<Faults['submit']>;

/** A venue that refuses protective stops, `times` times; all else passes. */
function refusesStops(code: VenueRejectCode, times = Number.POSITIVE_INFINITY): Submit {
  let refused = 0;
  return (request, send, permit) => {
    if (request.terms.type !== 'stop' || refused >= times) return send(permit);
    refused += 1;
    return Promise.resolve({ kind: 'rejected', code, venueCode: '-1', message: 'not now' });
  };
}

describe('an open position', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  const exit = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });

  /** The end, with nothing left of it at the venue. */
  async function completes(tradeId: string, code: string): Promise<StoredFacts> {
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'completed', outcomeCode: code });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
    expect(heldAtVenue(ledger)).toBe(0);
    return facts;
  }

  it.concurrent('is guarded by the watcher, and says so, when the venue does not take its stop', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: refusesStops('not_supported') });
    const tradeId = await stage.start(scene);
    const guarded = await stage.until(tradeId, 'guarded', ({ protection }) => protection?.emulated === true);
    expect(guarded).toMatchObject({ phase: 'managing', attention: 'stop_emulated', position: '10' });
    scene.tape.set(94);
    const facts = await completes(tradeId, 'stop');
    expect(facts.orders.at(-1)).toMatchObject({ leg: 'stop', revision: 2, type: 'market', state: 'filled' });
  });

  it.concurrent('is closed at market when the venue says that its stop would trigger at once', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: refusesStops('would_trigger_immediately') });
    const tradeId = await stage.start(scene);
    const facts = await completes(tradeId, 'stop');
    expect(facts.attention).toBeNull();
    expect(facts.orders.map((o) => [o.leg, o.type, o.state])).toEqual([
      ['entry', 'market', 'filled'],
      ['stop', 'stop', 'rejected'],
      ['stop', 'market', 'filled'],
    ]);
  });

  it.concurrent('gets its stop to the venue as soon as that takes it again', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: refusesStops('insufficient_funds', 1) });
    const tradeId = await stage.start(scene);
    const native = await stage.until(tradeId, 'native', ({ orders, attention, protection }) => {
      const resting = orders.some((o) => o.leg === 'stop' && o.revision === 2 && o.state === 'open');
      return resting && attention === null && protection?.emulated === false;
    });
    expect(native.phase).toBe('managing');
    scene.tape.set(94);
    await completes(tradeId, 'stop');
  });

  it.concurrent('that fills in parts has a stop for each part, in three pieces at most', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') } });
    await stage.resting(tradeId);
    const pieces = async (filled: number, expected: readonly (readonly [string, string])[]): Promise<void> => {
      scene.tape.once(99, 2);
      await stage.until(tradeId, `guarded at ${filled}`, ({ orders, position }) => {
        const resting = orders.filter((o) => o.leg !== 'entry' && o.state === 'open').map((o) => [o.leg, o.quantity]);
        return position === String(filled) && JSON.stringify(resting) === JSON.stringify(expected);
      });
    };
    await pieces(2, [['stop', '2']]);
    await pieces(4, [
      ['stop', '2'],
      ['stop-2', '2'],
    ]);
    await pieces(6, [
      ['stop', '2'],
      ['stop-2', '2'],
      ['stop-3', '2'],
    ]);
    await pieces(8, [
      ['stop', '2'],
      ['stop-2', '2'],
      ['stop-3', '4'],
    ]);
    scene.tape.set(94);
    await completes(tradeId, 'stop');
  });

  it.concurrent('takes the rest of its entry back once its stop has filled', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') } });
    await stage.resting(tradeId);
    scene.tape.once(99, 3);
    await stage.until(tradeId, 'guarded', ({ orders: [, stop] }) => stop?.state === 'open');
    // One print that fills the stop, and as many units of the entry once more.
    scene.tape.once(94, 3);
    const held = await stage.until(tradeId, 'guarded again', ({ orders: [entry, stop, further] }) => {
      return entry?.state === 'cancelled' && stop?.state === 'filled' && further?.state === 'open';
    });
    expect(held.orders.map((o) => o.booked)).toEqual(['6', '3', '0']);
    scene.tape.set(94);
    await completes(tradeId, 'stop');
  });

  it.concurrent('gets its stop back when the venue refuses the exit, which is tried again', async () => {
    const scene = stage.scene();
    let refused = 0;
    const submit: Submit = (request, send, permit) => {
      if (request.side !== 'sell' || request.terms.type !== 'market' || refused > 0) return send(permit);
      refused += 1;
      return Promise.resolve({ kind: 'rejected', code: 'account_refused', venueCode: '-3', message: 'closed for you' });
    };
    stage.broker.fault(scene.instrument, { submit });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await exit(tradeId);
    await stage.until(tradeId, 'guarded again', ({ orders }) => {
      return orders.some((o) => o.leg === 'stop' && o.revision === 2 && o.state === 'open');
    });
    await completes(tradeId, 'operator_exit');
    expect(summary(await stage.ledger(tradeId))).toEqual([
      'entry/1 filled',
      'stop/1 cancelled',
      'stop/2 cancelled',
      'exit/2 filled',
    ]);
  });

  it.concurrent('is closed by a further exit when the first one ended with a rest', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    scene.tape.set(100, 0);
    await exit(tradeId);
    await stage.untilLedger(tradeId, 'leaving', (ledger) => ledger.some((o) => o.leg === 'exit/1'));
    scene.tape.once(100, 3);
    const leaving = await stage.until(tradeId, 'partly closed', ({ position }) => position === '7');
    // Somebody cancels it at the venue.
    await stage.broker.cancel(locate({ broker: stage.broker, instrument: scene.instrument }, orderId(leaving, 'exit')));
    await stage.untilLedger(tradeId, 'leaving again', (ledger) => ledger.some((o) => o.leg === 'exit/2'));
    scene.tape.set(100);
    await completes(tradeId, 'operator_exit');
    expect((await stage.ledger(tradeId)).map((o) => [o.leg, o.filled])).toEqual([
      ['entry/1', 10],
      ['stop/1', 0],
      ['exit/1', 3],
      ['exit/2', 7],
    ]);
  });

  it.concurrent('is not sold twice when its stop fills while it is taken away for the exit', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    stage.broker.fault(scene.instrument, {
      cancel: async (_, send) => {
        scene.tape.set(94);
        await stage.untilLedger(tradeId, 'stopped', (ledger) => !ledger.some((o) => o.state === 'open'));
        return send();
      },
    });
    await exit(tradeId);
    await completes(tradeId, 'stop');
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 filled']);
  });

  it.concurrent('ends with what no order can sell as dust when fees were taken in the asset itself', async () => {
    const scene = stage.scene();
    feesInBase(scene);
    const tradeId = await stage.start(scene);
    await stage.until(tradeId, 'guarded', ({ orders: [, stop] }) => stop?.state === 'open');
    expect((await stage.harness.trades.facts(tradeId)).position).toBe('9.996');
    await exit(tradeId);
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'completed', position: '0.006' });
    expect((await stage.ledger(tradeId)).map((o) => [o.leg, o.quantity])).toEqual([
      ['entry/1', 10],
      ['stop/1', 9.99],
      ['exit/1', 9.99],
    ]);
    const { rows } = await stage.harness.database.query('SELECT plain(dust) AS dust FROM trades WHERE id = $1', [
      tradeId,
    ]);
    expect(rows).toEqual([{ dust: '0.006' }]);
  });

  /** Bought units cost 0.004 of their own kind, wherever the venue shows the fill. */
  function feesInBase({ instrument }: Scene): void {
    const taken = (fill: Fill): Fill =>
      fill.instrument === instrument && fill.side === 'buy' ? { ...fill, fee: d('0.004'), feeAsset: instrument } : fill;
    stage.broker.fault(instrument, {
      submit: async (_, send, permit) => {
        const outcome = await send(permit);
        return outcome.kind === 'acked' ? { ...outcome, fills: outcome.fills.map(taken) } : outcome;
      },
      find: async (_, look) => {
        const found = await look();
        return found.kind === 'found' ? { ...found, fills: found.fills.map(taken) } : found;
      },
      poll: (snapshot) => ({ ...snapshot, fills: snapshot.fills.map(taken) }),
    });
  }
});

function orderId(facts: StoredFacts, leg: string): ClientOrderId {
  const order = facts.orders.find((o) => o.leg === leg);
  if (order === undefined) throw new Error(`no order ${leg}`);
  return order.clientOrderId;
}
