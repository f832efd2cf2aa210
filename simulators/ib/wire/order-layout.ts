import { amount, escaped, fixed, flag, int, list, none, text, when } from './fields';

/** The fields of a contract at the head of openOrder, completedOrder and execDetails. */
export const CONTRACT = [
  ...[int('conId'), text('symbol'), text('secType'), text('lastTradeDate'), amount('strike'), text('right')],
  ...[text('multiplier'), text('exchange'), text('currency'), text('localSymbol'), text('tradingClass')],
] as const;

/** The fields of a contract in requests. */
export const ASKED_CONTRACT = [
  ...[int('conId'), text('symbol'), text('secType'), text('lastTradeDate'), amount('strike'), text('right')],
  ...[text('multiplier'), text('exchange'), text('primaryExchange'), text('currency'), text('localSymbol')],
  text('tradingClass'),
] as const;

const filled = (name: string) => (before: Readonly<Record<string, unknown>>) =>
  before[name] !== undefined && before[name] !== '';
const isPegged = (before: Readonly<Record<string, unknown>>): boolean =>
  String(before['orderType']).replaceAll(' ', '') === 'PEGBENCH';

/** What decides what an order does. */
const TERMS = [
  ...[text('action'), amount('quantity'), text('orderType'), amount('limitPrice'), amount('auxPrice'), text('tif')],
  ...[text('ocaGroup'), text('account'), text('openClose'), int('origin'), text('orderRef')],
] as const;

const SCALE = [
  ...[amount('scaleInitLevelSize'), amount('scaleSubsLevelSize'), amount('scalePriceIncrement')],
  when(filled('scalePriceIncrement'), [
    ...[amount('scalePriceAdjustValue'), amount('scalePriceAdjustInterval'), amount('scaleProfitOffset')],
    ...[flag('scaleAutoReset'), amount('scaleInitPosition'), amount('scaleInitFillQty'), flag('scaleRandomPercent')],
  ]),
] as const;

const HEDGE = [text('hedgeType'), when(filled('hedgeType'), [text('hedgeParam')])] as const;

const ALGO = [
  text('algoStrategy'),
  when(filled('algoStrategy'), [list('algoParams', [text('tag'), text('value')])]),
] as const;

/** placeOrder of a client that speaks version 193: contract, order, and all that orders of other kinds would use. */
export const PLACE_ORDER = [
  ...[int('orderId'), ...ASKED_CONTRACT, text('secIdType'), text('secId'), ...TERMS, flag('transmit')],
  ...[int('parentId'), flag('blockOrder'), flag('sweepToFill'), int('displaySize'), int('triggerMethod')],
  ...[flag('outsideRth'), flag('hidden')],
  when(({ secType }) => secType === 'BAG', [none('combination legs'), none('prices of legs'), none('routing')]),
  ...[text('sharesAllocation'), amount('discretionaryAmount'), text('goodAfterTime'), text('goodTillDate')],
  ...[text('faGroup'), text('faMethod'), text('faPercentage'), text('modelCode')],
  ...[int('shortSaleSlot'), text('designatedLocation'), int('exemptCode'), int('ocaType'), text('rule80A')],
  ...[text('settlingFirm'), flag('allOrNone'), amount('minQuantity'), amount('percentOffset'), flag('eTradeOnly')],
  ...[flag('firmQuoteOnly'), amount('nbboPriceCap'), int('auctionStrategy'), amount('startingPrice')],
  ...[amount('stockRefPrice'), amount('delta'), amount('stockRangeLower'), amount('stockRangeUpper')],
  ...[flag('overridePercentageConstraints'), amount('volatility'), int('volatilityType')],
  ...[text('deltaNeutralOrderType'), amount('deltaNeutralAuxPrice')],
  when(filled('deltaNeutralOrderType'), [
    ...[int('deltaNeutralConId'), text('deltaNeutralSettlingFirm'), text('deltaNeutralClearingAccount')],
    ...[text('deltaNeutralClearingIntent'), text('deltaNeutralOpenClose'), flag('deltaNeutralShortSale')],
    ...[int('deltaNeutralShortSaleSlot'), text('deltaNeutralDesignatedLocation')],
  ]),
  ...[int('continuousUpdate'), int('referencePriceType'), amount('trailStopPrice'), amount('trailingPercent')],
  ...[...SCALE, text('scaleTable'), text('activeStartTime'), text('activeStopTime'), ...HEDGE],
  ...[flag('optOutSmartRouting'), text('clearingAccount'), text('clearingIntent'), flag('notHeld')],
  none('delta neutral contracts'),
  ...[...ALGO, text('algoId'), flag('whatIf'), text('miscOptions'), flag('solicited')],
  ...[flag('randomizeSize'), flag('randomizePrice')],
  when(isPegged, [
    ...[int('referenceContractId'), flag('peggedChangeDecreases'), amount('peggedChange')],
    ...[amount('referenceChange'), text('referenceExchange')],
  ]),
  none('conditions'),
  ...[text('adjustedOrderType'), amount('triggerPrice'), amount('limitPriceOffset'), amount('adjustedStopPrice')],
  ...[amount('adjustedStopLimitPrice'), amount('adjustedTrailingAmount'), int('adjustableTrailingUnit')],
  ...[text('extOperator'), text('softDollarTierName'), text('softDollarTierValue'), amount('cashQuantity')],
  ...[text('decisionMaker'), text('decisionAlgo'), text('executionTrader'), text('executionAlgo')],
  ...[flag('noAutoPriceForHedge'), flag('isOmsContainer'), flag('discretionaryUpToLimit'), flag('usePriceMgmtAlgo')],
  ...[int('duration'), int('postToAts'), flag('autoCancelParent'), text('advancedErrorOverride')],
  text('manualOrderTime'),
  when(({ exchange }) => exchange === 'IBKRATS', [amount('minTradeQuantity')]),
  ...[text('customerAccount'), flag('professionalCustomer'), flag('includeOvernight'), int('manualOrderIndicator')],
] as const;

const SHORT_SALE = [int('shortSaleSlot'), text('designatedLocation'), int('exemptCode')] as const;
const BOX = [amount('startingPrice'), amount('stockRefPrice'), amount('delta')] as const;
const RANGE = [amount('stockRangeLower'), amount('stockRangeUpper')] as const;
const VOLATILITY = [
  ...[amount('volatility'), int('volatilityType'), fixed(''), amount('deltaNeutralAuxPrice')],
  ...[int('continuousUpdate'), int('referencePriceType')],
] as const;
/** Stated twice, as the client reads it twice: the second one, among the adjustments, counts. */
const TRAIL = [amount('trailStopPrice'), amount('trailingPercent')] as const;
const LEGS = [text('comboLegsDescription'), none('combination legs'), none('prices of legs'), none('routing')] as const;
const MIDPOINT = [
  ...[amount('minTradeQuantity'), amount('minCompeteSize'), amount('competeAgainstBestOffset')],
  ...[amount('midOffsetAtWhole'), amount('midOffsetAtHalf')],
] as const;
const CUSTOMER = [text('customerAccount'), flag('professionalCustomer')] as const;

/** openOrder of a server of version 193. */
export const OPEN_ORDER = [
  ...[int('orderId'), ...CONTRACT, ...TERMS, int('clientId'), int('permId'), flag('outsideRth'), flag('hidden')],
  ...[amount('discretionaryAmount'), text('goodAfterTime'), text('sharesAllocation')],
  ...[text('faGroup'), text('faMethod'), text('faPercentage'), text('modelCode'), text('goodTillDate')],
  ...[text('rule80A'), amount('percentOffset'), text('settlingFirm'), ...SHORT_SALE, int('auctionStrategy')],
  ...[...BOX, ...RANGE, int('displaySize'), flag('blockOrder'), flag('sweepToFill'), flag('allOrNone')],
  ...[int('minQuantity'), int('ocaType'), flag('eTradeOnly'), flag('firmQuoteOnly'), amount('nbboPriceCap')],
  ...[int('parentId'), int('triggerMethod'), ...VOLATILITY, ...TRAIL, amount('basisPoints'), int('basisPointsType')],
  ...[...LEGS, ...SCALE, ...HEDGE, flag('optOutSmartRouting'), text('clearingAccount'), text('clearingIntent')],
  ...[flag('notHeld'), none('delta neutral contracts'), ...ALGO, flag('solicited'), flag('whatIf'), text('status')],
  ...[amount('initMarginBefore'), amount('maintMarginBefore'), amount('equityBefore'), amount('initMarginChange')],
  ...[amount('maintMarginChange'), amount('equityChange'), amount('initMarginAfter'), amount('maintMarginAfter')],
  ...[amount('equityAfter'), amount('commission'), amount('minCommission'), amount('maxCommission')],
  ...[text('commissionCurrency'), escaped('warningText'), flag('randomizeSize'), flag('randomizePrice')],
  none('conditions'),
  ...[text('adjustedOrderType'), amount('triggerPrice'), amount('trailStopPrice')],
  ...[amount('limitPriceOffset'), amount('adjustedStopPrice'), amount('adjustedStopLimitPrice')],
  ...[amount('adjustedTrailingAmount'), int('adjustableTrailingUnit')],
  ...[text('softDollarTierName'), text('softDollarTierValue'), text('softDollarTierTitle'), amount('cashQuantity')],
  ...[flag('noAutoPriceForHedge'), flag('isOmsContainer'), flag('discretionaryUpToLimit'), flag('usePriceMgmtAlgo')],
  ...[int('duration'), int('postToAts'), flag('autoCancelParent'), ...MIDPOINT, ...CUSTOMER],
  ...[text('bondAccruedInterest'), flag('includeOvernight'), text('extOperator'), int('manualOrderIndicator')],
] as const;

/** completedOrder of a server of version 193. It has no order id and no client id: only orderRef and permId name it. */
export const COMPLETED_ORDER = [
  ...[...CONTRACT, ...TERMS, int('permId'), flag('outsideRth'), flag('hidden'), amount('discretionaryAmount')],
  ...[text('goodAfterTime'), text('faGroup'), text('faMethod'), text('faPercentage'), text('modelCode')],
  ...[text('goodTillDate'), text('rule80A'), amount('percentOffset'), text('settlingFirm'), ...SHORT_SALE],
  ...[...BOX, ...RANGE, int('displaySize'), flag('sweepToFill'), flag('allOrNone'), int('minQuantity')],
  ...[int('ocaType'), int('triggerMethod'), ...VOLATILITY, ...TRAIL, ...LEGS, ...SCALE, ...HEDGE],
  ...[text('clearingAccount'), text('clearingIntent'), flag('notHeld'), none('delta neutral contracts'), ...ALGO],
  ...[flag('solicited'), text('status'), flag('randomizeSize'), flag('randomizePrice'), none('conditions')],
  ...[amount('trailStopPrice'), amount('limitPriceOffset'), amount('cashQuantity')],
  ...[flag('noAutoPriceForHedge'), flag('isOmsContainer'), text('autoCancelDate'), amount('filledQuantity')],
  ...[int('refFuturesConId'), flag('autoCancelParent'), text('shareholder'), flag('imbalanceOnly')],
  ...[flag('routeMarketableToBbo'), int('parentPermId'), text('completedTime'), text('completedStatus')],
  ...[...MIDPOINT, ...CUSTOMER],
] as const;
