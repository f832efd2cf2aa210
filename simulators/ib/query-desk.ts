import { MARKET_RULES, matching } from './contracts';
import { detailsView } from './contract-details';
import type { SimContract } from './contracts';
import type { Desk, Handlers } from './desk';
import { asked } from './meet';
import type { IbOrder } from './order';
import type { IbSession } from './session';
import { readTime, startOfDay } from './times';
import { commissionView, completedView, executionView, openOrderView, positionView, statusView } from './views';
import type { FromClientValues } from './wire/from-client';

export const QUERY_HANDLERS: Handlers = {
  requestCurrentTime: asked((desk, session) =>
    session.send('currentTime', { seconds: Math.floor(desk.now() / 1_000) }),
  ),
  requestManagedAccounts: (desk, session) => session.send('managedAccounts', { accounts: desk.accounts.join(',') }),
  setLogLevel: () => undefined,
  bindOpenOrders: () => undefined,
  requestOpenOrders: asked((desk, session) => showOpen(desk, session, ({ clientId }) => clientId === session.clientId)),
  requestAllOpenOrders: asked((desk, session) => showOpen(desk, session, () => true)),
  requestExecutions: asked(showExecutions),
  requestCompletedOrders: asked((desk, session) => {
    const today = startOfDay(desk.now());
    for (const order of desk.ledger.shown())
      if (order.state !== 'open' && order.updatedAt >= today) session.send('completedOrder', completedView(order));
    session.send('completedOrdersEnd', {});
  }),
  requestPositions: asked((desk, session) => {
    for (const account of desk.accounts)
      for (const position of desk.ledger.positions(account).values())
        session.send('position', positionView(account, position));
    session.send('positionEnd', {});
  }),
  cancelPositions: () => undefined,
  requestContractDetails: asked((desk, session, { reqId = 0, ...contract }) => {
    const found = matching(desk.contracts, contract, desk.now());
    if (found.length === 0) {
      session.error(reqId, 200, 'No security definition has been found for the request');
      return;
    }
    for (const { conId } of found) {
      const market = desk.ledger.market(conId);
      if (market) session.send('contractDetails', detailsView(market, desk.now(), reqId));
    }
    session.send('contractDetailsEnd', { reqId });
  }),
  requestMarketRule: asked((_, session, { id = 0 }) => {
    const bands = MARKET_RULES.get(id);
    if (bands === undefined) session.error(-1, 321, `Error validating request.-'bP' : cause - no market rule ${id}`);
    else session.send('marketRule', { id, bands });
  }),
  requestSymbols: asked((desk, session, { pattern = '', reqId = 0 }) => {
    const wanted = pattern.toUpperCase();
    const symbols = suggestions(desk.contracts).filter(
      ({ description, symbol }) => symbol.startsWith(wanted) || description.toUpperCase().includes(wanted),
    );
    session.send('symbolSamples', { reqId, symbols });
  }),
};

/** What symbols are suggested from: stocks, and of futures the index that they are of, with what is derived from it. */
function suggestions(contracts: readonly SimContract[]) {
  const seen = new Set<string>();
  return contracts.flatMap(({ conId, currency, exchange, longName, primaryExchange, secType, symbol }) => {
    const own = { symbol, currency, description: longName, issuerId: '' };
    if (secType === 'STK') return [{ ...own, conId, secType, primaryExchange, derivatives: [] }];
    if (seen.has(symbol)) return [];
    seen.add(symbol);
    const derivatives = [{ secType: 'FUT' }];
    return [{ ...own, conId: conId - (conId % 1_000_000), secType: 'IND', primaryExchange: exchange, derivatives }];
  });
}

function showOpen(desk: Desk, session: IbSession, which: (order: IbOrder) => boolean): void {
  for (const order of desk.ledger.shown()) {
    if (order.state !== 'open' || !which(order)) continue;
    session.send('openOrder', openOrderView(order));
    session.send('orderStatus', statusView(order));
  }
  session.send('openOrderEnd', {});
}

function showExecutions(desk: Desk, session: IbSession, filter: FromClientValues<'requestExecutions'>): void {
  const { reqId = 0 } = filter;
  const since = Math.max(startOfDay(desk.now()), readTime(filter.time ?? '') ?? 0);
  const orders = new Map(desk.ledger.shown().map((order) => [order.permId, order]));
  const said = (value: string | undefined, own: string): boolean =>
    value === undefined || value === '' || value === own;
  for (const fill of desk.ledger.shownFills()) {
    const order = orders.get(fill.permId);
    if (order === undefined || fill.at < since) continue;
    const fits =
      ((filter.clientId ?? 0) === 0 || filter.clientId === order.clientId) &&
      said(filter.account, fill.account) &&
      said(filter.symbol, fill.contract.symbol) &&
      said(filter.secType, fill.contract.secType) &&
      said(filter.side, fill.side === 'buy' ? 'BUY' : 'SELL');
    if (!fits) continue;
    session.send('execution', executionView(fill, order, reqId));
    const late = desk.messages.get(fill.permId)?.commissionLate ?? 0;
    if (desk.now() >= fill.at + late) session.send('commissionReport', commissionView(fill));
  }
  session.send('executionsEnd', { reqId });
}
