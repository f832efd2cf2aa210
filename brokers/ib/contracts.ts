import { SecType } from '@stoqey/ib';
import type { Contract, ContractDetails, PriceIncrement } from '@stoqey/ib';
import type { CalendarId } from '../../domain/calendar/calendar';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type { DecimalString } from '../../domain/money/decimal';
import type { ContractCandidate } from '../../domain/order/broker';
import { amountOf } from './numbers';
import { coarsestTick } from './ticks';
import type { PriceBand } from './ticks';

/** A stock that an account trades: our id, and enough to name one contract. */
export interface ContractSpec {
  readonly id: InstrumentId;
  /** Names the contract by itself; found by the rest when left out. */
  readonly conId?: number;
  readonly symbol: string;
  /** Where orders go: `SMART`, or one exchange. */
  readonly exchange: string;
  readonly currency: string;
  /** The listing exchange, where the symbol alone is ambiguous. */
  readonly primaryExchange?: string;
  readonly calendar: CalendarId;
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
    const listed = candidates.map(
      ({ conId, currency, primaryExchange }) => `${conId} (${primaryExchange}, ${currency})`,
    );
    super(
      listed.length === 0
        ? `${spec.id}: TWS knows no such contract`
        : `${spec.id} is ambiguous: give it the conId of one of ${listed.slice(0, 8).join(', ')}`,
    );
  }
}

/** What TWS is asked for a contract: a stock, unless a number names the contract; see `refuseMultiplied`. */
export function contractQuery(spec: ContractSpec): Contract {
  const { conId, currency, exchange, primaryExchange, symbol } = spec;
  if (conId !== undefined) return { conId, exchange };
  return {
    symbol,
    secType: SecType.STK,
    exchange,
    currency,
    ...(primaryExchange === undefined ? {} : { primaryExch: primaryExchange }),
  };
}

/** The one contract of an answer. @throws AmbiguousContract when there is none or more than one */
export function theOne(spec: ContractSpec, found: readonly ContractDetails[]): ContractDetails {
  const byId = new Map(found.map((details) => [details.contract.conId, details]));
  const [only] = byId.values();
  if (only === undefined || byId.size > 1) throw new AmbiguousContract(spec, [...byId.values()].map(candidateOf));
  return only;
}

/**
 * A number may name anything that TWS trades. Only stocks are taken: our books have no multiplier, and would count a
 * future for a fiftieth of what it is. @throws UnusableContract for everything else
 */
export function refuseMultiplied({ id }: ContractSpec, { contract }: ContractDetails): void {
  const { conId = 0, multiplier, secType = 'unknown' } = contract;
  const isMultiplied = multiplier !== undefined && multiplier !== 0 && multiplier !== 1;
  if (secType === SecType.STK && !isMultiplied) return;
  const times = isMultiplied ? `, times ${multiplier}` : '';
  throw new UnusableContract(
    `${id}: conId ${conId} is no stock (${secType}${times}): the books have no multiplier, so nothing else is traded`,
  );
}

export function candidateOf({ contract, longName }: ContractDetails): ContractCandidate {
  return {
    conId: contract.conId ?? 0,
    symbol: contract.symbol ?? '',
    kind: contract.secType ?? '',
    exchange: contract.exchange ?? '',
    primaryExchange: contract.primaryExch ?? '',
    currency: contract.currency ?? '',
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

/**
 * A contract as we trade it. Its one tick is one that holds in every price band. Nothing is taken in the base asset as a
 * fee, and TWS states no smallest notional: it answers an order that is below one.
 */
export function ibContract(spec: ContractSpec, details: ContractDetails, bands: readonly PriceBand[]): IbContract {
  const { contract, liquidHours = '', longName = '', sizeIncrement, minSize, timeZoneId = '', tradingHours } = details;
  const one = '1' as DecimalString;
  const lot = positive(amountOf(sizeIncrement)) ?? one;
  const instrument: Instrument = {
    id: spec.id,
    description: longName === '' ? `${spec.symbol} at Interactive Brokers` : longName,
    calendar: spec.calendar,
    baseAsset: contract.symbol ?? spec.symbol,
    quoteAsset: contract.currency ?? spec.currency,
    tick: coarsestTick(bands),
    lot,
    minQuantity: positive(amountOf(minSize)) ?? lot,
    minNotional: '0' as DecimalString,
    maxBaseFeeRate: '0' as DecimalString,
    ...(hasExtendedHours(tradingHours, liquidHours) ? { extendedHours: true } : {}),
  };
  const conId = contract.conId ?? 0;
  return {
    id: spec.id,
    conId,
    contract: { conId, exchange: spec.exchange },
    instrument,
    bands,
    hours: { timeZone: timeZoneId, trading: tradingHours ?? '', liquid: liquidHours },
  };
}

/** Its hours of trading are more than its regular ones. */
function hasExtendedHours(trading: string | undefined, liquid: string): boolean {
  return trading !== undefined && trading !== '' && liquid !== '' && trading !== liquid;
}

function positive(amount: DecimalString | undefined): DecimalString | undefined {
  return amount === undefined || amount === '0' ? undefined : amount;
}
