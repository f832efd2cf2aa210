import type { TradeDetailView } from '../../api/contract/views';
import { DEMO_EVENTS, DEMO_TRADE } from '../../tests/support/demo-trade';
import { resultLine, timelineLines } from './demo-timeline';

/** The lines without their times. */
function told(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.slice(32));
}

describe('the timeline of a demo', () => {
  it('gives each event its real seconds, its market time and its words', () => {
    expect(timelineLines(DEMO_EVENTS, 9, DEMO_TRADE)).toEqual([
      '     9.00  2018-07-10 13:25:00  exiting',
      '     9.50  2018-07-10 13:25:00    fill     exit: sold 8.96 US500 at 2790.29, fee 25.00 USD',
      '     9.80  2018-07-10 13:25:00  reconciling',
      '    10.00  2018-07-10 13:25:00  ended: completed (time-exit)',
    ]);
  });

  it('tells the view once, where the analysis ends', () => {
    expect(told(timelineLines(DEMO_EVENTS, 0, DEMO_TRADE)).slice(0, 9)).toEqual([
      'accepted',
      'analysing',
      'checking-risk',
      '  view     long, conviction 0.61, stop 2731.89',
      '           The trend is up.',
      '           It has strength.',
      'awaiting-open: the market of US500 is closed',
      'checking-risk',
      'executing',
    ]);
    expect(told(timelineLines(DEMO_EVENTS, 3, DEMO_TRADE)).join()).not.toContain('view');
  });

  it('names the terms of an order that the trade shows, and only the leg of another', () => {
    const lines = timelineLines(DEMO_EVENTS, 8, DEMO_TRADE);
    expect(told(lines)[0]).toBe('  order    stop: sell 8.96 stop at 2731.89: open');
    const other = timelineLines(DEMO_EVENTS, 8, { ...DEMO_TRADE, orders: [] });
    expect(told(other)[0]).toBe('  order    stop: open');
  });

  it('says what a person asked for and what needs attention', () => {
    const [event] = DEMO_EVENTS;
    const asked = [event, event].flatMap((one, index) =>
      one === undefined
        ? []
        : [
            {
              ...one,
              ...[
                { kind: 'request', name: 'exit' },
                { kind: 'attention', name: 'unknown_order' },
              ][index],
            },
          ],
    );
    expect(told(timelineLines(asked, 0, DEMO_TRADE))).toEqual(['  request  exit', '  attention unknown order']);
  });

  it('has no view of a trade whose strategy had none', () => {
    const lines = timelineLines(DEMO_EVENTS.slice(0, 3), 0, { ...DEMO_TRADE, signal: { kind: 'neutral' } });
    expect(told(lines)).toEqual(['accepted', 'analysing', 'checking-risk']);
  });
});

describe('the result of a demo', () => {
  it('is the outcome with its reason and the profit or loss after fees', () => {
    expect(resultLine(DEMO_TRADE)).toBe('Result: completed (time-exit); loss of 41.48 USD after fees');
    expect(resultLine({ ...DEMO_TRADE, outcomeCode: 'stop', realisedPnl: '12.345' })).toBe(
      'Result: completed (stop); profit of 12.34 USD after fees',
    );
  });

  it('of a trade that was refused says why', () => {
    const refused: TradeDetailView = {
      ...DEMO_TRADE,
      fills: [],
      realisedPnl: '0',
      outcome: 'rejected',
      outcomeCode: 'daily_loss',
      outcomeDetail: 'The loss of the day is too large.',
      attention: 'stop_emulated',
    };
    expect(resultLine(refused)).toBe(
      'Result: rejected (daily loss); nothing was traded; The loss of the day is too large.; a person should look: stop emulated',
    );
  });
});
