import { RISK_CODES } from './codes';
import type { RiskCodeInfo } from './codes';

const HEAD = `# Risk codes

<!-- Generated from domain/risk/codes.ts, and a test compares the two. To write it anew:
npx tsx -e "process.stdout.write(require('./domain/risk/describe-codes').describeRiskCodes())" > docs/risk-codes.md -->

Every reason for which our own rules refuse an order. The codes are stable: branch on them, never on a sentence. The
status is that of an HTTP answer that carries the code; a trade that meets it later ends \`rejected\` with the same code.
`;

function row(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
}

/** The page docs/risk-codes.md: a Markdown table of all codes in their order, columns aligned. */
export function describeRiskCodes(): string {
  const infos: readonly (readonly [string, RiskCodeInfo])[] = Object.entries(RISK_CODES);
  const header = ['code', 'category', 'status', 'what it means', 'what to do'];
  const rows = infos.map(([code, info]) => [
    `\`${code}\``,
    info.category,
    String(info.status),
    info.description,
    info.action,
  ]);
  const widths = header.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => (cells[index] ?? '').length)),
  );
  const rule = row(
    widths.map((width) => '-'.repeat(width)),
    widths,
  );
  return [HEAD, row(header, widths), rule, ...rows.map((cells) => row(cells, widths)), ''].join('\n');
}
