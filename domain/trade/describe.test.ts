import { amount, facts, filled, holding, marketAt, order } from '../../tests/support/trade-facts';
import type { Signal } from '../signal/signal';
import { describeOrder, describeTrade } from './describe';
import { again } from './trade-orders';

describe('the page of a trade', () => {
  test('says what is held, how it is guarded and what its orders did', () => {
    const page = describeTrade(holding({ orders: [order('stop')], protection: { takeProfitPrice: amount(120) } }));
    expect(page).toBe(
      [
        '### long US500 on paper (manual): holding 10',
        'Phase **managing**, market time 2024-03-05T15:00:00.000Z, market open, last price 100',
        'Stop 90, take profit 120',
        [
          '| order | quantity | terms | state | filled | attempts |',
          '|---|---|---|---|---|---|',
          '| entry/1 | buy 10 | market  | filled | 10 | 1 |',
          '| stop/1 | sell 10 | stop 90 | open | 0 | 1 |',
        ].join('\n'),
      ].join('\n\n'),
    );
  });

  test('says plainly what is not as it should be', () => {
    const page = describeTrade(
      holding({
        halted: true,
        attention: 'stop_emulated',
        protection: { emulated: true, fired: 'stop', trailing: { bps: 150 }, best: amount(108) },
        market: { open: false, nextOpen: marketAt(60), price: null },
      }),
    );
    expect(page).toContain('**Halted**');
    expect(page).toContain('**Attention**: stop emulated');
    expect(page).toContain('market closed, next open 2024-03-05T15:01:00.000Z, last price unknown');
    expect(page).toContain(
      'Stop 90 (emulated by the watcher, not at the venue), trailing 150 bps behind 108, fired: stop',
    );
  });

  test('tells a trade without position, and one that has ended', () => {
    expect(describeTrade(facts({ direction: null, market: { open: false } }))).toContain(
      '### undecided US500 on paper (manual): no position',
    );
    expect(describeTrade(facts({ market: { open: false } }))).toContain('next open unknown');
    const ended = facts({ outcome: 'completed', outcomeCode: 'stop' });
    expect(describeTrade(ended)).toContain('### long US500 on paper (manual): ended completed, stop');
    expect(describeTrade({ ...ended, outcomeCode: null, protection: null })).toContain(': ended completed\n');
  });

  test('gives the view with its reasons', () => {
    const signal: Signal = {
      kind: 'directional',
      direction: 'long',
      conviction: 0.7,
      stopPrice: amount(90),
      reasons: ['higher highs', 'volume'],
    };
    expect(describeTrade(facts({ signal }))).toContain('View: long, conviction 0.7\n\n- higher highs\n- volume');
    expect(describeTrade(facts({ signal: { kind: 'neutral', reasons: ['flat'] } }))).toContain('View: neutral');
  });

  test('says that a trailing stop rests at the venue, and where it was shown; of a trailing entry, how far its stop will lie', () => {
    const native = { trailing: { amount: amount('2.5'), native: true }, best: amount(108) } as const;
    const stop = order('stop', { type: 'trailing-stop', trailAmount: amount('2.5'), venueStopPrice: amount('105.5') });
    const page = describeTrade(facts({ protection: native, orders: [stop] }));
    expect(page).toContain('Stop 90, trailing 2.5 behind 108 at the venue');
    expect(page).toContain('trailing-stop 105.5');
    expect(describeTrade(facts({ protection: { ...native, emulated: true } }))).not.toContain(
      'behind 108 at the venue',
    );
    expect(describeTrade(facts({ protection: { stopDistance: amount(5) } }))).toContain('Stop 5 from the first fill');
  });

  test('says how far a trailing stop in price stays behind', () => {
    expect(describeTrade(facts({ protection: { trailing: { amount: amount('2.5') } } }))).toContain(
      'Stop 90, trailing 2.5 behind the best price',
    );
  });
});

test('an order to be sent is one line', () => {
  expect(describeOrder(again(order('stop', { attempts: 0 })), 'US500')).toBe(
    'sell 10 US500 stop at 90 (stop, attempt 1)',
  );
  expect(describeOrder(again(filled('exit', 3)), 'US500')).toBe('sell 3 US500 market (exit, attempt 2)');
  const stopLimit = order('entry', { type: 'stop-limit', stopPrice: amount(101), price: amount(102) });
  expect(describeOrder(again(stopLimit), 'US500')).toBe('buy 10 US500 stop-limit at 101 limit 102 (entry, attempt 2)');
  const trails = order('stop', {
    ...{ type: 'trailing-stop-limit', stopPrice: amount(90), trailAmount: amount(5), limitOffset: amount('0.5') },
  });
  expect(describeOrder(again(trails), 'US500')).toBe(
    'sell 10 US500 trailing-stop-limit at 90, 5 behind, limit 0.5 beyond (stop, attempt 2)',
  );
  const byShare = order('entry', { type: 'trailing-stop', trailBps: 150 });
  expect(describeOrder(again(byShare), 'US500')).toBe('buy 10 US500 trailing-stop, 150 bps behind (entry, attempt 2)');
  const limit = order('entry', { type: 'limit', price: amount(99) });
  expect(describeOrder(again(limit), 'US500')).toBe('buy 10 US500 limit limit 99 (entry, attempt 2)');
});
