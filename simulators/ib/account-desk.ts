import { dec, text, ZERO } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import type { Desk, Handlers } from './desk';
import { fundsOf } from './funds';
import type { IbFunds } from './funds';
import { asked } from './meet';
import { multiplierOf } from './portfolio';
import type { IbPosition } from './portfolio';
import type { IbSession } from './session';
import { said } from './times';
import { contractView } from './views';
import { UNSET_AMOUNT } from './wire/fields';

const CURRENCY = 'USD';
/** Buying power of a margin account over what is available. */
const LEVERAGE = 4;

/** Account values by their names; those in the currency of the account. */
function valuesOf(funds: IbFunds): Readonly<Record<string, Decimal>> {
  const { available, cash, grossPositions, margin, netLiquidation, realized, stocks, unrealized } = funds;
  return {
    ...{ NetLiquidation: netLiquidation, TotalCashValue: cash, SettledCash: cash, AvailableFunds: available },
    ...{ ExcessLiquidity: available, BuyingPower: available.mul(LEVERAGE), GrossPositionValue: grossPositions },
    ...{ InitMarginReq: margin, MaintMarginReq: margin, FullInitMarginReq: margin, FullMaintMarginReq: margin },
    ...{ EquityWithLoanValue: netLiquidation, StockMarketValue: stocks, CashBalance: cash },
    ...{ UnrealizedPnL: unrealized, RealizedPnL: realized },
  };
}

export const ACCOUNT_HANDLERS: Handlers = {
  requestAccountSummary: asked((desk, session, { reqId = 0, tags = '' }) => {
    const show = onChange(() => {
      for (const account of desk.accounts) showSummary(desk, session, account, reqId, tags.split(','));
      session.send('accountSummaryEnd', { reqId });
    }, desk);
    show();
    session.subscribe(`summary ${reqId}`, show);
  }),
  cancelAccountSummary: (_, session, { reqId = 0 }) => void session.unsubscribe(`summary ${reqId}`),
  requestAccountUpdates: asked((desk, session, { account = '', subscribe }) => {
    const own = account === '' ? (desk.accounts[0] ?? '') : account;
    if (subscribe !== true) {
      session.unsubscribe('account');
      return;
    }
    const show = onChange(() => showAccount(desk, session, own), desk);
    show();
    session.subscribe('account', show);
  }),
  requestPnl: asked((desk, session, { account = '', reqId = 0 }) => {
    const show = latest(
      () => {
        const { realized, unrealized, grossPositions } = fundsOf(desk.ledger, account);
        const none = grossPositions.isZero();
        return {
          ...{ reqId, daily: cents(realized.plus(unrealized)), realized: cents(realized) },
          unrealized: none ? UNSET_AMOUNT : cents(unrealized),
        };
      },
      (values) => session.send('pnl', values),
    );
    show();
    session.subscribe(`pnl ${reqId}`, show);
  }),
  cancelPnl: (_, session, { reqId = 0 }) => void session.unsubscribe(`pnl ${reqId}`),
  requestPnlSingle: asked((desk, session, { account = '', conId = 0, reqId = 0 }) => {
    const show = latest(
      () => {
        const position = desk.ledger.positions(account).get(conId);
        const { unrealized, value } = worthOf(desk, position);
        const realized = position?.realized ?? ZERO;
        return {
          ...{ reqId, position: text(position?.quantity ?? ZERO), daily: cents(realized.plus(unrealized)) },
          ...{ unrealized: cents(unrealized), realized: cents(realized), value: cents(value) },
        };
      },
      (values) => session.send('pnlSingle', values),
    );
    show();
    session.subscribe(`pnl ${reqId}`, show);
  }),
  cancelPnlSingle: (_, session, { reqId = 0 }) => void session.unsubscribe(`pnl ${reqId}`),
};

/** Does something at first, and again after each execution. */
function onChange(show: () => void, desk: Desk): () => void {
  let shown = -1;
  return () => {
    if (desk.ledger.fills.length === shown) return;
    shown = desk.ledger.fills.length;
    show();
  };
}

/** Sends values whenever they differ from those before. */
function latest<V>(values: () => V, send: (values: V) => void): () => void {
  let before = '';
  return () => {
    const now = values();
    const written = JSON.stringify(now);
    if (written === before) return;
    before = written;
    send(now);
  };
}

function cents(value: Decimal): string {
  return value.toFixed(2);
}

function worthOf(
  desk: Desk,
  position: IbPosition | undefined,
): { readonly value: Decimal; readonly unrealized: Decimal } {
  if (position === undefined) return { value: ZERO, unrealized: ZERO };
  const { averageCost, contract, quantity } = position;
  const price = desk.ledger.lastPrice(contract.conId) ?? dec(0);
  const value = quantity.mul(price).mul(multiplierOf(contract));
  return { value, unrealized: value.minus(quantity.mul(averageCost)) };
}

function showSummary(desk: Desk, session: IbSession, account: string, reqId: number, tags: readonly string[]): void {
  const send = (tag: string, value: string, currency: string): void =>
    session.send('accountSummary', { reqId, account, tag, value, currency });
  const values = valuesOf(fundsOf(desk.ledger, account));
  for (const tag of tags) {
    const value = values[tag];
    if (tag === 'AccountType') send(tag, 'INDIVIDUAL', '');
    else if (tag.startsWith('$LEDGER')) {
      for (const key of ['CashBalance', 'StockMarketValue', 'RealizedPnL', 'UnrealizedPnL'])
        send(key, cents(values[key] ?? ZERO), CURRENCY);
    } else if (value !== undefined) send(tag, cents(value), CURRENCY);
  }
}

function showAccount(desk: Desk, session: IbSession, account: string): void {
  session.send('accountValue', { key: 'AccountCode', value: account, currency: '', account });
  for (const [key, value] of Object.entries(valuesOf(fundsOf(desk.ledger, account))))
    session.send('accountValue', { key, value: cents(value), currency: CURRENCY, account });
  for (const position of desk.ledger.positions(account).values()) showPosition(desk, session, account, position);
  session.send('accountTime', { time: said(desk.now()).slice(9, 14) });
  session.send('accountDownloadEnd', { account });
}

function showPosition(desk: Desk, session: IbSession, account: string, position: IbPosition): void {
  const { averageCost, contract, quantity, realized } = position;
  const { unrealized, value } = worthOf(desk, position);
  session.send('portfolioValue', {
    ...{ ...contractView(contract), primaryExchange: contract.primaryExchange, position: text(quantity), account },
    ...{ marketPrice: text(desk.ledger.lastPrice(contract.conId) ?? ZERO), marketValue: cents(value) },
    ...{ averageCost: text(averageCost.toDecimalPlaces(8)), unrealizedPnl: cents(unrealized) },
    realizedPnl: cents(realized),
  });
}
