import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import { barSource } from '../../domain/matching/bar-source';
import type { PriceBar } from '../../domain/matching/bar-path';
import { bidAndAsk } from '../../domain/matching/matching-rules';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import type { PrintSource } from '../../domain/matching/print';
import { syntheticSource } from '../../domain/matching/synthetic-source';
import { text } from '../../domain/money/decimal';
import type { Bar } from '../../domain/signal/signal';
import type { MarketData } from '../../domain/signal/market-data';
import { readDailyBars, readInstruments } from '../../database/market-tapes';
import type { TapedInstrument } from '../../database/market-tapes';
import type { Queryable } from '../../database/pool';
import { matchingRules } from './costs';
import type { PaperCosts } from './costs';
import { closedBars, synthesisedBars } from './daily-bars';
import type { BarHistory } from './daily-bars';

/** The prices that the paper venue trades on, and the same prices as market data: nobody sees another market. */
export interface PaperMarket extends MarketData {
  readonly instruments: readonly Instrument[];
  /** The tape of an instrument. @throws RangeError for an instrument that has none. */
  sourceOf(instrument: InstrumentId): PrintSource;
}

/** An instrument with its tape and its bars. */
export interface PaperListing {
  readonly instrument: Instrument;
  readonly source: PrintSource;
  readonly bars: BarHistory;
}

/** What the market of an installation is made of. */
export interface PaperMarketInput {
  readonly instruments: readonly TapedInstrument[];
  /** Daily bars of an instrument, oldest first; asked once for each. */
  readonly bars: (instrument: InstrumentId) => Promise<readonly PriceBar[]>;
  readonly calendars: (id: CalendarId) => MarketCalendar;
  /** Names the synthetic tapes; another text gives other prices. */
  readonly seed: string;
  readonly costs: PaperCosts;
}

/** Seed of the synthetic tapes unless told otherwise. */
const DEFAULT_SEED = 'tradewind';

/** A market over listings, whatever their tapes. @throws RangeError for a cost that is no number of at least 0. */
export function marketOf(listings: readonly PaperListing[], costs: PaperCosts): PaperMarket {
  const known = new Map(
    listings.map((listing) => [listing.instrument.id, { ...listing, rules: matchingRules(listing.instrument, costs) }]),
  );
  const listed = (instrument: InstrumentId): PaperListing & { readonly rules: MatchingRules } => {
    const listing = known.get(instrument);
    if (listing === undefined) throw new RangeError(`the paper venue does not list ${instrument.slice(0, 40)}`);
    return listing;
  };
  return {
    instruments: listings.map(({ instrument }) => instrument),
    sourceOf: (id) => listed(id).source,
    maxPrintGap: (id) => listed(id).source.maxPrintGap,
    endsAt: (id) => listed(id).source.end?.at,
    quote: (id, at) => {
      const { source, rules } = listed(id);
      const print = source.lastPrint(at);
      if (print === undefined) return Promise.resolve(undefined);
      const { bid, ask } = bidAndAsk(print, rules);
      return Promise.resolve({
        instrument: id,
        price: text(print.price),
        bid: text(bid),
        ask: text(ask),
        at: print.at,
      });
    },
    bars: (id, at, count): Promise<readonly Bar[]> => Promise.resolve(listed(id).bars(at, count)),
  };
}

/**
 * The paper market over recorded daily bars and synthetic tapes. Bars are read once, here, and kept: an instrument or
 * a bar that is stored later is seen by the next process.
 * @throws RangeError when bars are out of order or inconsistent, or a cost is no number of at least 0.
 */
export async function paperMarketData(input: PaperMarketInput): Promise<PaperMarket> {
  const listings = await Promise.all(
    input.instruments.map(async ({ instrument, feed }): Promise<PaperListing> => {
      const calendar = input.calendars(instrument.calendar);
      if (feed === 'synthetic') {
        const source = syntheticSource({ seed: `${input.seed}/${instrument.id}` });
        return { instrument, source, bars: synthesisedBars(source, calendar) };
      }
      const bars = await input.bars(instrument.id);
      return {
        instrument,
        source: barSource({ calendar, bars, tick: instrument.tick }),
        bars: closedBars(bars, calendar),
      };
    }),
  );
  return marketOf(listings, input.costs);
}

/** The paper market of what the database holds. @throws RangeError as `paperMarketData` and `readInstruments`. */
export async function openPaperMarket(
  database: Queryable,
  calendars: (id: CalendarId) => MarketCalendar,
  costs: PaperCosts,
  seed = DEFAULT_SEED,
): Promise<PaperMarket> {
  return paperMarketData({
    instruments: await readInstruments(database),
    bars: (instrument) => readDailyBars(database, instrument),
    calendars,
    seed,
    costs,
  });
}
