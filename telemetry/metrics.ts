import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; an execution of an order takes from a tenth of a second to ten. */
const EXECUTION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds; a request or a statement takes from a millisecond to ten seconds. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Hundredths of a percent; negative is a better price than expected. */
const SLIPPAGE_BUCKETS = [-50, -20, -10, -5, -2, 0, 2, 5, 10, 20, 50, 100];

/** Every series of one process. Labels are few-valued by construction: no id, key or text of a client is one. */
export interface Metrics {
  readonly registry: Registry;
  /** Requests by method, route template (`/v1/trades/:id`) and status. */
  readonly httpRequests: Counter<'method' | 'route' | 'status'>;
  /** Seconds from the first byte of a request to the end of its answer. */
  readonly httpDuration: Histogram<'method' | 'route'>;
  /** Seconds of each statement, by its type (see `observeQueries` in database/). */
  readonly dbQueryDuration: Histogram<'query_type'>;
  /** Orders by the state that they reached. */
  readonly orders: Counter<'status'>;
  /** Attempts that left for a venue. */
  readonly ordersSubmitted: Counter;
  readonly ordersFilled: Counter;
  /** Orders that ended rejected, expired or cancelled without a fill. */
  readonly ordersFailed: Counter;
  /** Seconds from the fence's permission to the venue's acknowledgement. */
  readonly orderLatency: Histogram;
  /** Seconds from the acknowledgement to the last fill. */
  readonly executionLatency: Histogram<'symbol' | 'side' | 'broker'>;
  /** Basis points between the reference price and the average fill; a cost is positive. */
  readonly orderSlippage: Histogram<'symbol'>;
  /** Trades that risk refused, by code. */
  readonly riskRejections: Counter<'reason'>;
  /** Limits that an entry or the market brought to their end, by code. */
  readonly riskLimitBreaches: Counter<'limit'>;
  /** Scopes that are halted now, by kind of scope and mode. */
  readonly killSwitchEngaged: Gauge<'scope' | 'mode'>;
  /** Epoch of the newest halt; 0 before the first. */
  readonly killEpoch: Gauge;
  /** Open trades that halts have reached, and those that have not acknowledged one. */
  readonly haltedTrades: Gauge<'acknowledged'>;
  /** 1 when the switch could be read at the last scrape: without it no order leaves. */
  readonly killSwitchReadable: Gauge;
}

export interface MetricsOptions {
  /** Which process: `api`, `worker`, … */
  readonly service: string;
  readonly version: string;
  /** False leaves out memory, CPU and event-loop series; they start a timer that tests do not want. */
  readonly processSeries?: boolean;
}

/** Makes a registry of its own with every series; a process makes one, a test as many as it likes. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.processSeries !== false) collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'service_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  info.set({ version: options.version, node: process.versions.node }, 1);
  return { registry, ...callSeries(registry), ...orderSeries(registry), ...haltSeries(registry) };
}

function callSeries(registry: Registry): Pick<Metrics, 'httpRequests' | 'httpDuration' | 'dbQueryDuration'> {
  const registers = [registry];
  return {
    httpRequests: new Counter({
      name: 'http_requests_total',
      help: 'HTTP requests by route template.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Duration of HTTP requests by route template.',
      labelNames: ['method', 'route'],
      buckets: CALL_BUCKETS,
      registers,
    }),
    dbQueryDuration: new Histogram({
      name: 'db_query_duration_seconds',
      help: 'Duration of database statements by type.',
      labelNames: ['query_type'],
      buckets: CALL_BUCKETS,
      registers,
    }),
  };
}

type HaltSeries = Pick<Metrics, 'killSwitchEngaged' | 'killEpoch' | 'haltedTrades' | 'killSwitchReadable'>;

function haltSeries(registry: Registry): HaltSeries {
  const registers = [registry];
  return {
    killSwitchEngaged: new Gauge({
      name: 'kill_switch_engaged',
      help: 'Scopes that are halted now.',
      labelNames: ['scope', 'mode'],
      registers,
    }),
    killEpoch: new Gauge({ name: 'kill_switch_epoch', help: 'Epoch of the newest halt.', registers }),
    haltedTrades: new Gauge({
      name: 'halted_trades',
      help: 'Open trades of halts, by whether they have acknowledged.',
      labelNames: ['acknowledged'],
      registers,
    }),
    killSwitchReadable: new Gauge({
      name: 'kill_switch_readable',
      help: '1 when the kill switch could be read at the last scrape.',
      registers,
    }),
  };
}

type OrderSeries = Omit<Metrics, 'registry' | 'httpRequests' | 'httpDuration' | 'dbQueryDuration' | keyof HaltSeries>;

function orderSeries(registry: Registry): OrderSeries {
  const registers = [registry];
  const count = (name: string, help: string): Counter => new Counter({ name, help, registers });
  return {
    orders: new Counter({ name: 'orders_total', help: 'Orders by state reached.', labelNames: ['status'], registers }),
    ordersSubmitted: count('orders_submitted_total', 'Attempts that left for a venue.'),
    ordersFilled: count('orders_filled_total', 'Orders that filled completely.'),
    ordersFailed: count('orders_failed_total', 'Orders that ended without a fill.'),
    orderLatency: new Histogram({
      name: 'order_latency_seconds',
      help: 'From the permission to send to the acknowledgement of the venue.',
      buckets: CALL_BUCKETS,
      registers,
    }),
    executionLatency: new Histogram({
      name: 'execution_latency_seconds',
      help: 'From the acknowledgement of an order to its last fill.',
      labelNames: ['symbol', 'side', 'broker'],
      buckets: EXECUTION_BUCKETS,
      registers,
    }),
    orderSlippage: new Histogram({
      name: 'order_slippage_bps',
      help: 'Average fill against the reference price in basis points; a cost is positive.',
      labelNames: ['symbol'],
      buckets: SLIPPAGE_BUCKETS,
      registers,
    }),
    riskRejections: new Counter({
      name: 'risk_rejections_total',
      help: 'Trades that the risk check refused, by code.',
      labelNames: ['reason'],
      registers,
    }),
    riskLimitBreaches: new Counter({
      name: 'risk_limit_breaches_total',
      help: 'Limits of risk that were reached, by code.',
      labelNames: ['limit'],
      registers,
    }),
  };
}
