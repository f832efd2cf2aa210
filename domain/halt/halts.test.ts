import { instant } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import { breaches, describeReport } from './describe-report';
import { haltTitle, isHaltScope, pausedBy, pauseNote, scopeParts } from './halt';
import type { Halt, HaltScope } from './halt';
import {
  describeProgress,
  isOutOfPatience,
  patienceAfter,
  patienceLeft,
  TAKE_OVER_AFTER_MS,
  waitingFor,
} from './progress';
import type { HaltProgress } from './progress';
import { canonical } from './report';
import type { HaltReport, ReportTrade } from './report';

const MOMENT = Date.UTC(2026, 0, 5, 15);
const at = (ms: number) => instant(MOMENT + ms);

const halt: Halt = {
  epoch: 7,
  scope: 'global' as HaltScope,
  mode: 'reduce-only',
  flatten: false,
  everything: false,
  source: 'operator',
  trip: null,
  reason: 'prices look wrong',
  actor: 'boss',
  engagedAt: at(0),
  supersededBy: null,
  releasedAt: null,
  releasedBy: null,
  releaseReason: null,
  workflowId: 'halt:7',
  finishedAt: at(5_000),
};

const progress = (changes: Partial<HaltProgress> = {}): HaltProgress => ({
  ...halt,
  ...{ trades: 2, open: 1, untold: 0, acknowledged: 2, unacknowledged: 0, takenOver: 0, sending: 0, unknown: 0 },
  ...{ entries: 0, holding: 1, unguarded: 0, drainedAt: at(40), cleanSweeps: 2 },
  accounts: [{ account: 'paper', open: 1, proven: true }],
  ...changes,
});

describe('a scope', () => {
  it.each(['global', 'account:paper', 'strategy:technical', 'instrument:BTC/USDT'])('%s is one', (text) => {
    expect(isHaltScope(text)).toBe(true);
  });

  it.each(['', 'all', 'account:', 'account:Paper', 'acount:paper', 'instrument:us500'])('"%s" is none', (text) => {
    expect(scopeParts(text)).toBeUndefined();
  });

  it('names itself in titles and notes', () => {
    expect(haltTitle({ ...halt, flatten: true, everything: true })).toBe(
      'halt 7 of global (reduce-only, flatten, everything)',
    );
    expect(pauseNote(7)).toBe('paused by halt 7');
    expect(pausedBy(pauseNote(7))).toBe(7);
    expect(['', 'paused by somebody: halt 7', 'paused by halt 7 or so'].map(pausedBy)).toEqual(
      Array(3).fill(undefined),
    );
  });
});

describe('a halt', () => {
  it('is done when nothing of it can fill, everybody knows, and the venue was clean twice', () => {
    expect(waitingFor(progress())).toEqual([]);
  });

  it.each([
    [{ sending: 1 }, 'an order that was being sent at the moment'],
    [{ unacknowledged: 3 }, '3 trades that have not acknowledged'],
    [{ entries: 1 }, 'an entry that may still fill'],
    [{ unknown: 2 }, '2 orders in doubt'],
    [{ unguarded: 1 }, 'a position without a stop'],
    [{ takenOver: 1 }, 'a trade that was taken over'],
    [{ cleanSweeps: 1 }, 'two clean looks at the list of open workflows'],
    [{ accounts: [{ account: 'paper', open: 0, proven: false }] }, 'two clean looks at the venue of paper'],
  ])('waits for what is left: %j', (changes, wait) => {
    expect(waitingFor(progress(changes))).toEqual([wait]);
  });

  it('that flattens waits until everything is closed and ended', () => {
    expect(waitingFor(progress({ flatten: true }))).toEqual(['a position to close', 'a trade to end']);
    expect(waitingFor(progress({ flatten: true, open: 0, holding: 0 }))).toEqual([]);
  });

  it('is patient while trades acknowledge, and takes over when none has for a while', () => {
    const first = patienceAfter(undefined, 5, 0);
    const moved = patienceAfter(first, 3, 10_000);
    expect(isOutOfPatience(patienceAfter(moved, 3, 10_000 + TAKE_OVER_AFTER_MS), 10_000 + TAKE_OVER_AFTER_MS)).toBe(
      true,
    );
    expect(isOutOfPatience(moved, 10_000 + TAKE_OVER_AFTER_MS - 1)).toBe(false);
    expect(patienceLeft(moved, 12_000)).toBe(TAKE_OVER_AFTER_MS - 2_000);
    expect(patienceLeft(patienceAfter(moved, 0, 11_000), 12_000)).toBe(Infinity);
    expect(patienceLeft(undefined, 12_000)).toBe(Infinity);
    expect(isOutOfPatience(patienceAfter(moved, 0, 99_000), 99_000 + TAKE_OVER_AFTER_MS)).toBe(false);
  });

  it('tells in the Web UI how far it is', () => {
    expect(describeProgress(progress({ entries: 1 }), ['a note'])).toContain('- an entry that may still fill');
    expect(describeProgress(progress())).toContain('### Halt 7 of global: done');
  });
});

describe('a report', () => {
  const trade = (changes: Partial<ReportTrade> = {}): ReportTrade => ({
    ...{
      tradeId: 'paper:a',
      phaseThen: 'managing',
      positionThen: d('2'),
      phase: 'managing',
      outcome: null,
      position: d('2'),
    },
    ...{ dust: d('0'), reopened: false, toldAt: at(10), acknowledgedAt: at(20), takenOverAt: null, endedAt: null },
    ...{ attention: null, guarded: true },
    ...changes,
  });
  const send = {
    intent: 'paper:a/entry/1',
    clientOrderId: 'x',
    n: 1,
    side: 'buy',
    quantity: d('1'),
    permittedAt: at(1),
    receivedAt: at(2),
    state: 'acked',
  };
  const look = {
    askedAt: at(3_000),
    clean: true,
    orders: { ours: [], otherTrades: 1, foreign: [{ venueOrderId: '9', instrument: 'SIM' }] },
    positions: { ours: [], foreign: [] },
  };
  const report = (changes: Partial<HaltReport> = {}): HaltReport => ({
    ...{ madeAt: at(6_000), installation: 'here', halt, progress: progress(), evidence: null, trades: [trade()] },
    attempts: [
      {
        intent: 'paper:b/entry/1',
        clientOrderId: 'y',
        n: 1,
        increases: true,
        permittedAt: at(-5),
        attempt: 'acked',
        order: 'cancelled',
        booked: d('0'),
        answeredAt: at(9),
      },
    ],
    sends: { increasingByJournal: [], increasingByVenue: [], arrivedLater: [], reducing: [send] },
    refused: 3,
    venues: [{ account: 'paper', before: null, after: look }],
    schedules: [{ scheduleId: 'cycle', tag: 'trading', action: 'paused', resumedAt: null }],
    workflows: [{ workflowId: 'watch:paper', type: 'watchAccount', answer: 'goes-on', why: 'guards' }],
    ...changes,
  });
  const signed = (of: HaltReport) => ({ report: of, hash: 'h', signature: 's', publicKey: 'k' });

  it('of a halt that kept its promise has no breach, and says so', () => {
    expect(breaches(report())).toEqual([]);
    const text = describeReport(signed(report()));
    expect(text).toContain('Kept: nothing that increases exposure');
    expect(text).toContain('paper:a: 2, covered by its stops');
    expect(text).toContain('| lastAcknowledged | 20 |');
    expect(text).toContain('watch:paper: goes-on, guards');
    expect(text).toContain('paper before: not looked at');
    expect(text).toContain('1 orders of other trades, 1 orders and 0 positions that are not ours (clean, twice)');
  });

  it('names what must not be', () => {
    const { sends } = report();
    const broken = report({
      halt: { ...halt, flatten: true },
      sends: { ...sends, increasingByJournal: [send], increasingByVenue: [send] },
      trades: [trade({ guarded: false })],
    });
    expect(breaches(broken)).toEqual([
      'paper:a/entry/1 was permitted after the moment though it increases',
      'paper:a/entry/1 was received by the venue after the moment without a permit of before',
      'paper:a holds a position that no stop covers',
      'paper:a still holds 2',
    ]);
    expect(describeReport(signed(broken))).toContain('**Broken:**');
  });

  it('of a halt under way says what it waits for, and of a released one who released it', () => {
    const under = report({ halt: { ...halt, finishedAt: null }, progress: progress({ entries: 1 }), trades: [] });
    expect(describeReport(signed(under))).toContain('Under way');
    const over = report({ halt: { ...halt, releasedAt: at(9_000), releasedBy: 'admin', releaseReason: 'fine' } });
    expect(describeReport(signed(over))).toContain('by admin: fine');
  });

  it('lists no more than fifty of anything; the rest is in the other form', () => {
    const many = report({ trades: Array.from({ length: 60 }, (_, n) => trade({ tradeId: `paper:${n}` })) });
    expect(describeReport(signed(many))).toContain('- and 10 more');
  });

  it('has one text for equal documents', () => {
    expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe(canonical({ b: [1, { c: 'x', d: null }] }));
    expect(canonical({ a: 1 })).not.toBe(canonical({ a: '1' }));
  });
});
