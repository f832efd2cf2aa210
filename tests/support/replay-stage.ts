import { ensurePaperAccount } from '../../database/paper-account';
import { transaction } from '../../database/pool';
import type { StoredFacts } from '../../database/trades';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis, Instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import type { TradeSpec } from '../../domain/trade/spec';
import { defaultValidUntil } from '../../domain/trade/validity';
import { orderEventSignal } from '../../temporal/messages/trade';
import { createTestDatabase } from './database';
import { Harness } from './harness';
import { ledgerOf } from './venue-ledger';
import type { LedgerEntry } from './venue-ledger';

/** Where the clock of an account begins, and its speed: 1 unless told, which in a test is as good as standing. */
export interface ReplayClock {
  readonly start: string;
  readonly speed?: number;
}

/** Paper accounts that trade the recorded prices, each with a market clock of its own that a test can move on. */
export class ReplayStage {
  private working: { stop: () => Promise<void> } | undefined;

  private constructor(
    readonly harness: Harness,
    private readonly drop: () => Promise<void>,
  ) {}

  /** One account for each clock, named as the clock is, with workers. */
  static async open(clocks: Readonly<Record<string, ReplayClock>>): Promise<ReplayStage> {
    const database = await createTestDatabase();
    const harness = await Harness.open({
      databaseUrl: database.url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    for (const [name, { start, speed = 1 }] of Object.entries(clocks)) {
      const account = { name, currency: 'USD', openingCash: d('100000'), policy: DEFAULT_RISK_POLICY };
      await transaction(harness.database, (client) =>
        ensurePaperAccount(client, account, { kind: 'replay', start: instant(millisOf(start)), speed }),
      );
    }
    const stage = new ReplayStage(harness, () => database.drop());
    await stage.startWorkers();
    return stage;
  }

  async startWorkers(): Promise<void> {
    this.working = await this.harness.work();
  }

  /** Ends every worker; the accounts' clocks stop with their watchers. */
  async stopWorkers(): Promise<void> {
    await this.working?.stop();
  }

  /** Starts a long trade of two units of the index at market, to wait for the open, with a validity as the API gives it. */
  async start(account: string, spec: Partial<TradeSpec> = {}): Promise<string> {
    const validUntil = defaultValidUntil(calendarOf('NYSE'), await this.now(account));
    return this.harness.accept(`trade-${Math.random().toString(36).slice(2, 8)}`, {
      account,
      instrument: 'US500',
      strategy: 'manual',
      whenClosed: 'wait',
      maxQuantity: d('2'),
      ...(spec.strategy === undefined ? { direction: 'long' } : {}),
      ...(validUntil === undefined ? {} : { validUntil: instant(validUntil) }),
      ...spec,
    });
  }

  /** Market time of an account. */
  async now(account: string): Promise<EpochMillis> {
    const { rows } = await this.harness.database.query<{ now: Instant }>('SELECT iso(market_now($1)) AS now', [
      account,
    ]);
    return millisOf(rows[0]?.now ?? '');
  }

  /** Moves the clock of an account on, as if the time had passed, and wakes its trades as its watcher would. */
  async moveClock(account: string, to: string): Promise<void> {
    await this.harness.database.query(
      'UPDATE account_clocks SET market_time = $2, real_time = clock_timestamp() WHERE account = $1',
      [account, to],
    );
    for (const trade of await this.harness.trades.openTrades()) {
      if (trade.account === account) await this.harness.handle(trade.tradeId).signal(orderEventSignal);
    }
  }

  until(tradeId: string, what: string, holds: (facts: StoredFacts) => boolean): Promise<StoredFacts> {
    return this.harness.untilFacts(tradeId, what, holds);
  }

  /** Waits until the trade holds a position with a stop at the venue. */
  guarded(tradeId: string): Promise<StoredFacts> {
    return this.until(tradeId, 'guarded', ({ phase, orders }) => {
      return phase === 'managing' && orders.some((o) => o.leg === 'stop' && o.state === 'open');
    });
  }

  ended(tradeId: string): Promise<StoredFacts> {
    return this.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
  }

  /** What the venue itself has of a trade's orders, oldest first. */
  ledger(tradeId: string): Promise<readonly LedgerEntry[]> {
    return ledgerOf(this.harness.database, tradeId);
  }

  async close(): Promise<void> {
    await this.harness.close();
    await this.drop();
  }
}
