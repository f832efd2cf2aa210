import { assertNever } from '../domain/assert-never';
import type { Instant } from '../domain/clock/instant';
import type { Database } from '../database/pool';
import {
  findAccount,
  listInstruments,
  moveClockForward,
  readAccounts,
  readClock,
  resetClock,
} from '../database/registry-accounts';
import type { AccountHead, AccountRow, ClockMove } from '../database/registry-accounts';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** What the routes of accounts need. */
export interface AccountRoutes {
  readonly database: Database;
  /** Market time at which a replay clock starts again when it is reset. */
  readonly replayStart: Instant;
}

/** Mounts accounts, their clocks, and instruments. */
export function mountAccounts(gate: Gate, deps: AccountRoutes): void {
  const { database } = deps;
  mount(gate, ROUTES.listAccounts, async () => {
    const accounts = await readAccounts(database);
    return answer(200, { items: accounts.map(accountView), nextCursor: null });
  });
  mount(gate, ROUTES.showAccount, async ({ params }) => {
    const [account] = ACCOUNT_NAME.test(params.name) ? await readAccounts(database, params.name) : [];
    if (account === undefined) throw notFound('account');
    const { openingCash, policy, positions } = account;
    return answer(200, { ...accountView(account), openingCash, policy, positions: [...positions] });
  });
  mount(gate, ROUTES.moveClock, async ({ params, body, audit }) => {
    audit({ account: params.name, ...body });
    await requireAccount(database, params.name);
    const moved =
      'to' in body
        ? await moveClockForward(database, params.name, body.to)
        : await resetClock(database, params.name, deps.replayStart);
    refuseUnlessMoved(moved);
    const clock = await readClock(database, params.name);
    if (clock === undefined) throw notFound('account');
    return answer(200, clock);
  });
  mount(gate, ROUTES.listInstruments, async ({ query: { account } }) => {
    if (account !== undefined) await requireAccount(database, account);
    return answer(200, { items: [...(await listInstruments(database, account))], nextCursor: null });
  });
}

/** The account of a name. @throws ApiProblem `not_found` */
export async function requireAccount(database: Database, name: string): Promise<AccountHead> {
  const account = ACCOUNT_NAME.test(name) ? await findAccount(database, name) : undefined;
  if (account === undefined) throw notFound('account');
  return account;
}

function accountView(account: AccountRow) {
  const { name, venue, mode, currency, cash, equity, openTrades, quarantine, clock } = account;
  return { name, venue, mode, currency, cash, equity, openTrades, quarantine, clock };
}

function refuseUnlessMoved(moved: ClockMove): void {
  switch (moved) {
    case 'moved':
      return;
    case 'unknown_account':
      throw notFound('account');
    case 'clock_is_live':
      throw new ApiProblem('clock_is_live', 'The account runs on the real clock.');
    case 'account_not_flat':
      throw new ApiProblem('account_not_flat', 'End its trades first: a clock moves only while its account is flat.');
    case 'clock_goes_back':
      throw new ApiProblem(
        'clock_goes_back',
        'That moment lies before the market time of the account; only a reset goes back.',
      );
    default:
      assertNever(moved);
  }
}
