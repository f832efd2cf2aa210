import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { bidAndAsk } from '../../domain/matching/matching-rules';
import { text } from '../../domain/money/decimal';
import type { Desk, Handlers } from './desk';
import type { SimMarket } from './market';
import { asked } from './meet';
import type { IbSession } from './session';
import { isRefusal, resolved } from './validate';
import type { FromClientValues } from './wire/from-client';

/** What the account may see of the market: at once, late, or nothing. */
export type Entitlement = 'live' | 'delayed' | 'none';

/** Numbers of the ticks; those of delayed data are others, so that nobody takes the one for the other. */
const TICKS = {
  live: { bid: 1, ask: 2, last: 4, time: 45 },
  delayed: { bid: 66, ask: 67, last: 68, time: 88 },
} as const;
/** `marketDataType` of what is shown. */
const DATA_TYPE = { live: 1, delayed: 3 } as const;
const DELAY: Millis = 15 * 60_000;
const MOST_TICKERS = 100;
const SIZE = '100';

/** Subscriptions of market data begin with this: they end when the broker says 1101. */
export const DATA_KEY = 'data ';

export const QUOTE_HANDLERS: Handlers = {
  setMarketDataType: (_, session, { type = 1 }) => {
    session.marketDataType = type;
  },
  requestMarketData: asked(subscribe),
  cancelMarketData: (_, session, { reqId = 0 }) => {
    if (!session.unsubscribe(`${DATA_KEY}${reqId}`)) session.error(reqId, 300, `Can't find EId with tickerId:${reqId}`);
  },
};

function subscribe(desk: Desk, session: IbSession, wanted: FromClientValues<'requestMarketData'>): void {
  const { reqId = 0 } = wanted;
  const contract = resolved(desk.contracts, wanted, desk.now());
  if (isRefusal(contract)) {
    session.error(reqId, contract.code, contract.message);
    return;
  }
  const wantsDelayed = session.marketDataType === 3 || session.marketDataType === 4;
  if (desk.entitlement === 'none' || (desk.entitlement === 'delayed' && !wantsDelayed)) {
    const late = desk.entitlement === 'delayed' ? 'Delayed market data is available.' : '';
    session.error(reqId, 354, `Requested market data is not subscribed.${late}`);
    return;
  }
  if (session.subscriptions(DATA_KEY) >= MOST_TICKERS) {
    session.error(reqId, 101, 'Max number of tickers has been reached');
    return;
  }
  if (desk.entitlement === 'delayed')
    session.error(reqId, 10167, 'Requested market data is not subscribed. Displaying delayed market data.');
  session.send('marketDataType', { reqId, type: DATA_TYPE[desk.entitlement] });
  const market = desk.ledger.market(contract.conId);
  if (market === undefined) return;
  const show = ticker(desk, session, market, reqId, desk.entitlement);
  show();
  if (wanted.snapshot === true) session.send('tickSnapshotEnd', { reqId });
  else session.subscribe(`${DATA_KEY}${reqId}`, show);
}

/** Shows bid, ask, last price and its time whenever there is a newer print. */
function ticker(
  desk: Desk,
  session: IbSession,
  market: SimMarket,
  reqId: number,
  which: keyof typeof TICKS,
): () => void {
  let shown: EpochMillis | undefined;
  const types = TICKS[which];
  return () => {
    if (desk.isCutOff()) return;
    const print = market.tape('extended').lastPrint(desk.now() - (which === 'delayed' ? DELAY : 0));
    if (print === undefined || print.at === shown) return;
    shown = print.at;
    const { ask, bid } = bidAndAsk(print, market.rules);
    const price = (tickType: number, amount: string): void =>
      session.send('tickPrice', { reqId, tickType, price: amount, size: SIZE, attributes: 0 });
    price(types.bid, text(bid));
    price(types.ask, text(ask));
    price(types.last, text(print.price));
    session.send('tickString', { reqId, tickType: types.time, value: String(Math.floor(print.at / 1_000)) });
  };
}
