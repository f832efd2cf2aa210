import type { Contract, ContractDetails, PriceIncrement } from '@stoqey/ib';
import type { CalendarId } from '../../domain/calendar/calendar';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type { DecimalString } from '../../domain/money/decimal';
import type { ContractCandidate, ContractKind } from '../../domain/order/broker';
import { kindOf } from './contract-kinds';
import { futureTermsOf, lastTradingDayOf } from './expiry';
import { amountOf } from './numbers';
import { coarsestTick } from './ticks';
import type { PriceBand } from './ticks';

/** A stock or a future that an account trades: our id, and enough to name one contract. */
export interface ContractSpec {
  readonly id: InstrumentId;
  /** Left out where `conId` tells. */
  readonly kind?: ContractKind;
  /** Names the contract by itself; found by the rest when left out. */
  readonly conId?: number;
  /** Of a future, that of its root: `ES`. */
  readonly symbol?: string;
  /** The exchange's own name of a future: `ESZ6`. */
  readonly localSymbol?: string;
  /** Of a future: the month that names the contract (`YYYYMM`), or its last trading day (`YYYYMMDD`). */
  readonly lastTradeMonth?: string;
  /** Of a future, where several differ by it alone. */
  readonly multiplier?: number;
  readonly tradingClass?: string;
  /** Where orders go: `SMART`, or one exchange. A `conId` alone leaves it to what TWS says of the contract. */
  readonly exchange?: string;
  readonly currency: string;
  /** The listing exchange, where the symbol alone is ambiguous. */
  readonly primaryExchange?: string;
  /** NYSE for a stock and CME for a future of CME unless told. */
  readonly calendar?: CalendarId;
}

/** A contract as TWS has it, resolved once. */
export interface IbContract {
  readonly id: InstrumentId;
  readonly conId: number;
  readonly contract: Contract;
  readonly instrument: Instrument;
  readonly bands: readonly PriceBand[];
  readonly hours: { readonly timeZone: string; readonly trading: string; readonly liquid: string };
}

/** Thrown for an instrument of the settings that no order can be sent for, whatever the line does. */
export class UnusableContract extends Error {
  override readonly name: string = 'UnusableContract';
}

/** Thrown when a symbol names none or more than one contract; orders for it are refused. */
export class AmbiguousContract extends UnusableContract {
  override readonly name = 'AmbiguousContract';

  constructor(
    readonly spec: ContractSpec,
    readonly candidates: readonly ContractCandidate[],
  ) {
    const listed = candidates.map((candidate) => `${candidate.conId} (${told(candidate)})`);
    super(
      listed.length === 0
        ? `${spec.id}: TWS knows no such contract`
        : `${spec.id} is ambiguous: give it the conId of one of ${listed.slice(0, 8).join(', ')}`,
    );
  }
}

/** What tells a candidate from the others. */
function told({
  currency,
  exchange,
  kind,
  lastTradingDay,
  localSymbol,
  multiplier,
  primaryExchange,
}: ContractCandidate) {
  if (kind === 'stock') return `${primaryExchange}, ${currency}`;
  return `${localSymbol}, until ${lastTradingDay ?? 'an unknown day'}, times ${multiplier ?? 'nothing'}, ${exchange}, ${currency}`;
}

/** The one contract of an answer. @throws AmbiguousContract when there is none or more than one */
export function theOne(spec: ContractSpec, found: readonly ContractDetails[]): ContractDetails {
  const byId = new Map(found.map((details) => [details.contract.conId, details]));
  const [only] = byId.values();
  if (only === undefined || byId.size > 1)
    throw new AmbiguousContract(
      spec,
      [...byId.values()].flatMap((details) => candidateOf(details) ?? []),
    );
  return only;
}

/** A contract as people see it in a list; undefined for what is neither a stock nor a future. */
export function candidateOf(details: ContractDetails): ContractCandidate | undefined {
  const { contract, longName } = details;
  const kind = kindOf(contract);
  if (kind === undefined) return undefined;
  const isFuture = kind === 'future';
  return {
    conId: contract.conId ?? 0,
    symbol: contract.symbol ?? '',
    localSymbol: contract.localSymbol ?? '',
    tradingClass: contract.tradingClass ?? '',
    kind,
    exchange: contract.exchange ?? '',
    primaryExchange: contract.primaryExch ?? '',
    currency: contract.currency ?? '',
    lastTradingDay: (isFuture ? lastTradingDayOf(details) : undefined) ?? null,
    multiplier: (isFuture ? amountOf(contract.multiplier) : undefined) ?? null,
    description: longName ?? '',
  };
}

/** The market rule of the exchange that orders go to; undefined where TWS names none. */
export function marketRuleOf(details: ContractDetails, exchange: string): number | undefined {
  const exchanges = (details.validExchanges ?? '').split(',');
  const rules = (details.marketRuleIds ?? '').split(',');
  const rule = Number(rules[exchanges.indexOf(exchange)] ?? rules[0]);
  return Number.isInteger(rule) && rule > 0 ? rule : undefined;
}

/** Bands of a market rule, or one band of the smallest tick where there is no rule. @throws RangeError without either */
export function bandsOf(details: ContractDetails, rule: readonly PriceIncrement[] | undefined): readonly PriceBand[] {
  const bands = (rule ?? []).flatMap(({ lowEdge, increment }) => {
    const [from, tick] = [amountOf(lowEdge), amountOf(increment)];
    return from === undefined || tick === undefined || tick === '0' ? [] : [{ from, tick }];
  });
  if (bands.length > 0) return [...bands].sort((a, b) => Number(a.from) - Number(b.from));
  const tick = amountOf(details.minTick);
  if (tick === undefined || tick === '0') throw new RangeError('TWS states no tick');
  return [{ from: '0' as DecimalString, tick }];
}

/** Where orders for a contract go: as the settings say, else a stock by the broker's router, a future to its exchange. */
export function exchangeOf({ exchange }: ContractSpec, { contract }: ContractDetails): string {
  if (exchange !== undefined) return exchange;
  return kindOf(contract) === 'future' ? (contract.exchange ?? '') : 'SMART';
}

/**
 * A contract as we trade it. Its one tick is one that holds in every price band. Nothing is taken in the base asset as a
 * fee, and TWS states no smallest notional: it answers an order that is below one.
 * @throws UnusableContract for a future that its terms are not known of, and for one whose market has no calendar here
 */
export function ibContract(spec: ContractSpec, details: ContractDetails, bands: readonly PriceBand[]): IbContract {
  const { contract, liquidHours = '', sizeIncrement, minSize, timeZoneId = '', tradingHours = '' } = details;
  const lot = positive(amountOf(sizeIncrement)) ?? ('1' as DecimalString);
  const isFuture = kindOf(contract) === 'future';
  const symbol = contract.symbol ?? spec.symbol ?? spec.id;
  const [name, exchange, conId] = [details.longName ?? '', exchangeOf(spec, details), contract.conId ?? 0];
  const instrument: Instrument = {
    id: spec.id,
    description: name === '' ? `${symbol} at Interactive Brokers` : name,
    calendar: calendarOf(spec, isFuture, exchange),
    baseAsset: symbol,
    quoteAsset: contract.currency ?? spec.currency,
    tick: coarsestTick(bands),
    lot,
    minQuantity: positive(amountOf(minSize)) ?? lot,
    minNotional: '0' as DecimalString,
    maxBaseFeeRate: '0' as DecimalString,
    ...(isFuture ? futureOf(spec, details) : extendedHoursOf(tradingHours, liquidHours)),
  };
  return {
    ...{ id: spec.id, conId, contract: { conId, exchange }, instrument, bands },
    hours: { timeZone: timeZoneId, trading: tradingHours, liquid: liquidHours },
  };
}

/** What makes a future of an instrument. Its base asset names the contract: two months of one root are two assets. */
function futureOf(
  spec: ContractSpec,
  details: ContractDetails,
): Pick<Instrument, 'future' | 'baseAsset' | 'description'> {
  const terms = futureTermsOf(details);
  if (typeof terms === 'string') throw new UnusableContract(`${spec.id}: ${terms}`);
  const { contract, longName = '' } = details;
  const { lastTradingDay, multiplier } = terms;
  const localSymbol = contract.localSymbol ?? spec.id;
  const worth = `${multiplier} ${contract.currency ?? spec.currency} a point`;
  return {
    future: terms,
    baseAsset: localSymbol,
    description: `${longName === '' ? 'Future' : longName}, ${localSymbol}: ${worth}, trades until ${lastTradingDay}`,
  };
}

function calendarOf({ calendar, id }: ContractSpec, isFuture: boolean, exchange: string): CalendarId {
  if (calendar !== undefined) return calendar;
  if (!isFuture) return 'NYSE';
  if (exchange === 'CME') return 'CME';
  throw new UnusableContract(
    `${id}: futures of ${exchange} need a calendar in the settings: only that of CME is known`,
  );
}

/**
 * Its hours of trading are more than its regular ones. Not asked of a future, whose orders work in all its hours: its
 * calendar is that of all of them.
 */
function extendedHoursOf(trading: string, liquid: string): Pick<Instrument, 'extendedHours'> {
  return trading !== '' && liquid !== '' && trading !== liquid ? { extendedHours: true } : {};
}

function positive(amount: DecimalString | undefined): DecimalString | undefined {
  return amount === undefined || amount === '0' ? undefined : amount;
}
