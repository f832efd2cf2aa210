import { checkCsvHeader, CSV_HEADER, csvLine, readCsvLine } from './csv';

it.each(['2024-07-03T17:00:00Z', '2024-07-03T17:00:00.000Z', '1720026000000'])(
  'a line with the time %s is read exactly',
  (time) => {
    const candle = readCsvLine(`${time}, 10.10,12,9,11,0.000000000000000001`, 2);
    expect(candle).toEqual({
      openAt: 1_720_026_000_000,
      ...{ open: '10.10', high: '12', low: '9', close: '11', volume: '0.000000000000000001' },
    });
    expect(readCsvLine(csvLine(candle), 3)).toEqual(candle);
  },
);

it('a day is its midnight in UTC', () => expect(readCsvLine('1970-01-02,1,1,1,1,0', 2).openAt).toBe(86_400_000));

it.each([
  ['2024-02-30,1,1,1,1,0', 'line 7, column time: is no day that exists'],
  ['yesterday,1,1,1,1,0', 'line 7, column time: must be YYYY-MM-DD'],
  ['2024-07-03,1,1,1,1', 'line 7: must have 6 columns, and has 5'],
  ['2024-07-03,1,1,1,1e2,0', 'line 7, column close: must be a plain decimal'],
  ['2024-07-03,1,0.5,1,1,0', 'line 7, column high: must not be below open or close'],
])('%p is refused: %s', (text, words) => expect(() => readCsvLine(text, 7)).toThrow(words));

it('the first line names the columns, in any case and with a byte order mark', () => {
  checkCsvHeader(`\uFEFF${CSV_HEADER.toUpperCase()}`);
  expect(() => checkCsvHeader('time,open,low,high,close,volume')).toThrow('line 1, column high');
  expect(() => checkCsvHeader('time,open,high,low,close')).toThrow('column volume');
  expect(() => checkCsvHeader(`${CSV_HEADER},trades`)).toThrow('and no more');
});
