import { engageHalt, findHalt, listHalts, releaseHalt } from '../database/halts';
import type { Engagement } from '../database/halts';
import { HaltStore } from '../database/halt-progress';
import { readReport } from '../database/halt-report';
import type { Database } from '../database/pool';
import { TripStore } from '../database/trips';
import type { TripRow } from '../database/trips';
import { scopeParts, GLOBAL_SCOPE } from '../domain/halt/halt';
import type { Halt, HaltScope } from '../domain/halt/halt';
import { waitingFor } from '../domain/halt/progress';
import { MANUAL } from '../domain/trade/spec';
import type { TripView } from './contract/halt-views';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Answer, Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound } from './problem';
import type { TradeCommands } from './trade-commands';

/** What the routes of halts need. */
export interface HaltRoutes {
  readonly database: Database;
  readonly commands: TradeCommands;
  /** Names of the strategies besides `manual`. */
  readonly strategies: readonly string[];
  /** False: whoever engaged a halt may not release it. */
  readonly releaseOwnHalts: boolean;
}

/** Mounts engaging, listing, reporting and releasing halts. */
export function mountHalts(gate: Gate, deps: HaltRoutes): void {
  const { database } = deps;
  mount(gate, ROUTES.engageHalt, async ({ body, caller, audit }) => {
    const { scope = GLOBAL_SCOPE, mode = 'reduce-only', flatten = false, everything = false, reason } = body;
    audit({ scope, mode, flatten, everything, reason });
    requireStrategy(scope, deps.strategies);
    const wish = { scope, mode, flatten, everything, source: 'operator', reason, actor: caller.actor } as const;
    const engaged = await engageHalt(database, { ...wish, limited: true });
    return engagedAnswer(deps, engaged);
  });
  mount(gate, ROUTES.listHalts, async ({ query }) => {
    const page = await listHalts(database, pageRequest(query));
    return answer(200, { items: [...page.items], nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showHalt, async ({ params }) => {
    const { epoch } = await requireHalt(database, params.epoch);
    const progress = await new HaltStore(database).progress(epoch);
    return answer(200, { ...progress, accounts: [...progress.accounts], waitsFor: [...waitingFor(progress)] });
  });
  mount(gate, ROUTES.showHaltReport, async ({ params }) => {
    const { epoch } = await requireHalt(database, params.epoch);
    const signed = await readReport(database, epoch);
    if (signed === undefined) throw notFound('halt');
    return answer(200, { ...signed, report: { ...signed.report } });
  });
  mount(gate, ROUTES.listTrips, async () => {
    const trips = await new TripStore(database).list();
    return answer(200, { items: trips.map(tripView), nextCursor: null });
  });
  mount(gate, ROUTES.releaseHalt, async ({ params, body, caller, audit }) => {
    const halt = await requireHalt(database, params.epoch);
    audit({ epoch: halt.epoch, scope: halt.scope, reason: body.reason });
    if (halt.supersededBy !== null && halt.releasedAt === null) {
      throw notStanding(`Halt ${halt.epoch} was replaced by halt ${halt.supersededBy}; release that one.`);
    }
    const released = await releaseHalt(database, {
      scope: halt.scope,
      reason: body.reason,
      actor: caller.actor,
      ...(deps.releaseOwnHalts ? {} : { notBy: caller.actor }),
    });
    if (released.result === 'own_halt') {
      throw new ApiProblem('own_halt', 'Whoever engaged a halt may not release it; use the key of another admin.');
    }
    if (released.result === 'restoring') {
      throw notStanding(
        'The books were restored: the halt stands until every venue was read since (`tradewind backup restored`).',
      );
    }
    if (released.result === 'unreconciled') {
      throw notStanding(
        'The books were restored: the halt stands until every account agrees with its venue (`tradewind reconcile run ACCOUNT`).',
      );
    }
    if (released.result !== 'released') throw notStanding(`The scope ${halt.scope} is not halted.`);
    return answer(200, { ...released, others: [...released.others] });
  });
}

function tripView({ account, trip, enabled, reading, fired, at }: TripRow): TripView {
  const measured =
    reading === null ? 'no source' : fired !== null ? 'tripped' : reading.breached ? 'too much' : 'in order';
  const state = enabled ? measured : 'off';
  return { account, trip, state, value: reading?.value ?? null, limit: reading?.limit ?? null, lookedAt: at };
}

async function engagedAnswer(deps: HaltRoutes, engaged: Engagement): Promise<Answer<typeof ROUTES.engageHalt>> {
  switch (engaged.result) {
    case 'unknown_scope':
      throw unknownScope('The scope names an account or instrument that does not exist.');
    case 'too_soon':
      throw new ApiProblem(
        'too_many_halts',
        'You engaged a halt less than a minute ago which covers this one; a wider scope or a stricter mode is taken at once.',
        {},
        engaged.waitSeconds,
      );
    case 'engaged':
    case 'standing': {
      // The halt stands; the rest goes on by itself if Temporal is away.
      const started = engaged.finishedAt === null ? await deps.commands.startHalt(engaged) : { kind: 'started' };
      const body = { ...engaged, workflow: started.kind === 'started' ? 'started' : 'pending' } as const;
      return engaged.result === 'engaged' ? answer(201, body) : answer(200, body);
    }
  }
}

/** Only the code knows its strategies: a misspelt one would be a halt that halts nothing. */
function requireStrategy(scope: HaltScope, strategies: readonly string[]): void {
  const parts = scopeParts(scope);
  if (parts?.kind !== 'strategy' || parts.name === MANUAL || strategies.includes(parts.name)) return;
  throw unknownScope(`There is no such strategy; there are ${[MANUAL, ...strategies].join(', ')}.`);
}

function unknownScope(detail: string): ApiProblem {
  const message = 'must name something that exists';
  return new ApiProblem('unknown_reference', detail, { errors: [{ field: 'scope', rule: 'unknown', message }] });
}

function notStanding(detail: string): ApiProblem {
  return new ApiProblem('not_standing', detail);
}

async function requireHalt(database: Database, epoch: string): Promise<Halt> {
  const halt = /^[1-9]\d{0,14}$/.test(epoch) ? await findHalt(database, Number(epoch)) : undefined;
  if (halt === undefined) throw notFound('halt');
  return halt;
}
