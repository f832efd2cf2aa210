import { instant } from '../../../domain/clock/instant';
import type { OrderRequest } from '../../../domain/order/order';
import { ENTRY } from './books';
import type { Books } from './books';
import type { Worker } from './crew';
import type { Played } from './judge';
import type { Answers, ChaosAccount, End } from './messages';
import type { PlayPlan, Stage } from './stage';

/** `blind` sends again when no answer came; `look-up` asks the venue first, and sends again when it shows nothing. */
export type ControlKind = 'blind' | 'look-up';

/** So often a control sends at most. */
const TRIES = 6;
/** So often a control asks for an order before it gives up asking. */
const QUESTIONS = 20;

/**
 * One intent without a journal and without waiting, as order code is usually written: the same client order id in each try,
 * the same adapter, the same faults.
 */
export async function playControl<Plan extends PlayPlan>(
  kind: ControlKind,
  stage: Stage<Plan>,
  books: Books,
  account: ChaosAccount,
  plan: Plan,
): Promise<Played> {
  const clientOrderId = books.idOf(account.venue, account.account, `i${plan.index}`);
  const { side, quantity, terms, timeInForce } = ENTRY;
  const request: OrderRequest = {
    ...{ clientOrderId, account: account.account, instrument: account.instrument },
    ...{ side, quantity, terms, timeInForce },
  };
  const { end, sentAt } = await tries(kind, stage, plan, request);
  const milliseconds = performance.now() - sentAt;
  await stage.continued(plan);
  return { clientOrderId, scenario: plan.scenario, end, closed: false, booked: null, milliseconds, flagged: false };
}

interface Tried {
  readonly end: End;
  /** When the first submission was asked for. */
  readonly sentAt: number;
}

async function tries<Plan extends PlayPlan>(
  kind: ControlKind,
  stage: Stage<Plan>,
  plan: Plan,
  request: OrderRequest,
): Promise<Tried> {
  let sentAt = Infinity;
  const call = (worker: Worker): Promise<Answers['send']> => {
    sentAt = Math.min(sentAt, performance.now());
    return worker.ask({ kind: 'send', account: request.account, request });
  };
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    if (attempt > 1 && kind === 'look-up' && (await isThere(stage, request))) return { end: 'filled', sentAt };
    const sent = await (
      attempt === 1 ? stage.disturbed(request.account, plan, call) : call(stage.workerOf(request.account))
    ).catch(() => undefined);
    // "I have this id already" is as good as an answer to whoever trusts the id.
    if (sent?.kind === 'acked' || sent?.code === 'duplicate_client_order_id') return { end: 'filled', sentAt };
  }
  return { end: 'unsent', sentAt };
}

async function isThere<Plan extends PlayPlan>(stage: Stage<Plan>, request: OrderRequest): Promise<boolean> {
  const { clientOrderId, instrument, terms, account } = request;
  const createdAt = instant(Date.now() - 60_000);
  const ref = { clientOrderId, instrument, type: terms.type, venueOrderId: null, createdAt };
  for (let question = 0; question < QUESTIONS; question += 1) {
    const { kind } = await stage.workerOf(account).ask({ kind: 'find', account, ref });
    if (kind !== 'inconclusive') return kind === 'found';
  }
  return false;
}
