import { MARKET_RULES, matching } from './contracts';
import { detailsView } from './contract-details';
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
    const found = matching(desk.contracts, contract);
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
    const found = desk.contracts.filter(
      ({ longName, symbol }) =>
        symbol.startsWith(pattern.toUpperCase()) || longName.toUpperCase().includes(pattern.toUpperCase()),
    );
    const symbols = found.map(({ conId, currency, longName, primaryExchange, secType, symbol }) => ({
      ...{ conId, symbol, secType, primaryExchange, currency, derivatives: [], description: longName, issuerId: '' },
    }));
    session.send('symbolSamples', { reqId, symbols });
  }),
};

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
    session.send('commissionReport', commissionView(fill));
  }
  session.send('executionsEnd', { reqId });
}
