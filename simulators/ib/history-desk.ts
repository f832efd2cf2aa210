import type { Desk, Handlers } from './desk';
import { barOf, barSize, barView, HISTORY_KINDS, spansOf, spanStart } from './history';
import type { AskedBars } from './history';
import type { SimMarket } from './market';
import { asked } from './meet';
import type { IbSession } from './session';
import { readTime, said } from './times';
import { isRefusal, resolved } from './validate';
import type { IbRefusal } from './validate';
import type { FromClientValues } from './wire/from-client';

type Wanted = FromClientValues<'requestHistoricalData'>;

const SERVICE = 'Historical Market Data Service error message:';
/** Bars of one answer. */
const MOST_BARS = 10_000;

export const HISTORY_HANDLERS: Handlers = {
  requestHistoricalData: asked((desk, session, wanted) => {
    const { reqId = 0 } = wanted;
    const contract = resolved(desk.contracts, wanted);
    const market = isRefusal(contract) ? undefined : desk.ledger.market(contract.conId);
    const bars = isRefusal(contract) || market === undefined ? contract : read(desk, market, wanted);
    if (market === undefined || isRefusal(bars)) {
      if (isRefusal(bars)) session.error(reqId, bars.code, bars.message);
      return;
    }
    answer(session, market, wanted, bars as AskedBars);
  }),
  cancelHistoricalData: (_, session, { reqId = 0 }) =>
    session.error(reqId, 162, `${SERVICE}API historical data query cancelled: ${reqId}`),
};

/** The bars that are asked for, or why they are refused. */
function read(desk: Desk, market: SimMarket, wanted: Wanted): AskedBars | IbRefusal {
  const kind = HISTORY_KINDS.find((one) => one === wanted.whatToShow?.toUpperCase());
  if (kind === undefined) return invalid(`whatToShow ${wanted.whatToShow ?? ''} is not simulated`);
  const size = barSize(wanted.barSize ?? '');
  if (size === undefined) return invalid(`bar size ${wanted.barSize ?? ''} is not simulated`);
  if (wanted.keepUpToDate === true) return invalid('keepUpToDate is not simulated');
  const to = wanted.end === '' ? desk.now() : readTime(wanted.end ?? '');
  if (to === undefined)
    return { code: 10314, message: 'End Date/Time: The date, time, or time-zone entered is invalid.' };
  const from = spanStart(market, wanted.duration ?? '', to);
  if (from === undefined) return invalid(`duration ${wanted.duration ?? ''}`);
  const { contract } = market;
  const paced = {
    whole: JSON.stringify([contract.conId, wanted.exchange, wanted.end, wanted.barSize, wanted.duration, kind]),
    subject: `${contract.conId} ${wanted.exchange ?? ''} ${kind}`,
    weight: kind === 'BID_ASK' ? 2 : 1,
  } as const;
  if (!desk.pacing.admits(paced, desk.now()))
    return { code: 162, message: `${SERVICE}Historical data request pacing violation` };
  return { from, to, size, kind, hours: wanted.regularHours === true ? 'regular' : 'extended' };
}

function answer(session: IbSession, market: SimMarket, wanted: Wanted, bars: AskedBars): void {
  const { reqId = 0 } = wanted;
  const spans = spansOf(market, bars);
  if (spans.length > MOST_BARS) {
    session.error(reqId, 162, `${SERVICE}Time length exceed max.`);
    return;
  }
  const found = spans.map((span) => barOf(market, span, bars)).filter((bar) => bar !== undefined);
  if (found.length === 0) {
    const { symbol } = market.contract;
    session.error(reqId, 162, `${SERVICE}HMDS query returned no data: ${symbol} ${wanted.whatToShow ?? ''}`);
    return;
  }
  const views = found.map((bar) => barView(market, bar, bars.size === 0, wanted.dateFormat === 2));
  session.send('historicalData', { reqId, from: said(bars.from), to: said(bars.to), bars: views });
}

function invalid(why: string): IbRefusal {
  return { code: 321, message: `Error validating request.-'bP' : cause - ${why}` };
}
