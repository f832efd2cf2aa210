import type { Instant } from '../clock/instant';

/** `reduce-only` lets orders that reduce a position pass; `halt-all` only those that protect one. */
export const HALT_MODES = ['reduce-only', 'halt-all'] as const;
export type HaltMode = (typeof HALT_MODES)[number];

/** Who asked: a person, an automatic trip, or the start of an installation with live accounts. */
export type HaltSource = 'operator' | 'trip' | 'startup';

/** `global`, or `account:NAME`, `strategy:NAME`, `instrument:ID`. */
export type HaltScope = string & { readonly __brand: 'HaltScope' };

export const SCOPE_KINDS = ['account', 'strategy', 'instrument'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

const NAMES: Readonly<Record<ScopeKind, RegExp>> = {
  account: /^[a-z0-9][a-z0-9-]{0,31}$/,
  strategy: /^[a-z0-9][a-z0-9-]{0,31}$/,
  instrument: /^[A-Z0-9][A-Z0-9._/-]{0,31}$/,
};

/** A scope taken apart; `global` has no name. */
export type ScopeParts = { readonly kind: 'global' } | { readonly kind: ScopeKind; readonly name: string };

/** Takes a scope apart; undefined when the text is none. */
export function scopeParts(text: string): ScopeParts | undefined {
  if (text === 'global') return { kind: 'global' };
  const kind = SCOPE_KINDS.find((one) => text.startsWith(`${one}:`));
  if (kind === undefined) return undefined;
  const name = text.slice(kind.length + 1);
  return NAMES[kind].test(name) ? { kind, name } : undefined;
}

export function isHaltScope(text: string): text is HaltScope {
  return scopeParts(text) !== undefined;
}

/** The scope of everything. */
export const GLOBAL_SCOPE = 'global' as HaltScope;

/** One engagement of the kill switch, as the database has it. */
export interface Halt {
  readonly epoch: number;
  readonly scope: HaltScope;
  readonly mode: HaltMode;
  /** Positions of the scope are closed. */
  readonly flatten: boolean;
  /** Ingestion, backups and research stop too. */
  readonly everything: boolean;
  readonly source: HaltSource;
  /** Name of the automatic trip; null unless one engaged it. */
  readonly trip: string | null;
  readonly reason: string;
  readonly actor: string;
  /** The moment: the commit after which nothing that increases is permitted. */
  readonly engagedAt: Instant;
  /** Epoch of a later halt of the same scope that asked for more. */
  readonly supersededBy: number | null;
  readonly releasedAt: Instant | null;
  readonly releasedBy: string | null;
  readonly releaseReason: string | null;
  readonly workflowId: string;
  readonly finishedAt: Instant | null;
}

/** One line for lists, notes and details: `halt 7 of global (reduce-only, flatten)`. */
export function haltTitle({ epoch, scope, mode, flatten, everything }: Halt): string {
  const more = [mode, ...(flatten ? ['flatten'] : []), ...(everything ? ['everything'] : [])];
  return `halt ${epoch} of ${scope} (${more.join(', ')})`;
}

/** The note of a schedule that a halt has paused: a release resumes only what still has it. */
export function pauseNote(epoch: number): string {
  return `paused by halt ${epoch}`;
}

/** Epoch of the halt that such a note names; undefined when no halt wrote it. */
export function pausedBy(note: string): number | undefined {
  const [, epoch] = /^paused by halt (\d+)$/.exec(note) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}
