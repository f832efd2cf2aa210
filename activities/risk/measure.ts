import { instant, millisOf } from '../../domain/clock/instant';
import { futureOf } from '../../domain/instrument/worth';
import { dec, text } from '../../domain/money/decimal';
import { HISTORY_BARS } from '../../domain/risk/history';
import { measureRisk } from '../../domain/risk/measure';
import type { AccountRisk } from '../../domain/risk/measure';
import type { StressedPosition } from '../../domain/risk/stress';
import type { AssessDeps } from './assess';
import { viewPortfolio } from './portfolio';

/** Measures what an account holds now. @throws when there is no such account */
export async function measureAccount(deps: AssessDeps, account: string): Promise<AccountRisk> {
  const known = (await deps.risk.accounts()).find((one) => one.account === account);
  if (known === undefined) throw new Error(`no account ${account}`);
  const at = millisOf(known.now);
  const market = deps.marketOf(account);
  const scope = { account, strategy: '', instrument: '', tradeId: '' };
  const { held, portfolio, policy } = await viewPortfolio(deps, market, scope, at);
  const open = held.filter(({ quantity }) => !dec(quantity).isZero());
  const bars = await Promise.all(
    open.map(async ({ instrument }) => [instrument, await market.bars(instrument, at, HISTORY_BARS)] as const),
  );
  const stops = await deps.risk.stops(account);
  const guarded = open.flatMap((position): StressedPosition[] => {
    const { instrument, quantity, mark } = position;
    const future = futureOf(position);
    const own = stops.filter((stop) => stop.instrument === instrument);
    const rest = own.reduce((left, stop) => left.minus(stop.quantity), dec(quantity));
    return [
      ...own.map((stop) => ({ ...future, instrument, quantity: stop.quantity, mark, stopPrice: stop.stopPrice })),
      ...(rest.isZero() ? [] : [{ ...future, instrument, quantity: text(rest), mark }]),
    ];
  });
  return {
    account,
    marketTime: instant(at),
    equity: portfolio.equity,
    limit: policy.maxVar === null ? null : text(dec(portfolio.equity).mul(policy.maxVar)),
    ...measureRisk({ positions: open, guarded, barsOf: new Map(bars), assumedVolatility: policy.assumedVolatility }),
  };
}
