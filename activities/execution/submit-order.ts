import { dec } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { OrderRequest } from '../../domain/order/order';
import type { RateShare } from '../../domain/order/rate-gate';
import type { SendPermit, SubmitOutcome } from '../../domain/order/broker';
import type { TradeFacts } from '../../domain/trade/facts';
import type { WantedOrder } from '../../domain/trade/step';
import type { TradePhase } from '../../domain/trade/phase';
import type { AttemptRef, FenceActor, JournalledOrder } from '../../database/journal';
import { clientOrderId, intentId, paramsHash } from './client-order-id';
import type { ExecutionDeps } from './ports';

/** A permit of this age is renewed before the first byte leaves (design of the fence: 250 ms at the socket). */
const PERMIT_AGE_MS = 250;
/** Our own deadline over one exchange with a venue, body included. */
const SEND_DEADLINE_MS = 5_000;

export interface SubmitInput {
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly order: WantedOrder;
  /** The phase that the trade enters with this order. */
  readonly phase: TradePhase;
  /** The last print when the order was decided; slippage is measured against it. Null when there was none. */
  readonly arrivalPrice: DecimalString | null;
  /** A halt that has taken the trade over; the trade's own workflow unless told. */
  readonly actor?: FenceActor;
}

/** What one attempt led to, and the trade's facts after it. */
export interface SubmitResult {
  readonly result: 'acked' | 'rejected' | 'not-sent' | 'unknown' | 'refused';
  /** Of a refusal by the fence or a rejection by the venue. */
  readonly code: string | null;
  readonly facts: TradeFacts;
}

/**
 * One bounded attempt to submit an order. The fence and the journal row come first, in one database call; then the send,
 * with our own deadline; then the answer is stored. It never waits out a venue's window: an attempt in doubt is the
 * workflow's to resolve.
 */
export async function submitOrder(deps: ExecutionDeps, input: SubmitInput): Promise<SubmitResult> {
  const order = journalledOrder(deps, input.tradeId, input.instrument, input.order);
  const attempt: AttemptRef = {
    clientOrderId: order.request.clientOrderId,
    n: input.order.attempt,
    owner: deps.token(),
  };

  deps.failpoint('before-fence');
  const asked = deps.monotonic();
  const { validityWindow } = deps.broker.timings;
  const answer = await deps.journal.fence(order, attempt, validityWindow, input.actor ?? 'trade', input.phase);
  switch (answer.result) {
    case 'go':
      deps.failpoint('after-fence');
      return send(deps, input, order, attempt, answer.validUntil, asked);
    case 'refused':
      deps.metrics.refused(answer.code);
      return { result: 'refused', code: answer.code, facts: await deps.facts.read(input.tradeId) };
    case 'done':
      return {
        result: answer.order.state === 'rejected' ? 'rejected' : 'acked',
        code: answer.order.rejectCode,
        facts: await deps.facts.read(input.tradeId),
      };
    case 'unknown':
      return { result: 'unknown', code: null, facts: await deps.facts.read(input.tradeId) };
    case 'recorded':
      return {
        result: answer.attempt === 'rejected' ? 'rejected' : 'not-sent',
        code: null,
        facts: await deps.facts.read(input.tradeId),
      };
  }
}

/** The journal's view of an order that a trade wants. */
export function journalledOrder(
  deps: ExecutionDeps,
  tradeId: string,
  instrument: string,
  order: WantedOrder,
): JournalledOrder {
  const intent = intentId(tradeId, order.leg, order.revision);
  const request: OrderRequest = {
    clientOrderId: clientOrderId(deps.installation, deps.broker.venue, deps.account, intent),
    account: deps.account,
    instrument,
    side: order.side,
    quantity: order.quantity,
    terms: order.terms,
    timeInForce: order.timeInForce,
    ...(order.goodTill === undefined ? {} : { goodTill: order.goodTill }),
    ...(order.outsideRegularHours === undefined ? {} : { outsideRegularHours: order.outsideRegularHours }),
  };
  return {
    request,
    tradeId,
    intentId: intent,
    leg: order.leg,
    revision: order.revision,
    paramsHash: paramsHash(request),
  };
}

async function send(
  deps: ExecutionDeps,
  input: SubmitInput,
  order: JournalledOrder,
  attempt: AttemptRef,
  validUntil: SendPermit['validUntil'],
  asked: number,
): Promise<SubmitResult> {
  const share: RateShare = order.leg === 'entry' ? 'entry' : 'safety';
  const permit = new FencePermit(deps, attempt, input.actor ?? 'trade', validUntil, asked, share);
  const outcome = await withDeadline(deps.broker.submit(order.request, permit));
  deps.failpoint('after-send');
  const settled = duplicateIsDoubt(outcome);
  const recorded = await deps.journal.recordOutcome(attempt, settled, {
    venue: deps.broker.venue,
    account: deps.account,
    skewMs: deps.broker.timings.clockSkew,
  });
  deps.failpoint('after-record');
  deps.metrics.submitted(settled.kind, (deps.monotonic() - asked) / 1000);
  deps.metrics.orderState(recorded.order.state);
  if (settled.kind === 'acked') countFills(deps, order, settled, input.arrivalPrice, (deps.monotonic() - asked) / 1000);
  const facts = await deps.facts.complete(recorded.facts);
  const result = recorded.order.state === 'rejected' ? 'rejected' : settled.kind;
  return { result, code: recorded.order.rejectCode, facts };
}

/** Slippage is measured against the last print before the send: what a trader saw when the order was decided. */
function countFills(
  deps: ExecutionDeps,
  order: JournalledOrder,
  acked: Extract<SubmitOutcome, { kind: 'acked' }>,
  arrival: DecimalString | null,
  seconds: number,
): void {
  for (const fill of acked.fills) {
    const cost =
      arrival === null
        ? null
        : dec(fill.price)
            .sub(arrival)
            .mul(fill.side === 'buy' ? 1 : -1)
            .div(arrival)
            .mul(10_000);
    deps.metrics.filled({
      symbol: order.request.instrument,
      side: fill.side,
      broker: deps.broker.venue,
      seconds,
      slippageBps: cost?.toNumber() ?? null,
    });
  }
}

/** A venue that says "I have this id already" tells us that an order exists, not that ours was refused. */
function duplicateIsDoubt(outcome: SubmitOutcome): SubmitOutcome {
  return outcome.kind === 'rejected' && outcome.code === 'duplicate_client_order_id'
    ? { kind: 'unknown', message: `the venue has this id already (${outcome.venueCode})` }
    : outcome;
}

/** After the deadline the request may still arrive: its outcome is unknown, and whatever comes later is ignored. */
async function withDeadline(submission: Promise<SubmitOutcome>): Promise<SubmitOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SubmitOutcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ kind: 'unknown', message: `no answer within ${SEND_DEADLINE_MS} ms` }),
      SEND_DEADLINE_MS,
    );
  });
  const failed = submission.catch((error: unknown): SubmitOutcome => {
    // An adapter must not throw from submit; if it does, nothing is known.
    return { kind: 'unknown', message: error instanceof Error ? error.name : 'adapter failed' };
  });
  try {
    return await Promise.race([failed, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The right to send one attempt: fresh for 250 ms, then renewed at the fence or lost. */
class FencePermit implements SendPermit {
  constructor(
    private readonly deps: ExecutionDeps,
    private readonly attempt: AttemptRef,
    private readonly actor: FenceActor,
    public validUntil: SendPermit['validUntil'],
    private fencedAt: number,
    readonly share: RateShare,
  ) {}

  async stillValid(): Promise<boolean> {
    if (this.deps.monotonic() - this.fencedAt < PERMIT_AGE_MS) return true;
    const asked = this.deps.monotonic();
    const { validityWindow } = this.deps.broker.timings;
    const renewal = await this.deps.journal.renew(this.attempt, validityWindow, this.actor);
    if (!renewal.ok) return false;
    this.validUntil = renewal.validUntil;
    this.fencedAt = asked;
    return this.deps.monotonic() - asked < PERMIT_AGE_MS;
  }
}
