import { RISK_CODES } from './codes';
import type { RiskCodeInfo } from './codes';
import { DEFAULT_RISK_POLICY, POLICY_FIELDS } from './policy';
import type { RiskPolicy } from './policy';

const HEAD = `# Risk

<!-- Generated from domain/risk (codes.ts, policy.ts, describe-codes.ts), and a test compares the two. To write it anew:
npx tsx -e "process.stdout.write(require('./domain/risk/describe-codes').describeRisk())" > docs/risk.md -->

Before an entry leaves, \`assessRisk\` sizes it and holds it against every limit; at the moment of sending the database adds up
again, under the account's lock, everything that other trades may have changed: of two trades that fit only apart exactly one is
sent, and the other ends \`rejected\` with that limit's code. What an order may still fill counts as filled until the venue says
otherwise, so no crash frees a reservation early or keeps one. **No limit ever blocks an order that reduces exposure.**

\`\`\`sh
./tradewind risk show                    # policy, limits of each account, locks
./tradewind risk check --account paper --instrument US500 --direction long --stop 2700   # exit code 3: refused
./tradewind trade risk ID                # what was decided, on what, what bound it, and the head-room left
./tradewind risk apply --file my-policy.json
./tradewind risk unlock ID
\`\`\`

## The policy

One file, \`data/risk-policy.json\` or the one that RISK_POLICY_FILE names, is applied at each start and by \`risk apply\` (an admin's
command; the file, who applied it and which accounts changed stay in the database and in the audit log). \`defaults\` hold for every
account, \`accounts.NAME\` replaces single limits; \`strategies.NAME\` and \`instruments.ID\` may only tighten: the tightest word holds.
Strategies take \`sizing\`, \`maxRiskPerTrade\`, \`maxPositionNotional\`, \`minRewardToRisk\`, and of their own trades \`maxOpenTrades\` and
\`maxExposure\` (a fraction of the equity); instruments take \`maxPositionNotional\`, \`maxConcentration\`, \`maxSpread\`, \`priceCollar\`, and
the names of their \`sector\` and \`group\`. Fractions are of 1, amounts in account currency; null switches a limit off where it may.
`;

const SIZING = `## Sizing

The smallest of the wish and all limits wins, and the verdict names it as \`binding\`.
`;

const METHODS = [
  ['`fixed-fraction`', 'equity × maxRiskPerTrade ÷ loss of a unit at the stop', 'R. Vince (1990)'],
  [
    '`volatility-target`',
    'equity × target ÷ worth of the average true range of 14 days',
    'the Turtles’ N; C. Faith (2007)',
  ],
  ['`fixed-notional`', 'notional ÷ worth of a unit', '–'],
  [
    '`kelly`',
    'equity × min(cap, fraction × (p − (1 − p) ÷ payoff)) ÷ loss of a unit at the stop',
    'J. L. Kelly (1956); E. O. Thorp (2006)',
  ],
];

const REST = `\`maxRiskPerTrade\` bounds every method.

## Value at risk

The limit is on the historical figure: what the present positions and the entry would have lost on the worst 5 % of the last 250 days
(\`domain/risk/history.ts\`). An instrument with fewer than 60 days counts with \`assumedVolatility\` × 1.645, undiversified. When the
wished size breaks the limit, the largest that does not is taken. At the moment of sending, what others have added since counts
undiversified on top.

\`tradewind risk var ACCOUNT\` shows the historical, parametric, Cornish–Fisher and Monte Carlo figures at 95 and 99 % with their expected
shortfalls, and the component and marginal VaR of each position; \`tradewind risk stress ACCOUNT\` what the positions would lose on bad days.
Both are measured by a worker, which knows the markets (\`GET /v1/accounts/{name}/risk\`, workflow \`measureRisk\`), and store nothing. The
formulas are in \`domain/risk/value-at-risk.ts\`, \`portfolio-risk.ts\` and \`stress.ts\`, each with its source; Monte Carlo draws 20,000
days from one fixed seed.

## Futures

A contract counts with its whole worth, quantity × price × multiplier: what it may lose at its stop, every limit on notional, buying
power, value at risk and stress, and the paper venue's margin (a quarter of the gross notional) are those of a stock at the price of a
whole contract. SIMF, a synthetic future of 50 dollars a point, trades at every paper account.

A contract ends. From one hour before the close of the session **before** its last trading day on, by its calendar, its open trades exit
(\`time-exit\`, whatever their price), what rests of an entry is taken back, and no trade in it is entered (\`contract_ending\`). The
database refuses such an entry by the moment that the approval carries, and from midnight UTC of the last trading day on whatever an
approval says. Not on that day itself, because a calendar does not tell when a contract's trading ends on it: a future on the S&P 500
index ends at 8:30 in the morning of Chicago. Contracts that are delivered may have a day of first notice that is earlier still: leave
those yourself. What no trade of ours holds is not exited, and the paper venue settles no contract at its end.

## Codes

Every reason for which our own rules refuse an order. The codes are stable: branch on them, never on a sentence. The
status is that of an HTTP answer that carries the code; a trade that meets it later ends \`rejected\` with the same code.
`;

function row(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
}

/** A Markdown table with aligned columns. */
function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => (cells[index] ?? '').length)),
  );
  const rule = row(
    widths.map((width) => '-'.repeat(width)),
    widths,
  );
  return [row(header, widths), rule, ...rows.map((cells) => row(cells, widths)), ''].join('\n');
}

function limitRows(): readonly (readonly string[])[] {
  return Object.entries(POLICY_FIELDS).map(([name, { about, rule }]) => {
    const value = DEFAULT_RISK_POLICY[name as keyof RiskPolicy];
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    // The rule of the sizing is the table of its methods.
    return [`\`${name}\``, `\`${shown}\``, about, name === 'sizing' ? 'see below' : rule.replace('must be ', '')];
  });
}

/** The page docs/risk.md: what risk does, every limit, and every code. */
export function describeRisk(): string {
  const infos: readonly (readonly [string, RiskCodeInfo])[] = Object.entries(RISK_CODES);
  const codes = infos.map(([code, info]) => [
    `\`${code}\``,
    info.category,
    String(info.status),
    info.description,
    info.action,
  ]);
  const limits = markdown(['limit', 'default', 'what it means', 'values'], limitRows());
  const methods = markdown(['method', 'quantity', 'source'], METHODS);
  return [
    HEAD,
    limits,
    SIZING,
    methods,
    REST,
    markdown(['code', 'category', 'status', 'what triggers it', 'what to do'], codes),
  ].join('\n');
}
