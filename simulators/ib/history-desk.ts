import type { Desk, Handlers } from './desk';
import { barOf, barSize, barView, HISTORY_KINDS, spansOf, spanStart } from './history';
import type { AskedBars } from './history';
import type { SimMarket } from './market';
import type { Fault } from './faults';
import { meet } from './meet';
import type { IbSession } from './session';
import { readTime, said } from './times';
import { isRefusal, resolved } from './validate';
import type { IbRefusal } from './validate';
import type { FromClientValues } from './wire/from-client';

type Wanted = FromClientValues<'requestHistoricalData'>;

const SERVICE = 'Historical Market Data Service error message:';
const PACING = `${SERVICE}Historical data request pacing violation`;
/** Bars of one answer. */
const MOST_BARS = 10_000;

export const HISTORY_HANDLERS: Handlers = {
  requestHistoricalData: (desk, session, wanted) => {
    const fault = desk.faults.next('history', String(wanted.conId ?? wanted.symbol ?? ''));
    meet(desk, session, fault, () => show(desk, session, wanted, fault));
  },
  cancelHistoricalData: (_, session, { reqId = 0 }) =>
    session.error(reqId, 162, `${SERVICE}API historical data query cancelled: ${reqId}`),
};

function show(desk: Desk, session: IbSession, wanted: Wanted, fault: Fault | undefined): void {
  const { reqId = 0 } = wanted;
  const contract = resolved(desk.contracts, wanted, desk.now());
  const market = isRefusal(contract) ? undefined : desk.ledger.market(contract.conId);
  const bars = isRefusal(contract) || market === undefined ? contract : read(desk, market, wanted);
  if (fault?.kind === 'pacing') session.error(reqId, 162, PACING);
  else if (isRefusal(bars)) session.error(reqId, bars.code, bars.message);
  else if (market !== undefined) answer(session, market, wanted, bars as AskedBars, fault);
}

/** The bars that are asked for, or why they are refused. */
function read(desk: Desk, market: SimMarket, wanted: Wanted): AskedBars | IbRefusal {
  const kind = HISTORY_KINDS.find((one) => one === wanted.whatToShow?.toUpperCase());
  if (desk.entitlement === 'none')
    return {
      code: 162,
      message: `${SERVICE}No market data permissions for ${market.contract.primaryExchange} ${market.contract.secType}`,
    };
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
  if (!desk.pacing.admits(paced, desk.now())) return { code: 162, message: PACING };
  return { from, to, size, kind, hours: wanted.regularHours === true ? 'regular' : 'extended' };
}

function answer(
  session: IbSession,
  market: SimMarket,
  wanted: Wanted,
  bars: AskedBars,
  fault: Fault | undefined,
): void {
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
  const told = fault?.kind === 'short' ? found.slice(Math.floor(found.length / 2)) : found;
  if (fault?.kind === 'break-off') session.breakOff();
  const views = told.map((bar) => barView(market, bar, bars.size === 0, wanted.dateFormat === 2));
  session.send('historicalData', { reqId, from: said(bars.from), to: said(bars.to), bars: views });
}

function invalid(why: string): IbRefusal {
  return { code: 321, message: `Error validating request.-'bP' : cause - ${why}` };
}
