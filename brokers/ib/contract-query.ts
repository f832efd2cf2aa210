import { SecType } from '@stoqey/ib';
import type { Contract, ContractDetails } from '@stoqey/ib';
import { kindOf } from './contract-kinds';
import { UnusableContract } from './contracts';
import type { ContractSpec } from './contracts';

/** What TWS is asked for a contract: what a number names, else a stock or a future by what tells it from others. */
export function contractQuery(spec: ContractSpec): Contract {
  const { conId, currency, exchange, kind, localSymbol, multiplier, primaryExchange, symbol, tradingClass } = spec;
  if (conId !== undefined) return { conId, ...(exchange === undefined ? {} : { exchange }) };
  return {
    ...(symbol === undefined ? {} : { symbol }),
    secType: kind === 'future' ? SecType.FUT : SecType.STK,
    ...(exchange === undefined ? {} : { exchange }),
    currency,
    ...(primaryExchange === undefined ? {} : { primaryExch: primaryExchange }),
    ...(localSymbol === undefined ? {} : { localSymbol }),
    ...(spec.lastTradeMonth === undefined ? {} : { lastTradeDateOrContractMonth: spec.lastTradeMonth }),
    ...(multiplier === undefined ? {} : { multiplier }),
    ...(tradingClass === undefined ? {} : { tradingClass }),
  };
}

/**
 * A number may name anything that TWS trades, and the settings may mean another kind. Stocks and futures are taken, each
 * counted as what it is: a stock one for one, in whole units of its currency.
 * @throws UnusableContract for everything else, by its name
 */
export function refuseOtherKinds({ id, kind: meant }: ContractSpec, details: ContractDetails): void {
  const { contract, priceMagnifier = 1 } = details;
  const { conId = 0, multiplier = 0, secType = 'unknown' } = contract;
  const refuse = (why: string): never => {
    throw new UnusableContract(`${id}: conId ${conId} ${why}`);
  };
  const kind = kindOf(contract);
  if (kind === undefined) return refuse(`is neither a stock nor a future (${secType}): nothing else is traded`);
  if (meant !== undefined && kind !== meant) return refuse(`is a ${kind}, and the settings say ${meant}`);
  if (kind === 'stock' && multiplier !== 0 && multiplier !== 1)
    return refuse(`is a stock that counts ${multiplier} times its price: it would be booked for one`);
  if (priceMagnifier > 1)
    return refuse(`is priced in parts of its currency (1/${priceMagnifier}): it would be booked for more than it is`);
}
