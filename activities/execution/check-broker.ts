import { millisOf } from '../../domain/clock/instant';
import type { Millis } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { ORDER_KINDS } from '../../domain/order/order';
import type { ClientOrderId, OrderRef } from '../../domain/order/order';
import type { BrokerFinding } from '../../temporal/messages/venue-tasks';
import { within } from './chore';
import type { ExecutionDeps } from './ports';

const ANSWER_DEADLINE_MS: Millis = 8_000;

type Verdict = Omit<BrokerFinding, 'check' | 'milliseconds'>;

const ok = (detail: string): Verdict => ({ result: 'ok', detail });
const off = (detail: string): Verdict => ({ result: 'off', detail });

/**
 * The part of the conformance that harms nobody, against the real venue of an account: it reads, and looks up an id that
 * cannot exist. A question that fails is a finding, never an exception.
 */
export async function checkBroker(deps: ExecutionDeps): Promise<readonly BrokerFinding[]> {
  const { broker } = deps;
  const ask = async (check: string, question: () => Promise<Verdict>): Promise<BrokerFinding> => {
    const started = deps.monotonic();
    const verdict = await within(ANSWER_DEADLINE_MS, check, question()).catch((error: unknown): Verdict => ({
      result: 'failed',
      detail: error instanceof Error ? error.message : 'it failed',
    }));
    return { check, ...verdict, milliseconds: Math.round(deps.monotonic() - started) };
  };
  const listed = within(ANSWER_DEADLINE_MS, 'instruments', broker.instruments());
  listed.catch(() => undefined);
  return Promise.all([
    ask('server time', () => serverTime(deps)),
    ask('instruments', async () => instruments(await listed, (await broker.notices?.()) ?? [])),
    ask('balances', async () => {
      const balances = await broker.balances();
      const held = balances.map(
        ({ asset, free, locked }) => `${asset} ${free}${locked === '0' ? '' : ` (+${locked})`}`,
      );
      return ok(held.length === 0 ? 'none' : held.slice(0, 6).join(', '));
    }),
    ask('rights of the key', () => keyRights(deps)),
    ask('open orders', async () => ok(String((await broker.openOrders()).length))),
    ask('quote', async () => quote(deps, (await listed)[0])),
    ask('look-up of an unknown id', async () => unknownId(deps, (await listed)[0])),
    ask('kinds of orders', () => Promise.resolve(ok(kinds(deps)))),
    ask('stream', () =>
      Promise.resolve(broker.stream === undefined ? off('the venue has none: it is polled') : ok('there is one')),
    ),
  ]);
}

/** The venue's reading is from some moment of the exchange: only what lies outside of it is skew. */
async function serverTime({ broker, journal }: ExecutionDeps): Promise<Verdict> {
  const before = millisOf(await journal.now());
  const theirs = millisOf(await broker.serverTime());
  const after = millisOf(await journal.now());
  const skew = Math.max(0, before - theirs, theirs - after);
  const detail = `${skew} ms from the database's clock, allowed ${broker.timings.clockSkew} ms`;
  return { result: skew > broker.timings.clockSkew ? 'warning' : 'ok', detail };
}

function instruments(listed: readonly Instrument[], notices: readonly string[]): Verdict {
  if (listed.length === 0) return { result: 'failed', detail: 'the venue lists none of the account' };
  const ids = listed.map(({ id }) => id).join(', ');
  const [first] = notices;
  if (first === undefined) return ok(ids);
  const more = notices.length === 1 ? '' : `, and ${notices.length - 1} more (./tradewind alert list --json)`;
  return { result: 'warning', detail: `${ids}; ${first}${more}` };
}

async function keyRights({ broker }: ExecutionDeps): Promise<Verdict> {
  if (broker.keyRights === undefined) return off('there is no key');
  const { trade, withdraw, madeAt } = await broker.keyRights();
  const word = (right: boolean | null): string => (right === null ? 'not told' : right ? 'yes' : 'no');
  const age = madeAt === undefined ? '' : `, made on ${madeAt.slice(0, 10)}`;
  const detail = `trade: ${word(trade)}, withdraw: ${word(withdraw)}${age}`;
  if (trade === false) return { result: 'failed', detail };
  return { result: withdraw === true ? 'warning' : 'ok', detail };
}

async function quote({ broker }: ExecutionDeps, instrument: Instrument | undefined): Promise<Verdict> {
  if (instrument === undefined) return off('no instrument to ask for');
  const found = await broker.quote(instrument.id);
  if (found === undefined) return { result: 'warning', detail: `no price of ${instrument.id}` };
  return ok(`${instrument.id} ${found.price}, bid ${found.bid}, ask ${found.ask}`);
}

async function unknownId(deps: ExecutionDeps, instrument: Instrument | undefined): Promise<Verdict> {
  if (instrument === undefined) return off('no instrument to look in');
  const ref: OrderRef = {
    // As random as our ids are: nobody has it.
    clientOrderId: deps.token().slice(0, 32) as ClientOrderId,
    instrument: instrument.id,
    type: 'limit',
    venueOrderId: null,
    createdAt: await deps.journal.now(),
  };
  const lookup = await deps.broker.find(ref);
  if (lookup.kind === 'not-found') return ok('not found, as it must be');
  return { result: 'failed', detail: lookup.kind === 'found' ? 'the venue showed an order' : lookup.message };
}

function kinds({ broker }: ExecutionDeps): string {
  return ORDER_KINDS.map((kind) => `${kind} ${broker.capabilities[kind]}`).join(', ');
}
