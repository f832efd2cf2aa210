import { millisOf } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import { worthOf } from '../../domain/instrument/worth';
import { dec, ZERO } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import { drawdownOf, isNearDailyLoss, lossToday } from '../../domain/risk/checks';
import type { MarketData } from '../../domain/signal/market-data';
import type { AccountFigures } from '../../telemetry/portfolio-metrics';
import { heldVar } from './held-var';
import { viewPortfolio } from './portfolio';
import type { AccountView, PortfolioSources } from './portfolio';

/** What looking at the accounts needs. */
export interface PortfolioWatch extends PortfolioSources {
  readonly marketOf: (account: string) => MarketData;
  readonly show: (figures: AccountFigures) => void;
  /** A limit that the market, not an entry, has reached; called once when it does. */
  readonly breached: (account: string, limit: string) => void;
  /** The day's loss is near its limit; called once when it comes there. */
  readonly warn: (account: string, loss: string, limit: string) => void;
}

/** Real time between two looks. */
const EVERY_MS = 5_000;

/** Shows every account's figures, keeps its highest equity, and tells when a limit is reached without any order. */
export class PortfolioWatcher {
  private readonly told = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly deps: PortfolioWatch,
    /** Called when a round failed; the next is tried all the same. */
    private readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    this.round = this.look()
      .catch((error: unknown) => this.failed(error))
      .then(() => {
        if (!this.stopped) this.timer = setTimeout(() => this.start(), EVERY_MS);
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  /** One look at every account. */
  async look(): Promise<void> {
    for (const { account, now } of await this.deps.risk.accounts()) await this.lookAt(account, now);
  }

  private async lookAt(account: string, now: Instant): Promise<void> {
    const { deps } = this;
    const at = millisOf(now);
    const market = deps.marketOf(account);
    const scope = { account, strategy: '', instrument: '', tradeId: '' };
    const view = await viewPortfolio(deps, market, scope, at);
    const realised = await deps.risk.noteEquity(account, view.portfolio.equity);
    const positions = view.held
      .filter(({ quantity }) => !dec(quantity).isZero())
      .map((position) => ({
        symbol: position.instrument,
        size: Number(position.quantity),
        value: worthOf(position, position.quantity, position.mark).toNumber(),
      }));
    const var95 = await heldVar(market, view, at);
    const loss = lossToday(view.portfolio);
    deps.show({
      account,
      equity: Number(view.portfolio.equity),
      var95,
      varLimit: view.policy.maxVar === null ? null : dec(view.portfolio.equity).mul(view.policy.maxVar).toNumber(),
      grossExposure: positions.reduce((sum, { value }) => sum + Math.abs(value), 0),
      dailyPnl: loss.neg().toNumber(),
      dailyLossLimit: Number(view.policy.maxDailyLoss),
      realisedPnl: Number(realised),
      positions,
    });
    this.tell(account, view, loss, var95);
  }

  /** Tells of what holds now and did not at the look before. */
  private tell(account: string, view: AccountView, loss: Decimal, var95: number): void {
    const { policy, portfolio } = view;
    const equity = dec(portfolio.equity);
    const gross = view.held.reduce<Decimal>((sum, one) => sum.plus(worthOf(one, one.quantity, one.mark).abs()), ZERO);
    const limits: Readonly<Record<string, boolean>> = {
      daily_loss: loss.gte(policy.maxDailyLoss),
      drawdown: policy.maxDrawdown !== null && drawdownOf(portfolio).gte(policy.maxDrawdown),
      leverage: gross.gt(equity.mul(policy.maxLeverage)),
      var_limit: policy.maxVar !== null && dec(var95).gt(equity.mul(policy.maxVar)),
    };
    for (const [limit, reached] of Object.entries(limits)) {
      this.once(`${account} ${limit}`, reached, () => this.deps.breached(account, limit));
    }
    this.once(`${account} warning`, isNearDailyLoss(loss, policy), () =>
      this.deps.warn(account, loss.toFixed(), policy.maxDailyLoss),
    );
  }

  private once(key: string, holds: boolean, act: () => void): void {
    if (!holds) this.told.delete(key);
    else if (!this.told.has(key)) {
      this.told.add(key);
      act();
    }
  }
}
