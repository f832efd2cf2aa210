import { plainText } from '../analysis/plain-text';
import { dec, isDecimalString, text } from '../money/decimal';

type Text = string;

/** What a daily report counts. Amounts are decimal text; the day is one of UTC. */
export interface DailyReport {
  readonly day: Text;
  readonly accounts: readonly {
    readonly account: Text;
    readonly mode: Text;
    readonly currency: Text;
    readonly quarantine: Text | null;
    readonly accepted: number;
    readonly ended: number;
    /** Of trades that ended on the day, after fees. */
    readonly profit: Text;
    readonly fills: number;
    /** Trades and notional as they stood when the report was made. */
    readonly open: number;
    readonly gross: Text;
  }[];
  /** How much of the limits that halt an account is used, at the last look. */
  readonly risk: readonly { readonly account: Text; readonly limit: Text; readonly used: Text; readonly max: Text }[];
  /** Those that ended, at most fifty: the largest profits and losses. */
  readonly trades: readonly {
    readonly id: Text;
    readonly instrument: Text;
    readonly strategy: Text;
    readonly direction: Text | null;
    readonly outcome: Text;
    readonly code: Text | null;
    readonly profit: Text | null;
  }[];
  readonly outcomes: readonly { readonly outcome: Text; readonly count: number }[];
  readonly rejections: readonly { readonly code: Text; readonly count: number }[];
  /** Cost in US dollars. */
  readonly models: readonly {
    readonly strategy: Text;
    readonly calls: number;
    readonly tokens: number;
    readonly cost: Text;
  }[];
  /** Entries against the price at which they were approved, in basis points; a cost is positive. */
  readonly slippage: readonly { readonly instrument: Text; readonly fills: number; readonly bps: Text }[];
  readonly cycles: readonly {
    readonly cycle: Text;
    readonly date: Text;
    readonly state: Text;
    readonly started: number;
  }[];
  /** Engaged on the day, or standing. */
  readonly halts: readonly {
    readonly epoch: number;
    readonly scope: Text;
    readonly mode: Text;
    readonly by: Text;
    readonly reason: Text;
    readonly engagedAt: Text;
    readonly releasedAt: Text | null;
  }[];
  /** Comparisons with the venues that ended on the day; one that failed could not be made. */
  readonly comparisons: readonly {
    readonly account: Text;
    readonly agreed: number;
    readonly differed: number;
    readonly failed: number;
  }[];
  /** Differences that stand, or that were found or closed on the day, at most a hundred; those that stand come first. */
  readonly differences: readonly {
    readonly account: Text;
    /** `open`, `accepted` by a person, or `gone` when a later comparison no longer saw it. */
    readonly state: Text;
    readonly kind: Text;
    readonly subject: Text;
    readonly ours: Text | null;
    readonly venue: Text | null;
    readonly since: Text;
    /** Who accepted it, and why. */
    readonly by: Text | null;
    readonly reason: Text | null;
  }[];
  readonly schedules: { readonly seen: number; readonly missed: readonly Text[] };
  /** Those that stood when the report was made. */
  readonly alerts: readonly {
    readonly severity: Text;
    readonly title: Text;
    readonly cause: Text;
    readonly since: Text;
  }[];
  /** Profit by day, thirty days up to this one. */
  readonly profits: readonly { readonly day: Text; readonly profit: Text }[];
}

/** A table of the report; cells are plain text, not yet escaped for anything. */
export interface ReportSection {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What it says without rows. */
  readonly none: string;
}

const moment = (at: string): string => at.slice(0, 16).replace('T', ' ');

/** Four digits are enough to read; what is no decimal stays as it is. */
function shortened(value: string): string {
  return isDecimalString(value) ? text(dec(value).toDecimalPlaces(4)) : value;
}

/** The report as tables, in the order in which an operator reads them: what is wrong comes first. */
export function sectionsOf(report: DailyReport): readonly ReportSection[] {
  const sections: readonly ReportSection[] = [
    {
      title: 'Open alerts',
      headings: ['Severity', 'What', 'Since', 'Cause'],
      rows: report.alerts.map((a) => [a.severity, a.title, moment(a.since), a.cause]),
      none: 'None.',
    },
    {
      title: 'Halts',
      headings: ['Epoch', 'Scope', 'Mode', 'By', 'Reason', 'Engaged', 'Released'],
      rows: report.halts.map((h) => [
        ...[String(h.epoch), h.scope, h.mode, h.by, h.reason, moment(h.engagedAt)],
        h.releasedAt === null ? 'stands' : moment(h.releasedAt),
      ]),
      none: 'None stood.',
    },
    {
      title: 'Accounts',
      headings: ['Account', 'Mode', 'Accepted', 'Ended', 'Profit', 'Fills', 'Open', 'Gross', 'Quarantine'],
      rows: report.accounts.map((a) => [
        ...[a.account, a.mode, String(a.accepted), String(a.ended), `${a.profit} ${a.currency}`, String(a.fills)],
        ...[String(a.open), `${a.gross} ${a.currency}`, a.quarantine ?? '-'],
      ]),
      none: 'There are none.',
    },
    {
      title: 'Risk used',
      headings: ['Account', 'Limit', 'Used', 'Of'],
      rows: report.risk.map((r) => [r.account, r.limit, shortened(r.used), shortened(r.max)]),
      none: 'Nobody has looked yet: a worker with the role operations does.',
    },
    {
      title: 'Reconciliation',
      headings: ['Account', 'Agreed', 'Differed', 'Failed'],
      rows: report.comparisons.map((c) => [c.account, String(c.agreed), String(c.differed), String(c.failed)]),
      none: 'No account was compared with its venue.',
    },
    {
      title: 'Differences with venues',
      headings: ['State', 'Account', 'What', 'Subject', 'Ours', 'Venue', 'Since', 'Accepted'],
      rows: report.differences.map((x) => [
        ...[x.state, x.account, x.kind, x.subject, x.ours ?? '-', x.venue ?? '-', moment(x.since)],
        x.by === null ? '-' : `${x.by}: ${x.reason ?? ''}`,
      ]),
      none: 'None stands, and none was found or closed.',
    },
    {
      title: 'Trades that ended',
      headings: ['Trade', 'Instrument', 'Strategy', 'Direction', 'Outcome', 'Code', 'Profit'],
      rows: report.trades.map((t) => [
        ...[t.id, t.instrument, t.strategy, t.direction ?? '-', t.outcome, t.code ?? '-', t.profit ?? '-'],
      ]),
      none: 'None.',
    },
    {
      title: 'Rejections',
      headings: ['Code', 'Trades'],
      rows: report.rejections.map((r) => [r.code, String(r.count)]),
      none: 'None.',
    },
    {
      title: 'Slippage against the arrival price',
      headings: ['Instrument', 'Fills', 'Basis points'],
      rows: report.slippage.map((s) => [s.instrument, String(s.fills), s.bps]),
      none: 'No entry was filled.',
    },
    {
      title: 'Language models',
      headings: ['Strategy', 'Calls', 'Tokens', 'Cost in USD'],
      rows: report.models.map((m) => [m.strategy, String(m.calls), String(m.tokens), m.cost]),
      none: 'None was asked.',
    },
    {
      title: 'Trading cycles',
      headings: ['Cycle', 'Session', 'State', 'Trades started'],
      rows: report.cycles.map((c) => [c.cycle, c.date, c.state, String(c.started)]),
      none: 'None ran.',
    },
    {
      title: 'Schedules that missed runs',
      headings: ['Schedule'],
      rows: report.schedules.missed.map((id) => [id]),
      none: `None of ${report.schedules.seen}; failed runs are among the alerts.`,
    },
  ];
  return sections.map((section) => ({
    ...section,
    rows: section.rows.map((row) => row.map((text) => plainText(text, 300))),
  }));
}

/** One line that says how the day was. */
export function summaryOf({ accounts, alerts, halts, differences }: DailyReport): string {
  const sum = (of: (account: DailyReport['accounts'][number]) => number): number =>
    accounts.reduce((total, account) => total + of(account), 0);
  const profits = accounts.filter(({ ended }) => ended > 0).map((a) => `${a.profit} ${a.currency} on ${a.account}`);
  const critical = alerts.filter(({ severity }) => severity === 'critical').length;
  const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  const accepted = sum((a) => a.accepted);
  const open = differences.filter(({ state }) => state === 'open').length;
  const standing = halts.filter(({ releasedAt }) => releasedAt === null).length;
  return [
    `${counted(accepted, 'trade')} accepted, ${sum((a) => a.ended)} ended`,
    ...(profits.length === 0 ? [] : [`profit ${profits.join(', ')}`]),
    `${counted(alerts.length, 'open alert')} (${critical} critical)`,
    counted(standing, 'standing halt'),
    ...(open === 0 ? [] : [`${counted(open, 'open difference')} with venues`]),
  ].join('; ');
}

/** The report as Markdown; text of strangers is only ever text. */
export function markdownOf(report: DailyReport): string {
  const parts = sectionsOf(report).map(({ title, headings, rows, none }) => {
    if (rows.length === 0) return `## ${title}\n\n${none}`;
    const line = (cells: readonly string[]): string => `| ${cells.map(escapedMarkdown).join(' | ')} |`;
    return [`## ${title}\n`, line(headings), `|${' --- |'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
  });
  return [`# Tradewind on ${report.day}`, `${summaryOf(report)}.`, ...parts].join('\n\n') + '\n';
}

function escapedMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|!#~()&]/g, (sign) => (sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : `\\${sign}`));
}
