import type { EpochMillis } from '../../domain/clock/instant';
import { dec, isDecimalString } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { endOf, isOnTick, matching } from './contracts';
import type { SimContract } from './contracts';
import { ORDER_TYPES, TIMES_IN_FORCE } from './order';
import type { IbOrderType, IbTimeInForce, NewIbOrder } from './order';
import { readTime } from './times';
import type { FromClientValues } from './wire/from-client';

/** An error as the broker says it. */
export interface IbRefusal {
  readonly code: number;
  readonly message: string;
}

export function isRefusal(value: object): value is IbRefusal {
  return 'code' in value;
}

/** The one contract that is meant. */
export function resolved(
  contracts: readonly SimContract[],
  asked: Parameters<typeof matching>[1],
  now: EpochMillis,
): SimContract | IbRefusal {
  const found = matching(contracts, asked, now);
  const [only] = found;
  if (only === undefined) return { code: 200, message: 'No security definition has been found for the request' };
  if (found.length === 1) return only;
  return { code: 200, message: `The contract description specified for ${only.symbol} is ambiguous.` };
}

type Placed = FromClientValues<'placeOrder'>;

/** What an order asks for; a refusal when it makes no sense. Whether the account can pay is not looked at here. */
export function readOrder(
  placed: Placed,
  clientId: number,
  contracts: readonly SimContract[],
  accounts: readonly string[],
  now: EpochMillis,
): NewIbOrder | IbRefusal {
  const contract = resolved(contracts, placed, now);
  if (isRefusal(contract)) return contract;
  if (now >= (endOf(contract) ?? Number.POSITIVE_INFINITY))
    return { code: 201, message: 'Order rejected - reason:The contract has expired: no trading.' };
  const account = placed.account === undefined || placed.account === '' ? accounts[0] : placed.account;
  if (account === undefined || !accounts.includes(account))
    return invalid(`account ${placed.account ?? ''} is unknown`);
  const side = { BUY: 'buy', SELL: 'sell' } as const;
  const action = placed.action === 'BUY' || placed.action === 'SELL' ? side[placed.action] : undefined;
  if (action === undefined) return invalid('action must be BUY or SELL');
  const type = ORDER_TYPES.find((one) => one === placed.orderType);
  if (type === undefined) return { code: 387, message: 'Unsupported order type for this exchange and security type.' };
  const timeInForce = TIMES_IN_FORCE.find((one) => one === (placed.tif === '' ? 'DAY' : placed.tif));
  if (timeInForce === undefined) return invalid('time in force is not supported');
  if (timeInForce === 'OPG' && contract.secType === 'FUT') return { code: 10052, message: 'Invalid time in force:OPG' };
  const quantity = positive(placed.quantity);
  if (quantity === undefined || !dec(quantity).isInteger()) return invalid('size must be a whole number above 0');
  const prices = readPrices(placed, type, contract);
  if (isRefusal(prices)) return prices;
  const deadline = readDeadline(placed, timeInForce);
  if (isRefusal(deadline)) return deadline;
  return {
    ...{ clientId, orderId: placed.orderId ?? 0, orderRef: placed.orderRef ?? '', account, contract },
    ...{ side: action, quantity, type, ...prices, timeInForce, ...deadline },
    ...{ goodTillDate: placed.goodTillDate ?? '', outsideRth: placed.outsideRth === true },
    transmit: placed.transmit === true,
  };
}

type Prices = Pick<NewIbOrder, 'limitPrice' | 'auxPrice' | 'trailingPercent' | 'trailStopPrice' | 'limitOffset'>;

function readPrices(placed: Placed, type: IbOrderType, contract: SimContract): Prices | IbRefusal {
  const limitPrice = type === 'LMT' || type === 'STP LMT' ? positive(placed.limitPrice) : undefined;
  if ((type === 'LMT' || type === 'STP LMT') && limitPrice === undefined) return invalid('limit price must be above 0');
  const auxPrice = type === 'MKT' || type === 'LMT' ? undefined : positive(placed.auxPrice);
  if ((type === 'STP' || type === 'STP LMT') && auxPrice === undefined) return invalid('stop price must be above 0');
  const trails = type === 'TRAIL' || type === 'TRAIL LIMIT';
  const trailingPercent = trails ? positive(placed.trailingPercent) : undefined;
  if (trails && (trailingPercent === undefined) === (auxPrice === undefined))
    return invalid('a trailing order has an amount or a percentage');
  const trailStopPrice = trails ? positive(placed.trailStopPrice) : undefined;
  const limitOffset = type === 'TRAIL LIMIT' ? plain(placed.limitPriceOffset) : undefined;
  if (type === 'TRAIL LIMIT' && limitOffset === undefined) return invalid('TRAIL LIMIT has a limit price offset');
  const onTick = [limitPrice, auxPrice, trailStopPrice].every(
    (price) => price === undefined || isOnTick(contract, price),
  );
  if (!onTick)
    return { code: 110, message: 'The price does not conform to the minimum price variation for this contract.' };
  return {
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(auxPrice === undefined ? {} : { auxPrice }),
    ...(trailingPercent === undefined ? {} : { trailingPercent }),
    ...(trailStopPrice === undefined ? {} : { trailStopPrice }),
    ...(limitOffset === undefined ? {} : { limitOffset }),
  };
}

function readDeadline(placed: Placed, timeInForce: IbTimeInForce): Pick<NewIbOrder, 'expiresAt'> | IbRefusal {
  if (timeInForce !== 'GTD') return {};
  const expiresAt = readTime(placed.goodTillDate ?? '');
  return expiresAt === undefined
    ? invalid('good-till-date must be yyyymmdd-hh:mm:ss or yyyymmdd hh:mm:ss zone')
    : { expiresAt };
}

function invalid(why: string): IbRefusal {
  return { code: 321, message: `Error validating request.-'bP' : cause - ${why}` };
}

/** A number of the protocol as a plain decimal; 0 is how "none" is written, too. */
function plain(amount: string | undefined): DecimalString | undefined {
  if (amount === undefined) return undefined;
  const written = dec(amount).toFixed();
  return isDecimalString(written) ? written : undefined;
}

function positive(amount: string | undefined): DecimalString | undefined {
  const value = plain(amount);
  return value !== undefined && dec(value).gt(0) ? value : undefined;
}
