import { amount, encode, escaped, fixed, int, list, text } from './fields';
import type { Layout, ValuesOf } from './fields';
import { COMPLETED_ORDER, CONTRACT, OPEN_ORDER } from './order-layout';

/** The server version that the simulator speaks: the newest that the client library reads. */
export const SERVER_VERSION = 193;

const CONTRACT_DETAILS = [
  ...[int('reqId'), text('symbol'), text('secType'), text('contractMonthOrDate'), text('lastTradeDate')],
  ...[amount('strike'), text('right'), text('exchange'), text('currency'), text('localSymbol'), text('marketName')],
  ...[text('tradingClass'), int('conId'), amount('minTick'), text('multiplier'), text('orderTypes')],
  ...[text('validExchanges'), int('priceMagnifier'), int('underConId'), escaped('longName'), text('primaryExchange')],
  ...[text('contractMonth'), text('industry'), text('category'), text('subcategory'), text('timeZoneId')],
  ...[text('tradingHours'), text('liquidHours'), text('evRule'), amount('evMultiplier')],
  ...[list('secIds', [text('tag'), text('value')]), int('aggGroup'), text('underSymbol'), text('underSecType')],
  ...[text('marketRuleIds'), text('realExpirationDate'), text('stockType'), amount('minSize')],
  ...[amount('sizeIncrement'), amount('suggestedSizeIncrement')],
  list('ineligibilityReasons', [text('id'), text('description')]),
] as const;

const EXECUTION = [
  ...[int('reqId'), int('orderId'), ...CONTRACT, text('execId'), text('time'), text('account'), text('market')],
  ...[text('side'), amount('shares'), amount('price'), int('permId'), int('clientId'), int('liquidation')],
  ...[amount('cumulativeQuantity'), amount('averagePrice'), text('orderRef'), text('evRule'), amount('evMultiplier')],
  ...[text('modelCode'), int('lastLiquidity'), int('pendingPriceRevision')],
] as const;

const PORTFOLIO_VALUE = [
  ...[fixed(8), int('conId'), text('symbol'), text('secType'), text('lastTradeDate'), amount('strike'), text('right')],
  ...[text('multiplier'), text('primaryExchange'), text('currency'), text('localSymbol'), text('tradingClass')],
  ...[amount('position'), amount('marketPrice'), amount('marketValue'), amount('averageCost')],
  ...[amount('unrealizedPnl'), amount('realizedPnl'), text('account')],
] as const;

const BAR = [
  ...[text('date'), amount('open'), amount('high'), amount('low'), amount('close'), amount('volume')],
  ...[amount('average'), int('count')],
] as const;

const SYMBOL = [
  ...[int('conId'), text('symbol'), text('secType'), text('primaryExchange'), text('currency')],
  ...[list('derivatives', [text('secType')]), text('description'), text('issuerId')],
] as const;

/** Every message that the simulator sends: its number, and its fields in their order. */
export const TO_CLIENT = {
  tickPrice: [1, [fixed(6), int('reqId'), int('tickType'), amount('price'), amount('size'), int('attributes')]],
  tickSize: [2, [fixed(6), int('reqId'), int('tickType'), amount('size')]],
  orderStatus: [
    3,
    [
      ...[int('orderId'), text('status'), amount('filled'), amount('remaining'), amount('averagePrice')],
      ...[int('permId'), int('parentId'), amount('lastPrice'), int('clientId'), text('whyHeld'), amount('capPrice')],
    ],
  ],
  error: [4, [fixed(2), int('id'), int('code'), escaped('message'), escaped('advancedReject')]],
  openOrder: [5, OPEN_ORDER],
  accountValue: [6, [fixed(2), text('key'), text('value'), text('currency'), text('account')]],
  portfolioValue: [7, PORTFOLIO_VALUE],
  accountTime: [8, [fixed(1), text('time')]],
  nextValidId: [9, [fixed(1), int('orderId')]],
  contractDetails: [10, CONTRACT_DETAILS],
  execution: [11, EXECUTION],
  managedAccounts: [15, [fixed(1), text('accounts')]],
  historicalData: [17, [int('reqId'), text('from'), text('to'), list('bars', BAR)]],
  tickString: [46, [fixed(6), int('reqId'), int('tickType'), text('value')]],
  currentTime: [49, [fixed(1), int('seconds')]],
  contractDetailsEnd: [52, [fixed(1), int('reqId')]],
  openOrderEnd: [53, [fixed(1)]],
  accountDownloadEnd: [54, [fixed(1), text('account')]],
  executionsEnd: [55, [fixed(1), int('reqId')]],
  tickSnapshotEnd: [57, [fixed(1), int('reqId')]],
  marketDataType: [58, [fixed(1), int('reqId'), int('type')]],
  commissionReport: [
    59,
    [
      ...[fixed(1), text('execId'), amount('commission'), text('currency'), amount('realizedPnl'), amount('yield')],
      int('yieldRedemptionDate'),
    ],
  ],
  position: [61, [fixed(3), text('account'), ...CONTRACT, amount('position'), amount('averageCost')]],
  positionEnd: [62, [fixed(1)]],
  accountSummary: [63, [fixed(1), int('reqId'), text('account'), text('tag'), text('value'), text('currency')]],
  accountSummaryEnd: [64, [fixed(1), int('reqId')]],
  symbolSamples: [79, [int('reqId'), list('symbols', SYMBOL)]],
  marketRule: [93, [int('id'), list('bands', [amount('from'), amount('increment')])]],
  pnl: [94, [int('reqId'), amount('daily'), amount('unrealized'), amount('realized')]],
  pnlSingle: [
    95,
    [...[int('reqId'), amount('position'), amount('daily'), amount('unrealized'), amount('realized')], amount('value')],
  ],
  completedOrder: [101, COMPLETED_ORDER],
  completedOrdersEnd: [102, []],
} as const satisfies Readonly<Record<string, readonly [id: number, layout: Layout]>>;

export type ToClientName = keyof typeof TO_CLIENT;
export type ToClientValues<N extends ToClientName> = ValuesOf<(typeof TO_CLIENT)[N][1]>;

/** Writes a message to a client as the fields of a frame. */
export function toClient<N extends ToClientName>(name: N, values: ToClientValues<N>): readonly string[] {
  const [id, layout]: readonly [number, Layout] = TO_CLIENT[name];
  return [String(id), ...encode(layout, values as ValuesOf<Layout>)];
}
