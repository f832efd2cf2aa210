import { SecType } from '@stoqey/ib';
import type { ContractDetails } from '@stoqey/ib';
import { bundledCalendars } from '../../domain/calendar/calendars';
import { contractQuery, refuseOtherKinds } from './contract-query';
import { bandsOf, candidateOf, ibContract, theOne, UnusableContract } from './contracts';
import type { ContractSpec } from './contracts';
import { describeExpired, futureTermsOf, isExpired, lastTradingDayOf } from './expiry';
import { comparedSpans, hourDifferences, openSpans } from './hours';

const SPEC: ContractSpec = { id: 'ESZ6', kind: 'future', symbol: 'ES', exchange: 'CME', currency: 'USD' };
const DETAILS: ContractDetails = {
  contract: {
    ...{
      conId: 637533641,
      symbol: 'ES',
      secType: SecType.FUT,
      localSymbol: 'ESZ6',
      tradingClass: 'ES',
      exchange: 'CME',
    },
    ...{ currency: 'USD', multiplier: 50, lastTradeDateOrContractMonth: '20261218', lastTradeDate: '20261218' },
  },
  ...{ longName: 'E-mini S&P 500', minTick: 0.25, timeZoneId: 'US/Central', realExpirationDate: '20261218' },
  ...{ contractMonth: '202612', validExchanges: 'CME,QBALGO', marketRuleIds: '67,67', priceMagnifier: 1 },
};
const withContract = (changes: object): ContractDetails => ({
  ...DETAILS,
  contract: { ...DETAILS.contract, ...changes },
});
const made = (spec: ContractSpec = SPEC, details = DETAILS) => ibContract(spec, details, bandsOf(details, undefined));

describe('the last trading day of a future', () => {
  const of = (stated: string, realExpirationDate = '', lastTradeDate = ''): string | undefined =>
    lastTradingDayOf({
      ...withContract({ lastTradeDateOrContractMonth: stated, lastTradeDate }),
      realExpirationDate,
    });

  it.each([
    ['20261218', '2026-12-18'],
    ['20261218 08:30:00 US/Central', '2026-12-18'],
    ['20261218-08:30:00', '2026-12-18'],
    // Half past two in the night of London is still the evening before in Chicago.
    ['20261219 02:30:00 Europe/London', '2026-12-18'],
    ['20261218 08:30:00 Nowhere/City', '2026-12-18'],
    ['202612', undefined],
    ['20261318', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('%p is %s', (stated, day) => {
    expect(of(stated)).toBe(day);
  });

  it('is the earliest of those that TWS states, and the real expiration where it states only the month', () => {
    expect(of('202612', '20261218')).toBe('2026-12-18');
    expect(of('20261221', '20261222', '20261218')).toBe('2026-12-18');
  });

  it('is past from the next day on, by the clock of the exchange', () => {
    const contract = made();
    // 23:59 in Chicago on the day itself, which is the day after in UTC, and a minute later.
    expect(isExpired(contract, Date.parse('2026-12-19T05:59:00Z'))).toBe(false);
    expect(isExpired(contract, Date.parse('2026-12-19T06:00:00Z'))).toBe(true);
    expect(describeExpired(contract)).toContain('2026-12-18');
    const stock = { hours: contract.hours, instrument: {} };
    expect(isExpired(stock, Date.parse('2099-01-01T00:00:00Z'))).toBe(false);
  });
});

describe('a future as an instrument', () => {
  it('has its multiplier and its end, and an asset of its own for each month', () => {
    expect(made().instrument).toMatchObject({
      ...{ id: 'ESZ6', baseAsset: 'ESZ6', quoteAsset: 'USD', tick: '0.25', lot: '1', calendar: 'CME' },
      future: { multiplier: '50', lastTradingDay: '2026-12-18' },
    });
    // Its hours are those of its calendar, however short the part that TWS calls regular.
    const hours = { tradingHours: '20261124:1700-20261125:1600', liquidHours: '20261125:0830-20261125:1600' };
    expect(made(SPEC, { ...DETAILS, ...hours }).instrument).not.toHaveProperty('extendedHours');
    expect(made(SPEC, withContract({ multiplier: 0.1 })).instrument.future?.multiplier).toBe('0.1');
  });

  it.each([
    ['no multiplier', { multiplier: 0 }, 'TWS states no multiplier'],
    ['a multiplier that TWS marks as unset', { multiplier: Number.MAX_VALUE }, 'TWS states no multiplier'],
    ['no last trading day', { lastTradeDateOrContractMonth: '202612', lastTradeDate: '' }, 'no last trading day'],
  ])('with %s is refused', (_, changes, why) => {
    const details = { ...withContract(changes), ...('multiplier' in changes ? {} : { realExpirationDate: '' }) };
    expect(futureTermsOf(details)).toContain(why);
    expect(() => made(SPEC, details)).toThrow(UnusableContract);
    expect(() => made(SPEC, details)).toThrow(`ESZ6: ${why === 'no last trading day' ? 'TWS states ' : ''}${why}`);
  });

  it('of an exchange whose calendar is not known needs one in the settings', () => {
    const crude = withContract({ exchange: 'NYMEX', symbol: 'CL', localSymbol: 'CLZ6' });
    const byNumber: ContractSpec = { id: 'CLZ6', kind: 'future', conId: 1, currency: 'USD' };
    expect(() => made(byNumber, crude)).toThrow('futures of NYMEX need a calendar');
    expect(made({ ...byNumber, calendar: 'OIL' }, crude)).toMatchObject({
      ...{ contract: { exchange: 'NYMEX' }, instrument: { calendar: 'OIL' } },
    });
  });
});

describe('kinds of contracts', () => {
  const check = (changes: object, spec: Partial<ContractSpec> = {}, more: object = {}): void =>
    refuseOtherKinds({ ...SPEC, ...spec }, { ...withContract(changes), ...more });

  it.each(['OPT', 'FOP', 'CFD', 'BAG', 'CASH', 'CRYPTO', 'IND', 'CMDTY', 'BOND', 'WAR', 'FUND', undefined])(
    '%s is refused by its name',
    (secType) => {
      expect(() => check({ secType })).toThrow(`is neither a stock nor a future (${secType ?? 'unknown'})`);
    },
  );

  it('other than a stock one for one and a future, both in whole units of their currency, are refused', () => {
    expect(() => check({})).not.toThrow();
    expect(() => check({ secType: 'STK', multiplier: 0 }, { kind: 'stock' })).not.toThrow();
    expect(() => check({ secType: 'STK', multiplier: 1 }, { kind: 'stock' })).not.toThrow();
    expect(() => check({ secType: 'STK', multiplier: 100 }, { kind: 'stock' })).toThrow('counts 100 times its price');
    expect(() => check({ secType: 'STK', multiplier: 0 })).toThrow('is a stock, and the settings say future');
    expect(() => check({}, {}, { priceMagnifier: 100 })).toThrow('parts of its currency (1/100)');
  });
});

describe('what TWS is asked for a future', () => {
  it.each<[Partial<ContractSpec>, object]>([
    [{ lastTradeMonth: '202612' }, { symbol: 'ES', lastTradeDateOrContractMonth: '202612' }],
    [{ localSymbol: 'ESZ6' }, { symbol: 'ES', localSymbol: 'ESZ6' }],
    [
      { lastTradeMonth: '20261218', multiplier: 50, tradingClass: 'ES' },
      { symbol: 'ES', lastTradeDateOrContractMonth: '20261218', multiplier: 50, tradingClass: 'ES' },
    ],
  ])('by %j', (spec, asked) => {
    expect(contractQuery({ ...SPEC, ...spec })).toEqual({ secType: 'FUT', exchange: 'CME', currency: 'USD', ...asked });
  });

  it('is ambiguous with every contract told apart; what is no contract of ours is no candidate', () => {
    const next = withContract({
      conId: 2,
      localSymbol: 'ESH7',
      lastTradeDate: '20270319',
      lastTradeDateOrContractMonth: '',
    });
    const later = { ...next, realExpirationDate: '' };
    expect(() => theOne(SPEC, [DETAILS, later])).toThrow(
      '637533641 (ESZ6, until 2026-12-18, times 50, CME, USD), 2 (ESH7, until 2027-03-19, times 50, CME, USD)',
    );
    expect(candidateOf(withContract({ secType: 'OPT' }))).toBeUndefined();
  });
});

describe('hours of a future', () => {
  // As TWS tells them for ES in the week of Thanksgiving: a shortened Thursday and Friday, and no Saturday.
  const hours = {
    timeZone: 'US/Central',
    trading:
      '20261124:1700-20261125:1600;20261125:1700-20261126:1200;20261126:1700-20261127:1215;20261128:CLOSED;20261129:1700-20261130:1600',
    liquid: '20261125:0830-20261125:1600;20261126:0830-20261126:1200;20261127:0830-20261127:1215;20261128:CLOSED',
  };
  const calendar = bundledCalendars.of('CME');
  const future = { future: { multiplier: '50' as never, lastTradingDay: '2026-12-18' } };

  it('are all hours of the trading day, across midnight, over a holiday', () => {
    expect(comparedSpans(hours, future)).toHaveLength(4);
    expect(hourDifferences(comparedSpans(hours, future), calendar)).toEqual([]);
    expect(comparedSpans(hours, {})).toHaveLength(3);
  });

  it('that differ are told by the day on which they close', () => {
    const differences = (trading: string) => hourDifferences(openSpans(trading, 'US/Central'), calendar);
    expect(differences('20261129:1700-20261130:1515')).toEqual([
      '2026-11-30: TWS closes at 2026-11-30T21:15Z, CME at 2026-11-30T22:00Z',
    ]);
    expect(differences('20261124:1700-20261125:1600;20261129:1800-20261130:1600')).toEqual([
      '2026-11-30: TWS opens at 2026-11-30T00:00Z, CME is open before',
    ]);
    expect(differences('20261224:1700-20261225:1200')[0]).toContain('CME is closed then');
  });
});
