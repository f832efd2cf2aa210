import { instant } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import { dec, Decimal, text, ZERO } from '../../domain/money/decimal';
import { valuate } from '../../domain/portfolio/valuation';
import type { MarketData } from '../../domain/signal/market-data';
import type { PortfolioView } from '../../domain/risk/proposal';
import type { RiskPolicy } from '../../domain/risk/policy';
import type { StoredPortfolio, TradeStore } from '../../database/trades';

const DAY_MS = 86_400_000;

/** An account as risk sees it at a market time. The trading day begins at midnight UTC, between all sessions we trade. */
export async function viewPortfolio(
  trades: TradeStore,
  market: MarketData,
  account: string,
  tradeId: string,
  at: EpochMillis,
): Promise<{ portfolio: PortfolioView; policy: RiskPolicy }> {
  const dayStart = at - (at % DAY_MS);
  const [stored, moved] = await Promise.all([
    trades.portfolio(account, tradeId),
    trades.movedSince(account, instant(dayStart)),
  ]);
  const positions = await Promise.all(
    valuedInstruments(stored, moved.moved).map(async ({ instrument, quantity, mark }) => ({
      instrument,
      quantity,
      movedToday: moved.moved[instrument] ?? text(ZERO),
      mark: (await market.quote(instrument, at))?.price ?? mark,
      markAtStart: (await market.quote(instrument, dayStart))?.price ?? mark,
    })),
  );
  const value = valuate(stored.cash, moved.cash, positions);
  const room = dec(value.equity).mul(stored.policy.maxLeverage).sub(value.gross);
  return {
    policy: stored.policy,
    portfolio: {
      equity: value.equity,
      buyingPower: text(Decimal.max(ZERO, room)),
      realisedToday: value.realisedToday,
      unrealisedToday: value.unrealisedToday,
      exposures: positions,
      openTrades: stored.openTrades,
      unknownOrders: stored.unknownOrders,
    },
  };
}

/** What is held, and what was traded today and is flat again (its units moved sum to zero, its mark does not matter). */
function valuedInstruments(
  stored: StoredPortfolio,
  moved: Readonly<Record<string, string>>,
): StoredPortfolio['positions'] {
  const held = new Set(stored.positions.map((p) => p.instrument));
  const closed = Object.keys(moved).filter((instrument) => !held.has(instrument));
  // Closed today but carried in: valued at the feed's prices; without any, it moves nothing.
  return [...stored.positions, ...closed.map((instrument) => ({ instrument, quantity: text(ZERO), mark: text(ZERO) }))];
}
