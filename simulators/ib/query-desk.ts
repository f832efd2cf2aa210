import { MARKET_RULES, matching } from './contracts';
import { detailsView } from './contract-details';
import type { Desk, Handlers } from './desk';
import { meet } from './order-desk';
import type { IbOrder } from './order';
import type { IbSession } from './session';
import { readTime, startOfDay } from './times';
import { commissionView, completedView, executionView, openOrderView, positionView, statusView } from './views';
import type { FromClientValues } from './wire/from-client';

/** An answer that a fault may hit. */
const asked =
  <V>(answer: (desk: Desk, session: IbSession, values: V) => void) =>
  (desk: Desk, session: IbSession, values: V): void =>
    meet(desk, session, desk.faults.next('query', ''), () => answer(desk, session, values));

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

function showExecutions(desk: Desk, session: IbSession, asked: FromClientValues<'requestExecutions'>): void {
  const { reqId = 0 } = asked;
  const since = Math.max(startOfDay(desk.now()), readTime(asked.time ?? '') ?? 0);
  const orders = new Map(desk.ledger.shown().map((order) => [order.permId, order]));
  const said = (value: string | undefined, own: string): boolean =>
    value === undefined || value === '' || value === own;
  for (const fill of desk.ledger.shownFills()) {
    const order = orders.get(fill.permId);
    if (order === undefined || fill.at < since) continue;
    const fits =
      ((asked.clientId ?? 0) === 0 || asked.clientId === order.clientId) &&
      said(asked.account, fill.account) &&
      said(asked.symbol, fill.contract.symbol) &&
      said(asked.secType, fill.contract.secType) &&
      said(asked.side, fill.side === 'buy' ? 'BUY' : 'SELL');
    if (!fits) continue;
    session.send('execution', executionView(fill, order, reqId));
    session.send('commissionReport', commissionView(fill));
  }
  session.send('executionsEnd', { reqId });
}
