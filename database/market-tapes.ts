import { CALENDAR_IDS } from '../domain/calendar/calendar';
import type { CalendarId } from '../domain/calendar/calendar';
import type { Instrument, InstrumentId } from '../domain/instrument/instrument';
import type { PriceBar } from '../domain/matching/bar-path';
import type { Queryable } from './pool';

/** Where an instrument's prices come from: stored daily bars, or a formula. */
export type TapeKind = 'daily-bars' | 'synthetic';

/** An instrument and its kind of tape. */
export interface TapedInstrument {
  readonly instrument: Instrument;
  readonly feed: TapeKind;
}

/** All instruments that trade on paper, by id. @throws RangeError for an instrument whose calendar we do not know. */
export async function readInstruments(database: Queryable): Promise<readonly TapedInstrument[]> {
  const { rows } = await database.query<
    Omit<Instrument, 'calendar' | 'future'> & {
      readonly calendar: string;
      readonly feed: TapeKind;
      readonly terms: Pick<Instrument, 'future'>;
    }
  >(
    `SELECT id, description, calendar, feed, base_asset AS "baseAsset", quote_asset AS "quoteAsset", plain(tick) AS tick,
       plain(lot) AS lot, plain(min_quantity) AS "minQuantity", plain(min_notional) AS "minNotional",
       plain(max_base_fee_rate) AS "maxBaseFeeRate", future_of(i) AS terms
     FROM instruments i WHERE feed <> 'venue' ORDER BY id`,
  );
  return rows.map(({ feed, calendar, terms, ...row }) => {
    return { instrument: { ...row, ...terms, calendar: knownCalendar(row.id, calendar) }, feed };
  });
}

function knownCalendar(instrument: InstrumentId, name: string): CalendarId {
  const known = CALENDAR_IDS.find((id) => id === name);
  if (known === undefined) throw new RangeError(`${instrument}: unknown calendar ${name}`);
  return known;
}

/** The daily bars of an instrument, oldest first. */
export async function readDailyBars(database: Queryable, instrument: InstrumentId): Promise<readonly PriceBar[]> {
  const { rows } = await database.query<PriceBar>(
    `SELECT date::text AS date, plain(open) AS open, plain(high) AS high, plain(low) AS low, plain(close) AS close,
       plain(volume) AS volume
     FROM daily_bars WHERE instrument = $1 ORDER BY daily_bars.date`,
    [instrument],
  );
  return rows;
}
