import type { PolicyView, StoredVerdictView, VerdictView } from '../api/contract/views';
import { fields, table } from './output';
import { moment } from './trade-views';

const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The limits of each account, what strategies and instruments have besides, and the locks. */
export function policyText({ applied, document, accounts, locks }: PolicyView): string {
  const head = fields([
    [
      'policy',
      applied === null
        ? 'no file was applied: the accounts have the limits they were made with'
        : applied.hash.slice(0, 12),
    ],
    ['applied', applied === null ? null : `${moment(applied.at) ?? ''} by ${applied.by}`],
  ]);
  const limits = accounts.map(({ account, limits: own }) =>
    [`account ${account}`, fields(Object.entries(own).map(([name, value]) => [name, words(value)] as const))].join(
      '\n',
    ),
  );
  const scopes = ['strategies', 'instruments'].flatMap((scope) =>
    Object.entries((document[scope] ?? {}) as Record<string, unknown>).map(([name, value]) => [
      scope,
      name,
      words(value),
    ]),
  );
  const parts = [
    head,
    ...limits,
    ...(scopes.length === 0 ? [] : [table(['SCOPE', 'NAME', 'LIMITS'], scopes, '')]),
    table(
      ['LOCK', 'ACCOUNT', 'SCOPE', 'WHY', 'AFTER', 'UNTIL (MARKET TIME)'],
      locks.map((lock) => [String(lock.id), lock.account, lock.scope, lock.code, lock.tradeId, moment(lock.until)]),
      'No locks.',
    ),
  ];
  return parts.join('\n\n');
}

/** One verdict: the decision, its head-room and its checks. */
export function verdictText(verdict: VerdictView): string {
  const detail = Object.entries(verdict.detail).map(([name, value]) => `${name} ${value}`);
  const head = fields([
    ['verdict', verdict.approved ? 'approved' : `refused (${verdict.code ?? ''})`],
    ['why', verdict.message],
    ['values', detail.join(', ') || null],
    ['quantity', verdict.quantity],
    ['valued at', verdict.referencePrice],
    ['bound by', verdict.binding],
    ['near', verdict.warnings.join(', ') || null],
  ]);
  const room = table(
    ['LIMIT', 'MOST', 'USED', 'WITH THE ENTRY', 'LEFT'],
    verdict.headRoom.map(({ limit, max, used, after, left }) => [limit, max, used, after, left]),
    'No head-room was computed.',
  );
  return [head, room].join('\n\n');
}

/** Every verdict of a trade. */
export function verdictsText(verdicts: readonly StoredVerdictView[]): string {
  if (verdicts.length === 0) return 'Risk was not asked yet.';
  return verdicts
    .map(({ at, marketAt, verdict }) => {
      const when = `${at.slice(0, 23).replace('T', ' ')} (market time ${moment(marketAt) ?? ''})`;
      return `${when}\n${verdictText(verdict)}`;
    })
    .join('\n\n');
}
