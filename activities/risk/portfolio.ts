import { instant } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import { futureOf, worthOf } from '../../domain/instrument/worth';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { valuate } from '../../domain/portfolio/valuation';
import { averageTrueRange, HISTORY_BARS, profitHistory } from '../../domain/risk/history';
import { completePolicy } from '../../domain/risk/policy';
import { effectivePolicy } from '../../domain/risk/policy-document';
import type { EffectivePolicy } from '../../domain/risk/policy-document';
import type { Exposure, PortfolioView } from '../../domain/risk/proposal';
import type { MarketData } from '../../domain/signal/market-data';
import type { Bar } from '../../domain/signal/signal';
import type { RiskContext, RiskScope, RiskStore } from '../../database/risk';
import type { MovedSince, StoredPortfolio, TradeStore } from '../../database/trades';

const DAY_MS = 86_400_000;

/** Where a portfolio is read from. */
export interface PortfolioSources {
  readonly trades: TradeStore;
  readonly risk: RiskStore;
}

/** An account as risk sees it at one moment. */
export interface AccountView {
  readonly portfolio: PortfolioView;
  readonly policy: EffectivePolicy;
  /** Positions with their marks, without what orders may still fill. */
  readonly held: readonly Exposure[];
  /** Only where the policy sizes by it, and with enough bars. */
  readonly averageTrueRange: DecimalString | undefined;
  readonly halted: string | null;
}

/** An account as risk sees it at a market time. The trading day begins at midnight UTC, between all sessions we trade. */
export async function viewPortfolio(
  { trades, risk }: PortfolioSources,
  market: MarketData,
  scope: RiskScope,
  at: EpochMillis,
): Promise<AccountView> {
  const dayStart = at - (at % DAY_MS);
  const [stored, moved, context] = await Promise.all([
    trades.portfolio(scope.account, scope.tradeId),
    trades.movedSince(scope.account, instant(dayStart)),
    risk.context(scope),
  ]);
  const positions = await Promise.all(
    valuedInstruments(stored, moved).map(async ({ instrument, quantity, mark, ...more }) => ({
      ...futureOf(more),
      instrument,
      quantity,
      movedToday: moved.moved[instrument] ?? text(ZERO),
      mark: (await market.quote(instrument, at))?.price ?? mark,
      markAtStart: (await market.quote(instrument, dayStart))?.price ?? mark,
    })),
  );
  const value = valuate(stored.cash, moved.cash, positions);
  const policy = effectivePolicy(completePolicy(stored.policy), context.document, scope.strategy, scope.instrument);
  const room = dec(value.equity).mul(policy.maxLeverage).sub(value.gross);
  const exposures = [...positions, ...context.working];
  const bars = await barsOf(market, scope.instrument, exposures, at);
  const range = policy.sizing.method === 'volatility-target' ? bars.get(scope.instrument) : undefined;
  return {
    policy,
    held: positions.map(exposureOf),
    averageTrueRange: range && averageTrueRange(range),
    halted: context.halted,
    portfolio: {
      equity: value.equity,
      buyingPower: text(Decimal.max(ZERO, room)),
      realisedToday: value.realisedToday,
      unrealisedToday: value.unrealisedToday,
      exposures: exposures.map(exposureOf),
      openTrades: stored.openTrades,
      unknownOrders: stored.unknownOrders,
      unreconciled: stored.unreconciled,
      mayShort: stored.mayShort,
      ...ofContext(context),
      history: profitHistory(
        exposures.map((one) => ({
          instrument: one.instrument,
          value: worthOf(one, one.quantity, one.mark).toNumber(),
        })),
        scope.instrument,
        bars,
        policy.assumedVolatility,
      ),
    },
  };
}

function exposureOf(one: Exposure): Exposure {
  const { instrument, mark, quantity } = one;
  return { ...futureOf(one), instrument, quantity, mark };
}

function ofContext({ peak, locks, ordersLastMinute, strategy }: RiskContext) {
  return { equityPeak: peak, locks, ordersLastMinute, strategy };
}

/** The daily bars of everything that the value at risk depends on. */
async function barsOf(
  market: MarketData,
  entry: string,
  exposures: readonly Exposure[],
  at: EpochMillis,
): Promise<ReadonlyMap<string, readonly Bar[]>> {
  const ids = [...new Set([entry, ...exposures.map(({ instrument }) => instrument)])].filter((id) => id !== '');
  return new Map(await Promise.all(ids.map(async (id) => [id, await market.bars(id, at, HISTORY_BARS)] as const)));
}

/** What is held, and what was traded today and is flat again (its units moved sum to zero, its mark does not matter). */
function valuedInstruments(stored: StoredPortfolio, { futures, moved }: MovedSince): StoredPortfolio['positions'] {
  const held = new Set(stored.positions.map((p) => p.instrument));
  const closed = Object.keys(moved).filter((instrument) => !held.has(instrument));
  // Closed today but carried in: valued at the feed's prices; without any, it moves nothing.
  const none = { quantity: text(ZERO), mark: text(ZERO) };
  const nothing = closed.map((instrument) => ({ instrument, ...none, ...futureOf({ future: futures?.[instrument] }) }));
  return [...stored.positions, ...nothing];
}
