import { calendarOf } from '../calendar/calendars';
import { millisOf } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import { entryHours, entryMarket, tradeEntryMarket } from './entry-market';

const limit: OrderTerms = { type: 'limit', price: d('100') };
const POST_MARKET = millisOf('2024-01-16T22:00:00Z');

describe('the hours of an entry', () => {
  it.each<[boolean | undefined, boolean | undefined, OrderTerms, string]>([
    [true, true, limit, 'extended'],
    [false, true, limit, 'regular'],
    [undefined, true, limit, 'regular'],
    [true, false, limit, 'regular'],
    [true, undefined, limit, 'regular'],
    [true, true, { type: 'market' }, 'regular'],
    [true, true, { type: 'stop', stopPrice: d('100') }, 'regular'],
    [true, true, { type: 'stop-limit', stopPrice: d('100'), price: d('100') }, 'regular'],
  ])('asked %s, offered %s, with %j are %s', (asked, offered, entry, hours) => {
    const spec = { entry, ...(asked === undefined ? {} : { extendedHours: asked }) };
    expect(entryHours(spec, offered === undefined ? {} : { extendedHours: offered })).toBe(hours);
  });
});

describe('the market of an entry', () => {
  it('is open in the post-market only for who may trade there; the others wait for the next morning', () => {
    const nyse = calendarOf('NYSE');
    expect(entryMarket(nyse, POST_MARKET, 'extended')).toEqual({ open: true, nextOpen: null });
    expect(entryMarket(nyse, POST_MARKET, 'regular')).toEqual({ open: false, nextOpen: '2024-01-17T14:30:00.000Z' });
    const night = millisOf('2024-01-17T02:00:00Z');
    expect(entryMarket(nyse, night, 'extended')).toEqual({ open: false, nextOpen: '2024-01-17T09:00:00.000Z' });
  });

  it('never opens past the end of the calendar', () => {
    expect(entryMarket(calendarOf('NYSE'), millisOf('2040-01-03T15:00:00Z'), 'regular')).toEqual({
      open: false,
      nextOpen: null,
    });
  });
});

describe('the market of an entry for the opening auction', () => {
  const nyse = calendarOf('NYSE');
  const at = (moment: string, timeInForce: 'OPG' | 'GTC') =>
    tradeEntryMarket(nyse, millisOf(moment), { entry: limit, timeInForce }, {});

  it('takes it from the close to the next open, and not while the session runs', () => {
    expect(at('2024-01-17T02:00:00Z', 'OPG')).toEqual({
      open: true,
      nextOpen: '2024-01-17T14:30:00.000Z',
      rests: true,
    });
    expect(at('2024-01-17T15:00:00Z', 'OPG')).toEqual({ open: false, nextOpen: '2024-01-17T21:00:00.000Z' });
    // The control: any other order is taken just then.
    expect(at('2024-01-17T15:00:00Z', 'GTC')).toEqual({ open: true, nextOpen: null });
    expect(at('2024-01-17T02:00:00Z', 'GTC')).toEqual({ open: false, nextOpen: '2024-01-17T14:30:00.000Z' });
  });
});
