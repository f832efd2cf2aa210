import type { EpochMillis } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import type { Print } from '../../../domain/matching/print';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import { trailBpsOf } from '../../../domain/order/order';
import type { OrderTerms } from '../../../domain/order/order';
import type { SimFill, SimListing, SimOrder } from '../ledger';

/** A refusal in Kraken's form. */
export class Refused extends Error {}

const ALIASES: Readonly<Record<string, string>> = { BTC: 'XBT' };
const LONG: Readonly<Record<string, string>> = { BTC: 'XXBT', ETH: 'XETH', USD: 'ZUSD' };

/** The name in orders, `XBTUSD`, and in listings and executions, `XXBTZUSD`. */
export const pairOf = (id: InstrumentId): string => partsOf(id, ALIASES).join('');
export const longPairOf = (id: InstrumentId): string => partsOf(id, LONG).join('');
export const assetName = (asset: string): string => LONG[asset] ?? asset;

function partsOf(id: InstrumentId, names: Readonly<Record<string, string>>): readonly string[] {
  return id.split('/').map((asset) => names[asset] ?? asset);
}

/** `O` for orders and `T` for executions, then the ledger's number in three groups. */
export function txidOf(letter: 'O' | 'T', id: string): string {
  const digits = id.padStart(16, '0');
  return `${letter}${digits.slice(0, 5)}-${digits.slice(5, 10)}-${digits.slice(10)}`;
}

export const seconds = (millis: EpochMillis): number => millis / 1_000;

type Params = Readonly<Record<string, string | undefined>>;

/** An amount that an order names. @throws Refused. */
export function amount(params: Params, name: string): DecimalString {
  const value = params[name];
  if (value === undefined || !isDecimalString(value)) throw new Refused(`EGeneral:Invalid arguments:${name}`);
  return value;
}

/** The terms that an order asks for. @throws Refused. */
export function termsOf(params: Params): OrderTerms {
  switch (params['ordertype'] ?? '') {
    case 'market':
      return { type: 'market' };
    case 'limit': {
      const terms = { type: 'limit', price: amount(params, 'price') } as const;
      return params['oflags']?.split(',').includes('post') ? { ...terms, postOnly: true } : terms;
    }
    case 'stop-loss':
      return { type: 'stop', stopPrice: amount(params, 'price') };
    case 'stop-loss-limit':
      return { type: 'stop-limit', stopPrice: amount(params, 'price'), price: amount(params, 'price2') };
    case 'trailing-stop': {
      const share = /^\+(\d+(?:\.\d+)?)%$/.exec(params['price'] ?? '')?.[1];
      if (share === undefined) throw new Refused('EGeneral:Invalid arguments:price');
      return { type: 'trailing-stop', trailBps: dec(share).mul(100).toNumber() };
    }
    default:
      throw new Refused('EGeneral:Invalid arguments:ordertype');
  }
}

const TYPES = {
  market: 'market',
  limit: 'limit',
  stop: 'stop-loss',
  'stop-limit': 'stop-loss-limit',
  'trailing-stop': 'trailing-stop',
  'trailing-stop-limit': 'trailing-stop-limit',
} as const;

function pricesOf(terms: OrderTerms): readonly [price: string, price2: string] {
  switch (terms.type) {
    case 'market':
      return ['0', '0'];
    case 'limit':
      return [terms.price, '0'];
    case 'stop':
      return [terms.stopPrice, '0'];
    case 'stop-limit':
      return [terms.stopPrice, terms.price];
    case 'trailing-stop':
    case 'trailing-stop-limit':
      return [
        `+${dec(trailBpsOf(terms) ?? 0)
          .div(100)
          .toFixed(4)}%`,
        '0',
      ];
  }
}

/** What immediate orders leave is cancelled: `expired` is for those whose day has come. */
export function statusOf({ state }: SimOrder): string {
  return { open: 'open', filled: 'closed', cancelled: 'canceled', expired: 'canceled', rejected: 'canceled' }[state];
}

/** An order as its three lists show it; `asked` are the terms that it was placed with. */
export function orderView(order: SimOrder, asked: OrderTerms, fills: readonly SimFill[]): object {
  const [price, price2] = pricesOf(asked);
  return {
    refid: null,
    userref: null,
    ...(order.clientOrderId === null ? {} : { cl_ord_id: order.clientOrderId }),
    status: statusOf(order),
    reason: order.endReason,
    opentm: seconds(order.receivedAt),
    ...(order.state === 'open' ? {} : { closetm: seconds(order.updatedAt) }),
    descr: {
      pair: pairOf(order.instrument),
      type: order.side,
      ordertype: TYPES[asked.type],
      ...{ price, price2, leverage: 'none', close: '' },
    },
    vol: padded(order.quantity),
    vol_exec: padded(order.filled),
    oflags: asked.type === 'limit' && asked.postOnly ? 'fciq,post' : 'fciq',
    ...(fills.length === 0 ? {} : { trades: fills.map(({ id }) => txidOf('T', id)) }),
  };
}

export function tradeView(fill: SimFill): object {
  return {
    ordertxid: txidOf('O', fill.orderId),
    pair: longPairOf(fill.instrument),
    time: seconds(fill.at),
    type: fill.side,
    price: padded(fill.price),
    vol: padded(fill.quantity),
    fee: padded(fill.fee),
    cost: padded(text(dec(fill.price).mul(fill.quantity))),
    trade_id: Number(fill.id),
    maker: fill.liquidity === 'maker',
    misc: '',
  };
}

export function pairView({ instrument: i }: SimListing): object {
  return {
    altname: pairOf(i.id),
    wsname: i.id,
    base: assetName(i.baseAsset),
    quote: assetName(i.quoteAsset),
    pair_decimals: dec(i.tick).decimalPlaces(),
    lot_decimals: dec(i.lot).decimalPlaces(),
    tick_size: i.tick,
    ordermin: i.minQuantity,
    costmin: i.minNotional,
    status: 'online',
  };
}

export function tickerView({ rules }: SimListing, print: Print): object {
  const { bid, ask } = bidAndAsk(print, rules);
  const [above, below, last] = [ask, bid, print.price].map((price) => padded(text(price)));
  return { a: [above, '1', '1.000'], b: [below, '1', '1.000'], c: [last, padded(text(print.volume))] };
}

/** Kraken writes amounts with as many places as its pairs have. */
export function padded(value: string): string {
  return dec(value).toFixed(8);
}
