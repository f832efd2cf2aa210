import type { Instant } from '../domain/clock/instant';
import type { CalendarId } from '../domain/calendar/calendar';
import type { DecimalString } from '../domain/money/decimal';
import { CALM } from '../domain/halt/trips';
import type { Trip, TripReading, TripState } from '../domain/halt/trips';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** What Postgres knows for the trips of an account. Times in real milliseconds unless they are instants. */
export interface StoredEvidence {
  readonly marketNow: Instant;
  /** Real time of the database. */
  readonly now: Instant;
  /** Market seconds a real second. */
  readonly speed: number;
  readonly attempts: { readonly all: number; readonly failed: number };
  readonly slippage: { readonly meanBps: DecimalString; readonly fills: number };
  readonly rejectedInARow: number;
  readonly oldestUnknown: number;
  readonly mismatches: number;
  /** Since the watcher last heard from the venue. */
  readonly silentFor: number;
  /** Calendars of the open trades. */
  readonly trading: readonly CalendarId[];
  /** Marks of what open trades hold; null where the watcher has seen no price yet. */
  readonly marks: readonly {
    readonly instrument: string;
    readonly calendar: CalendarId;
    readonly at: Instant | null;
  }[];
  /** Changes when the account's clock is set back: what was seen before belongs to another passage. */
  readonly rewoundAt: string;
}

/** A trip of an account at the last look. */
export interface TripRow {
  readonly trip: Trip;
  readonly account: string;
  readonly at: Instant;
  /** Null: nothing here is a source for it. */
  readonly reading: TripReading | null;
  readonly enabled: boolean;
  readonly since: number | null;
  readonly fired: TripState['fired'];
}

/** What a trip keeps between two looks. */
export interface KeptTrip extends TripState {
  readonly reading: TripReading | null;
  readonly enabled: boolean;
}

/** The highest equity that was seen, of one passage of the account's clock. */
interface KeptPeak {
  readonly equity: DecimalString;
  readonly rewoundAt: string;
}

/** Evidence and memory of the automatic trips. */
export class TripStore {
  constructor(private readonly database: Queryable) {}

  /** @throws when there is no such account. */
  async evidence(account: string): Promise<StoredEvidence> {
    const { rows } = await this.database.query<{ evidence: StoredEvidence | null }>(
      'SELECT trip_evidence($1) AS evidence',
      [account],
    );
    const { evidence } = firstOf(rows, 'trip_evidence');
    if (evidence === null) throw new Error(`no account ${account}`);
    return evidence;
  }

  async state(trip: Trip, account: string): Promise<TripState> {
    const kept = await this.kept<KeptTrip>(trip, account);
    return kept === undefined ? CALM : { since: kept.since, fired: kept.fired };
  }

  async keep(trip: Trip, account: string, kept: KeptTrip): Promise<void> {
    await this.store(trip, account, kept);
  }

  /** Keeps the highest equity since the account's clock was last set back, this one included; answers it. */
  async peak(
    account: string,
    equity: DecimalString,
    rewoundAt: string,
    isHigher: (a: DecimalString, b: DecimalString) => boolean,
  ): Promise<DecimalString> {
    const kept = await this.kept<KeptPeak>(PEAK, account);
    if (kept?.rewoundAt === rewoundAt && !isHigher(equity, kept.equity)) return kept.equity;
    await this.store(PEAK, account, { equity, rewoundAt });
    return equity;
  }

  /** Every trip of every account as it was last looked at. */
  async list(): Promise<readonly TripRow[]> {
    const { rows } = await this.database.query<TripRow>(
      `SELECT trip, account, iso(at) AS at, state -> 'reading' AS reading, (state ->> 'enabled')::boolean AS enabled,
         (state ->> 'since')::float8 AS since, state -> 'fired' AS fired
       FROM trip_states WHERE trip <> $1 ORDER BY account, trip`,
      [PEAK],
    );
    return rows;
  }

  private async kept<T>(trip: string, account: string): Promise<T | undefined> {
    const { rows } = await this.database.query<{ state: T }>(
      'SELECT state FROM trip_states WHERE trip = $1 AND account = $2',
      [trip, account],
    );
    return rows[0]?.state;
  }

  private async store(trip: string, account: string, state: object): Promise<void> {
    await this.database.query(
      `INSERT INTO trip_states (trip, account, state) VALUES ($1, $2, $3)
       ON CONFLICT (trip, account) DO UPDATE SET state = excluded.state, at = clock_timestamp()`,
      [trip, account, JSON.stringify(state)],
    );
  }
}

/** Kept beside the trips, and none of them. */
const PEAK = 'peak-equity';
