import { init } from 'echarts';
import { plainText } from '../../domain/analysis/plain-text';
import { sectionsOf, summaryOf } from '../../domain/report/daily-report';
import type { DailyReport, ReportSection } from '../../domain/report/daily-report';

const WIDTH = 880;
const NUMBER = /^-?\d[\d.]*( [A-Z]{3,5})?$/;
const MOMENT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/;
const GAIN = '#1a7f4b';
const LOSS = '#b3261e';
const INK = '#22303c';

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: ${INK}; background: #fff; max-width: 920px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 0 0 8px; }
.summary { color: #51606c; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid #e3e8ec; vertical-align: top; overflow-wrap: anywhere; }
th { color: #51606c; font-weight: 600; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
tr.critical td { background: #fdecea; }
td.when { white-space: nowrap; }
svg { width: 100%; max-width: 100%; height: auto; display: block; margin-top: 20px; }
`;

/**
 * The report as one HTML page that loads nothing: style and charts are inside. Text of strangers is escaped; the page's own
 * policy admits no script and no address.
 */
export function reportHtml(report: DailyReport): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Tradewind on ${escaped(report.day)}</title><style>${STYLE}</style></head><body>`,
    `<h1>Tradewind on ${escaped(report.day)}</h1><p class="summary">${escaped(summaryOf(report))}.</p>`,
    profitChart(report),
    ...sectionsOf(report).map((section) => table(section)),
    rejectionChart(report),
    '</body></html>\n',
  ].join('\n');
}

function table({ title, headings, rows, none }: ReportSection): string {
  const head = `<h2>${escaped(title)}</h2>`;
  if (rows.length === 0) return `${head}<p class="summary">${escaped(none)}</p>`;
  const numeric = headings.map((_, n) => rows.every((row) => NUMBER.test(row[n] ?? '')));
  const kind = (text: string, n: number): string =>
    numeric[n] === true ? ' class="number"' : MOMENT.test(text) ? ' class="when"' : '';
  const cell = (tag: 'th' | 'td', text: string, n: number): string =>
    `<${tag}${kind(text, n)}>${escaped(text)}</${tag}>`;
  const lines = rows.map(
    (row) =>
      `<tr${row[0] === 'critical' ? ' class="critical"' : ''}>${row.map((text, n) => cell('td', text, n)).join('')}</tr>`,
  );
  const top = `<tr>${headings.map((text, n) => cell('th', text, n)).join('')}</tr>`;
  return `${head}<div class="scroll"><table><thead>${top}</thead><tbody>${lines.join('')}</tbody></table></div>`;
}

function profitChart({ profits }: DailyReport): string {
  if (profits.every(({ profit }) => Number(profit) === 0)) return '';
  const values = profits.map(({ profit }) => Number(profit));
  return bars(
    'Profit of trades that ended, by day',
    profits.map(({ day }) => day.slice(5)),
    values.map((value) => ({ value, itemStyle: { color: value < 0 ? LOSS : GAIN } })),
    240,
  );
}

function rejectionChart({ rejections }: DailyReport): string {
  if (rejections.length < 2) return '';
  const names = rejections.map(({ code }) => plainText(code, 40));
  const values = rejections.map(({ count }) => ({ value: count, itemStyle: { color: '#3b6ea5' } }));
  return bars('Rejections by code', names, values, 240);
}

function bars(title: string, names: readonly string[], data: readonly object[], height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
      title: { text: title, left: 0, top: 0, padding: 0, textStyle: { fontSize: 14, fontWeight: 600, color: INK } },
      grid: { left: 8, right: 8, top: 44, bottom: 8, containLabel: true },
      xAxis: { type: 'category', data: [...names], axisTick: { show: false }, axisLabel: { color: '#51606c' } },
      yAxis: { type: 'value', axisLabel: { color: '#51606c' }, splitLine: { lineStyle: { color: '#e3e8ec' } } },
      series: [{ type: 'bar', data: [...data], barMaxWidth: 36 }],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? '');
}
