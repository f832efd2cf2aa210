import type { EpochMillis } from '../../domain/clock/instant';
import { worthOf } from '../../domain/instrument/worth';
import { dec } from '../../domain/money/decimal';
import { portfolioVar } from '../../domain/risk/entry-risk';
import { HISTORY_BARS, profitHistory } from '../../domain/risk/history';
import type { MarketData } from '../../domain/signal/market-data';
import type { AccountView } from './portfolio';

/** Value at risk at 95 % over a day of what an account holds, without what its orders may still fill, in its currency. */
export async function heldVar(
  market: MarketData,
  { held, policy }: Pick<AccountView, 'held' | 'policy'>,
  at: EpochMillis,
): Promise<number> {
  const positions = held.filter(({ quantity }) => !dec(quantity).isZero());
  const bars = await Promise.all(
    positions.map(async ({ instrument }) => [instrument, await market.bars(instrument, at, HISTORY_BARS)] as const),
  );
  const values = positions.map((position) => ({
    instrument: position.instrument,
    value: worthOf(position, position.quantity, position.mark).toNumber(),
  }));
  return portfolioVar(profitHistory(values, positions[0]?.instrument ?? '', new Map(bars), policy.assumedVolatility));
}
