import { MODEL_STRATEGY } from '../domain/signal/model-strategy';
import { spreadOf } from '../domain/analysis/spread';
import type { DecimalString } from '../domain/money/decimal';
import type { Database } from '../database/pool';
import { analysesOfTrade, findRepeat, hasQuestion, spendingToday, storeRepeat } from '../database/registry-analyses';
import type { RepeatDetailRow } from '../database/registry-analyses';
import { ROUTES } from './contract/routes';
import { requireModel } from './model-facts';
import type { ModelFacts } from './model-facts';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound, RETRY_AFTER_SECONDS } from './problem';
import { requireTrade } from './trades';

/** What the routes of analyses need. */
export interface AnalysisRoutes {
  readonly database: Database;
  readonly model: ModelFacts;
  /** Starts the workflow of a stored repeat, or meets the one that runs; false when Temporal cannot be reached. */
  readonly startRepeat: (repeat: { readonly repeatId: string; readonly times: number }) => Promise<boolean>;
}

const KEY = /^[A-Za-z0-9_-]{1,64}$/;

/** Mounts what trades asked models, repeats of it, and the budget. */
export function mountAnalyses(gate: Gate, deps: AnalysisRoutes): void {
  const { database, model } = deps;
  mount(gate, ROUTES.showAnalysis, async ({ params }) => {
    const trade = await requireTrade(database, params.id);
    const items = (await analysesOfTrade(database, trade.id)).map((row) => ({
      ...row,
      signal: row.signal === null ? null : { ...row.signal },
      answer: row.answer === null ? null : { ...row.answer },
      calls: row.calls.map((call) => ({ ...call, prompt: [...call.prompt], attempts: [...call.attempts] })),
    }));
    return answer(200, { items, nextCursor: null });
  });
  mount(gate, ROUTES.repeatAnalysis, async ({ params, body, idempotencyKey: key, caller, audit }) => {
    const trade = await requireTrade(database, params.id);
    const { times } = body;
    audit({ trade: trade.id, times });
    requireModel(MODEL_STRATEGY, model);
    if (!(await hasQuestion(database, trade.id)))
      throw new ApiProblem('no_analysis', `Trade ${trade.id} has asked no language model: there is nothing to repeat.`);
    if (!(await storeRepeat(database, { tradeId: trade.id, key, times, createdBy: caller.actor })))
      throw new ApiProblem('idempotency_conflict', 'This Idempotency-Key was used for another number of times.');
    const repeat = await requireRepeat(database, trade.id, key);
    if (repeat.state === 'running') await start(deps, repeat);
    const headers = { Location: `/v1/trades/${trade.id}/analysis/repeats/${key}` };
    return { ...answer(202, repeatView(repeat)), headers };
  });
  mount(gate, ROUTES.showRepeat, async ({ params }) => {
    const trade = await requireTrade(database, params.id);
    return answer(200, repeatView(await requireRepeat(database, trade.id, params.key)));
  });
  mount(gate, ROUTES.showBudget, async () => {
    const { day, tokens, cost, uncertainTokens, uncertainCost, strategies } = await spendingToday(database);
    const uncertain = { tokens: uncertainTokens, cost: uncertainCost };
    const { name, configured, price, caps } = model;
    return answer(200, {
      day,
      caps,
      spent: { tokens, cost, uncertain, strategies: [...strategies] },
      model: { name, configured, price },
    });
  });
}

async function requireRepeat(database: Database, tradeId: string, key: string): Promise<RepeatDetailRow> {
  const repeat = KEY.test(key) ? await findRepeat(database, tradeId, key) : undefined;
  if (repeat === undefined) throw notFound('repeat');
  return repeat;
}

async function start(deps: AnalysisRoutes, repeat: RepeatDetailRow): Promise<void> {
  if (await deps.startRepeat({ repeatId: repeat.id, times: repeat.times })) return;
  throw new ApiProblem(
    'temporal_unavailable',
    'The repeat is stored and was not started; repeat the request with the same Idempotency-Key.',
    {},
    RETRY_AFTER_SECONDS,
  );
}

function repeatView({ repetitions, ...repeat }: RepeatDetailRow) {
  const { abstained, ...spread } = spreadOf(repetitions);
  return {
    ...repeat,
    cost: repeat.cost satisfies DecimalString,
    spread: { ...spread, abstained: { ...abstained } },
    answers: repetitions.map(({ id, signal, answer: words }) => ({
      id,
      signal: { ...signal },
      answer: words === null ? null : { ...words },
    })),
  };
}
