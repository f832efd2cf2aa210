import type { EventView, FillView, OrderView, TradeDetailView } from '../../api/contract/views';

const ID = 'paper:demo-20261123233830-5231';
const ACCEPTED = Date.parse('2026-11-23T23:38:31.000Z');

/** A moment some seconds after the trade was accepted. */
function after(seconds: number): string {
  return new Date(ACCEPTED + seconds * 1000).toISOString();
}

function order(leg: string, side: 'buy' | 'sell', state: OrderView['state'], stopPrice: string | null): OrderView {
  return {
    clientOrderId: leg.repeat(8).slice(0, 32),
    intentId: `${ID}/${leg}/1`,
    tradeId: ID,
    account: 'paper',
    instrument: 'US500',
    leg,
    revision: 1,
    side,
    quantity: '8.96',
    type: stopPrice === null ? 'market' : 'stop',
    price: null,
    stopPrice,
    trailBps: null,
    trailAmount: null,
    limitOffset: null,
    venueStopPrice: null,
    timeInForce: 'GTC',
    goodTill: null,
    outsideRegularHours: false,
    state,
    increases: leg === 'entry',
    closed: false,
    venueOrderId: leg,
    venueState: null,
    venueFilled: '8.96',
    booked: '8.96',
    refusal: null,
    rejectCode: null,
    rejectDetail: null,
    attempts: 1,
    createdAt: after(1),
    updatedAt: after(1),
  };
}

const fill = (leg: string, side: 'buy' | 'sell', price: string, fee: string, seconds: number): FillView => ({
  venueFillId: leg,
  venueOrderId: leg,
  clientOrderId: null,
  tradeId: ID,
  leg,
  account: 'paper',
  instrument: 'US500',
  side,
  quantity: '8.96',
  price,
  fee,
  feeAsset: 'USD',
  liquidity: 'taker',
  at: after(seconds),
  marketAt: '2018-07-10T14:07:35.740Z',
});

/** A finished trade as the API shows it, and its parts. */
export const DEMO_TRADE: TradeDetailView = {
  id: ID,
  workflowId: `trade:${ID}`,
  account: 'paper',
  key: 'demo-20261123233830-5231',
  instrument: 'US500',
  strategy: 'technical',
  direction: 'long',
  phase: 'ended',
  outcome: 'completed',
  outcomeCode: 'time-exit',
  outcomeDetail: null,
  attention: null,
  halted: false,
  position: '0',
  realisedPnl: '-41.4814848',
  dust: '0',
  createdBy: 'first',
  acceptedAt: after(0),
  acceptedMarketAt: '2018-07-10T13:25:00.000Z',
  validUntil: '2018-07-15T13:30:00.000Z',
  updatedAt: after(10),
  endedAt: after(10),
  possibleActions: [],
  runId: 'run-1',
  spec: {},
  signal: {
    kind: 'directional',
    direction: 'long',
    conviction: 0.61,
    stopPrice: '2731.89',
    reasons: ['The trend is up.', 'It has strength.'],
  },
  sizing: { quantity: '8.96' },
  risk: { approved: true },
  protection: null,
  requests: {},
  orders: [
    order('entry', 'buy', 'filled', null),
    order('stop', 'sell', 'cancelled', '2731.89'),
    order('exit', 'sell', 'filled', null),
  ],
  fills: [fill('entry', 'buy', '2789.34', '24.9924864', 1.5), fill('exit', 'sell', '2790.29', '25.0009984', 9.5)],
};

type Happened = readonly [kind: string, name: string, seconds: number, detail?: Record<string, unknown>];

const HAPPENED: readonly Happened[] = [
  ['phase', 'accepted', 0],
  ['phase', 'analysing', 0.1],
  ['phase', 'checking-risk', 0.2],
  ['phase', 'awaiting-open', 0.3],
  ['phase', 'checking-risk', 0.9],
  ['phase', 'executing', 1],
  ['fill', 'entry', 1.5, { ...DEMO_TRADE.fills[0] }],
  ['phase', 'managing', 1.6],
  ['order', 'open', 1.7, { leg: 'stop', clientOrderId: DEMO_TRADE.orders[1]?.clientOrderId }],
  ['phase', 'exiting', 9],
  ['fill', 'exit', 9.5, { ...DEMO_TRADE.fills[1] }],
  ['phase', 'reconciling', 9.8],
  ['phase', 'ended', 10, { outcome: 'completed', code: 'time-exit' }],
];

/** The history of {@link DEMO_TRADE}, oldest first. */
export const DEMO_EVENTS: readonly EventView[] = HAPPENED.map(([kind, name, seconds, detail = {}], index) => ({
  id: index + 1,
  kind,
  name,
  at: after(seconds),
  marketAt: '2018-07-10T13:25:00.000Z',
  detail,
}));
