import { AsyncLocalStorage } from 'node:async_hooks';
import type { Exchange } from 'ccxt';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { RateGate, RateShare } from '../../domain/order/rate-gate';
import { Lane } from '../lane';
import { NotSent } from './broker-error';
import { classify } from './classify';
import type { VenueCodes, WireRecord } from './classify';
import { redactor } from './redact';

/** A request as ccxt signed it, just before it leaves. */
export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** How one endpoint is called. */
export interface CallOptions {
  readonly share: RateShare;
  /** The venue's own measure of the request. */
  readonly weight: number;
  /** Over the whole exchange, the body of the answer included. */
  readonly deadline?: Millis;
  /** Looks at the signed request as the last thing before it leaves; may add headers. @throws NotSent to stop it. */
  readonly check?: (signed: SignedRequest) => Promise<void>;
}

export interface LineOptions {
  readonly exchange: Exchange;
  readonly codes: VenueCodes;
  readonly gate: RateGate;
  readonly secrets: readonly string[];
  /** Asks the venue for its clock, through this line. */
  readonly serverTime: (line: VenueLine) => Promise<EpochMillis>;
  /** True when private requests must reach the venue in the order in which they were signed: one waits for the other. */
  readonly inSequence?: boolean;
}

const READ_DEADLINE: Millis = 8_000;
/** How long a measured difference of the clocks is good for. */
const CLOCK_LIFE: Millis = 3_600_000;
/** An exchange of this length tells the venue's time well enough; after so many slower ones the best has to do, for a minute. */
const QUICK: Millis = 200;
const CLOCK_SAMPLES = 4;
const SLOW_CLOCK_LIFE: Millis = 60_000;
/** A venue that blocks us without saying for how long is left alone for a minute. */
const DEFAULT_BLOCK: Millis = 60_000;

/** Failures before a connection stood: nothing can have left. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

type Endpoint = (params: object) => Promise<unknown>;

interface Call {
  readonly record: WireRecord;
  readonly options: CallOptions;
}

/**
 * One account's way to its venue. ccxt knows the endpoints, signs, and reads errors; this line owns what decides about
 * money: the request budget, the last look before the first byte, one deadline that covers the body of the answer as well,
 * and a record of how far each request got. Raw endpoints are called, with our own parameters: ccxt's unified orders change
 * their meaning where a venue lacks a kind.
 */
export class VenueLine {
  private readonly calls = new AsyncLocalStorage<Call>();
  /** The exchange that a measurement of the clocks is made of. */
  private readonly exchanges = new AsyncLocalStorage<{ sentAt: EpochMillis; took: Millis }>();
  private readonly redact: (text: string) => string;
  private readonly lane = new Lane();
  private clockGoodUntil = -Infinity;
  private difference: Millis = 0;

  constructor(private readonly options: LineOptions) {
    const { exchange } = options;
    this.redact = redactor(options.secrets);
    exchange.enableRateLimit = false;
    // A second try of ccxt's own would be an order that nobody journalled.
    exchange.maxRetriesOnFailure = 0;
    exchange.fetchImplementation = (url: string, request: SignedRequest) => this.send(url, request);
  }

  get exchange(): Exchange {
    return this.options.exchange;
  }

  /** Venue clock less ours, as last measured. */
  get clockDifference(): Millis {
    return this.difference;
  }

  /**
   * Calls a raw endpoint of ccxt by its name and answers the parsed body. @throws BrokerError with what the failure means.
   */
  async call<Answer>(endpoint: string, params: object, options: CallOptions): Promise<Answer> {
    const record: WireRecord = { phase: 'none', status: undefined, body: undefined, retryAfter: undefined };
    try {
      await this.options.gate.take(options.share, options.weight);
      const method = (this.exchange as unknown as Record<string, Endpoint | undefined>)[endpoint];
      if (method === undefined) throw new NotSent(`ccxt has no endpoint ${endpoint}`);
      const ask = (): Promise<unknown> => this.calls.run({ record, options }, () => method.call(this.exchange, params));
      // Signed within its turn: a request that waited has not grown old.
      const inTurn = this.options.inSequence === true && /private/i.test(endpoint);
      return (await (inTurn ? this.lane.run(ask) : ask())) as Answer;
    } catch (error) {
      const failure = classify(error, record, this.options.codes, this.redact);
      await this.heed(record, failure.venueCode);
      // Whatever its cause, the next request measures the clocks anew.
      if (this.options.codes.notAccepted.has(failure.venueCode)) this.clockGoodUntil = -Infinity;
      throw failure;
    }
  }

  /**
   * Measures the difference of the clocks unless it was measured lately; signed requests then carry the venue's time. The
   * answer may have been anywhere between question and arrival, so the quickest of some exchanges counts, and one that
   * was slow all the same is soon measured again.
   */
  async syncClock(): Promise<void> {
    if (performance.now() < this.clockGoodUntil) return;
    let best = await this.measureClock();
    for (let more = 1; more < CLOCK_SAMPLES && best.took > QUICK; more += 1) {
      const next = await this.measureClock();
      if (next.took < best.took) best = next;
    }
    this.difference = best.difference;
    this.exchange.options['timeDifference'] = -best.difference;
    this.clockGoodUntil = performance.now() + (best.took > QUICK ? SLOW_CLOCK_LIFE : CLOCK_LIFE);
  }

  private async measureClock(): Promise<{ readonly difference: Millis; readonly took: Millis }> {
    // Only the exchange itself counts: before it the request may have waited for the budget.
    const exchange = { sentAt: Date.now(), took: 0 };
    const venue = await this.exchanges.run(exchange, () => this.options.serverTime(this));
    const { sentAt, took } = exchange;
    return { difference: Math.round(venue - (sentAt + took / 2)), took };
  }

  /** Stops all traffic when the venue asks for that. */
  private async heed({ status, retryAfter }: WireRecord, venueCode: string): Promise<void> {
    const unsaid = this.options.codes.blocks?.get(venueCode);
    const told = status === 429 || status === 418 || (status === 403 && retryAfter !== undefined);
    if (told || unsaid !== undefined)
      await this.options.gate.block(retryAfter ?? unsaid ?? DEFAULT_BLOCK, `the venue answered ${venueCode}`);
  }

  private async send(url: string, request: SignedRequest): Promise<object> {
    const call = this.calls.getStore();
    if (call === undefined) throw new NotSent('a request outside of a call');
    const { record, options } = call;
    const signed: SignedRequest = { ...request, url, headers: { ...request.headers } };
    await options.check?.(signed);
    record.phase = 'sent';
    const [sentAt, began] = [Date.now(), performance.now()];
    try {
      const { response, text } = await exchanged(signed, options.deadline ?? READ_DEADLINE);
      record.phase = 'answered';
      const exchange = this.exchanges.getStore();
      if (exchange) Object.assign(exchange, { sentAt, took: performance.now() - began });
      record.status = response.status;
      record.body = text;
      record.retryAfter = retryAfterOf(response.headers.get('retry-after'));
      return {
        status: response.status,
        statusText: response.statusText,
        headers: response.headers,
        text: () => Promise.resolve(text),
      };
    } catch (error) {
      if (NEVER_CONNECTED.has(causeCode(error))) record.phase = 'none';
      throw error;
    }
  }
}

/**
 * One exchange, the body of the answer included: a venue that stalls after its headers has not answered. The deadline is a
 * race of our own: an abort that is given to `fetch` alone may be lost while the body is read.
 * @throws what `fetch` throws, or an Error when the deadline came first.
 */
async function exchanged(
  { url, method, headers, body }: SignedRequest,
  deadline: Millis,
): Promise<{ readonly response: Response; readonly text: string }> {
  const controller = new AbortController();
  const { signal } = controller;
  const whole = async (): Promise<{ response: Response; text: string }> => {
    const response = await fetch(url, { method, headers, redirect: 'error', signal, ...(body ? { body } : {}) });
    return { response, text: await response.text() };
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no whole answer within ${deadline} ms`)), deadline);
  });
  try {
    return await Promise.race([whole(), late]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null): Millis | undefined {
  if (header === null) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(millis) ? Math.max(0, millis) : undefined;
}
