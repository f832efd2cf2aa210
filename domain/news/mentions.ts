import type { InstrumentId } from '../instrument/instrument';

/** How texts call an instrument. */
export interface InstrumentNames {
  readonly id: InstrumentId;
  /** Tickers, such as `AAPL` or `BTC`. */
  readonly symbols: readonly string[];
  /** Words, such as `Apple` or `bitcoin`. One that begins with a capital is found only with a capital. */
  readonly names: readonly string[];
}

/** Shorter symbols (`A`, `IT`) are words too: they count only where the text marks them as symbols. */
const LEAST_BARE = 3;
const EXCHANGES = 'NYSE|NASDAQ|NYSEARCA|AMEX|ARCA|BATS|CBOE|OTC|OTCMKTS|LSE|TSX|XETRA|CRYPTO';
const BEFORE = '(?<![\\p{L}\\p{N}])';
const AFTER = '(?![\\p{L}\\p{N}])';

/**
 * A function that finds the instruments that a text is about, in the order given. A symbol counts where it is marked
 * (`$AAPL`, `(AAPL)`, `NASDAQ: AAPL`), and, with three letters or more, as a word in its own case in a text that is not
 * all in capitals. A name counts as a whole word.
 */
export function mentionFinder(instruments: readonly InstrumentNames[]): (text: string) => readonly InstrumentId[] {
  const finders = instruments.map(({ id, symbols, names }) => {
    const bySymbol = symbols.map(symbolFinder);
    const byName = names.map(nameFinder);
    return { id, finders: [...bySymbol, ...byName] };
  });
  return (text) => {
    const shouted = !/\p{Ll}/u.test(text);
    return finders.flatMap((one) => (one.finders.some((found) => found(text, shouted)) ? [one.id] : []));
  };
}

type Finder = (text: string, shouted: boolean) => boolean;

function symbolFinder(symbol: string): Finder {
  const sign = escaped(symbol);
  const marked = new RegExp(
    `${BEFORE}\\$${sign}${AFTER}|\\(${sign}\\)|${BEFORE}(?:${EXCHANGES})\\s?:\\s?${sign}${AFTER}`,
    'u',
  );
  // Not as a part of an address or of another symbol.
  const bare = new RegExp(`(?<![\\p{L}\\p{N}$./@_-])${sign}(?![\\p{L}\\p{N}/@_-]|\\.\\p{L})`, 'u');
  return (text, shouted) =>
    text.includes(symbol) && (marked.test(text) || (!shouted && symbol.length >= LEAST_BARE && bare.test(text)));
}

function nameFinder(name: string): Finder {
  const words = new RegExp(`${BEFORE}${escaped(name).replace(/\s+/g, '\\s+')}${AFTER}`, 'giu');
  const capital = /^\p{Lu}/u.test(name);
  return (text, shouted) => [...text.matchAll(words)].some(([found]) => shouted || !capital || /^\p{Lu}/u.test(found));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** The symbols that every instrument has by itself: its own id, or of a pair (`BTC/USDT`) what is traded. */
export function ownSymbols(id: InstrumentId): readonly string[] {
  const [symbol = id] = id.split('/');
  return [symbol];
}
