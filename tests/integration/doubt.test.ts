import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredFacts } from '../../database/trades';
import { decimalString as d } from '../../domain/money/decimal';
import type { SendPermit, SubmitOutcome } from '../../domain/order/broker';
import { cancelUpdate } from '../../temporal/messages/trade';
import type { Faults } from '../support/faulty-broker';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

const UNKNOWN: SubmitOutcome = { kind: 'unknown', message: 'the line broke' };

/** Does the first call in one way and all later ones in the other. */
function firstTime<A extends readonly unknown[], T>(
  first: (...args: A) => Promise<T>,
  later: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let calls = 0;
  return (...args) => (calls++ === 0 ? first(...args) : later(...args));
}

/** A permit that lets a request leave whatever became of its attempt: what is on its way cannot be called back. */
const onItsWay = ({ validUntil }: SendPermit): SendPermit => ({
  validUntil,
  stillValid: () => Promise.resolve(true),
});

interface Attempt {
  readonly n: number;
  readonly state: string;
  /** Milliseconds from the end of the attempt before it, its validity, to this one; null for the first. */
  readonly waited: number | null;
}

describe('an order whose outcome is not known', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  type Submit = NonNullable<Faults['submit']>;
  const sound: Submit = (_, send, permit) => send(permit);
  const answerLost: Submit = async (_, send, permit) => {
    await send(permit);
    return UNKNOWN;
  };
  const requestLost: Submit = () => Promise.resolve(UNKNOWN);

  /** Only orders of this leg, as the type tells them apart here: entries at market or limit, protective stops. */
  const ofStops =
    (submit: Submit): Submit =>
    (request, send, permit) =>
      request.terms.type === 'stop' ? submit(request, send, permit) : send(permit);

  async function attempts(tradeId: string, leg: string): Promise<readonly Attempt[]> {
    const { rows } = await stage.harness.database.query<Attempt>(
      `SELECT n, a.state, (1000 * extract(epoch FROM fenced_at - lag(valid_until) OVER (ORDER BY n)))::float8 AS waited
       FROM order_attempts a JOIN orders o USING (client_order_id) WHERE o.trade_id = $1 AND o.leg = $2 ORDER BY n`,
      [tradeId, leg],
    );
    return rows;
  }

  async function closes(scene: Scene, tradeId: string): Promise<StoredFacts> {
    scene.tape.set(94);
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'completed', outcomeCode: 'stop' });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ leg }) => leg.startsWith('entry'))).toHaveLength(1);
    expect(heldAtVenue(ledger)).toBe(0);
    return facts;
  }

  it.concurrent('is found when only its answer was lost, and nothing is sent again', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: firstTime(answerLost, sound) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    expect(await attempts(tradeId, 'entry')).toMatchObject([{ n: 1, state: 'acked' }]);
    await closes(scene, tradeId);
  });

  it.concurrent(
    'is sent again when it never arrived: after its validity and the lag of look-ups, not before',
    async () => {
      const scene = stage.scene();
      stage.broker.fault(scene.instrument, { submit: firstTime(requestLost, sound) });
      const tradeId = await stage.start(scene);
      await stage.protected(tradeId);
      const [first, second] = await attempts(tradeId, 'entry');
      expect(first).toMatchObject({ n: 1, state: 'not-found' });
      expect(second).toMatchObject({ n: 2, state: 'acked' });
      expect(second?.waited).toBeGreaterThanOrEqual(stage.broker.timings.readLag);
      await closes(scene, tradeId);
    },
  );

  it.concurrent('is found when it arrives late, within its validity', async () => {
    const scene = stage.scene();
    const late: Submit = (_, send, permit) => {
      void sleep(1_000).then(() => send(onItsWay(permit)));
      return Promise.resolve(UNKNOWN);
    };
    stage.broker.fault(scene.instrument, { submit: firstTime(late, sound) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    expect(await attempts(tradeId, 'entry')).toMatchObject([{ n: 1, state: 'acked' }]);
    await closes(scene, tradeId);
  });

  it.concurrent(
    'does no harm when it arrives after its validity: the venue refuses it, and the next attempt counts',
    async () => {
      const scene = stage.scene();
      let arrival: Promise<SubmitOutcome> | undefined;
      const tooLate: Submit = (_, send, permit) => {
        arrival = sleep(stage.broker.timings.validityWindow + 500).then(() => send(onItsWay(permit)));
        return Promise.resolve(UNKNOWN);
      };
      stage.broker.fault(scene.instrument, { submit: firstTime(tooLate, sound) });
      const tradeId = await stage.start(scene);
      await stage.protected(tradeId);
      await expect(arrival).resolves.toMatchObject({ kind: 'rejected' });
      await closes(scene, tradeId);
    },
  );

  it.concurrent('is looked up when the venue says that it has the id already', async () => {
    const scene = stage.scene();
    const duplicate: Submit = async (_, send, permit) => {
      await send(permit);
      return { kind: 'rejected', code: 'duplicate_client_order_id', venueCode: '-2010', message: 'Duplicate order' };
    };
    stage.broker.fault(scene.instrument, { submit: firstTime(duplicate, sound) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await closes(scene, tradeId);
  });

  it.concurrent('is looked up when the adapter breaks', async () => {
    const scene = stage.scene();
    const breaks: Submit = () => Promise.reject(new Error('a bug'));
    stage.broker.fault(scene.instrument, { submit: firstTime(breaks, sound) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    expect(await attempts(tradeId, 'entry')).toHaveLength(2);
    await closes(scene, tradeId);
  });

  it.concurrent('stays in doubt, with a call for attention, for as long as the venue cannot say', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, {
      submit: requestLost,
      find: () => Promise.resolve({ kind: 'inconclusive', message: 'under maintenance' }),
    });
    const tradeId = await stage.start(scene);
    const doubtful = await stage.until(tradeId, 'in doubt', ({ attention }) => attention === 'unknown_order');
    expect(doubtful.orders).toMatchObject([{ leg: 'entry', state: 'unknown' }]);

    // Nobody else may increase in this instrument meanwhile.
    const other = await stage.start(scene);
    expect(await stage.ended(other)).toMatchObject({ outcome: 'rejected', outcomeCode: 'unknown_order' });

    stage.broker.fault(scene.instrument);
    await stage.protected(tradeId);
    await closes(scene, tradeId);
  });

  it.concurrent('is not sent again when the trade was cancelled meanwhile', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: firstTime(requestLost, sound) });
    const tradeId = await stage.start(scene);
    await stage.until(tradeId, 'in doubt', ({ orders }) => orders[0]?.state === 'unknown');
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'cancelled', position: '0' });
    expect(facts.orders).toMatchObject([{ leg: 'entry', state: 'unsent', attempts: 1, closed: true }]);
    expect(await stage.ledger(tradeId)).toEqual([]);
  });

  it.concurrent('is cancelled when it turns out to rest after the trade was cancelled', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: firstTime(answerLost, sound) });
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('97') } });
    await stage.untilLedger(tradeId, 'resting', ([entry]) => entry?.state === 'open');
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'cancelled', position: '0' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 cancelled']);
  });

  it.concurrent('counts as standing when it is a stop: no second one is sent beside it', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: ofStops(firstTime(answerLost, sound)) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    expect(await attempts(tradeId, 'stop')).toMatchObject([{ n: 1, state: 'acked' }]);
    const facts = await closes(scene, tradeId);
    expect(facts.orders).toHaveLength(2);
  });

  it.concurrent('is sent again when it is a stop that never arrived', async () => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, { submit: ofStops(firstTime(requestLost, sound)) });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    const facts = await closes(scene, tradeId);
    expect(facts.orders.map((o) => [o.leg, o.attempts])).toEqual([
      ['entry', 1],
      ['stop', 2],
    ]);
  });

  it.concurrent('may be a cancel: it is asked again until the venue shows the end', async () => {
    const scene = stage.scene();
    const lost: NonNullable<Faults['cancel']> = () => Promise.resolve({ kind: 'unknown', message: 'the line broke' });
    stage.broker.fault(scene.instrument, { cancel: firstTime(lost, (_, send) => send()) });
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('97') } });
    await stage.resting(tradeId);
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'cancelled' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 cancelled']);
  });
});
