import { pacingWait, stillPaced } from '../domain/candle/pacing';
import type { PacedRequest, PacingRule, SentRequest } from '../domain/candle/pacing';
import type { Millis } from '../domain/clock/instant';
import { firstOf, transaction } from './pool';
import type { Database } from './pool';

/** Turns at one place, such as a gateway, for every process that opens it under the same name. */
export class PacedRequests {
  constructor(
    private readonly database: Database,
    private readonly place: string,
    private readonly rules: readonly PacingRule[],
  ) {}

  /** Takes a turn if there is one now: 0, and the request counts as sent. Else how long to wait before asking again. */
  async take(request: PacedRequest): Promise<Millis> {
    return transaction(this.database, async (client) => {
      await client.query('INSERT INTO paced_requests (place) VALUES ($1) ON CONFLICT DO NOTHING', [this.place]);
      const locked = await client.query<{ sent: SentRequest[] }>(
        'SELECT sent FROM paced_requests WHERE place = $1 FOR UPDATE',
        [this.place],
      );
      // Read behind the lock: a moment from before it could lie before what others took.
      const clock = await client.query<{ now: number }>(
        'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
      );
      const { sent } = firstOf(locked.rows, 'paced_requests');
      const { now } = firstOf(clock.rows, 'clock_timestamp');
      const wait = pacingWait(this.rules, sent, request, now);
      if (wait > 0) return wait;
      const kept = [...stillPaced(this.rules, sent, now), { ...request, at: now }];
      await client.query('UPDATE paced_requests SET sent = $2 WHERE place = $1', [this.place, JSON.stringify(kept)]);
      return 0;
    });
  }
}
