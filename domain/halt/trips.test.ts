import { decimalString as d } from '../money/decimal';
import { CALM, DEFAULT_TRIP_RULES, lookAtTrip, readTrip, TRIPS, tripReason } from './trips';
import type { AccountEvidence, Trip, TripReading, TripRule, TripState } from './trips';

const base: AccountEvidence = { account: 'paper', day: '2018-07-10' };
const read = (trip: Trip, evidence: Partial<AccountEvidence>, rule: Partial<TripRule> = {}): TripReading | undefined =>
  readTrip(trip, { ...base, ...evidence }, { ...DEFAULT_TRIP_RULES[trip], ...rule });

/** Evidence in order, and evidence that is too much, by trip; what each of them says is its value. */
const CASES: Readonly<
  Record<Trip, readonly [calm: Partial<AccountEvidence>, breach: Partial<AccountEvidence>, value: string]>
> = {
  'daily-loss': [
    { profitToday: d('-999.99'), maxDailyLoss: d('1000') },
    { profitToday: d('-1000'), maxDailyLoss: d('1000') },
    '1000',
  ],
  drawdown: [{ equity: d('80'), peakEquity: d('100') }, { equity: d('79'), peakEquity: d('100') }, '0.21'],
  'order-failures': [{ attempts: { all: 20, failed: 2 } }, { attempts: { all: 20, failed: 3 } }, '0.15'],
  slippage: [{ slippage: { meanBps: d('50'), fills: 10 } }, { slippage: { meanBps: d('50.1'), fills: 10 } }, '50.1'],
  var: [{ valueAtRisk: d('0.05') }, { valueAtRisk: d('0.051') }, '0.051'],
  leverage: [{ gross: d('300'), equity: d('100') }, { gross: d('301'), equity: d('100') }, '3.01'],
  concentration: [{ largest: d('25'), equity: d('100') }, { largest: d('26'), equity: d('100') }, '0.26'],
  'venue-rejections': [{ rejectedInARow: 4 }, { rejectedInARow: 5 }, '5'],
  'unknown-orders': [{ oldestUnknown: 300_000 }, { oldestUnknown: 300_500 }, '300.5'],
  reconciliation: [{ mismatches: 0 }, { mismatches: 1 }, '1'],
  'stale-prices': [{ staleBy: 60_000 }, { staleBy: 61_000 }, '61'],
  'clock-skew': [{ clockSkew: -1_000 }, { clockSkew: -1_500 }, '1.5'],
  'venue-disconnected': [{ silentFor: 60_000 }, { silentFor: 60_001 }, '60.001'],
  'model-budget': [{ modelBudget: d('0.95') }, { modelBudget: d('0.96') }, '0.96'],
};

describe('a trip', () => {
  it.each(TRIPS)('%s is read from recorded evidence: up to its limit in order, beyond it too much', (trip) => {
    const [calm, breach, value] = CASES[trip];
    expect(read(trip, calm)).toMatchObject({ breached: false });
    expect(read(trip, breach)).toMatchObject({ breached: true, value });
  });

  it.each(TRIPS)('%s says that it has no source when the evidence lacks it', (trip) => {
    expect(read(trip, {})).toBeUndefined();
  });

  it.each(TRIPS)('%s can be set to another limit', (trip) => {
    const [, breach] = CASES[trip];
    expect(read(trip, breach, { limit: d('1000000') })).toMatchObject({ breached: false, limit: '1000000' });
  });

  it('of the daily loss counts losses only', () => {
    const rule = { limit: d('1000') };
    expect(read('daily-loss', { profitToday: d('5000') }, rule)).toMatchObject({ breached: false, value: '0' });
    expect(read('daily-loss', { profitToday: d('0') }, { limit: d('0') })).toMatchObject({ breached: false });
  });

  it('of a rate or a mean needs enough to say something', () => {
    expect(read('order-failures', { attempts: { all: 9, failed: 9 } })).toMatchObject({ breached: false });
    expect(read('slippage', { slippage: { meanBps: d('900'), fills: 9 } })).toMatchObject({ breached: false });
  });

  it('of an account that has nothing left to divide by has no source', () => {
    expect(read('leverage', { gross: d('10'), equity: d('0') })).toBeUndefined();
  });

  it('says what it saw', () => {
    const reading = read('leverage', { gross: d('1000'), equity: d('300') });
    expect(reading && tripReason('leverage', reading)).toBe('leverage: 3.333333 against a limit of 3');
  });
});

describe('looking at a trip', () => {
  const rule = { ...DEFAULT_TRIP_RULES.leverage, forMs: 60_000 };
  const reading = (value: string, breached = true, window = ''): TripReading => ({
    value: d(value),
    limit: d('3'),
    breached,
    window,
  });
  /** Looks in turn: at which of them it trips. */
  const looks = (
    all: readonly (readonly [now: number, reading: TripReading])[],
    by: TripRule = rule,
  ): readonly number[] => {
    let state: TripState = CALM;
    return all.flatMap(([now, seen]) => {
      const look = lookAtTrip(state, seen, by, now);
      state = look.state;
      return look.trips ? [now] : [];
    });
  };

  it('waits until it was too much for long enough, without a break', () => {
    expect(
      looks([
        [0, reading('4')],
        [59_999, reading('4')],
        [60_000, reading('4')],
      ]),
    ).toEqual([60_000]);
    expect(
      looks([
        [0, reading('4')],
        [30_000, reading('2', false)],
        [60_000, reading('4')],
        [119_999, reading('4')],
      ]),
    ).toEqual([]);
  });

  it('does not trip again for the same after a release, only for worse', () => {
    const all = [
      [0, '4'],
      [60_000, '4'],
      [70_000, '4'],
      [80_000, '3.5'],
      [90_000, '4.1'],
      [95_000, '4.1'],
    ] as const;
    expect(looks(all.map(([now, value]) => [now, reading(value)]))).toEqual([60_000, 90_000]);
  });

  it('trips anew once it was in order in between', () => {
    expect(
      looks([
        [0, reading('4')],
        [60_000, reading('4')],
        [61_000, reading('1', false)],
        [62_000, reading('4')],
        [122_000, reading('4')],
      ]),
    ).toEqual([60_000, 122_000]);
  });

  it('of a day trips once that day, whatever it did in between, and anew the next', () => {
    const by = { ...rule, forMs: 0 };
    const [day, next] = ['2018-07-10', '2018-07-11'];
    expect(
      looks(
        [
          [0, reading('1000', true, day)],
          [1, reading('990', false, day)],
          [2, reading('1000', true, day)],
          [3, reading('1001', true, day)],
          [4, reading('1001', true, next)],
        ],
        by,
      ),
    ).toEqual([0, 3, 4]);
  });
});
