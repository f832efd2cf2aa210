import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** One position of an account as it is served; amounts in account currency as numbers. */
export interface PositionFigures {
  readonly symbol: string;
  /** Units, negative when short. */
  readonly size: number;
  readonly value: number;
}

/** An account as it is served. */
export interface AccountFigures {
  readonly account: string;
  readonly equity: number;
  readonly var95: number;
  /** Null where the policy has none. */
  readonly varLimit: number | null;
  readonly grossExposure: number;
  readonly dailyPnl: number;
  readonly dailyLossLimit: number;
  readonly realisedPnl: number;
  readonly positions: readonly PositionFigures[];
}

/** Serves the portfolio gauges of every account that is set; a position that is gone is served no more. */
export class PortfolioGauges {
  private readonly equity: Gauge<'account'>;
  private readonly var95: Gauge<'account'>;
  private readonly varLimit: Gauge<'account'>;
  private readonly leverage: Gauge<'account'>;
  private readonly dailyPnl: Gauge<'account'>;
  private readonly dailyLossLimit: Gauge<'account'>;
  private readonly realisedPnl: Gauge<'account'>;
  private readonly size: Gauge<'account' | 'symbol'>;
  private readonly value: Gauge<'account' | 'symbol'>;
  private readonly concentration: Gauge<'account' | 'symbol'>;
  private readonly shown = new Map<string, readonly string[]>();

  constructor(registry: Registry) {
    const registers = [registry];
    const account = (name: string, help: string): Gauge<'account'> =>
      new Gauge({ name, help, labelNames: ['account'], registers });
    const position = (name: string, help: string): Gauge<'account' | 'symbol'> =>
      new Gauge({ name, help, labelNames: ['account', 'symbol'], registers });
    this.equity = account('portfolio_equity', 'Cash and positions at their marks, in account currency.');
    this.var95 = account('portfolio_var_95', 'Value at risk of one day at 95 %, historical, in account currency.');
    this.varLimit = account('portfolio_var_limit', 'The policy’s limit on it; absent where there is none.');
    this.leverage = account('portfolio_leverage_ratio', 'Gross exposure over equity.');
    this.dailyPnl = account('daily_pnl', 'Profit since the trading day began, realised and open; negative for a loss.');
    this.dailyLossLimit = account('daily_loss_limit', 'Loss of a day at which no further trade is opened.');
    this.realisedPnl = account(
      'realized_pnl_total',
      'What ended trades have made, net of fees; a sum that losses lower.',
    );
    this.size = position('position_size', 'Units held, negative when short.');
    this.value = position('position_value_usd', 'Units times mark, in account currency, negative when short.');
    this.concentration = position('position_concentration_pct', 'Absolute value over equity, in per cent.');
  }

  set(figures: AccountFigures): void {
    const { account, equity, positions } = figures;
    this.equity.set({ account }, equity);
    this.var95.set({ account }, figures.var95);
    if (figures.varLimit === null) this.varLimit.remove({ account });
    else this.varLimit.set({ account }, figures.varLimit);
    this.leverage.set({ account }, equity > 0 ? figures.grossExposure / equity : 0);
    this.dailyPnl.set({ account }, figures.dailyPnl);
    this.dailyLossLimit.set({ account }, figures.dailyLossLimit);
    this.realisedPnl.set({ account }, figures.realisedPnl);
    for (const { symbol, size, value } of positions) {
      this.size.set({ account, symbol }, size);
      this.value.set({ account, symbol }, value);
      this.concentration.set({ account, symbol }, equity > 0 ? (100 * Math.abs(value)) / equity : 0);
    }
    const held = positions.map(({ symbol }) => symbol);
    for (const symbol of this.shown.get(account) ?? []) {
      if (held.includes(symbol)) continue;
      for (const gauge of [this.size, this.value, this.concentration]) gauge.remove({ account, symbol });
    }
    this.shown.set(account, held);
  }
}
