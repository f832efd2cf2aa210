import { createHash } from 'node:crypto';
import { abstain } from '../../domain/analysis/abstention';
import type { AbstentionCode } from '../../domain/analysis/abstention';
import { costOf, mostTokens } from '../../domain/analysis/cost';
import type { ModelPrice } from '../../domain/analysis/cost';
import type { LanguageModel, ModelFailure, ModelOutcome, ModelRequest } from '../../domain/analysis/language-model';
import { plainText } from '../../domain/analysis/plain-text';
import type { Message } from '../../domain/analysis/prompt';
import type { Millis } from '../../domain/clock/instant';
import { dec } from '../../domain/money/decimal';
import type { Signal } from '../../domain/signal/signal';
import type { AnalysisStore, Caps, NewCall, Settlement, StoredAnswer } from '../../database/analyses';
import type { ModelMetrics } from '../../telemetry/model-metrics';
import type { ModelFailpoint } from './failpoints';
import { ANSWER_SCHEMA } from './view-schema';

/** How a model is asked, and what it may cost. */
export interface ModelTerms {
  readonly model: string;
  readonly price: ModelPrice;
  readonly temperature: number | null;
  readonly maxOutputTokens: number;
  readonly deadlineMs: Millis;
  readonly caps: Caps;
}

export interface CallDeps {
  readonly store: AnalysisStore;
  readonly model: LanguageModel;
  readonly terms: ModelTerms;
  readonly metrics: ModelMetrics;
  readonly failpoint: (name: ModelFailpoint) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
}

/** A call that failed in a way that may pass: worth another try, not before `retryAfterMs` where the endpoint said so. */
export class ModelFailed extends Error {
  constructor(
    readonly reason: Exclude<ModelFailure, 'aborted'>,
    readonly retryAfterMs: Millis | null,
  ) {
    super(`the language model did not answer: ${reason}`);
    this.name = 'ModelFailed';
  }
}

/** The work was cancelled while a call was under way. */
export class ModelCallAborted extends Error {
  constructor() {
    super('the call of the language model was cancelled');
    this.name = 'ModelCallAborted';
  }
}

/** An answer, or the abstention that stands in for it for good. */
export type Called =
  | { readonly kind: 'answer'; readonly answer: StoredAnswer }
  | { readonly kind: 'abstained'; readonly signal: Extract<Signal, { kind: 'abstained' }> };

/** Failures that no repeat cures: a repeat would only cost again, or never be let in. */
const FINAL: readonly ModelFailure[] = ['quota_exhausted', 'endpoint_rejected', 'answer_truncated'];

/**
 * One call of a model, paid for at most once: answered from the store when it was answered before, refused when it could
 * exceed a cap, else reserved, sent, and settled with what it used.
 * @throws ModelFailed when it is worth another try; ModelCallAborted when nobody wants the answer any more.
 */
export async function callModel(
  deps: CallDeps,
  analysisId: string,
  purpose: NewCall['purpose'],
  messages: readonly Message[],
  abort: AbortSignal,
): Promise<Called> {
  const { store, terms, failpoint } = deps;
  const { model, temperature, maxOutputTokens } = terms;
  const request: ModelRequest = { model, messages, schema: ANSWER_SCHEMA, temperature, maxOutputTokens };
  const most = mostTokens(messages, ANSWER_SCHEMA.schema, maxOutputTokens);
  const id = sha256(JSON.stringify([analysisId, request]));
  failpoint('before-model-reserved');
  const begun = await store.begin({
    id,
    analysisId,
    purpose,
    model,
    parameters: { temperature, maxOutputTokens },
    prompt: messages,
    schema: ANSWER_SCHEMA.schema,
    tokens: most.input + most.output,
    cost: costOf(most, terms.price),
    caps: terms.caps,
  });
  if (begun.result === 'answered') return { kind: 'answer', answer: begun };
  if (begun.result === 'budget') {
    const { scope, unit, cap, spent, wanted } = begun;
    const figures = `The cap of the ${scope} is ${cap} ${unit}; ${spent} are spent, and the call could take ${wanted}.`;
    return { kind: 'abstained', signal: abstain('budget', figures) };
  }
  failpoint('after-model-reserved');
  const sent = deps.monotonic();
  const outcome = await deps.model.complete(request, { deadlineMs: terms.deadlineMs, abort });
  const latencyMs = Math.round(deps.monotonic() - sent);
  failpoint('after-model-answered');
  const settlement = settle(outcome, terms.price);
  const stored = await store.settle({ callId: id, attempt: begun.attempt, latencyMs, ...settlement });
  failpoint('after-model-settled');
  deps.metrics.called(model, latencyMs / 1_000);
  const { tokens = most.input + most.output, cost = costOf(most, terms.price) } = settlement;
  deps.metrics.charged(model, tokens, dec(cost).toNumber());
  // Another attempt may have been faster; its answer is the call's.
  if (stored !== undefined) return { kind: 'answer', answer: stored };
  return failed(outcome);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What an outcome says about the reservation: what was used, nothing, or (left out) that nobody knows. */
function settle(
  outcome: ModelOutcome,
  price: ModelPrice,
): Pick<Settlement, 'state' | 'tokens' | 'cost'> & Omit<Settlement, 'callId' | 'attempt' | 'latencyMs'> {
  if (outcome.kind === 'failed') {
    const { reason, billed, status, code } = outcome;
    const charge = billed === 'no' ? { tokens: 0, cost: costOf({ input: 0, output: 0 }, price) } : {};
    return { state: reason === 'aborted' ? 'lost' : 'failed', reason, status, code, ...charge };
  }
  const { refusal, finish, use } = outcome;
  const text = storable(outcome.text);
  const used =
    use === null
      ? {}
      : {
          tokens: use.input + use.output,
          cost: costOf(use, price),
          inputTokens: use.input,
          outputTokens: use.output,
        };
  return {
    state: 'answered',
    text,
    refusal: refusal === null ? null : storable(refusal),
    finish,
    answeredBy: plainText(outcome.model, 100),
    answerHash: sha256(text),
    ...used,
  };
}

/** As PostgreSQL takes it: it knows neither NUL nor halves of surrogate pairs. */
function storable(text: string): string {
  return text.replace(/\0|\p{Cs}/gu, '\uFFFD');
}

function failed(outcome: ModelOutcome): Called {
  if (outcome.kind === 'answered') throw new Error('an answer was settled and is not in the store');
  const { reason, status, retryAfterMs } = outcome;
  if (reason === 'aborted') throw new ModelCallAborted();
  const detail = status === null ? undefined : `The endpoint answered with status ${status}.`;
  if (FINAL.includes(reason)) return { kind: 'abstained', signal: abstain(reason satisfies AbstentionCode, detail) };
  throw new ModelFailed(reason, retryAfterMs);
}
