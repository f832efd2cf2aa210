/**
 * Messages of the TWS socket protocol as tables of fields. One table both writes and reads its message, so that the two
 * cannot drift apart; the tests lay each table against the encoder or decoder of the real client.
 */

/** What a token means: amounts stay text, so that no price or quantity ever passes through a float. */
interface Values {
  readonly text: string;
  readonly int: number;
  /** A plain decimal. */
  readonly amount: string;
  readonly flag: boolean;
  /** Text whose characters beyond ASCII travel as `\uXXXX`. */
  readonly escaped: string;
}
type Kind = keyof Values;

interface Field<N extends string = string, K extends Kind = Kind> {
  readonly name: N;
  readonly kind: K;
}
/** A token that is always the same when written, and skipped when read. */
interface Fixed {
  readonly fixed: string;
}
/** Fields that are there only if what was read so far says so. */
interface Group<L extends Layout = Layout> {
  readonly when: (before: Readonly<Record<string, unknown>>) => boolean;
  readonly fields: L;
}
/** A count, then so many times the same fields. */
interface List<N extends string = string, L extends Layout = Layout> {
  readonly list: N;
  readonly each: L;
}
/** A count that must be 0: what would follow is not simulated. */
interface None {
  readonly none: string;
}
type Entry = Field | Fixed | None | { readonly when: Group['when']; readonly fields: readonly unknown[] } | ListLike;
interface ListLike {
  readonly list: string;
  readonly each: readonly unknown[];
}
export type Layout = readonly Entry[];

/** Every field of a table, those of its groups included. */
type FieldOf<E> = E extends { readonly fields: infer L extends readonly unknown[] }
  ? FieldOf<L[number]>
  : E extends { readonly name: string }
    ? E
    : never;
type ListOf<E> = E extends { readonly fields: infer L extends readonly unknown[] }
  ? ListOf<L[number]>
  : E extends { readonly list: string }
    ? E
    : never;
type Scalars<L extends readonly unknown[]> = {
  readonly [F in FieldOf<L[number]> as F extends Field<infer N> ? N : never]?:
    (F extends Field<string, infer K> ? Values[K] : never) | undefined;
};
type Lists<L extends readonly unknown[]> = {
  readonly [F in ListOf<L[number]> as F extends { readonly list: infer N extends string } ? N : never]?: F extends {
    readonly each: infer M extends readonly unknown[];
  }
    ? readonly ValuesOf<M>[]
    : never;
};
/** What a table writes and reads, by field; a field that is left out is an empty token. */
export type ValuesOf<L extends readonly unknown[]> = Scalars<L> & Lists<L>;

const field =
  <K extends Kind>(kind: K) =>
  <N extends string>(name: N): Field<N, K> => ({ name, kind });
export const text = field('text');
export const int = field('int');
export const amount = field('amount');
export const flag = field('flag');
export const escaped = field('escaped');
export const fixed = (token: string | number): Fixed => ({ fixed: String(token) });
export const none = (what: string): None => ({ none: what });
export const list = <N extends string, L extends Layout>(name: N, each: L): List<N, L> => ({ list: name, each });
export const when = <L extends Layout>(
  condition: (before: Readonly<Record<string, unknown>>) => boolean,
  fields: L,
): Group<L> => ({ when: condition, fields });

/** A message that does not fit its table, or that says what is not simulated. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** "No value", as the protocol writes it where an empty token would be read as 0. */
export const UNSET_AMOUNT = '1.7976931348623157E308';
const UNSET_INT = 2_147_483_647;

/** Writes values as the tokens of a message. */
export function encode<L extends Layout>(layout: L, values: ValuesOf<L>): string[] {
  return write(layout, values);
}

function write(layout: Layout, values: Readonly<Record<string, unknown>>): string[] {
  return layout.flatMap((entry): string[] => {
    if ('fixed' in entry) return [entry.fixed];
    if ('none' in entry) return ['0'];
    if ('when' in entry) return entry.when(values) ? write(entry.fields as Layout, values) : [];
    if ('list' in entry) {
      const items = (values[entry.list] ?? []) as readonly Readonly<Record<string, unknown>>[];
      return [String(items.length), ...items.flatMap((item) => write(entry.each as Layout, item))];
    }
    return [token(entry.kind, values[entry.name])];
  });
}

function token(kind: Kind, value: unknown): string {
  if (kind === 'flag') return value === undefined ? '' : String(Number(value === true));
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const plain = String(value).replaceAll('\0', ' ');
  return kind === 'escaped' ? plain.replace(/[^\u0020-\u007e]/g, asEscape) : plain;
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Reads the tokens of a message. @throws WireError when they are too few, too many or no numbers. */
export function decode<L extends Layout>(layout: L, tokens: readonly string[]): ValuesOf<L> {
  const reader = new Reader(tokens);
  const values = read(layout, reader);
  if (reader.left > 0) throw new WireError(`${reader.left} fields too many`);
  return values as ValuesOf<L>;
}

class Reader {
  private at = 0;
  constructor(private readonly tokens: readonly string[]) {}

  get left(): number {
    return this.tokens.length - this.at;
  }

  next(what: string): string {
    const value = this.tokens[this.at];
    if (value === undefined) throw new WireError(`ends before ${what}`);
    this.at += 1;
    return value;
  }
}

function read(layout: Layout, reader: Reader, values: Record<string, unknown> = {}): Readonly<Record<string, unknown>> {
  for (const entry of layout) {
    if ('fixed' in entry) reader.next('its version');
    else if ('none' in entry) refuseAny(entry.none, reader.next(entry.none));
    else if ('when' in entry) {
      if (entry.when(values)) read(entry.fields as Layout, reader, values);
    } else if ('list' in entry) {
      const count = whole(entry.list, reader.next(entry.list)) ?? 0;
      const items: unknown[] = [];
      while (items.length < count) items.push(read(entry.each as Layout, reader));
      values[entry.list] = items;
    } else values[entry.name] = parsed(entry, reader.next(entry.name));
  }
  return values;
}

function refuseAny(what: string, token: string): void {
  if (token !== '' && token !== '0') throw new WireError(`${what} are not simulated`);
}

function parsed({ kind, name }: Field, token: string): unknown {
  switch (kind) {
    case 'text':
      return token;
    case 'escaped':
      return token.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    case 'flag':
      return token !== '' && token !== '0' && token.toLowerCase() !== 'false';
    case 'int':
      return whole(name, token);
    case 'amount':
      return decimal(name, token);
  }
}

function whole(name: string, token: string): number | undefined {
  if (token === '') return undefined;
  const value = Number(token);
  if (!Number.isSafeInteger(value)) throw new WireError(`${name} is no whole number: ${token.slice(0, 40)}`);
  return value === UNSET_INT ? undefined : value;
}

function decimal(name: string, token: string): string | undefined {
  if (token === '') return undefined;
  if (!Number.isFinite(Number(token))) throw new WireError(`${name} is no amount: ${token.slice(0, 40)}`);
  return Number(token) === Number.MAX_VALUE ? undefined : token;
}
