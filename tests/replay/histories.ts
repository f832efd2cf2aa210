import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where recorded histories are kept. */
export const HISTORIES_DIR = join(__dirname, 'histories');

/** An event as Temporal writes it to JSON; only what the tests look at. */
export interface StoredEvent {
  readonly eventType?: string;
  readonly workflowTaskCompletedEventAttributes?: {
    readonly sdkMetadata?: { readonly coreUsedFlags?: readonly number[] };
  };
}

/** A file of `histories/`: all runs of one workflow, oldest first. */
export interface StoredHistory {
  readonly workflowId: string;
  readonly runs: readonly { readonly events: readonly StoredEvent[] }[];
}

/** Every stored history by the name of its file. */
export function storedHistories(): readonly (readonly [name: string, history: StoredHistory])[] {
  const names = readdirSync(HISTORIES_DIR)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
  return names
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(join(HISTORIES_DIR, `${name}.json`), 'utf8')) as StoredHistory]);
}
