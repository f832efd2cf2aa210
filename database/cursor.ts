/** Thrown for a cursor that no list of ours made. */
export class InvalidCursor extends Error {
  constructor() {
    super('not a cursor of this list');
    this.name = 'InvalidCursor';
  }
}

/** Where a list goes on: the sort key of the last row that was given out. */
export interface Position {
  /** Moment with microseconds, as `sortMoment` writes it in SQL. */
  readonly at: string;
  readonly id: string;
}

/** One page of rows; the cursor is null when there are no more. */
export interface Paged<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Asks for one page; `limit` is at least 1. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** SQL text of a timestamp column with all its microseconds, so that a page never skips or repeats a row. */
export function sortMoment(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** A cursor as text for an address: opaque to clients. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** @throws InvalidCursor when the text is not one that `encodeCursor` made. */
export function decodeCursor(cursor: string): Position {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursor();
  }
  if (!Array.isArray(parsed) || parsed.length !== 2) throw new InvalidCursor();
  const [at, id] = parsed as unknown[];
  if (
    typeof at !== 'string' ||
    typeof id !== 'string' ||
    !MOMENT.test(at) ||
    Number.isNaN(Date.parse(at)) ||
    /[^ -~]/.test(id)
  ) {
    throw new InvalidCursor();
  }
  return { at, id };
}

/**
 * Cuts a page out of one row more than was asked for.
 * @param key the sort key of a row
 */
export function paged<T>(rows: readonly T[], limit: number, key: (row: T) => Position): Paged<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
