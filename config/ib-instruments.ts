import { z } from 'zod';

/** A stock or a future that an account at Interactive Brokers trades. */
export interface IbInstrument {
  /** Our id of the instrument. */
  readonly id: string;
  /** Left out where `conId` tells. */
  readonly kind?: 'stock' | 'future';
  readonly conId?: number;
  readonly symbol?: string;
  /** The exchange's own name of a future, such as `ESZ6`. */
  readonly localSymbol?: string;
  /** Of a future: its month (`YYYYMM`) or its last trading day (`YYYYMMDD`). */
  readonly lastTradeMonth?: string;
  readonly multiplier?: number;
  readonly tradingClass?: string;
  /** Left out where `conId` tells. */
  readonly exchange?: string;
  readonly currency: string;
  readonly primaryExchange?: string;
  /** Id of the calendar that its market keeps; the usual one of its kind where it is left out. */
  readonly calendar?: string;
}

const SYMBOL_RULE = 'must be a symbol such as AAPL';
const LOCAL_RULE = 'must be the name of one contract at its exchange, such as ESZ6';
const MONTH_RULE = 'must be the month of the contract (YYYYMM) or its last trading day (YYYYMMDD)';
const MULTIPLIER_RULE = 'must be a number above 0, such as 50';
const ID_RULE = 'must be 1 to 32 capitals, digits, dots and hyphens';
const ID = /^[A-Z0-9][A-Z0-9.-]{0,31}$/;
const CON_ID_RULE = 'must be a whole number above 0';
/** What only a future has. */
const FUTURE_FIELDS = ['localSymbol', 'lastTradeMonth', 'multiplier', 'tradingClass'] as const;
/** The letters of the months, January first. Source: CME Group, "Month codes". */
const MONTH_CODES = 'FGHJKMNQUVXZ';

const text = (rule: string, pattern: RegExp) => z.string(rule).regex(pattern, rule);
const word = (rule: string) => text(rule, /^[A-Z0-9]{1,15}$/);

/** A contract as the file of accounts describes it. */
export const ibInstrument = z.strictObject({
  id: text(ID_RULE, ID).optional(),
  kind: z.enum(['stock', 'future'], 'must be stock or future: nothing else is traded').optional(),
  conId: z.int(CON_ID_RULE).min(1, CON_ID_RULE).optional(),
  symbol: text(SYMBOL_RULE, /^[A-Z0-9][A-Z0-9. -]{0,14}$/).optional(),
  localSymbol: text(LOCAL_RULE, /^[A-Z0-9][A-Z0-9. -]{1,20}$/).optional(),
  lastTradeMonth: text(MONTH_RULE, /^20\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$/).optional(),
  multiplier: z.number(MULTIPLIER_RULE).positive(MULTIPLIER_RULE).optional(),
  tradingClass: word('must be the class of a product, such as ES').optional(),
  exchange: word('must be SMART, or the name of an exchange').optional(),
  primaryExchange: word('must be the name of an exchange, such as NASDAQ').optional(),
  calendar: word('must be the id of a calendar, such as NYSE').optional(),
});

type Entry = z.output<typeof ibInstrument>;
/** Told a field of the account that breaks a rule. */
type Refuse = (field: string, rule: string) => void;

/** The contracts of an account; rules between their fields are told to `refuse`. */
export function instrumentsOf(entries: readonly Entry[], currency: string, refuse: Refuse): readonly IbInstrument[] {
  const instruments = entries.map((entry, index): IbInstrument => {
    const wrong: Refuse = (field, rule) => refuse(`instruments.${index}.${field}`, rule);
    if (entry.kind === 'future') checkFuture(entry, wrong);
    else checkStock(entry, wrong);
    return { ...told(entry), currency, id: idOf(entry) ?? '' };
  });
  const ids = instruments.map(({ id }) => id).filter((id) => id !== '');
  if (new Set(ids).size < ids.length) refuse('instruments', 'names an instrument twice: give one of them another id');
  return instruments;
}

/** As TWS is told of it. A stock goes to the broker's router and a future to CME, unless a number alone names the contract. */
function told({ calendar, exchange, kind, ...rest }: Entry): Omit<IbInstrument, 'id' | 'currency'> {
  const named = rest.conId === undefined ? (kind ?? 'stock') : kind;
  const usual = named === 'stock' ? 'SMART' : rest.conId === undefined ? 'CME' : undefined;
  const place = exchange ?? usual;
  return defined({ ...rest, kind: named, exchange: place, calendar: calendar ?? calendarOf(named, place) });
}

function calendarOf(kind: Entry['kind'], exchange: string | undefined): string | undefined {
  if (kind === 'stock') return 'NYSE';
  return kind === 'future' && exchange === 'CME' ? 'CME' : undefined;
}

/** A future is one contract of its root; which one has to be said, and where it trades. */
function checkFuture(entry: Entry, wrong: Refuse): void {
  const { calendar, conId, exchange = 'CME', lastTradeMonth, localSymbol, primaryExchange, symbol } = entry;
  if (conId === undefined && symbol === undefined && localSymbol === undefined)
    wrong('symbol', 'must be given for a future, or localSymbol, or conId');
  else if (conId === undefined && lastTradeMonth === undefined && localSymbol === undefined)
    wrong('lastTradeMonth', 'must be given for a future, or localSymbol, or conId: a root names many contracts');
  else if (idOf(entry) === undefined)
    wrong('id', 'must be given: the name of the contract at its exchange does not follow from the rest');
  if (exchange === 'SMART') wrong('exchange', 'must be the exchange of the future, such as CME: SMART is for stocks');
  else if (exchange !== 'CME' && calendar === undefined)
    wrong('calendar', `must be given for a future of ${exchange}: only that of CME is known`);
  if (primaryExchange !== undefined) wrong('primaryExchange', 'is of stocks: a future has its exchange alone');
}

/** A stock, or whatever a number names. */
function checkStock(entry: Entry, wrong: Refuse): void {
  const { conId, symbol } = entry;
  for (const field of FUTURE_FIELDS)
    if (entry[field] !== undefined) wrong(field, 'is of futures: give the instrument the kind future');
  if (symbol === undefined && conId === undefined) wrong('symbol', `${SYMBOL_RULE}, or the contract is named by conId`);
  else if (idOf(entry) === undefined) wrong('id', 'must be given where neither it nor a symbol is');
}

/** Our id of an instrument: that of the settings, a stock's symbol, or a future's name at its exchange. */
function idOf({ id, kind, lastTradeMonth = '', localSymbol, symbol }: Entry): string | undefined {
  if (id !== undefined || kind !== 'future') return id ?? symbol;
  if (localSymbol !== undefined) return ID.test(localSymbol) ? localSymbol : undefined;
  // A last trading day does not tell the month that a contract is named after: oil for December ends in November.
  const code = lastTradeMonth.length === 6 ? MONTH_CODES[Number(lastTradeMonth.slice(4)) - 1] : undefined;
  const name = `${symbol ?? ''}${code ?? ''}${lastTradeMonth.slice(3, 4)}`;
  return symbol === undefined || code === undefined || !ID.test(name) ? undefined : name;
}

/** Without the fields that are not given. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]: Exclude<T[K], undefined> };
}
