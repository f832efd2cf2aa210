import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { DEFAULT_COSTS } from '../../domain/matching/matching-rules';
import type { MatchingRules } from '../../domain/matching/matching-rules';
import { decimalString } from '../../domain/money/decimal';
import type { PrintSource } from '../../domain/matching/print';
import { WrittenTape } from '../exchange/tape';
import { ACCOUNT_HANDLERS } from './account-desk';
import { contractsAt } from './contracts';
import type { SimContract } from './contracts';
import type { Desk, ErrorCodes, Handlers } from './desk';
import { IbFaultPlan } from './faults';
import { HISTORY_HANDLERS } from './history-desk';
import { IbLedger } from './ledger';
import type { IbAccount } from './ledger';
import { calendarFor, inHours, madeUpPrices } from './market';
import type { SimHours, SimMarket } from './market';
import type { IbOrder } from './order';
import { meet } from './meet';
import { ORDER_HANDLERS } from './order-desk';
import { OrderIds } from './order-ids';
import { tellOrders } from './order-news';
import { HistoryPacing } from './pacing';
import { QUERY_HANDLERS } from './query-desk';
import { DATA_KEY, QUOTE_HANDLERS } from './quotes-desk';
import type { Entitlement } from './quotes-desk';
import { IbSession } from './session';
import type { FromClient } from './wire/from-client';

/**
 * A stand-in for TWS or IB Gateway, by its socket protocol, server version 193. To start it, and to point a client at it:
 *
 *     const simulator = await IbSimulator.start({ port: 0, accounts: [{ code: 'DU1234567', cash: '1000000' }] });
 *     const api = new IBApi({ host: '127.0.0.1', port: simulator.port, clientId: 1 });
 *     simulator.faults.script({ on: 'order', kind: 'lose' });   // what goes wrong: `faults.ts`
 *     simulator.ledger.orders; simulator.ledger.fills;          // what the broker ever accepted: the judge
 *     await simulator.close();
 *
 * Contracts: AAPL (three listings, so the symbol alone is ambiguous), BAND (price bands), and two quarterly futures each of
 * ES and MES; `simulator.contracts` lists them. Prices are made up around 100 and 5000, or, with `prices: 'written'`, those
 * that a test writes: `simulator.tapes.get(conId)?.print(at, price, volume)`.
 */
export interface IbSimulatorOptions {
  /** 0 takes a free port. Only loopback is listened on. */
  readonly port: number;
  readonly accounts: readonly IbAccount[];
  /** The broker's clock; this machine's unless told. */
  readonly now?: () => EpochMillis;
  /** Another seed gives other made-up prices. */
  readonly seed?: string;
  readonly prices?: 'made-up' | 'written';
  /** `always` open unless told. */
  readonly hours?: SimHours;
  readonly costs?: Partial<Pick<MatchingRules, 'halfSpreadBps' | 'slippageBps' | 'volumeShare'>>;
  /** True unless told. */
  readonly commissions?: boolean;
  readonly readLag?: Millis;
  /** `permId` of the first order; a broker that starts anew must not give an old one again. */
  readonly firstPermId?: number;
  /** Error numbers of cancels: 10147 and 10148, or the `classic` 135 and 161. */
  readonly codes?: ErrorCodes;
  /** A client that hears of every order. */
  readonly masterClientId?: number;
  /** `live` unless told. */
  readonly entitlement?: Entitlement;
}

const ZERO_RATE = decimalString('0');
const LOOPBACK = '127.0.0.1';
const FIRST_PERM_ID = 1_000_000_001;
/** Price and volume of the first print of a written tape, just before the start. */
const FIRST_PRINT = { before: 1_000, volume: 1_000_000 };
/** How often orders meet the tape, and subscriptions show what is new, when nobody asks. */
const TICK_MS = 100;

const HANDLERS: Handlers = {
  ...{ ...ORDER_HANDLERS, ...QUERY_HANDLERS, ...ACCOUNT_HANDLERS },
  ...{ ...QUOTE_HANDLERS, ...HISTORY_HANDLERS },
};

/** Farms that a client is told of when it connects. */
const GREETINGS: readonly (readonly [code: number, message: string])[] = [
  [2104, 'Market data farm connection is OK:usfarm'],
  [2106, 'HMDS data farm connection is OK:ushmds'],
  [2158, 'Sec-def data farm connection is OK:secdefil'],
];

export class IbSimulator {
  readonly ledger: IbLedger;
  readonly faults = new IbFaultPlan();
  readonly contracts: readonly SimContract[];
  /** The tapes that are written by hand, by conId. */
  readonly tapes = new Map<number, WrittenTape>();
  private readonly desk: Desk;
  private readonly ids = new OrderIds();
  private readonly sessions = new Set<IbSession>();
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly server: Server;
  private readonly quiet: () => void;
  private readonly ticking: NodeJS.Timeout;
  private cutOff = false;
  private refusing = false;

  /** Starts a simulator on loopback. @throws when the port is taken. */
  static async start(options: IbSimulatorOptions): Promise<IbSimulator> {
    const simulator = new IbSimulator(options);
    await new Promise<void>((resolve, reject) => {
      simulator.server.once('error', reject);
      simulator.server.listen(options.port, LOOPBACK, resolve);
    });
    return simulator;
  }

  private constructor(private readonly options: IbSimulatorOptions) {
    const now = options.now ?? Date.now;
    this.contracts = contractsAt(now());
    this.ledger = new IbLedger({
      markets: this.contracts.map((contract) => this.marketOf(contract, now())),
      accounts: options.accounts,
      now,
      readLag: options.readLag ?? 0,
      firstPermId: options.firstPermId ?? FIRST_PERM_ID,
      commissions: options.commissions ?? true,
    });
    this.desk = {
      ...{ ledger: this.ledger, faults: this.faults, ids: this.ids, contracts: this.contracts, now },
      ...{ accounts: options.accounts.map(({ code }) => code), codes: options.codes ?? 'current' },
      ...{ entitlement: options.entitlement ?? 'live', pacing: new HistoryPacing() },
      ...{ later: (ms, act) => this.later(ms, act), isCutOff: () => this.cutOff, messages: new Map() },
    };
    this.quiet = tellOrders(this.desk, (order) => this.sessionsOf(order));
    this.ticking = setInterval(() => {
      this.ledger.advance();
      for (const session of this.sessions) session.refresh();
    }, TICK_MS);
    this.ticking.unref();
    this.server = createServer((socket) => this.accept(socket));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Clients that are connected now. */
  get clientIds(): readonly number[] {
    return [...this.sessions].flatMap(({ clientId }) => (clientId === undefined ? [] : [clientId]));
  }

  /** Breaks every connection; with `refuse` no new one is let in until it is called without. */
  breakConnections(refuse = false): void {
    this.refusing = refuse;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Connections of a client, or of all, stay open and say and hear nothing any more. */
  mute(clientId?: number): void {
    for (const session of this.sessions) if (clientId === undefined || session.clientId === clientId) session.mute();
  }

  /** The broker forgets the last order ids of a client, and gives them out again. */
  rollBackIds(clientId: number, count: number): void {
    this.ids.rollBack(clientId, count);
  }

  /**
   * 1100: the broker is not reached; orders wait, and what fills is told to nobody. 1101: it is reached again, and market
   * data must be subscribed anew. 1102: it is reached again, and market data goes on.
   */
  connectivity(code: 1100 | 1101 | 1102): void {
    this.cutOff = code === 1100;
    for (const session of this.sessions) {
      session.error(-1, code, CONNECTIVITY[code]);
      if (code === 1101) session.unsubscribeAll(DATA_KEY);
    }
    if (code !== 1100) this.ledger.release();
  }

  /** The daily restart: everybody is thrown out and stays out for a while; order ids may roll back. */
  restart({ downMs, rollBack = 0 }: { readonly downMs: Millis; readonly rollBack?: number }): void {
    this.breakConnections(true);
    if (rollBack > 0) this.ids.rollAllBack(rollBack);
    this.later(downMs, () => {
      this.refusing = false;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.ticking);
    for (const timer of this.timers) clearTimeout(timer);
    this.quiet();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: Socket): void {
    if (this.refusing) {
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    new IbSession(socket, {
      now: this.desk.now,
      admit: (one) => this.admit(one),
      handle: (one, request) => this.handle(one, request),
      closed: (one) => {
        this.sessions.delete(one);
        this.sockets.delete(socket);
      },
    });
  }

  /** A client has said its id: one of each may be connected. */
  private admit(session: IbSession): void {
    const { clientId = 0 } = session;
    const fault = this.faults.next('connect', String(clientId));
    if (fault?.kind === 'roll-back') this.ids.rollBack(clientId, fault.count);
    const taken = [...this.sessions].some((other) => other.clientId === clientId);
    if (taken || fault?.kind === 'in-use') {
      session.error(-1, 326, 'Unable to connect as the client id is already in use. Retry with a unique client id.');
      session.hangUp();
      return;
    }
    this.sessions.add(session);
    meet(this.desk, session, fault, () => {
      session.send('managedAccounts', { accounts: this.desk.accounts.join(',') });
      session.send('nextValidId', { orderId: this.ids.next(clientId) });
      for (const [code, message] of GREETINGS) session.error(-1, code, message);
      if (this.cutOff) session.error(-1, 1100, CONNECTIVITY[1100]);
    });
  }

  private handle(session: IbSession, request: FromClient): void {
    const handler = HANDLERS[request.name] as ((desk: Desk, session: IbSession, values: object) => void) | undefined;
    handler?.(this.desk, session, request.values);
  }

  private sessionsOf(order: IbOrder): readonly IbSession[] {
    const { masterClientId } = this.options;
    return [...this.sessions].filter(
      ({ clientId }) => clientId === order.clientId || (masterClientId !== undefined && clientId === masterClientId),
    );
  }

  private later(ms: Millis, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  private marketOf(contract: SimContract, now: EpochMillis): SimMarket {
    const { costs, hours = 'always', seed = 'ib' } = this.options;
    const calendar = calendarFor(contract, hours);
    const source = this.sourceOf(contract, now, seed);
    const regular = inHours(source, calendar, 'regular');
    const extended = inHours(source, calendar, 'extended');
    return {
      ...{ contract, calendar },
      rules: {
        ...{ ...DEFAULT_COSTS, ...costs, takerFeeRate: ZERO_RATE, makerFeeRate: ZERO_RATE },
        ...{ baseAsset: contract.symbol, quoteAsset: contract.currency },
        ...{ tick: decimalString(contract.minTick), lot: decimalString('1') },
      },
      tape: (which) => (which === 'regular' ? regular : extended),
    };
  }

  private sourceOf(contract: SimContract, now: EpochMillis, seed: string): PrintSource {
    if (this.options.prices !== 'written') return madeUpPrices(contract, `${seed} ${contract.conId}`);
    const tape = new WrittenTape();
    tape.print(now - FIRST_PRINT.before, contract.centre, FIRST_PRINT.volume);
    this.tapes.set(contract.conId, tape);
    return tape;
  }
}

const CONNECTIVITY = {
  1100: 'Connectivity between IB and Trader Workstation has been lost.',
  1101: 'Connectivity between IB and Trader Workstation has been restored - data lost.',
  1102: 'Connectivity between IB and Trader Workstation has been restored - data maintained.',
} as const;
