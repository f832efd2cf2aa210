import type { Command } from 'commander';
import type { OutputOptions } from './output';

/** Adds a verb to a noun; every verb takes `--json`. */
export function leaf(noun: Command, usage: string, description: string): Command {
  return noun.command(usage).description(description).option('--json', 'print one JSON document');
}

/** Options of a list. */
export interface ListOptions extends OutputOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

/** What a list says after its rows when there are more. */
export function more(nextCursor: string | null): string {
  return nextCursor === null ? '' : `\n\nThere are more: repeat with --cursor ${nextCursor}`;
}
