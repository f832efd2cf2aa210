import { DateTime } from 'luxon';
import type { EpochMillis } from '../../domain/clock/instant';
import { dec, isMultipleOf } from '../../domain/money/decimal';

/** A contract of the simulated broker, in the broker's own words. Prices of all of them are made up. */
export interface SimContract {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: 'STK' | 'FUT';
  /** `YYYYMMDD` of a future's last trading day; empty for a stock. */
  readonly lastTradeDate: string;
  /** Currency of one point for one contract, of a future; empty for a stock. */
  readonly multiplier: string;
  /** Where orders go unless they say otherwise. */
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly validExchanges: readonly string[];
  readonly currency: string;
  readonly localSymbol: string;
  readonly tradingClass: string;
  readonly longName: string;
  /** The smallest price step anywhere; the market rule says which one holds where. */
  readonly minTick: string;
  readonly marketRule: number;
  /** The calendar that it keeps when the simulator is told to keep hours. */
  readonly calendar: 'NYSE' | 'CME';
  /** Around this the made-up price swings. */
  readonly centre: string;
  /** Margin that opening one unit takes: a share of its value, or an amount a contract. */
  readonly margin: { readonly share: string } | { readonly each: string };
  /** Commission of one unit, and the least of an order. */
  readonly commission: { readonly each: string; readonly least: string };
}

/** From this price on, prices are multiples of the increment. */
interface PriceBand {
  readonly from: string;
  readonly increment: string;
}

/** Market rules by number, lowest band first. */
export const MARKET_RULES: ReadonlyMap<number, readonly PriceBand[]> = new Map([
  [26, [{ from: '0', increment: '0.01' }]],
  [67, [{ from: '0', increment: '0.25' }]],
  [
    9001,
    [
      { from: '0', increment: '0.01' },
      { from: '100', increment: '0.05' },
    ],
  ],
]);

/** True when a price is a multiple of the increment of its band. */
export function isOnTick({ marketRule }: Pick<SimContract, 'marketRule'>, price: string): boolean {
  const bands = MARKET_RULES.get(marketRule) ?? [];
  const band = bands.findLast(({ from }) => dec(price).abs().gte(from));
  return band !== undefined && isMultipleOf(dec(price), dec(band.increment));
}

const STOCK = {
  secType: 'STK',
  lastTradeDate: '',
  multiplier: '',
  calendar: 'NYSE',
  centre: '100',
  margin: { share: '0.5' },
  commission: { each: '0.005', least: '1' },
  minTick: '0.01',
  marketRule: 26,
} as const satisfies Partial<SimContract>;

function stock(own: Pick<SimContract, 'conId' | 'symbol' | 'longName'> & Partial<SimContract>): SimContract {
  return {
    ...STOCK,
    exchange: 'SMART',
    primaryExchange: 'NASDAQ',
    validExchanges: ['SMART', 'NASDAQ', 'NYSE', 'ARCA', 'ISLAND'],
    currency: 'USD',
    localSymbol: own.symbol,
    tradingClass: own.primaryExchange === undefined ? 'NMS' : own.symbol,
    ...own,
  };
}

/** Apple at its home and on two foreign exchanges, as its symbol alone does not say which; and one with price bands. */
const STOCKS: readonly SimContract[] = [
  stock({ conId: 265598, symbol: 'AAPL', longName: 'APPLE INC' }),
  stock({
    ...{ conId: 38708077, symbol: 'AAPL', longName: 'APPLE INC', currency: 'MXN' },
    ...{ exchange: 'MEXI', primaryExchange: 'MEXI', validExchanges: ['MEXI'] },
  }),
  stock({
    ...{ conId: 273982664, symbol: 'AAPL', longName: 'APPLE INC', currency: 'CHF' },
    ...{ exchange: 'EBS', primaryExchange: 'EBS', validExchanges: ['EBS'] },
  }),
  stock({ conId: 990000001, symbol: 'BAND', longName: 'PRICE BANDS, MADE UP', marketRule: 9001 }),
];

const EXCHANGE_ZONE = 'America/Chicago';
/** Source: CME rulebook, chapter 358, "Termination of trading": 8:30 a.m. on the third Friday. */
export const LAST_TRADE_TIME = '08:30:00';
const MONTH_CODES = 'FGHJKMNQUVXZ';
const QUARTERS = [3, 6, 9, 12] as const;

/** The third Friday of a month, as a number of its day. */
function thirdFriday(year: number, month: number): number {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return 1 + ((5 - first + 7) % 7) + 14;
}

function future(root: 'ES' | 'MES', year: number, month: number): SimContract {
  const micro = root === 'MES';
  const [mm, dd] = [String(month).padStart(2, '0'), String(thirdFriday(year, month)).padStart(2, '0')];
  return {
    conId: (micro ? 700_000_000 : 701_000_000) + year * 100 + month,
    ...{ symbol: root, secType: 'FUT', lastTradeDate: `${year}${mm}${dd}`, multiplier: micro ? '5' : '50' },
    ...{ exchange: 'CME', primaryExchange: '', validExchanges: ['CME', 'QBALGO'], currency: 'USD' },
    localSymbol: `${root}${MONTH_CODES[month - 1] ?? ''}${year % 10}`,
    ...{
      tradingClass: root,
      longName: `${micro ? 'Micro E-Mini' : 'E-mini'} S&P 500`,
      minTick: '0.25',
      marketRule: 67,
    },
    ...{ calendar: 'CME', centre: '5000', margin: { each: micro ? '2500' : '25000' } },
    commission: micro ? { each: '0.62', least: '0' } : { each: '2.25', least: '0' },
  };
}

/**
 * The contracts of a broker that starts at a time: the stocks, the next two quarterly futures of each root, and, last, the
 * one of each root that has expired before.
 */
export function contractsAt(now: EpochMillis): readonly SimContract[] {
  const year = new Date(now).getUTCFullYear();
  const quarters = (['ES', 'MES'] as const).map((root) =>
    [year - 1, year, year + 1].flatMap((one) => QUARTERS.map((month) => future(root, one, month))),
  );
  return [
    ...STOCKS,
    ...quarters.flatMap((all) => all.filter((one) => !isOver(one, now)).slice(0, 2)),
    ...quarters.flatMap((all) => all.filter((one) => isOver(one, now)).slice(-1)),
  ];
}

/** Whether a future's last trading day is over, at its exchange: nobody is told of it any more who does not ask for such. */
export function isOver({ lastTradeDate }: Pick<SimContract, 'lastTradeDate'>, at: EpochMillis): boolean {
  return lastTradeDate !== '' && DateTime.fromMillis(at, { zone: EXCHANGE_ZONE }).toFormat('yyyyMMdd') > lastTradeDate;
}

/** When a future stops trading: in the morning of its last day, by CME's rule for the index. Undefined for a stock. */
export function endOf({ lastTradeDate }: Pick<SimContract, 'lastTradeDate'>): EpochMillis | undefined {
  if (lastTradeDate === '') return undefined;
  return DateTime.fromFormat(`${lastTradeDate} ${LAST_TRADE_TIME}`, 'yyyyMMdd HH:mm:ss', {
    zone: EXCHANGE_ZONE,
  }).toMillis();
}

/** What a client says of a contract; what it leaves out fits any. */
export interface AskedContract {
  readonly conId?: number | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
  readonly lastTradeDate?: string | undefined;
  readonly exchange?: string | undefined;
  readonly primaryExchange?: string | undefined;
  readonly currency?: string | undefined;
  readonly localSymbol?: string | undefined;
  readonly multiplier?: string | undefined;
  readonly tradingClass?: string | undefined;
  readonly includeExpired?: boolean | undefined;
}

/** The contracts that fit what is asked; those that have expired only where that is asked. More than one: it is ambiguous. */
export function matching(
  contracts: readonly SimContract[],
  asked: AskedContract,
  now: EpochMillis,
): readonly SimContract[] {
  const said = (value: string | undefined): value is string => value !== undefined && value !== '';
  const fits = (value: string | undefined, own: string): boolean => !said(value) || value === own;
  const named = (asked.conId ?? 0) !== 0 || said(asked.symbol) || said(asked.localSymbol);
  if (!named) return [];
  return contracts.filter(
    (contract) =>
      ((asked.conId ?? 0) === 0 || asked.conId === contract.conId) &&
      (asked.includeExpired === true || !isOver(contract, now)) &&
      fits(asked.symbol, contract.symbol) &&
      fits(asked.secType, contract.secType) &&
      (!said(asked.lastTradeDate) || contract.lastTradeDate.startsWith(asked.lastTradeDate)) &&
      (!said(asked.exchange) || contract.validExchanges.includes(asked.exchange)) &&
      fits(asked.primaryExchange, contract.primaryExchange) &&
      fits(asked.currency, contract.currency) &&
      fits(asked.localSymbol, contract.localSymbol) &&
      fits(asked.multiplier, contract.multiplier) &&
      fits(asked.tradingClass, contract.tradingClass),
  );
}
