import type { LedgerOrder } from '../messages';
import type { IbPlan } from './plan';
import type { GatewayAccount } from './messages';

/** What the ledger of a gateway holds of a run. */
export interface GatewayRecord {
  readonly orders: readonly LedgerOrder[];
  /** Client order ids whose order messages were hit by a fault, one for each message. */
  readonly matched: readonly string[];
}

/** One simulated gateway of a run, reached as everybody else reaches it. */
export class Gateway {
  constructor(
    readonly account: GatewayAccount,
    private readonly adminUrl: string,
  ) {}

  /** Arms what befalls one intent at the gateway, by its id. */
  async arm(plan: IbPlan, clientOrderId: string): Promise<void> {
    for (const { kind, ms } of plan.faults)
      await this.tell('faults', { on: 'order', kind, ms, matching: clientOrderId });
    if (plan.hiddenMs > 0) await this.tell('hide', { clientOrderId, ms: plan.hiddenMs });
    if (plan.scenario === 'numbers rolled back') {
      const { rollBack: count } = plan;
      await this.tell('roll-back', { clientId: this.account.clientId, count });
      // Whoever comes next, under whatever client id, is offered old numbers.
      await this.tell('faults', { on: 'connect', kind: 'roll-back', count });
    }
  }

  async ledger(): Promise<GatewayRecord> {
    return (await (await fetch(`${this.adminUrl}/sim/ledger`)).json()) as GatewayRecord;
  }

  /** Does what the admin's door calls so. @throws Error when it is refused */
  async tell(what: string, document: object): Promise<void> {
    const answer = await fetch(`${this.adminUrl}/sim/${what}`, { method: 'POST', body: JSON.stringify(document) });
    if (!answer.ok) throw new Error(`the gateway refused ${what}: ${await answer.text()}`);
  }
}
