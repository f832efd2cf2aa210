import fc from 'fast-check';
import { weekdayCalendar } from '../../tests/support/weekday-calendar';
import { millisOf } from '../clock/instant';
import { dec, decimalString as d } from '../money/decimal';
import type { PriceBar } from './bar-path';
import { barSource } from './bar-source';
import type { Print } from './print';
import { isPastLastBar } from './print';

const at = (moment: string): number => millisOf(`2020-${moment}Z`);

function bar(date: string, open: string, high: string, low: string, close: string, volume = '7900'): PriceBar {
  return { date, open: d(open), high: d(high), low: d(low), close: d(close), volume: d(volume) };
}

/** Friday and Monday; the low is nearer to Friday's open, the high to Monday's. */
const BARS = [bar('2020-03-06', '100', '110', '97', '104'), bar('2020-03-09', '103', '104', '90', '95')];
const source = barSource({ calendar: weekdayCalendar(), bars: BARS, tick: d('0.01') });
const all = (from: number, to: number): Print[] => [...source.printsBetween(from, to)];
const friday = all(at('03-06T00:00:00'), at('03-07T00:00:00'));
const monday = all(at('03-09T00:00:00'), at('03-10T00:00:00'));

describe('the path of prints inside a bar', () => {
  test('a session of six and a half hours has 79 prints: one at the open, one each five minutes, one just before the close', () => {
    expect(friday).toHaveLength(79);
    expect(friday[0]?.at).toBe(at('03-06T14:30:00'));
    expect(friday[1]?.at).toBe(at('03-06T14:35:00'));
    expect(friday[77]?.at).toBe(at('03-06T20:55:00'));
    expect(friday[78]?.at).toBe(at('03-06T21:00:00') - 1);
  });

  test('the price goes from the open over the nearer extreme and the other one to the close', () => {
    expect([0, 26, 52, 78].map((index) => friday[index]?.price.toFixed())).toEqual(['100', '97', '110', '104']);
    expect([0, 26, 52, 78].map((index) => monday[index]?.price.toFixed())).toEqual(['103', '104', '90', '95']);
  });

  test('between two way points the price runs straight, on the tick', () => {
    // 100 + (97 - 100) * 1 / 26 = 99.8846…
    expect(friday[1]?.price.toFixed()).toBe('99.88');
    expect(friday[39]?.price.toFixed()).toBe('103.5');
  });

  test('extremes at equal distance: the low comes first', () => {
    const even = barSource({
      calendar: weekdayCalendar(),
      bars: [bar('2020-03-06', '100', '102', '98', '101')],
      tick: d('1'),
    });
    const prints = [...even.printsBetween(0, at('03-07T00:00:00'))];
    expect(prints[26]?.price.toFixed()).toBe('98');
    expect(prints[52]?.price.toFixed()).toBe('102');
  });

  test('the volume is spread evenly and only the last print closes the session', () => {
    expect(new Set(friday.map(({ volume }) => volume.toFixed()))).toEqual(new Set(['100']));
    expect(friday.filter(({ sessionClose }) => sessionClose === true)).toEqual([friday[78]]);
  });

  test('an early session has 43 prints and still visits both extremes', () => {
    const early = barSource({ calendar: weekdayCalendar(['2020-03-06']), bars: BARS, tick: d('0.01') });
    const prints = [...early.printsBetween(0, at('03-07T00:00:00'))];
    expect(prints).toHaveLength(43);
    expect([14, 28].map((index) => prints[index]?.price.toFixed())).toEqual(['97', '110']);
    expect(prints.at(-1)?.at).toBe(at('03-06T18:00:00') - 1);
  });

  test('an interval longer than a third of the session still leaves four prints', () => {
    const sparse = barSource({ calendar: weekdayCalendar(), bars: BARS, tick: d('0.01'), printInterval: 86_400_000 });
    const prints = [...sparse.printsBetween(0, at('03-07T00:00:00'))];
    expect(prints.map(({ price }) => price.toFixed())).toEqual(['100', '97', '110', '104']);
  });

  test('every path starts at the open, ends at the close, and has exactly the bar as its range', () => {
    const cents = fc.integer({ min: 1, max: 500_000 });
    fc.assert(
      fc.property(
        cents,
        cents,
        cents,
        cents,
        fc.integer({ min: 60_000, max: 9_000_000 }),
        (a, b, c, e, printInterval) => {
          const price = (value: number): string => dec(value).div(100).toFixed();
          const extremes = [Math.max(a, b, c, e), Math.min(a, b, c, e)] as const;
          const only = bar('2020-03-06', price(a), price(extremes[0]), price(extremes[1]), price(b));
          const tape = barSource({ calendar: weekdayCalendar(), bars: [only], tick: d('0.01'), printInterval });
          const prints = [...tape.printsBetween(0, at('03-07T00:00:00'))];
          const prices = prints.map((print) => print.price.toNumber());
          expect([prices[0], prices.at(-1)]).toEqual([Number(only.open), Number(only.close)]);
          expect([Math.max(...prices), Math.min(...prices)]).toEqual([Number(only.high), Number(only.low)]);
          const gaps = prints.slice(1).map((print, index) => print.at - (prints[index]?.at ?? 0));
          expect(gaps.every((gap) => gap > 0 && gap <= tape.maxPrintGap)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the tape of bars', () => {
  test('nothing prints while the market is closed', () => {
    expect(all(at('03-06T21:00:00') - 1, at('03-09T14:30:00') - 1)).toEqual([]);
    expect([...friday, ...monday].every((print) => source.isOpen(print.at))).toBe(true);
  });

  test('the span is open at its start and closed at its end', () => {
    expect(all(at('03-06T14:30:00'), at('03-06T14:35:00')).map((print) => print.at)).toEqual([at('03-06T14:35:00')]);
    expect(all(at('03-06T14:35:00'), at('03-06T14:35:00'))).toEqual([]);
  });

  test('spans that touch give the same prints as the span that covers them', () => {
    const [from, to] = [at('03-06T00:00:00'), at('03-10T12:00:00')];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: from, max: to }), { maxLength: 8 }), (cuts) => {
        const bounds = [from, ...cuts.sort((a, b) => a - b), to];
        const pieces = bounds.slice(1).flatMap((bound, index) => all(bounds[index] ?? from, bound));
        expect(JSON.stringify(pieces)).toBe(JSON.stringify([...friday, ...monday]));
      }),
    );
  });

  test('the last print is the newest at or before the moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('03-05T00:00:00'), max: at('03-12T00:00:00') }), (moment) => {
        const expected = [...friday, ...monday].filter((print) => print.at <= moment).at(-1);
        expect(JSON.stringify(source.lastPrint(moment))).toBe(JSON.stringify(expected));
      }),
    );
    expect(source.lastPrint(at('03-06T14:29:59'))).toBeUndefined();
  });

  test('the tape ends with the close of its last session', () => {
    const close = at('03-09T21:00:00');
    expect(source.end?.at).toBe(close);
    expect(source.end?.print.price.toFixed()).toBe('95');
    expect([isPastLastBar(source, close - 1), isPastLastBar(source, close)]).toEqual([false, true]);
  });

  test('a session without a bar counts as closed, and a bar without a session never prints', () => {
    const gappy = barSource({
      calendar: weekdayCalendar(),
      bars: [
        BARS[0] ?? bar('', '1', '1', '1', '1'),
        bar('2020-03-07', '1', '1', '1', '1'),
        bar('2020-03-10', '95', '96', '94', '95'),
      ],
      tick: d('0.01'),
    });
    expect(gappy.isOpen(at('03-09T15:00:00'))).toBe(false);
    expect([...gappy.printsBetween(at('03-06T21:00:00'), at('03-10T14:29:59'))]).toEqual([]);
    expect(gappy.lastPrint(at('03-09T15:00:00'))?.price.toFixed()).toBe('104');
  });

  test('a missing volume is taken from the session before it, at the start from the session after it', () => {
    const volumes = ['0', '7900', '0', '15800'];
    const days = ['2020-03-03', '2020-03-04', '2020-03-05', '2020-03-06'];
    const bars = days.map((date, index) => bar(date, '5', '6', '4', '5', volumes[index]));
    const tape = barSource({ calendar: weekdayCalendar(), bars, tick: d('0.01') });
    const shown = days.map((date) => tape.lastPrint(millisOf(`${date}T15:00:00Z`))?.volume.toFixed());
    expect(shown).toEqual(['100', '100', '100', '200']);
  });

  test('without bars there is no market', () => {
    const empty = barSource({ calendar: weekdayCalendar(), bars: [], tick: d('0.01') });
    expect([empty.isOpen(0), empty.lastPrint(0), empty.end, [...empty.printsBetween(0, 1e13)]]).toEqual([
      false,
      undefined,
      undefined,
      [],
    ]);
    expect(isPastLastBar(empty, 1e13)).toBe(false);
  });

  test.each([
    ['a close above the high', [bar('2020-03-06', '100', '110', '97', '111')]],
    ['a price of zero', [bar('2020-03-06', '0', '110', '0', '100')]],
    ['a negative volume', [bar('2020-03-06', '100', '110', '97', '104', '-1')]],
    ['a date twice', [bar('2020-03-06', '5', '5', '5', '5'), bar('2020-03-06', '5', '5', '5', '5')]],
  ])('%s is refused, naming the bar', (_, bars) => {
    expect(() => barSource({ calendar: weekdayCalendar(), bars, tick: d('0.01') })).toThrow(/^bar 2020-03-06: /);
  });
});
