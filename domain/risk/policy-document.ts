import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import { DEFAULT_RISK_POLICY, policyProblems } from './policy';
import type { PolicyProblem, RiskPolicy } from './policy';

/** What a strategy may do within its account; each limit is on top of the account's. */
export interface StrategyLimits {
  readonly sizing?: RiskPolicy['sizing'];
  readonly maxRiskPerTrade?: DecimalString;
  readonly maxPositionNotional?: DecimalString;
  readonly minRewardToRisk?: DecimalString;
  /** Trades of the strategy open at once. */
  readonly maxOpenTrades?: number;
  /** Gross exposure of the strategy's trades, as a fraction of the equity. */
  readonly maxExposure?: DecimalString;
}

/** What holds for one instrument in every account. */
export interface InstrumentLimits {
  /** Names that instruments share: see `maxSectorExposure` and `maxGroupExposure`. */
  readonly sector?: string;
  readonly group?: string;
  readonly maxPositionNotional?: DecimalString;
  readonly maxConcentration?: DecimalString;
  readonly maxSpread?: DecimalString;
  readonly priceCollar?: DecimalString;
}

/** The one policy file: limits of every account, what single accounts have instead, and what strategies and instruments may do. */
export interface PolicyDocument {
  readonly defaults?: Partial<RiskPolicy>;
  readonly accounts?: Readonly<Record<string, Partial<RiskPolicy>>>;
  readonly strategies?: Readonly<Record<string, StrategyLimits>>;
  readonly instruments?: Readonly<Record<InstrumentId, InstrumentLimits>>;
}

const STRATEGY_FIELDS = [
  'sizing',
  'maxRiskPerTrade',
  'maxPositionNotional',
  'minRewardToRisk',
  'maxOpenTrades',
] as const;
const INSTRUMENT_FIELDS = ['maxPositionNotional', 'maxConcentration', 'maxSpread', 'priceCollar'] as const;
const SCOPES = ['defaults', 'accounts', 'strategies', 'instruments'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$/;

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function only(value: Fields, names: readonly string[]): readonly PolicyProblem[] {
  const stranger = Object.keys(value).find((name) => !names.includes(name));
  return stranger === undefined ? [] : [{ field: stranger, rule: `is unknown here; there are ${names.join(', ')}` }];
}

/** The limits of a scope that are limits of a policy as well; none of them may be null there. */
function shared(value: Fields, names: readonly string[]): readonly PolicyProblem[] {
  const given = Object.entries(value).filter(([name]) => names.includes(name));
  const problems = policyProblems(Object.fromEntries(given));
  const nulls = given
    .filter(([, limit]) => limit === null)
    .map(([field]) => ({ field, rule: 'must not be null here' }));
  return [...problems, ...nulls];
}

function strategyProblems(value: Fields): readonly PolicyProblem[] {
  const exposure = 'maxExposure' in value ? policyProblems({ maxLeverage: value['maxExposure'] }) : [];
  return [
    ...only(value, [...STRATEGY_FIELDS, 'maxExposure']),
    ...shared(value, STRATEGY_FIELDS),
    ...exposure.map(({ rule }) => ({ field: 'maxExposure', rule })),
  ];
}

function instrumentProblems(value: Fields): readonly PolicyProblem[] {
  const names = ['sector', 'group'].filter((name) => {
    const given = value[name];
    return given !== undefined && (typeof given !== 'string' || !NAME.test(given));
  });
  return [
    ...only(value, [...INSTRUMENT_FIELDS, 'sector', 'group']),
    ...shared(value, INSTRUMENT_FIELDS),
    ...names.map((field) => ({ field, rule: 'must be a name of 1 to 64 letters, digits, spaces or ._/-' })),
  ];
}

/** Every rule that a policy file breaks, each with the path of its field; empty when it can be applied. */
export function documentProblems(document: unknown): readonly PolicyProblem[] {
  if (!isObject(document)) return [{ field: '', rule: 'must be an object' }];
  const found: PolicyProblem[] = [...only(document, SCOPES)];
  const collect = (path: string, value: unknown, check: (fields: Fields) => readonly PolicyProblem[]): void => {
    if (!isObject(value)) found.push({ field: path, rule: 'must be an object' });
    else found.push(...check(value).map(({ field, rule }) => ({ field: `${path}.${field}`, rule })));
  };
  const each = (scope: string, check: (fields: Fields) => readonly PolicyProblem[]): void => {
    const all = document[scope];
    if (all === undefined) return;
    if (!isObject(all)) found.push({ field: scope, rule: 'must be an object' });
    else for (const [name, value] of Object.entries(all)) collect(`${scope}.${name}`, value, check);
  };
  if (document['defaults'] !== undefined) collect('defaults', document['defaults'], policyProblems);
  each('accounts', policyProblems);
  each('strategies', strategyProblems);
  each('instruments', instrumentProblems);
  return found;
}

/** The limits that a policy file gives an account. */
export function accountPolicy(document: PolicyDocument, account: string): RiskPolicy {
  return { ...DEFAULT_RISK_POLICY, ...document.defaults, ...document.accounts?.[account] };
}

/** What decides on one entry: the account's policy as its strategy and its instrument tighten it. */
export interface EffectivePolicy extends RiskPolicy {
  /** Limits that are measured on the strategy's own trades. */
  readonly strategy?: Pick<StrategyLimits, 'maxOpenTrades' | 'maxExposure'>;
  /** The instruments of the entry's sector and group, itself among them. */
  readonly sector?: InstrumentClass;
  readonly group?: InstrumentClass;
}

/** Instruments that share a name. */
export interface InstrumentClass {
  readonly name: string;
  readonly instruments: readonly InstrumentId[];
}

/** The smaller of two limits, of which either may be missing. */
function least(base: DecimalString | null, other: DecimalString | undefined): DecimalString | null {
  if (other === undefined) return base;
  return base === null ? other : text(Decimal.min(base, other));
}

function most(base: DecimalString | null, other: DecimalString | undefined): DecimalString | null {
  if (other === undefined) return base;
  return base === null ? other : text(Decimal.max(base, other));
}

function tighter(base: DecimalString, ...others: (DecimalString | undefined)[]): DecimalString {
  return others.reduce<DecimalString>(
    (limit, other) => (other !== undefined && dec(other).lt(limit) ? other : limit),
    base,
  );
}

function classOf(
  document: PolicyDocument,
  kind: 'sector' | 'group',
  instrument: InstrumentId,
): InstrumentClass | undefined {
  const name = document.instruments?.[instrument]?.[kind];
  if (name === undefined) return undefined;
  const members = Object.entries(document.instruments ?? {}).filter(([, limits]) => limits[kind] === name);
  return { name, instruments: members.map(([id]) => id) };
}

/**
 * The policy for an entry: of the account's, the strategy's and the instrument's word on a limit the tightest holds. A
 * strategy's way of sizing replaces the account's, since limits bound whatever it wishes for.
 */
export function effectivePolicy(
  account: RiskPolicy,
  document: PolicyDocument,
  strategy: string,
  instrument: InstrumentId,
): EffectivePolicy {
  const own = document.strategies?.[strategy] ?? {};
  const traded = document.instruments?.[instrument] ?? {};
  const [sector, group] = [classOf(document, 'sector', instrument), classOf(document, 'group', instrument)];
  return {
    ...account,
    sizing: own.sizing ?? account.sizing,
    maxRiskPerTrade: tighter(account.maxRiskPerTrade, own.maxRiskPerTrade),
    maxPositionNotional: tighter(account.maxPositionNotional, own.maxPositionNotional, traded.maxPositionNotional),
    maxConcentration: tighter(account.maxConcentration, traded.maxConcentration),
    minRewardToRisk: most(account.minRewardToRisk, own.minRewardToRisk),
    maxSpread: least(account.maxSpread, traded.maxSpread),
    priceCollar: least(account.priceCollar, traded.priceCollar),
    ...(own.maxOpenTrades === undefined && own.maxExposure === undefined
      ? {}
      : {
          strategy: {
            ...(own.maxOpenTrades === undefined ? {} : { maxOpenTrades: own.maxOpenTrades }),
            ...(own.maxExposure === undefined ? {} : { maxExposure: own.maxExposure }),
          },
        }),
    ...(sector === undefined ? {} : { sector }),
    ...(group === undefined ? {} : { group }),
  };
}
