import { PaperBroker } from '../../brokers/paper/paper-broker';
import { marketOf } from '../../brokers/paper/paper-market';
import type { PaperMarket } from '../../brokers/paper/paper-market';
import type { StoredFacts } from '../../database/trades';
import type { Instrument } from '../../domain/instrument/instrument';
import { decimalString as d } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import type { RiskPolicy } from '../../domain/risk/policy';
import type { TradeSpec } from '../../domain/trade/spec';
import type { Role } from '../../workers/roles';
import type { Wiring } from '../../workers/wiring';
import { createTestDatabase } from './database';
import { FaultyBroker } from './faulty-broker';
import { COSTS, Harness, uniqueAccount } from './harness';
import type { Parts } from './harness';
import { StepTape } from './step-tape';
import { ledgerOf } from './venue-ledger';
import type { LedgerEntry } from './venue-ledger';

/** So many trades may run side by side on one stage, each in an instrument of its own. */
const INSTRUMENTS = 24;

/** Limits that no trade of a test reaches by accident. */
const WIDE_POLICY: RiskPolicy = {
  ...DEFAULT_RISK_POLICY,
  maxOpenTrades: 100,
  maxOrdersPerMinute: 10_000,
  maxDailyLoss: d('100000'),
  maxPositionNotional: d('1000000'),
  maxDrawdown: null,
  maxVar: null,
};

export interface StageOptions {
  readonly policy?: Partial<RiskPolicy>;
  readonly parts?: Omit<Parts, 'market' | 'broker'>;
  /** The server of the test run unless told. */
  readonly temporalAddress?: string;
  /** All roles unless told. */
  readonly roles?: readonly Role[];
}

/** One trade's place on the stage. */
export interface Scene {
  readonly instrument: string;
  readonly tape: StepTape;
}

/**
 * A paper account on the real clock with workers, whose market the tests write: every scene has an instrument and a
 * tape of its own, which stands at 100 and has plenty of everything. The venue's faults can be forced by instrument.
 */
export class Stage {
  private claimed = 0;

  private constructor(
    readonly harness: Harness,
    readonly broker: FaultyBroker,
    readonly wiring: Wiring,
    private readonly tapes: ReadonlyMap<string, StepTape>,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open({ policy, parts, roles, temporalAddress }: StageOptions = {}): Promise<Stage> {
    const database = await createTestDatabase();
    const account = uniqueAccount();
    const harness = await Harness.open({
      databaseUrl: database.url,
      temporalAddress: temporalAddress ?? process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
      account,
      policy: { ...WIDE_POLICY, ...policy },
    });
    try {
      const tapes = new Map(Array.from({ length: INSTRUMENTS }, (_, n) => [`T${n + 1}`, new StepTape()]));
      const market = await listings(harness, tapes);
      const broker = new FaultyBroker(new PaperBroker({ account, database: harness.database, market, costs: COSTS }));
      const wiring = await harness.wire({ ...parts, market, broker });
      await harness.work(roles, wiring);
      return new Stage(harness, broker, wiring, tapes, () => database.drop());
    } catch (error) {
      await harness.close();
      throw error;
    }
  }

  /** An instrument that no other trade uses. */
  scene(): Scene {
    this.claimed += 1;
    const instrument = `T${this.claimed}`;
    const tape = this.tapes.get(instrument);
    if (tape === undefined) throw new Error(`the stage has only ${INSTRUMENTS} instruments`);
    return { instrument, tape };
  }

  /** Starts a long trade of ten units at market with its stop at 95, or as told. */
  start({ instrument }: Scene, spec: Partial<TradeSpec> = {}): Promise<string> {
    return this.harness.accept(`on-${instrument}-${Math.random().toString(36).slice(2, 8)}`, {
      instrument,
      strategy: 'manual',
      maxQuantity: d('10'),
      ...(spec.strategy === undefined ? { direction: 'long', stopPrice: d('95') } : {}),
      ...spec,
    });
  }

  /** Waits for what the journal says of a trade. @throws when it does not come. */
  until(tradeId: string, what: string, holds: (facts: StoredFacts) => boolean): Promise<StoredFacts> {
    return this.harness.untilFacts(tradeId, what, holds);
  }

  /** Waits for what the venue itself has of a trade. @throws when it does not come. */
  async untilLedger(
    tradeId: string,
    what: string,
    holds: (ledger: readonly LedgerEntry[]) => boolean,
  ): Promise<readonly LedgerEntry[]> {
    let ledger: readonly LedgerEntry[] = [];
    await this.harness.poll(`${tradeId} is not ${what} at the venue`, async () => {
      ledger = await this.ledger(tradeId);
      return holds(ledger);
    });
    return ledger;
  }

  /** Waits until the trade's entry works at the venue. */
  resting(tradeId: string): Promise<StoredFacts> {
    return this.until(tradeId, 'resting', ({ orders }) => orders.some((o) => o.leg === 'entry' && o.state === 'open'));
  }

  /** Waits until the trade holds a position whose every unit has a stop at the venue. */
  protected(tradeId: string): Promise<StoredFacts> {
    return this.until(tradeId, 'protected', ({ phase, orders }) => {
      const entry = orders.find((o) => o.leg === 'entry');
      const stops = orders.filter((o) => o.leg.startsWith('stop') && o.state === 'open');
      const covered = stops.reduce((sum, o) => sum + Number(o.quantity), 0);
      return phase === 'managing' && entry?.state === 'filled' && covered === Number(entry.booked);
    });
  }

  /** Waits for the end. */
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

/** Lists an instrument for each tape, in the registry and at the venue. */
async function listings(harness: Harness, tapes: ReadonlyMap<string, StepTape>): Promise<PaperMarket> {
  await harness.database.query(
    `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
     SELECT id, 'of a test', 'ALWAYS', 'synthetic', id, 'USD', 0.01, 0.01, 0.01, 1 FROM unnest($1::text[]) id`,
    [[...tapes.keys()]],
  );
  const instrument = (id: string): Instrument => ({
    id,
    description: 'of a test',
    calendar: 'ALWAYS',
    baseAsset: id,
    quoteAsset: 'USD',
    tick: d('0.01'),
    lot: d('0.01'),
    minQuantity: d('0.01'),
    minNotional: d('1'),
    maxBaseFeeRate: d('0'),
  });
  return marketOf(
    [...tapes].map(([id, source]) => ({ instrument: instrument(id), source, bars: () => [] })),
    COSTS,
  );
}
