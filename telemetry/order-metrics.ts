import type { Metrics } from './metrics';

/** One fill as the metrics count it. */
export interface CountedFill {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** The venue's name. */
  readonly broker: string;
  /** From the request for permission to send until the fill was known. */
  readonly seconds: number;
  /** Fill price against the last print before the send, in basis points, a cost positive; null without such a print. */
  readonly slippageBps: number | null;
}

/** What the execution of orders reports: the order series without their library. */
export interface OrderMetrics {
  /** The risk check or the fence said no, with its code. */
  refused(code: string): void;
  /** A limit of risk was reached, by its code; nothing where breaches are not counted. */
  limitBreached?(limit: string): void;
  /** One attempt ended so; `seconds` from the request for permission to the venue's answer. */
  submitted(outcome: 'acked' | 'rejected' | 'not-sent' | 'unknown', seconds: number): void;
  /** An order reached this state of its journal row. */
  orderState(state: string): void;
  filled(fill: CountedFill): void;
}

const FAILED = new Set(['rejected', 'expired', 'cancelled', 'unsent']);

/** The order series of a process behind the port. */
export function orderMetrics(metrics: Metrics): OrderMetrics {
  return {
    refused: (code) => metrics.riskRejections.inc({ reason: code }),
    limitBreached: (limit) => metrics.riskLimitBreaches.inc({ limit }),
    submitted: (outcome, seconds) => {
      if (outcome !== 'not-sent') metrics.ordersSubmitted.inc();
      if (outcome === 'acked') metrics.orderLatency.observe(seconds);
    },
    orderState: (state) => {
      metrics.orders.inc({ status: state });
      if (state === 'filled') metrics.ordersFilled.inc();
      if (FAILED.has(state)) metrics.ordersFailed.inc();
    },
    filled: (fill) => {
      const { symbol, side, broker } = fill;
      metrics.executionLatency.observe({ symbol, side, broker }, fill.seconds);
      if (fill.slippageBps !== null) metrics.orderSlippage.observe({ symbol }, fill.slippageBps);
    },
  };
}
