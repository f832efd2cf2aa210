import { assertNever } from '../domain/assert-never';
import type { Database } from '../database/pool';
import { acceptDifference, beginReconciliation } from '../database/reconciliations';
import {
  findDifference,
  findReconciliation,
  listDifferences,
  listReconciliations,
} from '../database/registry-reconciliations';
import type { DifferenceRow, ReconciliationRow } from '../database/registry-reconciliations';
import { requireAccount } from './accounts';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound, RETRY_AFTER_SECONDS } from './problem';
import type { VenueCommands } from './venue-commands';

/** Differences shown with their comparison. */
const MOST_SHOWN = 200;

export interface ReconciliationRoutes {
  readonly database: Database;
  readonly venues: VenueCommands;
}

/** Mounts comparisons of accounts with their venues, and the acceptance of differences. */
export function mountReconciliations(gate: Gate, { database, venues }: ReconciliationRoutes): void {
  mount(gate, ROUTES.reconcile, async ({ params: { name }, caller, audit }) => {
    audit({ account: name });
    await requireAccount(database, name);
    const id = await beginReconciliation(database, name, 'request', caller.actor);
    audit({ account: name, reconciliation: id });
    if (!(await venues.reconcile(name, caller.actor)))
      throw new ApiProblem('temporal_unavailable', 'Temporal did not answer in time.', {}, RETRY_AFTER_SECONDS);
    return answer(202, { ...(await requireReconciliation(database, String(id))) });
  });
  mount(gate, ROUTES.listReconciliations, async ({ query }) => {
    const page = await listReconciliations(database, query.account, pageRequest(query));
    return answer(200, { items: [...page.items], nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showReconciliation, async ({ params }) => {
    const found = await requireReconciliation(database, params.id);
    const { items } = await listDifferences(database, { reconciliation: found.id }, { limit: MOST_SHOWN });
    return answer(200, { ...found, differences: items.map(differenceBody) });
  });
  mount(gate, ROUTES.listDifferences, async ({ query }) => {
    const { account, state } = query;
    const filter = { ...(account === undefined ? {} : { account }), ...(state === undefined ? {} : { state }) };
    const page = await listDifferences(database, filter, pageRequest(query));
    return answer(200, { items: page.items.map(differenceBody), nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showDifference, async ({ params }) => {
    return answer(200, differenceBody(await requireDifference(database, params.id)));
  });
  mount(gate, ROUTES.acceptDifference, async ({ params, body, caller, audit }) => {
    const { account, id, kind, subject } = await requireDifference(database, params.id);
    audit({ difference: id, account, kind, subject, reason: body.reason });
    const { price, reason } = body;
    const wish = { id, actor: caller.actor, reason, ...(price === undefined ? {} : { price }) };
    const accepted = await acceptDifference(database, wish);
    switch (accepted.result) {
      case 'accepted':
        if (accepted.tradeId !== null) await venues.wake(accepted.tradeId);
        return answer(200, differenceBody(await requireDifference(database, params.id)));
      case 'unknown':
        throw notFound('difference');
      case 'not_open':
        throw new ApiProblem('difference_not_open', `The difference is ${accepted.state}.`);
      case 'refused':
        throw new ApiProblem('correction_refused', `The ledger does not take the correction: ${accepted.detail}.`);
      case 'price_required': {
        const message =
          'is required: the venue counts units as filled and shows no fill, so nobody else knows their price';
        throw new ApiProblem('invalid_request', `price ${message}.`, {
          errors: [{ field: 'price', rule: 'required', message }],
        });
      }
      default:
        return assertNever(accepted);
    }
  });
}

async function requireReconciliation(database: Database, id: string): Promise<ReconciliationRow> {
  const found = isNumber(id) ? await findReconciliation(database, Number(id)) : undefined;
  if (found === undefined) throw notFound('reconciliation');
  return found;
}

async function requireDifference(database: Database, id: string): Promise<DifferenceRow> {
  const found = isNumber(id) ? await findDifference(database, Number(id)) : undefined;
  if (found === undefined) throw notFound('difference');
  return found;
}

function isNumber(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}

function differenceBody({ correction, evidence, ...row }: DifferenceRow) {
  const amounts = correction === null ? null : { units: correction.units, amounts: [...correction.amounts] };
  return { ...row, correction: amounts, evidence: { ...evidence } };
}
