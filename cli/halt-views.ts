import type { EngagedHaltView, HaltDetailView, HaltView, ReleasedHaltView, TripView } from '../api/contract/halt-views';
import { cell, fields, table } from './output';
import { moment } from './trade-views';

export function haltTable(halts: readonly HaltView[]): string {
  return table(
    ['EPOCH', 'SCOPE', 'MODE', 'ENGAGED', 'BY', 'REASON', 'STATE'],
    halts.map((halt) => [
      String(halt.epoch),
      halt.scope,
      modeText(halt),
      moment(halt.engagedAt),
      halt.trip ?? halt.actor,
      halt.reason,
      stateText(halt),
    ]),
    'No halts.',
  );
}

export function tripTable(trips: readonly TripView[]): string {
  return table(
    ['ACCOUNT', 'TRIP', 'STATE', 'VALUE', 'LIMIT', 'LOOKED AT'],
    trips.map(({ account, trip, state, value, limit, lookedAt }) => [
      account,
      trip,
      state,
      value,
      limit,
      moment(lookedAt),
    ]),
    'Nobody has looked at the trips yet: a worker with the role operations does.',
  );
}

function modeText({ mode, flatten, everything }: HaltView): string {
  return [mode, ...(flatten ? ['flatten'] : []), ...(everything ? ['all'] : [])].join(', ');
}

function stateText({ releasedAt, supersededBy, finishedAt }: HaltView): string {
  const stands = releasedAt !== null ? 'released' : supersededBy === null ? 'stands' : `replaced by ${supersededBy}`;
  return `${stands}, ${finishedAt === null ? 'under way' : 'done'}`;
}

export function engagedText(halt: EngagedHaltView): string {
  const head =
    halt.result === 'engaged'
      ? `Halted: ${halt.scope} (${modeText(halt)}), epoch ${halt.epoch}, at ${halt.engagedAt}.`
      : `Halted before: epoch ${halt.epoch} of ${halt.scope} (${modeText(halt)}) stands since ${halt.engagedAt}.`;
  const rest =
    halt.workflow === 'started'
      ? 'Trades are being told, entries cancelled and the venues asked.'
      : 'The halt is safe; telling trades, cancelling entries and the report start as soon as a worker reaches Temporal.';
  return `${cell(head)}\n${rest}`;
}

export function detailText(halt: HaltDetailView): string {
  const head = fields([
    ['epoch', String(halt.epoch)],
    ['scope', halt.scope],
    ['mode', modeText(halt)],
    ['state', stateText(halt)],
    ['engaged', `${halt.engagedAt} by ${halt.actor}`],
    ['reason', halt.reason],
    ['trades at the moment', String(halt.trades)],
    ['acknowledged', String(halt.acknowledged)],
    ['taken over', String(halt.takenOver)],
    ['not ended', String(halt.open)],
    ['holding a position', String(halt.holding)],
    [
      'released',
      halt.releasedAt === null ? null : `${halt.releasedAt} by ${halt.releasedBy ?? '-'}: ${halt.releaseReason ?? ''}`,
    ],
  ]);
  const waits = halt.waitsFor.map((wait) => `  ${cell(wait)}`);
  return waits.length === 0 ? head : [head, 'waits for:', ...waits].join('\n');
}

export function releasedText(halt: ReleasedHaltView): string {
  const others =
    halt.others.length === 0 ? 'Nothing else is halted.' : `Still halted: ${halt.others.map(cell).join(', ')}.`;
  const guarding =
    halt.guarding === 0
      ? 'No open trade of before is left.'
      : `${halt.guarding} open trades of before stay halted: they guard their positions until flat and enter nothing more.`;
  return [`Released: ${cell(halt.scope)} (halt ${halt.epoch}). New trades are let in.`, guarding, others].join('\n');
}
