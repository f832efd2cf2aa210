import type { Instant } from '../domain/clock/instant';
import type { FutureTerms, Instrument } from '../domain/instrument/instrument';
import { futureOf, worthOf } from '../domain/instrument/worth';
import type { DecimalString } from '../domain/money/decimal';
import { dec, text, ZERO } from '../domain/money/decimal';
import { cashOf } from '../domain/portfolio/worth';
import { readLedger } from './ledger-reader';
import { transaction } from './pool';
import type { Database, Queryable } from './pool';

/** The market clock of an account at this moment. */
export interface ClockRow {
  readonly kind: 'replay' | 'live';
  /** Market seconds a real second while it runs. */
  readonly speed: number;
  readonly marketTime: Instant;
  readonly running: boolean;
}

/** What must be known of an account before anything is done with it. */
export interface AccountHead {
  readonly mode: 'paper' | 'sandbox' | 'live';
  readonly quarantine: string | null;
}

/** What an account holds of one instrument. */
export interface PositionRow {
  readonly instrument: string;
  /** Negative when short. */
  readonly quantity: DecimalString;
  /** Last price that the account's watcher saw, else that of the last fill. */
  readonly mark: DecimalString | null;
  /** Of a future alone: quantity × mark × multiplier. */
  readonly notional?: DecimalString | null;
  /** What it adds to the equity: the notional; of a future, the profit so far. */
  readonly value: DecimalString | null;
}

export interface AccountRow {
  readonly name: string;
  readonly venue: string;
  readonly mode: 'paper' | 'sandbox' | 'live';
  readonly currency: string;
  readonly openingCash: DecimalString;
  /** What the ledger has in account currency, without the notional of open futures. */
  readonly cash: DecimalString;
  /** Cash and the value of positions; a position without a mark counts as nothing. */
  readonly equity: DecimalString;
  readonly openTrades: number;
  readonly quarantine: string | null;
  readonly policy: Record<string, unknown>;
  readonly positions: readonly PositionRow[];
  readonly clock: ClockRow;
}

export interface InstrumentRow {
  readonly id: string;
  /** The account at an exchange that lists it so; null for what trades on paper. */
  readonly account: string | null;
  readonly description: string;
  readonly calendar: string;
  readonly feed: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tick: DecimalString;
  readonly lot: DecimalString;
  readonly minQuantity: DecimalString;
  readonly minNotional: DecimalString;
  readonly extendedHours: boolean;
  readonly future?: FutureTerms;
  /** Trading days, `YYYY-MM-DD`; null where there are no bars. */
  readonly firstBar: string | null;
  readonly lastBar: string | null;
}

/** What a request for a trade refers to, as far as it exists, and what else there is. */
export interface References {
  readonly accounts: readonly string[];
  readonly instruments: readonly string[];
  /** Venue of the account, when there is one of that name, and why it is quarantined. */
  readonly venue: string | null;
  readonly quarantine: string | null;
  /** Calendar of the instrument, when the account may trade it. */
  readonly calendar: string | null;
  /** Market time of the account, when there is one of that name. */
  readonly marketTime: Instant | null;
}

export type ClockMove = 'moved' | 'unknown_account' | 'clock_is_live' | 'account_not_flat' | 'clock_goes_back';

type StoredAccount = Omit<AccountRow, 'equity' | 'positions'> & {
  readonly positions: readonly Holding[];
};

const CLOCK = `jsonb_build_object('kind', c.kind, 'speed', c.speed, 'marketTime', iso(clock_reading(c, clock_timestamp())),
  'running', c.kind = 'live' OR c.runs_until > clock_timestamp())`;

/** Whether there is an account of a name, and what a caller must know before it acts on it. */
export async function findAccount(database: Queryable, name: string): Promise<AccountHead | undefined> {
  const { rows } = await database.query<AccountHead>('SELECT mode, quarantine FROM accounts WHERE name = $1', [name]);
  return rows[0];
}

/** Every account, or the one of a name. One that holds futures has its ledger read, for what they cost. */
export async function readAccounts(database: Database, name?: string): Promise<readonly AccountRow[]> {
  const { rows } = await database.query<StoredAccount>(
    `SELECT a.name, a.venue, a.mode, a.currency, a.quarantine, a.policy, plain(a.opening_cash) AS "openingCash",
       plain(cash_of(a)) AS cash,
       (SELECT count(*)::integer FROM trades t WHERE t.account = a.name AND t.phase <> 'ended') AS "openTrades",
       coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', p.instrument, 'quantity', plain(p.quantity),
          'mark', plain(coalesce((SELECT m.price FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument),
            (SELECT f.price FROM fills f WHERE f.account = p.account AND f.instrument = p.instrument ORDER BY f.id DESC LIMIT 1)))) || future_of(i)
          ORDER BY p.instrument)
        FROM account_positions p JOIN instruments i ON i.id = p.instrument WHERE p.account = a.name AND p.quantity <> 0), '[]') AS positions,
       ${CLOCK} AS clock
     FROM accounts a JOIN account_clocks c ON c.account = a.name
     WHERE $1::text IS NULL OR a.name = $1 ORDER BY a.name`,
    [name ?? null],
  );
  return Promise.all(rows.map((row) => valued(database, row)));
}

type Holding = Omit<PositionRow, 'notional' | 'value'> & Pick<Instrument, 'future'>;

/** Cash and positions of one moment. Those of an account with futures come from its ledger, for what these have cost. */
async function valued(database: Database, account: StoredAccount): Promise<AccountRow> {
  const { cash, held } = account.positions.some(({ future }) => future !== undefined)
    ? await fromLedger(database, account)
    : { cash: account.cash, held: account.positions.map((one) => ({ one, cost: text(ZERO) })) };
  const positions = held.map(({ one, cost }) => positionRow(one, cost));
  const worth = positions.reduce((sum, { value }) => (value === null ? sum : sum.add(value)), ZERO);
  return { ...account, cash, positions, equity: text(dec(cash).add(worth)) };
}

async function fromLedger(database: Database, { currency, name, positions }: StoredAccount) {
  const marks = new Map(positions.map(({ instrument, mark }) => [instrument, mark]));
  const book = await readLedger(database, name);
  const open = (book?.positions ?? []).filter(({ quantity }) => quantity !== '0');
  const held = open.map(({ cost, instrument, quantity, ...terms }) => {
    const one: Holding = { ...futureOf(terms), instrument, quantity, mark: marks.get(instrument) ?? null };
    return { cost, one };
  });
  return { cash: (book === undefined ? undefined : cashOf(book)[currency]) ?? text(ZERO), held };
}

function positionRow({ future, ...position }: Holding, cost: DecimalString): PositionRow {
  const { mark, quantity } = position;
  const notional = mark === null ? null : worthOf(futureOf({ future }), quantity, mark);
  if (future === undefined) return { ...position, value: notional && text(notional) };
  return { ...position, notional: notional && text(notional), value: notional && text(notional.sub(cost)) };
}

/** Every instrument, one row for each account that lists it at an exchange; or what one account may trade. */
export async function listInstruments(database: Queryable, account?: string): Promise<readonly InstrumentRow[]> {
  const { rows } = await database.query<Omit<InstrumentRow, 'future'> & { readonly terms: Pick<Instrument, 'future'> }>(
    `SELECT i.id, l.account, i.description, i.calendar, i.feed, i.base_asset AS "baseAsset", i.quote_asset AS "quoteAsset",
       plain(coalesce(l.tick, i.tick)) AS tick, plain(coalesce(l.lot, i.lot)) AS lot,
       plain(coalesce(l.min_quantity, i.min_quantity)) AS "minQuantity", plain(coalesce(l.min_notional, i.min_notional)) AS "minNotional", i.extended_hours AS "extendedHours",
       future_of(i) AS terms,
       (SELECT min(b.date)::text FROM daily_bars b WHERE b.instrument = i.id) AS "firstBar",
       (SELECT max(b.date)::text FROM daily_bars b WHERE b.instrument = i.id) AS "lastBar"
     FROM instruments i LEFT JOIN listings l ON l.instrument = i.id AND l.listed
     WHERE (i.feed <> 'venue' OR l.account IS NOT NULL) AND ($1::text IS NULL OR l.account = $1
       OR (l.account IS NULL AND EXISTS (SELECT FROM accounts a WHERE a.name = $1 AND a.venue = 'paper')))
     ORDER BY i.id, l.account`,
    [account ?? null],
  );
  return rows.map(({ terms, ...row }) => ({ ...row, ...terms }));
}

/** What is known of an account and an instrument that a client named. */
export async function readReferences(database: Queryable, account: string, instrument: string): Promise<References> {
  const { rows } = await database.query<References>(
    `SELECT (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM accounts) AS accounts,
       (SELECT coalesce(jsonb_agg(i.id ORDER BY i.id), '[]') FROM instruments i
        WHERE may_trade(coalesce(a.venue, 'paper'), $1, i)) AS instruments,
       (SELECT i.calendar FROM instruments i WHERE i.id = $2 AND may_trade(coalesce(a.venue, 'paper'), $1, i)) AS calendar,
       a.venue, a.quarantine, iso(market_now($1)) AS "marketTime"
     FROM (SELECT) one LEFT JOIN accounts a ON a.name = $1`,
    [account, instrument],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('reading references answered nothing');
  return row;
}

/** The clock of an account. */
export async function readClock(database: Queryable, account: string): Promise<ClockRow | undefined> {
  const { rows } = await database.query<{ readonly clock: ClockRow }>(
    `SELECT ${CLOCK} AS clock FROM account_clocks c WHERE c.account = $1`,
    [account],
  );
  return rows[0]?.clock;
}

/** Moves the replay clock of a flat account forward to a market time. */
export async function moveClockForward(database: Queryable, account: string, to: Instant): Promise<ClockMove> {
  return move(database, account, to, false);
}

/**
 * Sets the replay clock of a flat account to a market time that may lie before its own. The paper venue's book starts
 * again from there, and prices seen later than that are forgotten; fills and cash stay as they are.
 */
export async function resetClock(database: Database, account: string, to: Instant): Promise<ClockMove> {
  return transaction(database, async (client) => {
    const moved = await move(client, account, to, true);
    if (moved !== 'moved') return moved;
    await client.query('UPDATE paper.books SET advanced_to = $2 WHERE account = $1', [account, to]);
    await client.query('DELETE FROM marks WHERE account = $1 AND market_at > $2', [account, to]);
    return moved;
  });
}

async function move(database: Queryable, account: string, to: Instant, back: boolean): Promise<ClockMove> {
  const { rows } = await database.query<{ moved: ClockMove }>('SELECT move_clock($1, $2, $3) AS moved', [
    account,
    to,
    back,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error('move_clock answered nothing');
  return row.moved;
}
