import type { Millis } from '../clock/instant';
import type { TokenUse } from './cost';
import type { Message } from './prompt';

/** One call of a language model; nothing else of it is ever sent. */
export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  /** JSON Schema of the answer, which the endpoint is asked to enforce. */
  readonly schema: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
  /** Null leaves the choice to the endpoint. */
  readonly temperature: number | null;
  readonly maxOutputTokens: number;
}

/** How the exchange is bounded. */
export interface ModelPatience {
  /** Real time from the first byte sent to the last one read. */
  readonly deadlineMs: Millis;
  readonly abort: AbortSignal;
}

/** Why an answer came to its end: by itself, at the limit of tokens, or at a filter. */
export type FinishReason = 'stop' | 'length' | 'filtered';

/**
 * What came of a call. `answered` is an answer that was read to its end, whatever it says. `failed` says why there is
 * none, and whether the endpoint may charge for it: `no` only where it said so by refusing the request.
 */
export type ModelOutcome =
  | {
      readonly kind: 'answered';
      readonly text: string;
      /** The model's own words for declining; null when it answered. */
      readonly refusal: string | null;
      readonly finish: FinishReason;
      /** Name by which the endpoint calls the model that answered. */
      readonly model: string;
      /** Null when the endpoint did not say, or said nothing plausible. */
      readonly use: TokenUse | null;
    }
  | {
      readonly kind: 'failed';
      readonly reason: ModelFailure;
      readonly billed: 'no' | 'unknown';
      /** HTTP status, where there was one. */
      readonly status: number | null;
      /** The endpoint's own code of the error, where it gave one. */
      readonly code: string | null;
      /** How long the endpoint asks to wait; null when it does not say. */
      readonly retryAfterMs: Millis | null;
    };

/** `truncated`: an answer began and was cut. `aborted`: nobody wanted it any more. */
export const MODEL_FAILURES = [
  'rate_limited',
  'quota_exhausted',
  'endpoint_rejected',
  'model_unavailable',
  'model_timeout',
  'answer_truncated',
  'aborted',
] as const;
export type ModelFailure = (typeof MODEL_FAILURES)[number];

/** An endpoint with language models. An adapter translates and decides nothing; it never throws for what the endpoint does. */
export interface LanguageModel {
  complete(request: ModelRequest, patience: ModelPatience): Promise<ModelOutcome>;
}
