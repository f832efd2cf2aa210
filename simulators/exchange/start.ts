import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { DEFAULT_COSTS } from '../../domain/matching/matching-rules';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { syntheticSource } from '../../domain/matching/synthetic-source';
import { decimalString as d } from '../../domain/money/decimal';
import { BinanceFront } from './binance/front';
import { BybitFront } from './bybit/front';
import { CoinbaseFront } from './coinbase/front';
import { FaultPlan } from './faults';
import type { VenueFront } from './front';
import { KlineBook } from './klines';
import { KrakenFront } from './kraken/front';
import { SimLedger } from './ledger';
import type { IdRule, SimAccount, SimListing } from './ledger';
import { OkxFront } from './okx/front';
import { serve } from './server';
import type { Simulator } from './server';
import { WrittenTape } from './tape';

/** What differs between venues beyond their words. */
interface VenueFacts {
  readonly front: (ledger: SimLedger, klines: KlineBook) => VenueFront;
  readonly idRule: IdRule;
  /** How long an order that ended without a fill is shown. */
  readonly retention: Millis;
  /** Fees are taken in what a buy receives, or always in quote currency. */
  readonly feeAsset: MatchingRules['feeAsset'];
  readonly quoteAsset: string;
  /** True where a post-only order that would take is accepted first and ended then. */
  readonly makersEndLater?: boolean;
}

const HOUR = 3_600_000;

const VENUES = {
  binance: {
    front: (ledger, klines) => new BinanceFront(ledger, klines),
    idRule: 'unique-among-open',
    retention: 90 * 24 * HOUR,
    feeAsset: 'received',
    quoteAsset: 'USDT',
  },
  okx: {
    front: (ledger, klines) => new OkxFront(ledger, klines),
    idRule: 'unique-among-open',
    retention: 2 * HOUR,
    feeAsset: 'received',
    quoteAsset: 'USDT',
    makersEndLater: true,
  },
  bybit: {
    front: (ledger, klines) => new BybitFront(ledger, klines),
    idRule: 'unique-for-ever',
    retention: 24 * HOUR,
    feeAsset: 'received',
    quoteAsset: 'USDT',
    makersEndLater: true,
  },
  coinbase: {
    front: (ledger, klines) => new CoinbaseFront(ledger, klines),
    idRule: 'replayed',
    retention: 30 * 24 * HOUR,
    feeAsset: 'quote',
    quoteAsset: 'USD',
  },
  kraken: {
    front: (ledger, klines) => new KrakenFront(ledger, klines),
    idRule: 'unique-among-open',
    retention: 30 * 24 * HOUR,
    feeAsset: 'quote',
    quoteAsset: 'USD',
  },
} as const satisfies Readonly<Record<string, VenueFacts>>;

export type SimulatedVenue = keyof typeof VENUES;
export const SIMULATED_VENUES = Object.keys(VENUES) as readonly SimulatedVenue[];

export interface SimulatorOptions {
  readonly venue: SimulatedVenue;
  /** 0 takes a free port. */
  readonly port: number;
  readonly accounts: readonly SimAccount[];
  /** `made-up` prices swing around 100 for ever; `written` ones change only when somebody writes a trade. */
  readonly prices: 'made-up' | 'written';
  /** Basis points of half the spread, of slippage and of the fee; the usual ones unless told. */
  readonly costs?: Partial<
    Pick<MatchingRules, 'halfSpreadBps' | 'slippageBps' | 'takerFeeRate' | 'makerFeeRate' | 'volumeShare'>
  >;
  readonly readLag?: Millis;
  /** Venue clock less ours. */
  readonly skew?: Millis;
  /** Number of the first order, of at most twelve digits: a venue that starts anew must not give an old one again. */
  readonly firstId?: number;
}

/** The assets against which a simulated venue trades its quote currency. */
const BASES = ['BTC', 'ETH'] as const;

/** Instruments of a simulated venue, such as `BTC/USDT`: tick and lot 0.01, at least one unit of quote currency. */
export function simulatedInstruments(venue: SimulatedVenue): readonly string[] {
  return BASES.map((base) => `${base}/${VENUES[venue].quoteAsset}`);
}

/** Starts a simulated exchange on loopback. @throws when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const facts: VenueFacts = VENUES[options.venue];
  const now = (): EpochMillis => Date.now() + (options.skew ?? 0);
  const tapes = new Map<string, WrittenTape>();
  const listings = simulatedInstruments(options.venue).map((id): SimListing => {
    const instrument = instrumentOf(id);
    const rules: MatchingRules = {
      ...DEFAULT_COSTS,
      ...options.costs,
      feeAsset: facts.feeAsset,
      ...{
        baseAsset: instrument.baseAsset,
        quoteAsset: instrument.quoteAsset,
        tick: instrument.tick,
        lot: instrument.lot,
      },
    };
    if (options.prices === 'made-up') return { instrument, rules, source: syntheticSource({ seed: id }) };
    const tape = new WrittenTape();
    tape.print(now() - 1_000, 100, 1_000_000);
    tapes.set(id, tape);
    return { instrument, rules, source: tape };
  });
  const ledger = new SimLedger({
    listings,
    accounts: options.accounts,
    idRule: facts.idRule,
    now,
    readLag: options.readLag ?? 0,
    retention: facts.retention,
    makersEndLater: facts.makersEndLater ?? false,
    ...(options.firstId === undefined ? {} : { firstId: options.firstId }),
  });
  const klines = new KlineBook(now);
  const front = facts.front(ledger, klines);
  return serve({ ledger, klines, faults: new FaultPlan(), front, tapes, port: options.port });
}

function instrumentOf(id: string): Instrument {
  const [baseAsset = id, quoteAsset = 'USD'] = id.split('/');
  return {
    id,
    description: `${id}, simulated`,
    calendar: 'ALWAYS',
    baseAsset,
    quoteAsset,
    tick: d('0.01'),
    lot: d('0.01'),
    minQuantity: d('0.01'),
    minNotional: d('1'),
    maxBaseFeeRate: d('0.001'),
  };
}
