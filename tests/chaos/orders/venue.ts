import type { Child } from './child';
import type { ExchangeAccount, LedgerOrder, RunningVenue, VenueSetup } from './messages';
import { accountOf, LAG_MARGIN, LAGS, ORDER_DEADLINE, windowOf } from './plan';
import type { IntentPlan, Lag } from './plan';
import type { SimulatedVenue } from '../../../simulators/exchange/start';

/** Who sends the intents; each has accounts of its own. */
export const CONTENDERS = ['ours', 'blind', 'look-up', 'limit'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** What the ledger of a venue holds of a run. */
export interface LedgerRecord {
  readonly orders: readonly LedgerOrder[];
  /** Client order ids whose requests were hit by a fault, one for each request. */
  readonly matched: readonly string[];
}

/** One venue of a run: a simulator for each read lag, reached as everybody else reaches it. */
export class ChaosVenue {
  private constructor(
    readonly venue: SimulatedVenue,
    private readonly byLag: ReadonlyMap<Lag, RunningVenue>,
    readonly accounts: ReadonlyMap<string, ExchangeAccount>,
  ) {}

  static async start(
    outside: Child,
    venue: SimulatedVenue,
    plans: ReadonlyMap<Contender, readonly IntentPlan[]>,
  ): Promise<ChaosVenue> {
    const names = (lag: Lag): string[] => [
      ...new Set(
        [...plans].flatMap(([contender, own]) =>
          own.filter((plan) => plan.lag === lag).map((plan) => accountOf(`${venue}-${contender}`, plan)),
        ),
      ),
    ];
    const setups = LAGS.map((lag): VenueSetup => ({ venue, readLag: lag, accounts: names(lag) }));
    const running = await outside.ask<readonly RunningVenue[]>({ setups });
    const byLag = new Map(LAGS.map((lag, index) => [lag, running[index]] as const).filter(isRunning));
    const accounts = [...byLag].flatMap(([lag, one]) =>
      Object.entries(one.credentials).map(([account, credentials]): [string, ExchangeAccount] => [
        account,
        {
          ...{ account, venue, baseUrl: one.url, streamUrl: one.streamUrl, instrument: one.instrument, credentials },
          timings: { validityWindow: windowOf(venue), readLag: lag + LAG_MARGIN, pollEvery: 200 },
          orderDeadline: ORDER_DEADLINE,
        },
      ]),
    );
    return new ChaosVenue(venue, byLag, new Map(accounts));
  }

  /** True where an id that was used is answered with its first order. */
  get replaysIds(): boolean {
    return [...this.byLag.values()].some(({ idRule }) => idRule === 'replayed');
  }

  accountOf(contender: Contender, plan: IntentPlan): ExchangeAccount {
    const account = this.accounts.get(accountOf(`${this.venue}-${contender}`, plan));
    if (account === undefined) throw new Error(`no account for intent ${plan.index} of ${contender}`);
    return account;
  }

  /** Arms the faults of one intent, by its id. */
  async arm(plan: IntentPlan, clientOrderId: string): Promise<void> {
    for (const { kind, ms } of plan.faults)
      await this.tell(plan.lag, 'faults', { on: 'order', kind, ms, status: 503, matching: clientOrderId });
    if (plan.queryFails)
      await this.tell(plan.lag, 'faults', { on: 'query', kind: 'answer', status: 502, matching: clientOrderId });
    if (plan.hiddenMs > 0) await this.tell(plan.lag, 'hide', { clientOrderId, ms: plan.hiddenMs });
  }

  /** The ledgers of all lags. */
  async ledger(): Promise<LedgerRecord> {
    const records = await Promise.all(
      [...this.byLag.values()].map(
        async ({ url }) => (await fetch(`${url}/sim/ledger`)).json() as Promise<LedgerRecord>,
      ),
    );
    return { orders: records.flatMap(({ orders }) => orders), matched: records.flatMap(({ matched }) => matched) };
  }

  private async tell(lag: Lag, what: 'faults' | 'hide', document: object): Promise<void> {
    const url = this.byLag.get(lag)?.url ?? '';
    const answer = await fetch(`${url}/sim/${what}`, { method: 'POST', body: JSON.stringify(document) });
    if (!answer.ok) throw new Error(`the simulator refused ${what}: ${await answer.text()}`);
  }
}

function isRunning(entry: readonly [Lag, RunningVenue | undefined]): entry is readonly [Lag, RunningVenue] {
  return entry[1] !== undefined;
}
