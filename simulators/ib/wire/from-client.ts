import { decode, fixed, flag, int, none, text, when, WireError } from './fields';
import type { Layout, ValuesOf } from './fields';
import { ASKED_CONTRACT, PLACE_ORDER } from './order-layout';

const IS_COMBINATION = when(({ secType }) => secType === 'BAG', [none('combination legs')]);

const MARKET_DATA = [
  ...[fixed(11), int('reqId'), ...ASKED_CONTRACT, IS_COMBINATION, none('delta neutral contracts')],
  ...[text('genericTicks'), flag('snapshot'), flag('regulatorySnapshot'), text('options')],
] as const;

const HISTORICAL_DATA = [
  ...[int('reqId'), ...ASKED_CONTRACT, flag('includeExpired'), text('end'), text('barSize'), text('duration')],
  ...[flag('regularHours'), text('whatToShow'), int('dateFormat'), IS_COMBINATION, flag('keepUpToDate')],
  text('options'),
] as const;

const CONTRACT_DETAILS = [
  ...[fixed(8), int('reqId'), ...ASKED_CONTRACT, flag('includeExpired'), text('secIdType'), text('secId')],
  text('issuerId'),
] as const;

const EXECUTIONS = [
  ...[fixed(3), int('reqId'), int('clientId'), text('account'), text('time'), text('symbol'), text('secType')],
  ...[text('exchange'), text('side')],
] as const;

/** Every message that the simulator understands: its number, and its fields in their order. */
export const FROM_CLIENT = {
  requestMarketData: [1, MARKET_DATA],
  cancelMarketData: [2, [fixed(1), int('reqId')]],
  placeOrder: [3, PLACE_ORDER],
  cancelOrder: [4, [int('orderId'), text('manualTime'), text('extOperator'), int('manualOrderIndicator')]],
  requestOpenOrders: [5, [fixed(1)]],
  requestAccountUpdates: [6, [fixed(2), flag('subscribe'), text('account')]],
  requestExecutions: [7, EXECUTIONS],
  requestIds: [8, [fixed(1), int('count')]],
  requestContractDetails: [9, CONTRACT_DETAILS],
  setLogLevel: [14, [fixed(1), int('level')]],
  bindOpenOrders: [15, [fixed(1), flag('bind')]],
  requestAllOpenOrders: [16, [fixed(1)]],
  requestManagedAccounts: [17, [fixed(1)]],
  requestHistoricalData: [20, HISTORICAL_DATA],
  cancelHistoricalData: [25, [fixed(1), int('reqId')]],
  requestCurrentTime: [49, [fixed(1)]],
  cancelAllOrders: [58, [text('extOperator'), int('manualOrderIndicator')]],
  setMarketDataType: [59, [fixed(1), int('type')]],
  requestPositions: [61, [fixed(1)]],
  requestAccountSummary: [62, [fixed(1), int('reqId'), text('group'), text('tags')]],
  cancelAccountSummary: [63, [fixed(1), int('reqId')]],
  cancelPositions: [64, [fixed(1)]],
  startApi: [71, [fixed(2), int('clientId'), text('capabilities')]],
  requestSymbols: [81, [int('reqId'), text('pattern')]],
  requestMarketRule: [91, [int('id')]],
  requestPnl: [92, [int('reqId'), text('account'), text('modelCode')]],
  cancelPnl: [93, [int('reqId')]],
  requestPnlSingle: [94, [int('reqId'), text('account'), text('modelCode'), int('conId')]],
  cancelPnlSingle: [95, [int('reqId')]],
  requestCompletedOrders: [99, [flag('apiOnly')]],
} as const satisfies Readonly<Record<string, readonly [id: number, layout: Layout]>>;

export type FromClientName = keyof typeof FROM_CLIENT;
export type FromClientValues<N extends FromClientName> = ValuesOf<(typeof FROM_CLIENT)[N][1]>;
/** A request of a client, by its name. */
export type FromClient = {
  readonly [N in FromClientName]: { readonly name: N; readonly values: FromClientValues<N> };
}[FromClientName];

const BY_ID = new Map<string, FromClientName>(
  Object.entries(FROM_CLIENT).map(([name, [id]]) => [String(id), name as FromClientName]),
);

/** Reads the fields of a frame. @throws WireError for a message that is not known, or does not fit its table. */
export function fromClient(fields: readonly string[]): FromClient {
  const [id = '', ...rest] = fields;
  const name = BY_ID.get(id);
  if (name === undefined) throw new WireError(`message ${id.slice(0, 20)} is not simulated`);
  const layout: Layout = FROM_CLIENT[name][1];
  return { name, values: decode(layout, rest) } as FromClient;
}
