import type { Database } from '../database/pool';
import { readReferences } from '../database/registry-accounts';
import { applyPolicy, readPolicy, releaseLock, verdictsOf } from '../database/risk';
import type { RiskIntent } from '../domain/risk/intent';
import type { RiskVerdict } from '../domain/risk/verdict';
import { requireAccount } from './accounts';
import type { RiskCheckBody } from './contract/risk';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';
import type { RiskCommands } from './risk-commands';
import { checkReferences, termsOf } from './trade-request';
import { requireTrade } from './trades';

/** What the routes of risk need. */
export interface RiskRoutes {
  readonly database: Database;
  readonly commands: RiskCommands;
  /** Names of the strategies besides `manual`. */
  readonly strategies: readonly string[];
}

/** Mounts checks, the policy, locks, and the verdicts of trades. */
export function mountRisk(gate: Gate, { database, commands, strategies }: RiskRoutes): void {
  mount(gate, ROUTES.checkRisk, async ({ body, audit }) => {
    audit({ account: body.account, instrument: body.instrument, direction: body.direction });
    checkReferences(body, await readReferences(database, body.account, body.instrument), strategies);
    const found = await commands.check(intentOf(body));
    if (found.kind === 'verdict') return answer(200, verdictView(found.verdict));
    throw new ApiProblem('temporal_unavailable', 'No worker answered in time; nothing was stored.');
  });
  mount(gate, ROUTES.measureRisk, async ({ params: { name } }) => {
    await requireAccount(database, name);
    const found = await commands.measure(name);
    if (found.kind === 'unreachable') throw new ApiProblem('temporal_unavailable', 'No worker answered in time.');
    const { tails, positions, stress, ...head } = found.risk;
    return answer(200, { ...head, tails: [...tails], positions: [...positions], stress: [...stress] });
  });
  mount(gate, ROUTES.showRisk, async () => {
    const { applied, document, accounts, locks } = await readPolicy(database);
    return answer(200, {
      applied,
      document: { ...document },
      accounts: accounts.map(({ account, limits }) => ({ account, limits: { ...limits } })),
      locks: [...locks],
    });
  });
  mount(gate, ROUTES.applyRisk, async ({ body, caller, audit }) => {
    const applied = await applyPolicy(database, body, caller.actor);
    audit({ ...applied });
    return answer(200, { ...applied, changed: [...applied.changed] });
  });
  mount(gate, ROUTES.releaseLock, async ({ params, caller, audit }) => {
    audit({ lock: params.id });
    const released = await releaseLock(database, Number(params.id), caller.actor);
    if (released === undefined) throw notFound('lock');
    return answer(200, released);
  });
  mount(gate, ROUTES.showVerdicts, async ({ params }) => {
    await requireTrade(database, params.id);
    const items = await verdictsOf(database, params.id);
    return answer(200, {
      items: items.map(({ verdict, ...row }) => ({ ...row, verdict: verdictView(verdict) })),
      nextCursor: null,
    });
  });
}

function intentOf(body: RiskCheckBody): RiskIntent {
  const { takeProfitPrice, maxQuantity, maxNotional, extendedHours, stopDistance, stopPrice } = body;
  return {
    account: body.account,
    instrument: body.instrument,
    strategy: body.strategy,
    direction: body.direction,
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(stopDistance === undefined ? {} : { stopDistance }),
    entry: termsOf(body.entry ?? { type: 'market' }),
    ...(takeProfitPrice === undefined ? {} : { takeProfitPrice }),
    ...(maxQuantity === undefined ? {} : { maxQuantity }),
    ...(maxNotional === undefined ? {} : { maxNotional }),
    ...(extendedHours === undefined ? {} : { extendedHours }),
  };
}

function verdictView(verdict: RiskVerdict) {
  return {
    ...verdict,
    detail: { ...verdict.detail },
    warnings: [...verdict.warnings],
    headRoom: [...verdict.headRoom],
    limits: { ...verdict.limits },
    inputs: { ...verdict.inputs },
    checks: verdict.checks.map(({ values, ...check }) => ({ ...check, values: { ...values } })),
  };
}
