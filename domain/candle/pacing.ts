import type { EpochMillis, Millis } from '../clock/instant';

/** A request as a venue's pacing sees it. */
export interface PacedRequest {
  /** All that it asks for: two with the same text are identical. */
  readonly whole: string;
  /** What it is about, such as a contract at an exchange. */
  readonly subject: string;
  /** How many requests the venue counts it as. */
  readonly weight: number;
}

/** A request that was sent, and when. */
export interface SentRequest extends PacedRequest {
  readonly at: EpochMillis;
}

/** Within any stretch of `within` milliseconds, requests that are alike in this way weigh `most` at most. */
export interface PacingRule {
  readonly alike: 'any' | 'subject' | 'whole';
  readonly within: Millis;
  readonly most: number;
}

/**
 * How long a request has to wait until sending it keeps every rule; 0: it may go now. The answer is the earliest moment,
 * if nothing else is sent meanwhile.
 * @param sent requests of before, in any order; those older than the longest rule change nothing
 * @throws RangeError for a request that no wait would admit
 */
export function pacingWait(
  rules: readonly PacingRule[],
  sent: readonly SentRequest[],
  request: PacedRequest,
  now: EpochMillis,
): Millis {
  return rules.reduce((longest, rule) => Math.max(longest, waitUnder(rule, sent, request, now)), 0);
}

function waitUnder(rule: PacingRule, sent: readonly SentRequest[], request: PacedRequest, now: EpochMillis): Millis {
  if (request.weight > rule.most)
    throw new RangeError(`a request of weight ${request.weight} never fits ${rule.most} within ${rule.within} ms`);
  const counted = sent
    .filter((one) => one.at > now - rule.within && (rule.alike === 'any' || one[rule.alike] === request[rule.alike]))
    .sort((a, b) => a.at - b.at);
  let weight = counted.reduce((sum, one) => sum + one.weight, request.weight);
  let wait: Millis = 0;
  for (const one of counted) {
    if (weight <= rule.most) break;
    // When the oldest of them is so long ago, it counts no more.
    weight -= one.weight;
    wait = one.at + rule.within - now;
  }
  return wait;
}

/** What has to be kept of requests that were sent. */
export function stillPaced(
  rules: readonly PacingRule[],
  sent: readonly SentRequest[],
  now: EpochMillis,
): SentRequest[] {
  const longest = Math.max(0, ...rules.map(({ within }) => within));
  return sent.filter(({ at }) => at > now - longest);
}
