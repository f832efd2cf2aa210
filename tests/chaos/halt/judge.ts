import { dec, Decimal } from '../../../domain/money/decimal';
import { isPlanted } from './venue';
import type { LedgerFill, LedgerOrder } from './venue';

/** What the journal says of one order; real times in epoch milliseconds, to the microsecond. */
export interface JournalOrder {
  readonly clientOrderId: string;
  readonly tradeId: string;
  readonly leg: string;
  readonly booked: string;
  /** The first permit that any attempt of it had. */
  readonly permittedAt: number | null;
}

export interface JudgedTrade {
  readonly tradeId: string;
  readonly account: string;
  readonly epoch: number;
  readonly ended: boolean;
  readonly outcome: string | null;
  readonly dust: string;
  readonly emulated: boolean;
}

/** One halt as it was made. */
export interface JudgedHalt {
  readonly epoch: number;
  readonly engagedAt: number;
  readonly releasedAt: number | null;
  readonly flatten: boolean;
  /** Trades of the halt by the registry; what of them never acknowledged, nor ended, nor was taken over. */
  readonly trades: readonly string[];
  readonly unacknowledged: readonly string[];
}

/** All that is known after a halt is done. */
export interface HaltEvidence {
  readonly halt: JudgedHalt;
  readonly orders: readonly LedgerOrder[];
  readonly fills: readonly LedgerFill[];
  readonly journal: readonly JournalOrder[];
  readonly trades: readonly JudgedTrade[];
}

/** What must not be, each with the trade or order that it was seen at. */
export interface HaltVerdict {
  readonly increaseAfterMoment: readonly string[];
  readonly oldEpoch: readonly string[];
  readonly overCapacity: readonly string[];
  readonly unacknowledged: readonly string[];
  readonly unguarded: readonly string[];
  readonly notFlat: readonly string[];
  readonly journalDiffers: readonly string[];
  readonly strangers: readonly string[];
}

/** Judges a halt by the venue's own books; the journal only says which order is whose, and when it was permitted. */
export function judgeHalt(evidence: HaltEvidence): HaltVerdict {
  const { halt, orders, fills, trades } = evidence;
  const journal = new Map(evidence.journal.map((order) => [order.clientOrderId, order]));
  const older = new Map(trades.filter(({ epoch }) => epoch < halt.epoch).map((trade) => [trade.tradeId, trade]));
  const ours = orders.filter(({ clientOrderId }) => !isPlanted(clientOrderId));
  const late = ours.filter(({ clientOrderId }) => {
    const order = journal.get(clientOrderId);
    if (order?.leg !== 'entry' || !older.has(order.tradeId)) return false;
    return order.permittedAt === null || order.permittedAt > halt.engagedAt;
  });
  const afterRelease = (order: LedgerOrder): boolean =>
    halt.releasedAt !== null && (journal.get(order.clientOrderId)?.permittedAt ?? 0) > halt.releasedAt;
  const held = positionsOf(fills, journal);
  const mine = trades.filter(({ tradeId }) => halt.trades.includes(tradeId));
  return {
    increaseAfterMoment: late.filter((order) => !afterRelease(order)).map(({ clientOrderId }) => clientOrderId),
    oldEpoch: late.filter(afterRelease).map(({ clientOrderId }) => clientOrderId),
    overCapacity: [...held].filter(([, { crossed }]) => crossed).map(([tradeId]) => tradeId),
    unacknowledged: halt.unacknowledged,
    unguarded: halt.flatten
      ? []
      : mine.filter((trade) => !isGuarded(trade, ours, journal, held)).map(({ tradeId }) => tradeId),
    notFlat: halt.flatten
      ? mine.filter((trade) => !isFlat(trade, ours, journal, held)).map(({ tradeId }) => tradeId)
      : [],
    journalDiffers: ours
      .filter((order) => !dec(journal.get(order.clientOrderId)?.booked ?? '0').eq(order.filled))
      .map(({ clientOrderId }) => clientOrderId),
    strangers: ours
      .filter(({ clientOrderId }) => !journal.has(clientOrderId))
      .map(({ clientOrderId }) => clientOrderId),
  };
}

interface Holding {
  readonly units: Decimal;
  /** True when its orders ever took more from the position than it had. */
  readonly crossed: boolean;
}

/** What each trade holds by the venue's executions, in their order. */
function positionsOf(
  fills: readonly LedgerFill[],
  journal: ReadonlyMap<string, JournalOrder>,
): ReadonlyMap<string, Holding> {
  const held = new Map<string, Holding>();
  for (const { clientOrderId, side, quantity } of fills) {
    const tradeId = journal.get(clientOrderId)?.tradeId;
    if (tradeId === undefined) continue;
    const before = held.get(tradeId) ?? { units: new Decimal(0), crossed: false };
    const units = side === 'buy' ? before.units.add(quantity) : before.units.sub(quantity);
    held.set(tradeId, { units, crossed: before.crossed || before.units.mul(units).lt(0) });
  }
  return held;
}

type Judge = (
  trade: JudgedTrade,
  orders: readonly LedgerOrder[],
  journal: ReadonlyMap<string, JournalOrder>,
  held: ReadonlyMap<string, Holding>,
) => boolean;

/** Ended with nothing left, or every unit covered by open orders of the other side, or watched for. */
const isGuarded: Judge = (trade, orders, journal, held) => {
  const units = held.get(trade.tradeId)?.units ?? new Decimal(0);
  if (trade.ended) return units.eq(trade.dust);
  if (units.isZero()) return false;
  const side = units.gt(0) ? 'sell' : 'buy';
  const covering = orders
    .filter((order) => order.open && order.side === side && journal.get(order.clientOrderId)?.tradeId === trade.tradeId)
    .reduce((sum, { quantity, filled }) => sum.add(quantity).sub(filled), new Decimal(0));
  return trade.emulated || covering.gte(units.abs());
};

/** Ended, nothing held but dust, and no order of it open at the venue. */
const isFlat: Judge = (trade, orders, journal, held) => {
  const units = held.get(trade.tradeId)?.units ?? new Decimal(0);
  const resting = orders.some((order) => order.open && journal.get(order.clientOrderId)?.tradeId === trade.tradeId);
  return trade.ended && units.eq(trade.dust) && !resting;
};
