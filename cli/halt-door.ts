import { createRequire } from 'node:module';
import type { EngagedHaltView, HaltDetailView, HaltView, ReleasedHaltView } from '../api/contract/halt-views';
import type { Page } from '../api/contract/views';
import type { SignedReport } from '../domain/halt/report';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import type { DatabaseDoor, openDatabaseDoor } from './local-halt';

/** What a person asks of the kill switch; what is left out has the default of the API. */
export interface HaltAsk {
  readonly scope?: string;
  readonly mode?: string;
  readonly flatten?: boolean;
  readonly everything?: boolean;
  readonly reason: string;
}

/** A way to the kill switch: the API, or the database itself when the API is away. */
export interface HaltDoor {
  /** How the door is named to people. */
  readonly name: string;
  engage(ask: HaltAsk): Promise<EngagedHaltView>;
  release(epoch: string, reason: string): Promise<ReleasedHaltView>;
  list(query: { readonly limit?: string; readonly cursor?: string }): Promise<Page<HaltView>>;
  show(epoch: string): Promise<HaltDetailView>;
  report(epoch: string): Promise<SignedReport>;
}

/** A halt does not wait long for an API that hangs. */
const ENGAGE_TIMEOUT_MS = 5_000;

class ApiDoor implements HaltDoor {
  readonly name = 'the API';
  private readonly api: ApiClient;
  private readonly hasty: ApiClient;

  constructor(context: CliContext) {
    this.api = new ApiClient(context);
    this.hasty = new ApiClient(context, ENGAGE_TIMEOUT_MS);
  }

  async engage(ask: HaltAsk): Promise<EngagedHaltView> {
    return (await this.hasty.post<EngagedHaltView>('/v1/halts', { body: ask })).body;
  }

  async release(epoch: string, reason: string): Promise<ReleasedHaltView> {
    const path = `/v1/halts/${encodeURIComponent(epoch)}/release`;
    return (await this.api.post<ReleasedHaltView>(path, { body: { reason } })).body;
  }

  list(query: { readonly limit?: string; readonly cursor?: string }): Promise<Page<HaltView>> {
    return this.api.get('/v1/halts', query);
  }

  show(epoch: string): Promise<HaltDetailView> {
    return this.api.get(`/v1/halts/${encodeURIComponent(epoch)}`);
  }

  report(epoch: string): Promise<SignedReport> {
    return this.api.get(`/v1/halts/${encodeURIComponent(epoch)}/report`);
  }
}

/**
 * Does something through the API, or straight on the database when the API is away or may not look. What the API refused
 * by a rule stays refused.
 */
export async function throughADoor<T>(
  context: CliContext,
  direct: boolean,
  work: (door: HaltDoor) => Promise<T>,
): Promise<T> {
  if (!direct) {
    try {
      return await work(new ApiDoor(context));
    } catch (error) {
      if (!(error instanceof CliError) || !isAway(error)) throw error;
      context.stderr(`${error.message} Going straight to the database.\n`);
    }
  }
  const door = databaseDoor(context);
  try {
    return await work(door);
  } finally {
    await door.close();
  }
}

/** True when the API did not answer, has no database, or when there is no key to ask it with. */
function isAway(error: CliError): boolean {
  const { unreachable, keyless, problem } = error.facts;
  if (unreachable === true || keyless === true) return true;
  return typeof problem === 'object' && problem !== null && 'status' in problem && Number(problem.status) >= 500;
}

/** Loaded when needed: the database driver would slow every other command down. */
function databaseDoor(context: CliContext): DatabaseDoor {
  const loaded = createRequire(__filename)('./local-halt') as { readonly openDatabaseDoor: typeof openDatabaseDoor };
  return loaded.openDatabaseDoor(context);
}

/** @throws CliError `usage` */
export function epochArgument(text: string): string {
  if (/^[1-9]\d{0,14}$/.test(text)) return text;
  throw new CliError(EXIT.usage, 'The epoch of a halt is a whole number; `tradewind halt list` shows them.');
}
