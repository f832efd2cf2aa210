import type { Instant } from '../clock/instant';
import { millisOf } from '../clock/instant';
import { dec } from '../money/decimal';
import { haltTitle } from './halt';
import { waitingFor } from './progress';
import type { HaltReport, ReportLook, ReportSend, SignedReport } from './report';

/** Milliseconds from the moment of the halt. */
type SinceMoment = number | null;

/** How long each part of a halt took, in milliseconds since its moment; null while it has not come. */
interface HaltDurations {
  readonly drained: SinceMoment;
  readonly lastTold: SinceMoment;
  readonly lastAcknowledged: SinceMoment;
  readonly lastClosed: SinceMoment;
  readonly finished: SinceMoment;
}

function haltDurations({ halt, progress, trades }: HaltReport): HaltDurations {
  const moment = millisOf(halt.engagedAt);
  const since = (at: Instant | null): SinceMoment => (at === null ? null : millisOf(at) - moment);
  const last = (all: readonly (Instant | null)[]): SinceMoment =>
    all.reduce<SinceMoment>((most, at) => (at === null ? most : Math.max(most ?? 0, millisOf(at) - moment)), null);
  return {
    drained: since(progress.drainedAt),
    lastTold: last(trades.map(({ toldAt }) => toldAt)),
    lastAcknowledged: last(trades.map(({ acknowledgedAt }) => acknowledgedAt)),
    lastClosed: last(trades.map(({ endedAt }) => endedAt)),
    finished: since(halt.finishedAt),
  };
}

/** What must not be in a report, as sentences; empty when the halt kept its promise. */
export function breaches({ halt, sends, trades }: HaltReport): readonly string[] {
  const unguarded = trades.filter(({ guarded, position }) => guarded === false && !dec(position).isZero());
  const open = halt.flatten ? trades.filter(({ position, dust }) => !dec(position).eq(dust)) : [];
  return [
    ...count(sends.increasingByJournal, 'permitted after the moment though it increases'),
    ...count(sends.increasingByVenue, 'received by the venue after the moment without a permit of before'),
    ...unguarded.map(({ tradeId }) => `${tradeId} holds a position that no stop covers`),
    ...open.map(({ tradeId, position }) => `${tradeId} still holds ${position}`),
  ];
}

function count(sends: readonly ReportSend[], what: string): string[] {
  return sends.map(({ intent }) => `${intent} was ${what}`);
}

/** The report as a person reads it, in Markdown. */
export function describeReport({ report, hash, signature }: SignedReport): string {
  const { halt, progress, sends } = report;
  const ended = report.trades.filter(({ phase }) => phase === 'ended');
  const guarding = report.trades.filter(({ phase, position }) => phase !== 'ended' && !dec(position).isZero());
  const waits = waitingFor(progress);
  const broken = breaches(report);
  return [
    `# Report of ${haltTitle(halt)}`,
    `Engaged ${halt.engagedAt} by ${halt.actor} (${halt.trip ?? halt.source}): ${halt.reason}`,
    halt.releasedAt === null
      ? 'Stands.'
      : `Released ${halt.releasedAt} by ${halt.releasedBy ?? 'unknown'}: ${halt.releaseReason ?? ''}`,
    halt.finishedAt === null
      ? `Under way at ${report.madeAt}. Waits for:\n\n${list(waits)}`
      : `Finished ${halt.finishedAt}; this report was made ${report.madeAt}.`,
    '## The promise',
    broken.length === 0
      ? 'Kept: nothing that increases exposure was permitted after the moment.'
      : `**Broken:**\n\n${list(broken)}`,
    table(
      ['what', 'count'],
      [
        ['increasing orders permitted after the moment, by the journal', sends.increasingByJournal.length],
        ['increasing orders received after it without an earlier permit, by the venue', sends.increasingByVenue.length],
        ['increasing orders permitted before and received after it', sends.arrivedLater.length],
        ['reducing orders admitted after it', sends.reducing.length],
        ['sends that the fence refused', report.refused],
        ['attempts under way at the moment', report.attempts.length],
      ],
    ),
    '## Trades',
    table(
      ['what', 'count'],
      [
        ['open at the moment, by the registry', progress.trades],
        ['open at the last look, by Temporal', report.workflows.filter(({ type }) => type === 'trade').length],
        ['acknowledged', progress.acknowledged],
        ['taken over', report.trades.filter(({ takenOverAt }) => takenOverAt !== null).length],
        ['ended', ended.length],
        ['guarding a position', guarding.length],
      ],
    ),
    ...section(
      'Trades that guard a position',
      guarding,
      ({ tradeId, position, guarded }) =>
        `${tradeId}: ${position}, ${guarded === true ? 'covered by its stops' : '**no stop**'}`,
    ),
    ...section(
      'Attempts under way at the moment',
      report.attempts,
      (a) =>
        `${a.intent}, attempt ${a.n}${a.increases ? ' (increases)' : ''}: ${a.attempt}, order ${a.order}, filled ${a.booked}`,
    ),
    ...section(
      'Reducing orders admitted',
      sends.reducing,
      (s) => `${s.permittedAt} ${s.intent}: ${s.side} ${s.quantity}`,
    ),
    '## Venues',
    ...report.venues.flatMap(({ account, before, after }) => [
      `${account} before: ${lookText(before)}`,
      `${account} after: ${lookText(after)}${after?.clean === true ? ' (clean, twice)' : ''}`,
    ]),
    ...section(
      'Schedules',
      report.schedules,
      (s) =>
        `${s.scheduleId} (${s.tag ?? 'no tag'}): ${s.action}${s.resumedAt === null ? '' : `, resumed ${s.resumedAt}`}`,
    ),
    ...section(
      'Other open workflows',
      report.workflows.filter(({ type }) => type !== 'trade'),
      (w) => `${w.workflowId}: ${w.answer}, ${w.why}`,
    ),
    '## Milliseconds since the moment',
    table(
      ['what', 'ms'],
      Object.entries(haltDurations(report)).map(([name, ms]) => [name, ms as SinceMoment]),
    ),
    `SHA-256 \`${hash}\`, signature \`${signature}\``,
  ].join('\n\n');
}

function lookText(look: ReportLook | null): string {
  if (look === null) return 'not looked at';
  const { orders, positions } = look;
  return `${look.askedAt}: ${orders.ours.length} working orders and ${positions.ours.length} positions of this halt, ${orders.otherTrades} orders of other trades, ${orders.foreign.length} orders and ${positions.foreign.length} positions that are not ours`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Lists longer than this are in the JSON form only. */
const LONGEST_LIST = 50;

function section<T>(title: string, items: readonly T[], line: (item: T) => string): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length > LONGEST_LIST ? [`and ${items.length - LONGEST_LIST} more`] : [];
  return [`### ${title}`, list([...items.slice(0, LONGEST_LIST).map(line), ...more])];
}

function table(head: readonly [string, string], rows: readonly (readonly [string, SinceMoment])[]): string {
  return [head, ['---', '---:'], ...rows.map(([name, value]) => [name, value ?? '-'])]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
