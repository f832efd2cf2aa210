import type { EventView, TradeDetailView } from '../../api/contract/views';
import type { StackAddresses } from './stack-state';

/** What `npm start -- --once --json` prints: one finished trade. Amounts are decimal strings, times RFC 3339 UTC. */
export interface DemoDocument {
  readonly tradeId: string;
  readonly workflowId: string;
  readonly runId: string | null;
  readonly account: string;
  readonly instrument: string;
  readonly strategy: string;
  readonly outcome: string | null;
  /** The strategy's view; null when there was none. */
  readonly signal: object | null;
  readonly sizing: object | null;
  /** Each check of the risk assessment with its values. */
  readonly risk: object | null;
  /** In the order in which the trade entered them. */
  readonly phases: readonly { readonly phase: string; readonly at: string; readonly marketAt: string }[];
  readonly orders: readonly {
    readonly leg: string;
    readonly clientOrderId: string;
    readonly venueOrderId: string | null;
    readonly side: string;
    readonly type: string;
    readonly quantity: string;
    readonly state: string;
  }[];
  readonly fills: readonly {
    readonly leg: string | null;
    readonly price: string;
    readonly quantity: string;
    readonly fee: string;
    readonly feeAsset: string;
    readonly at: string;
    readonly marketAt: string;
  }[];
  /** Net of fees, in account currency. */
  readonly realisedPnl: string | null;
  /** `temporalUi` is null when the Temporal server is not ours: then only its operator knows. */
  readonly urls: { readonly api: string; readonly docs: string; readonly temporalUi: string | null };
}

/** The document of a trade and its history. */
export function demoDocument(
  trade: TradeDetailView,
  events: readonly EventView[],
  addresses: StackAddresses,
): DemoDocument {
  const { id, workflowId, runId, account, instrument, strategy, outcome, signal, sizing, risk, realisedPnl } = trade;
  return {
    ...{ tradeId: id, workflowId, runId, account, instrument, strategy, outcome, signal, sizing, risk },
    phases: events
      .filter(({ kind }) => kind === 'phase')
      .map(({ name, at, marketAt }) => ({ phase: name, at, marketAt })),
    orders: trade.orders.map(({ leg, clientOrderId, venueOrderId, side, type, quantity, state }) => {
      return { leg, clientOrderId, venueOrderId, side, type, quantity, state };
    }),
    fills: trade.fills.map(({ leg, price, quantity, fee, feeAsset, at, marketAt }) => {
      return { leg, price, quantity, fee, feeAsset, at, marketAt };
    }),
    realisedPnl,
    urls: { api: addresses.apiUrl, docs: `${addresses.apiUrl}/docs`, temporalUi: addresses.temporalUiUrl ?? null },
  };
}

/** Whether everything went as it should: the trade was carried through, its books agree, and nobody needs to look. */
export function isDone(trade: Pick<TradeDetailView, 'outcome' | 'attention'>): boolean {
  return trade.outcome === 'completed' && trade.attention === null;
}
