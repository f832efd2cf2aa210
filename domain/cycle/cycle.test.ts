import { calendarOf } from '../calendar/calendars';
import { decimalString as d } from '../money/decimal';
import { DEFAULT_RISK_POLICY } from '../risk/policy';
import type { PortfolioView } from '../risk/proposal';
import { cycleProblem, lookAtSession } from './cycle';
import type { TradingCycle } from './cycle';
import { noRoom } from './room';

const NYSE = calendarOf('NYSE');
const at = (text: string): number => Date.parse(text);
const morning: TradingCycle = {
  name: 'morning',
  account: 'paper',
  strategy: 'technical',
  calendar: 'NYSE',
  instruments: ['US500'],
  at: { afterOpenMinutes: 15 },
  latenessSeconds: 600,
  trade: {},
};
const evening: TradingCycle = { ...morning, at: { beforeCloseMinutes: 30 } };
const look = (cycle: TradingCycle, from: string, now: string) => lookAtSession(cycle, NYSE, at(from), at(now));

describe('the moment of a cycle', () => {
  // 10 July 2018 is a Tuesday; New York is four hours behind UTC, and opens at 13:30.
  it.each([
    ['13:44:59', 'wait'],
    ['13:45:00', 'go'],
    ['13:55:00', 'go'],
    ['13:55:01', 'missed'],
    ['23:00:00', 'missed'],
  ])('at %s it is time to %s', (time, kind) => {
    expect(look(morning, '2018-07-10T04:00:00Z', `2018-07-10T${time}Z`)).toMatchObject({ kind, date: '2018-07-10' });
  });

  it('before the close is earlier on a short day', () => {
    // Source: NYSE, 3 July 2018 closed at 13:00 in New York.
    expect(look(evening, '2018-07-03T04:00:00Z', '2018-07-03T05:00:00Z')).toMatchObject({
      at: at('2018-07-03T16:30:00Z'),
    });
    expect(look(evening, '2018-07-10T04:00:00Z', '2018-07-10T05:00:00Z')).toMatchObject({
      at: at('2018-07-10T19:30:00Z'),
    });
  });

  it('is on no day without a session', () => {
    expect(look(morning, '2018-07-04T04:00:00Z', '2018-07-04T14:00:00Z')).toEqual({ kind: 'closed' });
    expect(look(morning, '2018-07-07T04:00:00Z', '2018-07-07T14:00:00Z')).toEqual({ kind: 'closed' });
  });

  it('is in no session that is shorter, and lateness ends with the session', () => {
    const long = { ...morning, at: { afterOpenMinutes: 300 }, latenessSeconds: 86_400 };
    expect(look(long, '2018-07-03T04:00:00Z', '2018-07-03T14:00:00Z')).toEqual({ kind: 'closed' });
    expect(look(long, '2018-07-10T04:00:00Z', '2018-07-10T20:00:00Z')).toMatchObject({ kind: 'missed' });
  });

  it('a run that a schedule wanted for a day is for the session of that day, however late it begins', () => {
    expect(look(morning, '2018-07-10T04:05:00Z', '2018-07-11T13:46:00Z')).toMatchObject({
      kind: 'missed',
      date: '2018-07-10',
    });
  });
});

it.each([
  [[morning, morning], 'cycles.1.name'],
  [[{ ...morning, calendar: 'MOON' }], 'cycles.0.calendar'],
  [[{ ...morning, strategy: 'manual' }], 'cycles.0.strategy'],
  [[{ ...morning, strategy: 'luck' }], 'cycles.0.strategy'],
  [[{ ...morning, instruments: ['US500', 'US500'] }], 'cycles.0.instruments'],
  [[morning, { ...evening, name: 'evening' }], undefined],
])('cycles %# break the rule of %s', (cycles, field) => {
  const problem = cycleProblem(cycles, { calendars: ['NYSE'], strategies: ['technical', 'manual'] });
  if (field === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(field);
});

describe('room for one more trade', () => {
  const portfolio: PortfolioView = {
    equity: d('100000'),
    buyingPower: d('300000'),
    realisedToday: d('0'),
    unrealisedToday: d('0'),
    exposures: [],
    openTrades: [],
    unknownOrders: [],
  };
  const policy = { ...DEFAULT_RISK_POLICY };
  const open = (count: number) => Array.from({ length: count }, (_, n) => ({ instrument: `X${n}` }));
  const room = (change: Partial<PortfolioView>, others = open(0), limits: object = {}) =>
    noRoom('US500', others, { ...portfolio, ...change }, { ...policy, ...limits });
  const held = (quantity: string, instrument = 'US500') => ({
    exposures: [{ instrument, quantity: d(quantity), mark: d('100') }],
  });

  it('is there in an empty account', () => expect(room({})).toBeUndefined());

  it.each([
    ['already_open', room({}, [{ instrument: 'US500' }])],
    ['open_trades', room({}, open(10))],
    [
      'strategy_open_trades',
      room({ strategy: { openTrades: 2, notional: d('0') } }, [], { strategy: { maxOpenTrades: 2 } }),
    ],
    ['unknown_order', room({ unknownOrders: ['US500'] })],
    ['cooldown', room({ locks: [{ code: 'cooldown', scope: 'account', until: '' as never }] })],
    ['loss_streak', room({ locks: [{ code: 'loss_streak', scope: 'account', until: '' as never }] })],
    ['daily_loss', room({ realisedToday: d('-1000') })],
    ['drawdown', room({ equityPeak: d('200000') })],
    ['position_size', room(held('-100'))],
    ['concentration', room(held('300'), [], { maxPositionNotional: d('1000000') })],
    ['leverage', room(held('3000', 'X'))],
    ['buying_power', room({ buyingPower: d('0') })],
  ])('ends with %s', (code, answer) => expect(answer).toBe(code));

  it('what another instrument holds takes none of this one', () => {
    expect(room(held('100', 'X'), open(1))).toBeUndefined();
  });
});
