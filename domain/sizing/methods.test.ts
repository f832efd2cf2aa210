import { dec, decimalString as d } from '../money/decimal';
import { fixedNotional, fractionalKelly, kellyShare, volatilityTarget } from './methods';

describe('a volatility target', () => {
  test('of half a per cent of 100,000 with an average true range of 2.5 is 200 units', () => {
    // 100000 × 0.005 / 2.5
    expect(volatilityTarget(d('100000'), d('0.005'), d('2.5')).quantity.toString()).toBe('200');
  });

  test('halves the size when the instrument moves twice as much, and is nothing without a range or equity', () => {
    expect(volatilityTarget(d('100000'), d('0.005'), d('5')).quantity.toString()).toBe('100');
    expect(volatilityTarget(d('100000'), d('0.005'), d('0')).quantity.toString()).toBe('0');
    expect(volatilityTarget(d('-1'), d('0.005'), d('5')).quantity.toString()).toBe('0');
  });
});

describe('a fixed notional', () => {
  test('of 5,000 at 40 is 125 units', () => {
    expect(fixedNotional(d('5000'), d('40'))).toMatchObject({ bound: 'fixed_notional' });
    expect(fixedNotional(d('5000'), d('40')).quantity.toString()).toBe('125');
  });
});

describe('Kelly’s share', () => {
  test.each([
    // Kelly (1956): an even bet won with probability p stakes 2p − 1.
    ['0.6', '1', '0.2'],
    ['0.5', '2', '0.25'], // 0.5 − 0.5 / 2
    ['0.5', '1', '0'],
    ['0.3', '1', '0'],
    ['1', '1', '1'],
  ])('of trades won with %s at a payoff of %s is %s', (winProbability, payoff, share) => {
    expect(kellyShare({ winProbability: d(winProbability), payoff: d(payoff) }).toString()).toBe(share);
  });

  test('is taken in part, up to the cap, and spread over the loss at the stop', () => {
    const edge = { winProbability: d('0.6'), payoff: d('1') };
    // 100000 × 0.2 × 0.25 = 5000 at risk, 10 a unit
    const quarter = fractionalKelly(d('100000'), edge, { fraction: d('0.25'), cap: d('1') }, dec(10));
    expect(quarter.quantity.toString()).toBe('500');
    const capped = fractionalKelly(d('100000'), edge, { fraction: d('0.25'), cap: d('0.02') }, dec(10));
    expect(capped.quantity.toString()).toBe('200');
    expect(fractionalKelly(d('100000'), edge, { fraction: d('0.25'), cap: d('1') }, dec(0)).quantity.isZero()).toBe(
      true,
    );
    expect(fractionalKelly(d('-5'), edge, { fraction: d('0.25'), cap: d('1') }, dec(1)).quantity.isZero()).toBe(true);
  });
});
