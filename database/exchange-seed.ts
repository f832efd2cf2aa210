import { decimalString } from '../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../domain/risk/policy';
import type { RiskPolicy } from '../domain/risk/policy';
import type { ExchangeAccountSeed } from './exchange-accounts';

/** Limits of an account as settings write them: amounts as text, what is left out as everywhere. */
export interface PolicyText {
  readonly maxRiskPerTrade?: string | undefined;
  readonly maxConcentration?: string | undefined;
  readonly maxLeverage?: string | undefined;
  readonly maxDailyLoss?: string | undefined;
  readonly maxOpenTrades?: number | undefined;
  readonly minRewardToRisk?: string | null | undefined;
  readonly gapAllowance?: string | undefined;
  readonly costReserve?: string | undefined;
}

/** An account at an exchange as settings describe it. */
export interface DescribedAccount extends Omit<ExchangeAccountSeed, 'policy'> {
  readonly policy: PolicyText;
}

/** What the registry keeps of an account at an exchange. Nothing is lent there, so its leverage is 1 unless told. */
export function exchangeSeed(account: DescribedAccount): ExchangeAccountSeed {
  const { currency, marketType, mode, name, policy, quoteMaxAge, venue } = account;
  return { name, venue, mode, marketType, currency, quoteMaxAge, policy: policyOf({ maxLeverage: '1', ...policy }) };
}

/** The whole policy of limits as settings write them. @throws RangeError for text that is no amount */
export function policyOf(text: PolicyText): RiskPolicy {
  const given = Object.entries(text).filter(([, value]) => value !== undefined);
  const read = given.map(([name, value]) => [name, typeof value === 'string' ? decimalString(value) : value] as const);
  return { ...DEFAULT_RISK_POLICY, ...(Object.fromEntries(read) as Partial<RiskPolicy>) };
}
