import { assertNever } from '../domain/assert-never';
import type { TradeDetailView } from '../api/contract/views';
import type { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';

const FAST_MS = 300;
const SLOW_MS = 1_000;
/** From here on a trade that waits is asked for once a second. */
const PATIENT_AFTER_MS = 10_000;
/** An API that restarts is waited for this long; the trade does not need it. */
const AWAY_MS = 60_000;

/** Follows a trade until it has ended, telling each change of phase; answers the trade. Ctrl-C ends the telling only. */
export async function waitForTrade(context: CliContext, api: ApiClient, id: string): Promise<TradeDetailView> {
  const began = context.now();
  let told: string | undefined;
  let answered = began;
  for (;;) {
    const trade = await look(context, api, id, answered);
    if (trade !== undefined) {
      answered = context.now();
      const line = progressLine(trade);
      if (line !== told) context.stderr(`${line}\n`);
      told = line;
      if (trade.phase === 'ended') return trade;
    }
    await context.sleep(context.now() - began > PATIENT_AFTER_MS ? SLOW_MS : FAST_MS);
  }
}

async function look(
  context: CliContext,
  api: ApiClient,
  id: string,
  answered: number,
): Promise<TradeDetailView | undefined> {
  try {
    return await api.get<TradeDetailView>(`/v1/trades/${encodeURIComponent(id)}`);
  } catch (error) {
    const away = error instanceof CliError && (error.facts['unreachable'] === true || isUnavailable(error));
    if (!away || context.now() - answered > AWAY_MS) throw error;
    return undefined;
  }
}

function isUnavailable(error: CliError): boolean {
  const problem = error.facts['problem'];
  return typeof problem === 'object' && problem !== null && 'status' in problem && problem.status === 503;
}

function progressLine(trade: TradeDetailView): string {
  const attention = trade.attention === null ? '' : `, needs attention: ${trade.attention}`;
  const hint = trade.phase === 'awaiting-approval' ? ` (decide with: tradewind trade approve ${trade.id})` : '';
  return `${trade.id}: ${trade.phase}${attention}${hint}`;
}

/** What the end of a trade means for the command that waited for it. */
export function exitCodeOf(trade: Pick<TradeDetailView, 'outcome' | 'attention'>): ExitCode {
  const { outcome } = trade;
  if (trade.attention !== null) return EXIT.attention;
  switch (outcome) {
    case 'completed':
    case 'no-trade':
      return EXIT.done;
    case 'rejected':
    case 'expired':
    case 'halted':
      return EXIT.refused;
    case 'cancelled':
      return EXIT.failed;
    case 'needs-attention':
      return EXIT.attention;
    case null:
      return EXIT.failed;
    default:
      return assertNever(outcome);
  }
}
