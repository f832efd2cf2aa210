import fc from 'fast-check';
import { FATES, TradeModel } from '../../tests/support/trade-model';
import type { World } from '../../tests/support/trade-model';
import { DAILY_EVENTS, RARE_EVENTS, TradeWalk } from '../../tests/support/trade-walk';
import type { Decide, Turn } from '../../tests/support/trade-walk';
import { VENUE_REJECT_CODES } from '../order/broker';
import { dec } from '../money/decimal';
import { wantsExit } from './guard';
import { nextStep } from './next-step';

const world: fc.Arbitrary<World> = fc.record({
  direction: fc.constantFrom('long', 'short'),
  entryLimit: fc.boolean(),
  quantity: fc.integer({ min: 2, max: 60 }),
  minNotional: fc.constantFrom(50, 250),
  noStops: fc.boolean(),
  replay: fc.boolean(),
});
const turn: fc.Arbitrary<Turn> = fc.record({
  events: fc.array(
    fc.oneof(
      { weight: 25, arbitrary: fc.constantFrom(...DAILY_EVENTS) },
      { weight: 1, arbitrary: fc.constantFrom(...RARE_EVENTS) },
    ),
    { maxLength: 3, size: 'max' },
  ),
  fate: fc.oneof(
    { weight: 5, arbitrary: fc.constant('ack' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...FATES) },
  ),
  rejectCode: fc.constantFrom(...VENUE_REJECT_CODES.filter((code) => code !== 'duplicate_client_order_id')),
  healthy: fc.boolean(),
});
const turns = fc.array(turn, { maxLength: 60, size: 'max' });

/** Walks random trades with a way to decide; the error of the first that broke a rule, or undefined. */
function firstBreach(decide: Decide, numRuns: number): string | undefined {
  const result = fc.check(
    fc.property(world, turns, (w, schedule) => {
      new TradeWalk(new TradeModel(w), decide).run(schedule);
    }),
    { numRuns, seed: 7 },
  );
  return result.failed ? String(result.errorInstance) : undefined;
}

test('whatever happens, a trade is safe at every step and ends flat once nothing more happens', () => {
  fc.assert(
    fc.property(world, turns, (w, schedule) => {
      const model = new TradeModel(w);
      new TradeWalk(model, nextStep).run(schedule);
      expect(model.ended?.dust).toBe(model.position().toFixed());
    }),
    { numRuns: 1_500 },
  );
});

describe('the walk notices a decision that', () => {
  const controls: Readonly<Record<string, [Decide, string]>> = {
    'sends the exit without taking the stops away': [
      (facts, memory) => {
        const step = nextStep(facts, memory);
        if (step.kind !== 'cancel' || step.why !== 'exit') return step;
        const side = dec(facts.position).gt(0) ? 'sell' : 'buy';
        const revision = 1 + facts.orders.filter((o) => o.leg === 'exit').length;
        const quantity = dec(facts.position).abs().floor().toFixed() as typeof facts.position;
        const order = { leg: 'exit', revision, side, quantity, terms: { type: 'market' }, timeInForce: 'GTC' } as const;
        return { kind: 'submit', order: { ...order, attempt: 1 } };
      },
      'over capacity',
    ],
    'forgets the stop': [
      (facts, memory) => {
        const step = nextStep(facts, memory);
        return step.kind === 'submit' && step.order.leg.startsWith('stop') && !wantsExit(facts)
          ? { kind: 'wait', until: null, why: '' }
          : step;
      },
      'left alone',
    ],
    'enters although it is halted': [(facts, memory) => nextStep({ ...facts, halted: false }, memory), 'may not enter'],
    'keeps an oversized stop after a fee': [
      (facts, memory) => {
        const step = nextStep(facts, memory);
        return step.kind === 'cancel' && step.why === 'replaced' ? { kind: 'wait', until: null, why: '' } : step;
      },
      'more is on its way out',
    ],
    'never looks an order in doubt up': [
      (facts, memory) => {
        const step = nextStep(facts, memory);
        return step.kind === 'resolve' ? { kind: 'wait', until: null, why: '' } : step;
      },
      'no end',
    ],
  };

  test.each(Object.entries(controls))('%s', (_, [decide, rule]) => {
    expect(firstBreach(decide, 2_000)).toContain(rule);
  });
});
