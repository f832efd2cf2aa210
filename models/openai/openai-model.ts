import OpenAI, { APIConnectionError, APIError } from 'openai';
import { z } from 'zod';
import type {
  FinishReason,
  LanguageModel,
  ModelFailure,
  ModelOutcome,
  ModelPatience,
  ModelRequest,
} from '../../domain/analysis/language-model';
import type { TokenUse } from '../../domain/analysis/cost';
import type { Millis } from '../../domain/clock/instant';
import { boundedFetch } from './bounded-fetch';

/** Bytes of one answer, framing included; the longest honest one has a tenth of that. */
const LONGEST_ANSWER = 2 * 1024 * 1024;
/** A longer wait than this is as good as none. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

const count = z.int().min(0).max(100_000_000);

/** What is read of a chunk; endpoints add what they like. */
const chunkSchema = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
});
const usageSchema = z.object({ prompt_tokens: count, completion_tokens: count });

/** An endpoint that speaks the chat completions protocol of OpenAI. */
export interface OpenAiEndpoint {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/**
 * The `LanguageModel` port over any OpenAI-compatible endpoint, by streaming chat completions with a JSON Schema for the
 * answer. It never repeats a request by itself, and reports no text of an error: those may quote the key.
 */
export class OpenAiModel implements LanguageModel {
  private readonly client: OpenAI;

  constructor({ baseUrl, apiKey }: OpenAiEndpoint) {
    this.client = new OpenAI({
      apiKey,
      baseURL: baseUrl,
      // Otherwise the library would read them from the environment.
      organization: null,
      project: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: boundedFetch(LONGEST_ANSWER),
    });
  }

  async complete(request: ModelRequest, { deadlineMs, abort }: ModelPatience): Promise<ModelOutcome> {
    // Not AbortSignal.any(): Node 20 may collect such a signal while a body hangs, which is then never given up.
    const calling = new AbortController();
    const leave = (): void => calling.abort();
    abort.addEventListener('abort', leave, { once: true });
    if (abort.aborted) leave();
    const timer = setTimeout(leave, deadlineMs);
    const ended = (): ModelOutcome | undefined =>
      abort.aborted
        ? failure('aborted', 'unknown')
        : calling.signal.aborted
          ? failure('model_timeout', 'unknown')
          : undefined;
    let began = false;
    try {
      const stream = await this.open(request, calling.signal);
      began = true;
      const reading = new Reading();
      for await (const chunk of stream) {
        if (!reading.add(chunk)) break;
      }
      // The library ends an aborted stream as if it were complete.
      return ended() ?? reading.outcome(request.model);
    } catch (error) {
      return ended() ?? (began ? failure('answer_truncated', 'unknown') : refused(error));
    } finally {
      clearTimeout(timer);
      abort.removeEventListener('abort', leave);
    }
  }

  private open(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const { model, messages, schema, temperature, maxOutputTokens } = request;
    return this.client.chat.completions.create(
      {
        model,
        messages: messages.map(({ role, content }) => ({ role, content })),
        response_format: {
          type: 'json_schema',
          json_schema: { name: schema.name, strict: true, schema: schema.schema },
        },
        ...(temperature === null ? {} : { temperature }),
        max_completion_tokens: maxOutputTokens,
        stream: true,
        stream_options: { include_usage: true },
      },
      { signal },
    );
  }
}

/** An answer as it comes in. */
class Reading {
  private text = '';
  private refusal = '';
  private finish: string | undefined;
  private model: string | undefined;
  private use: TokenUse | null = null;
  private broken = false;

  /** Takes in a chunk; false when it is none, and nothing more should be read. */
  add(chunk: unknown): boolean {
    const read = chunkSchema.safeParse(chunk);
    if (!read.success) {
      this.broken = true;
      return false;
    }
    const { model, choices, usage } = read.data;
    this.model = model ?? this.model;
    const [choice] = choices ?? [];
    this.text += choice?.delta?.content ?? '';
    this.refusal += choice?.delta?.refusal ?? '';
    this.finish = choice?.finish_reason ?? this.finish;
    const counted = usageSchema.safeParse(usage);
    if (counted.success) this.use = { input: counted.data.prompt_tokens, output: counted.data.completion_tokens };
    return true;
  }

  /** An answer is complete only when the endpoint said why it ended. */
  outcome(asked: string): ModelOutcome {
    if (this.broken || this.finish === undefined) return failure('answer_truncated', 'unknown');
    return {
      kind: 'answered',
      text: this.text,
      refusal: this.refusal === '' ? null : this.refusal,
      finish: finishOf(this.finish),
      model: this.model ?? asked,
      use: this.use,
    };
  }
}

function finishOf(reason: string): FinishReason {
  if (reason === 'content_filter') return 'filtered';
  return reason === 'length' ? 'length' : 'stop';
}

/** No answer began: an error status, or a line that broke. */
function refused(error: unknown): ModelOutcome {
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined)
    return failure('model_unavailable', neverConnected(error) ? 'no' : 'unknown');
  const { status, code, headers } = error as APIError<number>;
  const facts = {
    status,
    code: typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : null,
    retryAfterMs: retryAfterOf(headers),
  };
  return failure(reasonOf(status, facts.code), 'no', facts);
}

function reasonOf(status: number, code: string | null): ModelFailure {
  if (status === 402 || code === 'insufficient_quota') return 'quota_exhausted';
  if (status === 429) return 'rate_limited';
  return status >= 500 || status === 408 || status === 409 ? 'model_unavailable' : 'endpoint_rejected';
}

/** Seconds, a date, or the milliseconds that some endpoints send. */
function retryAfterOf(headers: Headers | undefined): Millis | null {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  const text = headers?.get('retry-after') ?? '';
  const wait = Number.isFinite(ms)
    ? ms
    : /^\d+(\.\d+)?$/.test(text)
      ? Number(text) * 1_000
      : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_RETRY_AFTER_MS);
}

/** True when there never was a line over which anything could have been asked. */
function neverConnected(error: unknown): boolean {
  let cause = error;
  while (typeof cause === 'object' && cause !== null) {
    if ('code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOTFOUND')) return true;
    cause = 'cause' in cause ? cause.cause : undefined;
  }
  return false;
}

function failure(
  reason: ModelFailure,
  billed: 'no' | 'unknown',
  facts?: { readonly status: number; readonly code: string | null; readonly retryAfterMs: Millis | null },
): ModelOutcome {
  return { kind: 'failed', reason, billed, status: null, code: null, retryAfterMs: null, ...facts };
}
