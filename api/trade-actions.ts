import { randomUUID } from 'node:crypto';
import { assertNever } from '../domain/assert-never';
import { possibleActions } from '../domain/trade/phase';
import type { TradeAction } from '../domain/trade/phase';
import type { TradeDetailRow } from '../database/registry';
import { findAccount } from '../database/registry-accounts';
import type { Database } from '../database/pool';
import type { ApproveRequest } from '../temporal/messages/trade';
import type { Caller } from './authenticate';
import type { ActionView } from './contract/views';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Call, Gate } from './mount';
import { ApiProblem, RETRY_AFTER_SECONDS } from './problem';
import type { ActionAnswer, TradeCommands } from './trade-commands';
import { requireTrade } from './trades';

/** What the actions on running trades need. */
export interface ActionRoutes {
  readonly database: Database;
  readonly commands: TradeCommands;
  /** True where one person is everything: whoever started a trade may approve it. */
  readonly approveOwnTrades: boolean;
}

type ActionRoute = (typeof ROUTES)['approveTrade' | 'rejectTrade' | 'exitTrade' | 'cancelTrade'];

/** Mounts approve, reject, exit and cancel. */
export function mountTradeActions(gate: Gate, deps: ActionRoutes): void {
  mount(gate, ROUTES.approveTrade, async (call) => {
    const { maxQuantity, maxNotional } = call.body ?? {};
    const bounds = {
      ...(maxQuantity === undefined ? {} : { maxQuantity }),
      ...(maxNotional === undefined ? {} : { maxNotional }),
    };
    return answer(200, await perform(deps, 'approve', call, bounds));
  });
  mount(gate, ROUTES.rejectTrade, async (call) => answer(200, await perform(deps, 'reject', call)));
  mount(gate, ROUTES.exitTrade, async (call) => answer(200, await perform(deps, 'exit', call)));
  mount(gate, ROUTES.cancelTrade, async (call) => answer(200, await perform(deps, 'cancel', call)));
}

/** Asks a trade for an action, with the answers and problems of its routes. */
export async function perform(
  deps: ActionRoutes,
  action: TradeAction,
  call: Pick<Call<ActionRoute>, 'params' | 'caller' | 'idempotencyKey' | 'audit'>,
  bounds: Omit<ApproveRequest, 'by'> = {},
): Promise<ActionView> {
  const trade = await requireTrade(deps.database, call.params.id);
  call.audit({ trade: trade.id, action });
  if (action === 'approve' && !deps.approveOwnTrades) refuseOwnTrade(trade, call.caller);
  const possible = possibleActions(trade.phase).includes(action);
  // A repeat of a request that was carried out gets that request's answer, also when the trade has moved on since.
  const repeat = call.idempotencyKey !== undefined && action in trade.requests;
  if (!possible && !repeat) throw notPossible(trade, action);
  const requestId = `${action}:${call.idempotencyKey ?? randomUUID()}`;
  const reply = await askTrade(deps, trade, action, { by: call.caller.actor, ...bounds }, requestId);
  switch (reply.kind) {
    case 'done':
      return { tradeId: trade.id, ...reply.state, possibleActions: [...possibleActions(reply.state.phase)] };
    case 'refused':
    case 'not-running':
      throw notPossible(await requireTrade(deps.database, trade.id), action);
    case 'unreachable':
      throw new ApiProblem(
        'temporal_unavailable',
        'The trade did not answer in time; repeat the request with the same Idempotency-Key, which cannot carry it out twice.',
        {},
        RETRY_AFTER_SECONDS,
      );
    default:
      return assertNever(reply);
  }
}

/** Asks the trade's run; an open trade without one gets it first, and reads its journal. */
async function askTrade(
  deps: ActionRoutes,
  trade: TradeDetailRow,
  action: TradeAction,
  request: ApproveRequest,
  requestId: string,
): Promise<ActionAnswer> {
  const reply = await deps.commands.act(trade.id, action, request, requestId);
  if (reply.kind !== 'not-running' || trade.phase === 'ended') return reply;
  const { id: tradeId, account, instrument, strategy, phase } = trade;
  const stored = await findAccount(deps.database, account);
  const mode = stored?.mode ?? 'paper';
  const started = await deps.commands.start({ tradeId, account, instrument, strategy, mode, phase });
  return started.kind === 'started' ? deps.commands.act(tradeId, action, request, requestId) : started;
}

function refuseOwnTrade(trade: TradeDetailRow, caller: Caller): void {
  if (trade.createdBy !== caller.actor) return;
  throw new ApiProblem(
    'own_trade',
    'The key that started a trade may not approve it; use the key of another operator.',
  );
}

function notPossible(trade: TradeDetailRow, action: TradeAction): ApiProblem {
  const possible = possibleActions(trade.phase);
  const words = possible.length === 0 ? 'nothing can be asked of it' : `possible: ${possible.join(', ')}`;
  return new ApiProblem(
    'action_not_possible',
    `The trade is in phase ${trade.phase}, which does not take ${action}; ${words}.`,
    {
      phase: trade.phase,
      possibleActions: possible,
    },
  );
}
