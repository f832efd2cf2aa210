import { clientOrderId, intentId } from '../../../activities/execution/client-order-id';
import { dec, ZERO } from '../../../domain/money/decimal';
import { judgeTrade } from './judge';
import type { Attribution, VenueVerdict } from './judge';
import type { FaultKind } from './plan';
import type { TradeEnd, TradeEvent } from './registry-record';
import { heldUp } from './resume';
import type { Progress } from './resume';
import type { RoundRecord } from './round';
import { timeExitSeconds, UNFILLED_SECONDS } from './driver';
import type { Driven } from './driver';
import type { Death } from './stack';
import type { VenueRecord } from './venue-record';

/** Everything that is known after the last round. */
export interface Evidence {
  readonly rounds: readonly RoundRecord[];
  readonly deaths: readonly Death[];
  readonly venue: VenueRecord;
  readonly ends: readonly TradeEnd[];
  readonly events: readonly TradeEvent[];
  /** Part of every client order id. */
  readonly installation: string;
}

/** One run and all that is said of it. */
export interface RunVerdict {
  readonly kind: FaultKind;
  readonly tradeId: string;
  readonly venue: VenueVerdict;
  /** No entry at the venue, and no word of ours that says why none was sent. */
  readonly missing: boolean;
  /** Why the trade rightly ended without an order; null when it sent one. */
  readonly unsent: string | null;
  readonly reconciled: boolean;
  /** Why it is not reconciled, for people. */
  readonly trouble: string;
  readonly heldUp: readonly number[];
}

/** All runs, and the orders at the venue that belong to none. */
export interface Assessment {
  readonly runs: readonly RunVerdict[];
  readonly strangers: number;
}

const LEGS = ['entry', 'stop', 'stop-2', 'stop-3', 'exit'] as const;
/** Revisions of one leg that the judge knows; an order beyond them is a stranger. */
const REVISIONS = 60;
/** Ends that say that nothing was sent, each with a code that says why. */
const ENDS_UNSENT: readonly string[] = ['rejected', 'expired', 'cancelled', 'no-trade'];

/** Judges every run by the venue's tables; the registry only says how a trade without an entry ended, and whether books agree. */
export function assess(evidence: Evidence): Assessment {
  const driven = evidence.rounds.flatMap((round) => round.trades.map((trade) => ({ round, trade })));
  const owners = attributions(
    evidence.installation,
    driven.map(({ trade }) => trade),
  );
  const runs = driven.map(({ round, trade }) => assessRun(evidence, owners, round, trade));
  const strangers = evidence.venue.orders.filter((order) => !owners.has(order.clientOrderId)).length;
  return { runs, strangers };
}

/** Every id that the trades may use, computed as the product does, from the intents. */
function attributions(installation: string, trades: readonly Driven[]): Map<string, Attribution> {
  const owners = new Map<string, Attribution>();
  for (const { tradeId, plan } of trades)
    for (const leg of LEGS)
      for (let revision = 1; revision <= REVISIONS; revision += 1) {
        const id = clientOrderId(installation, 'paper', plan.account, intentId(tradeId, leg, revision));
        owners.set(id, { tradeId, leg, revision });
      }
  return owners;
}

function assessRun(
  evidence: Evidence,
  owners: ReadonlyMap<string, Attribution>,
  round: RoundRecord,
  trade: Driven,
): RunVerdict {
  const record = recordOf(evidence.venue, owners, trade.tradeId);
  const verdict = judgeTrade(record, (order) => {
    const owner = owners.get(order.clientOrderId);
    if (owner === undefined) throw new Error(`order ${order.clientOrderId} has no owner`);
    return owner;
  });
  const end = evidence.ends.find(({ tradeId }) => tradeId === trade.tradeId);
  const saysUnsent = end?.outcome != null && end.code !== null && ENDS_UNSENT.includes(end.outcome);
  const trouble = troubleOf(end, verdict, record);
  const progress = progressOf(evidence.events, record, trade, end);
  return {
    kind: round.plan.kind,
    tradeId: trade.tradeId,
    venue: verdict,
    missing: verdict.entries === 0 && !saysUnsent,
    unsent: verdict.entries === 0 && saysUnsent ? `${end.outcome}: ${end.code}` : null,
    reconciled: trouble === '',
    trouble,
    heldUp: evidence.deaths.flatMap((death) => heldUp(death, progress) ?? []),
  };
}

function recordOf(venue: VenueRecord, owners: ReadonlyMap<string, Attribution>, tradeId: string): VenueRecord {
  const orders = venue.orders.filter((order) => owners.get(order.clientOrderId)?.tradeId === tradeId);
  const ids = new Set(orders.map(({ account, venueOrderId }) => `${account}/${venueOrderId}`));
  return { orders, fills: venue.fills.filter((fill) => ids.has(`${fill.account}/${fill.venueOrderId}`)) };
}

/** What keeps a run from counting as reconciled: its end, its attention, its position, or books that differ. */
function troubleOf(end: TradeEnd | undefined, verdict: VenueVerdict, record: VenueRecord): string {
  if (end === undefined) return 'not in the registry';
  const filled = record.fills.reduce((sum, fill) => sum.add(fill.quantity), ZERO);
  const allowed = record.fills.length > 0 ? ['completed'] : ENDS_UNSENT;
  return [
    end.outcome === null ? `still ${end.phase}` : '',
    end.outcome !== null && !allowed.includes(end.outcome) ? `ended ${end.outcome} (${end.code ?? ''})` : '',
    end.attention === null ? '' : `attention ${end.attention}`,
    verdict.flat ? '' : 'not flat at the venue',
    end.bookedFills === record.fills.length && dec(end.bookedQuantity).eq(filled)
      ? ''
      : `booked ${end.bookedFills} fills of ${end.bookedQuantity}, the venue has ${record.fills.length} of ${filled.toString()}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function progressOf(
  events: readonly TradeEvent[],
  record: VenueRecord,
  trade: Driven,
  end: TradeEnd | undefined,
): Progress {
  const own = events.filter(({ tradeId }) => tradeId === trade.tradeId);
  const moved = own.filter(({ kind }) => kind === 'phase' || kind === 'order' || kind === 'fill');
  const fills = record.fills.map(({ at }) => at);
  const ends = record.orders.flatMap(({ endedAt }) => endedAt ?? []);
  const first = fills[0];
  const seconds = trade.plan.exit === 'time' ? timeExitSeconds(trade.plan) : undefined;
  return {
    acceptedAt: end?.acceptedAt ?? Infinity,
    endedAt: end?.endedAt ?? Infinity,
    marks: [...moved.map(({ at }) => at), ...record.orders.map(({ receivedAt }) => receivedAt), ...ends],
    restsAt: own.filter(({ kind, name }) => kind === 'order' && name === 'open').map(({ at }) => at),
    dueAt: [
      ...fills,
      ...record.orders
        .filter(({ type }) => type === 'limit')
        .map(({ receivedAt }) => receivedAt + UNFILLED_SECONDS * 1_000),
      ...(trade.exitAskedAt === undefined ? [] : [trade.exitAskedAt]),
      ...(first === undefined || seconds === undefined ? [] : [first + seconds * 1_000]),
    ],
  };
}
