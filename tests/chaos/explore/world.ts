import type { Client } from 'pg';
import { clientOrderId, intentId } from '../../../activities/execution/client-order-id';
import type { Queryable } from '../../../database/pool';
import type { ClientOrderId } from '../../../domain/order/order';
import { text, dec } from '../../../domain/money/decimal';
import type { WantedOrder } from '../../../domain/trade/step';
import { tick } from '../../support/controlled-clock';
import type { Look } from './controlled-database';
import type { Run, WorkerName } from './run';
import type { Scenario } from './step';
import { PRICE, Venue } from './venue';

/** Connections of one explorer: one to look and set up with, and one of each worker's own. */
export interface Lab {
  readonly control: Client;
  readonly workers: Readonly<Record<WorkerName, Client>>;
}

export const VALIDITY_MS = 2_000;
export const RETENTION_MS = 30_000;
export const SKEW_MS = 80;
const INSTALLATION = 'explorer';
/** The database's clock begins here in every interleaving; epoch milliseconds. */
const BEGIN = Date.UTC(2026, 0, 5, 15);

/** A halt as its commit made it. */
export interface Halt {
  readonly scope: string;
  readonly at: number;
  readonly mode: string;
  readonly flatten: boolean;
  releasedAt: number | undefined;
}

/** An intent that was begun: the order is the same in each attempt. */
export interface Intent {
  readonly label: string;
  readonly trade: number;
  readonly id: ClientOrderId;
  readonly order: Omit<WantedOrder, 'attempt'>;
}

/** Everything of one interleaving: what the venue knows in truth, what the workers do, and what the database says. */
export class World {
  readonly beginning = BEGIN;
  now = BEGIN;
  /** Counts the database's answers: the order in which things were committed. */
  moment = 0;
  readonly venue: Venue;
  readonly runs = new Map<WorkerName, Run>();
  readonly intents = new Map<string, Intent>();
  readonly halts: Halt[] = [];
  /** By client order id: when the intent was given up first, and what was answered about the past. */
  readonly closed = new Map<string, { readonly at: number; readonly sent: string }>();
  tokens = 0;

  private constructor(
    readonly lab: Lab,
    readonly scenario: Scenario,
    readonly account: string,
    public look: Look,
  ) {
    const timings = {
      validityWindow: VALIDITY_MS,
      readLag: scenario.readLag,
      retention: RETENTION_MS,
      clockSkew: SKEW_MS,
      pollEvery: 0,
    };
    this.venue = new Venue(timings, scenario.skew);
  }

  /** An account of its own with its trades accepted and approved, and every halt released. */
  static async open(lab: Lab, scenario: Scenario, account: string): Promise<World> {
    const { rows } = await lab.control.query<{ look: Look }>(setup(scenario, account)).then(lastResult);
    const look = rows[0]?.look;
    if (look === undefined) throw new Error('the account was not set up');
    return new World(lab, scenario, account, look);
  }

  tradeId(trade: number): string {
    return tradeId(this.account, trade);
  }

  /** The intent of a label, made when it is first named; undefined for a label that names none. */
  intent(label: string, quantity?: number): Intent | undefined {
    const known = this.intents.get(label);
    const [, number, leg, revision] = /^t(\d)\/([a-z0-9-]+)\/(\d+)$/.exec(label) ?? [];
    const plan = this.scenario.trades[Number(number)];
    if (known !== undefined || quantity === undefined || plan === undefined || leg === undefined) return known;
    const entry = leg === 'entry';
    const order: Intent['order'] = {
      leg,
      revision: Number(revision),
      side: (plan.direction === 'long') === entry ? 'buy' : 'sell',
      quantity: text(dec(quantity)),
      terms: leg.startsWith('stop') ? { type: 'stop', stopPrice: text(dec(PRICE)) } : { type: 'market' },
      timeInForce: 'GTC',
    };
    const id = orderId(this.account, Number(number), leg, Number(revision));
    const made = { label, trade: Number(number), id, order };
    this.intents.set(label, made);
    return made;
  }

  /** Attempts that the journal has of an intent, by their states. */
  attempts(id: string): readonly string[] {
    return this.look.orders.find((order) => order.id === id)?.attempts ?? [];
  }

  /** Keeps what a call answered that the rules are judged by. */
  readonly observed = (run: Run, name: string, values: readonly unknown[], row: Record<string, unknown>): void => {
    this.moment += 1;
    const { answer, look } = row as { answer?: Record<string, unknown> | number | null; look?: Look };
    if (look !== undefined) this.look = look;
    if (name === 'engage_halt') this.noteHalt(values);
    if (name === 'release_halt') this.noteRelease(values);
    if (typeof answer !== 'object' || answer === null) return;
    if (answer['result'] === 'go' || answer['ok'] === true) run.permittedAt = this.moment;
    if (name === 'close_intent') this.noteClosed(values, answer);
  };

  /** A further halt of a scope never weakens the one that stands there. */
  private noteHalt([scope, mode, flatten]: readonly unknown[]): void {
    const standing = this.halts.find((halt) => halt.scope === scope && halt.releasedAt === undefined);
    this.noteRelease([scope]);
    this.halts.push({
      scope: String(scope),
      at: this.moment,
      mode: standing?.mode === 'halt-all' ? 'halt-all' : String(mode),
      flatten: flatten === true || standing?.flatten === true,
      releasedAt: undefined,
    });
  }

  private noteRelease([scope]: readonly unknown[]): void {
    for (const halt of this.halts) if (halt.scope === scope) halt.releasedAt ??= this.moment;
  }

  private noteClosed([document]: readonly unknown[], answer: Record<string, unknown>): void {
    const { clientOrderId: id } = JSON.parse(String(document)) as { clientOrderId: string };
    if (!this.closed.has(id)) this.closed.set(id, { at: this.moment, sent: String(answer['sent']) });
  }
}

/** The scopes of a halt that concern a trade. */
export function scopesOf(world: World, trade: number): readonly string[] {
  const instrument = world.scenario.trades[trade]?.instrument ?? '';
  return ['global', `account:${world.account}`, 'strategy:manual', `instrument:${instrument}`];
}

/** Limits and reference price that an approval is stored with; the buying power is what the account's positions leave. */
export async function approve(database: Queryable, world: World, trade: number): Promise<void> {
  const { buyingPower } = world.scenario.limits;
  const held = world.look.trades.reduce((sum, { position }) => sum + Math.abs(position), 0) * PRICE;
  const approval = approvalOf(world.scenario, world.account, trade, Math.max(0, buyingPower - held));
  await database.query('SELECT approve_and_read($1, $2, $3) AS facts', [
    world.tradeId(trade),
    JSON.stringify(approval),
    JSON.stringify({ direction: world.scenario.trades[trade]?.direction }),
  ]);
}

function approvalOf(scenario: Scenario, account: string, trade: number, buyingPower: number): object {
  const quantity = scenario.trades[trade]?.quantity ?? 0;
  return {
    clientOrderId: orderId(account, trade, 'entry', 1),
    maxQuantity: String(quantity),
    maxNotional: String(quantity * PRICE),
    referencePrice: String(PRICE),
    limits: { ...scenario.limits, buyingPower },
    lifetimeMs: 60_000,
  };
}

function orderId(account: string, trade: number, leg: string, revision: number): ClientOrderId {
  return clientOrderId(INSTALLATION, 'model', account, intentId(tradeId(account, trade), leg, revision));
}

function tradeId(account: string, trade: number): string {
  return `${account}:t${trade}`;
}

/** One text of statements, for one round trip. Nothing in it comes from outside. */
function setup(scenario: Scenario, account: string): string {
  const json = (value: object): string => `'${JSON.stringify(value)}'`;
  const trades = scenario.trades.map(({ instrument, direction }, trade) => {
    const accepted = {
      account,
      key: `t${trade}`,
      strategy: 'manual',
      instrument,
      spec: {},
      fingerprint: 'f',
      createdBy: 'explorer',
      direction,
    };
    const approval = approvalOf(scenario, account, trade, scenario.limits.buyingPower);
    return `SELECT accept_trade(${json(accepted)});
      SELECT approve_and_read('${tradeId(account, trade)}', ${json(approval)}, ${json({ direction })});`;
  });
  return `SELECT ${tick(BEGIN)};
    UPDATE kill_switch SET engaged = false, flatten = false WHERE engaged;
    INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy)
    VALUES ('${account}', 'model', 'paper', 'USD', 100000, '{}');
    INSERT INTO account_clocks (account, kind, speed, market_time) VALUES ('${account}', 'replay', 60, clock_timestamp());
    ${trades.join('\n')}
    SELECT controlled.look('${account}') AS look`;
}

/** A text of several statements answers one result for each. */
function lastResult<Result>(results: Result): Result {
  return Array.isArray(results) ? ((results as Result[]).at(-1) ?? results) : results;
}
