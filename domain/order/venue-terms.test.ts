import { decimalString as d } from '../money/decimal';
import { instant } from '../clock/instant';
import { TIMES_IN_FORCE } from './order';
import type { OrderTerms } from './order';
import { describeLacked, lackedTerm, unsuitedTime } from './venue-terms';

describe('terms that a venue lacks', () => {
  it.each([
    ['ib', []],
    ['paper', ['GTD', 'OPG']],
    ['binance', ['DAY', 'GTD', 'OPG', 'outside-regular-hours']],
    ['a venue that nobody listed', ['DAY', 'GTD', 'OPG', 'outside-regular-hours']],
  ] as const)('of %s are %j', (venue, lacked) => {
    const asked = [
      ...TIMES_IN_FORCE.map((timeInForce) => ({ timeInForce })),
      { timeInForce: 'GTC', outsideRegularHours: true } as const,
    ];
    expect(asked.flatMap((one) => lackedTerm(venue, one) ?? [])).toEqual(lacked);
  });

  it('are named in words that say which', () => {
    expect(describeLacked('okx', 'OPG')).toBe('okx has no orders for the opening auction (OPG)');
  });
});

describe('a time in force', () => {
  const limit: OrderTerms = { type: 'limit', price: d('1') };
  const stop: OrderTerms = { type: 'stop', stopPrice: d('1') };
  const goodTill = instant(0);

  it.each([
    [{ terms: limit, timeInForce: 'GTD', goodTill }, undefined],
    [{ terms: stop, timeInForce: 'GTD', goodTill }, undefined],
    [{ terms: limit, timeInForce: 'GTD' }, /has a date/],
    [{ terms: limit, timeInForce: 'GTC', goodTill }, /has a date/],
    [{ terms: { type: 'market' }, timeInForce: 'GTD', goodTill }, /market order/],
    [{ terms: { type: 'market' }, timeInForce: 'OPG' }, undefined],
    [{ terms: stop, timeInForce: 'OPG' }, /auction/],
  ] as const)('%j', (asked, why) => {
    const said = unsuitedTime(asked);
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(why);
  });
});
