import { isTerminal } from '../../../domain/order/state';
import type { OrderState } from '../../../domain/order/order';
import type { Look } from './controlled-database';
import { filled, moved, openRest, PRICE } from './venue';
import type { BookedOrder, Message } from './venue';
import { scopesOf } from './world';
import type { Halt, Intent, World } from './world';

/** A rule in words, and what broke it. */
export interface Broken {
  readonly rule: string;
  readonly detail: string;
}

/** Differences below this come from adding decimals as doubles. */
const EXACT = 1e-9;

/** Judges what happened between one step and the next: it remembers what the database said before. */
export class Watch {
  private before: Look | undefined;
  private accepted = 0;

  constructor(private readonly world: World) {}

  /** What the database said after the step before this one. */
  lookBefore(): Look | undefined {
    const before = this.before;
    this.before = this.world.look;
    return before === this.world.look ? undefined : before;
  }

  /** Orders that the venue has accepted in this step. */
  newOrders(): readonly BookedOrder[] {
    const orders = this.world.venue.orders.slice(this.accepted);
    this.accepted = this.world.venue.orders.length;
    return orders;
  }
}

/** The first rule that does not hold after a step. */
export function brokenRule(world: World, watch: Watch): Broken | undefined {
  const before = watch.lookBefore();
  for (const order of watch.newOrders()) {
    const broken = brokenByAcceptance(world, order);
    if (broken) return broken;
  }
  return (
    absenceOfWhatIsThere(world) ??
    positions(world) ??
    limits(world) ??
    books(world) ??
    (before && course(world, before))
  );
}

/** What an order must fulfil at the moment at which the venue takes it. */
function brokenByAcceptance(world: World, { message }: BookedOrder): Broken | undefined {
  const { label } = message;
  const id = message.request.clientOrderId;
  const intent = [...world.intents.values()].find((i) => i.id === id);
  if (intent === undefined) return { rule: 'every order has an intent', detail: label };
  if (world.venue.orders.filter((o) => o.message.request.clientOrderId === id).length > 1) {
    return { rule: 'an intent has one order at the venue', detail: label };
  }
  const closed = world.closed.get(id);
  if (closed && message.permittedAt > closed.at) return { rule: 'a closed intent is never sent', detail: label };
  if (closed?.sent === 'never') return { rule: 'what was never sent does not arrive', detail: label };
  const halt = world.halts.find((h) => forbids(world, h, intent, message));
  return (
    halt && {
      rule: 'nothing passes a halt',
      detail: `${label} was permitted after the halt of ${halt.scope.replace(world.account, 'its own')}`,
    }
  );
}

/** True when the fence let a send pass that this halt, by its commit, had forbidden. */
function forbids(world: World, halt: Halt, intent: Intent, { permittedAt }: Message): boolean {
  const scopes = scopesOf(world, intent.trade);
  if (!scopes.includes(halt.scope) || permittedAt < halt.at) return false;
  // All trades of an interleaving were accepted before its first halt: a release does not revive them.
  if (intent.order.leg === 'entry') return true;
  const engaged = world.halts.filter(
    (h) => scopes.includes(h.scope) && permittedAt > h.at && (h.releasedAt ?? Infinity) > permittedAt,
  );
  const admits = intent.order.leg.startsWith('stop') || engaged.some((h) => h.flatten);
  return engaged.includes(halt) && halt.mode === 'halt-all' && !admits;
}

function absenceOfWhatIsThere(world: World): Broken | undefined {
  for (const { message } of world.venue.orders) {
    const state = world.attempts(message.request.clientOrderId)[message.attempt - 1];
    if (state === 'not-found' || state === 'not-sent') {
      return { rule: 'what the venue has accepted is never declared absent', detail: `${message.label} is ${state}` };
    }
  }
  return undefined;
}

/** What a trade holds in truth, and what may still change it. Units; those of a short trade count as positive. */
interface Holding {
  readonly held: number;
  readonly entering: number;
  readonly leaving: number;
}

function holdingOf(world: World, trade: number): Holding {
  const sign = world.scenario.trades[trade]?.direction === 'short' ? -1 : 1;
  const of = (leg: boolean) => (message: Message) => {
    const intent = [...world.intents.values()].find((i) => i.id === message.request.clientOrderId);
    return intent?.trade === trade && (intent.order.leg === 'entry') === leg;
  };
  const possible = (entry: boolean): number => {
    const isOurs = of(entry);
    const open = world.venue.orders.filter((o) => isOurs(o.message)).map((o) => openRest(o).toNumber());
    const coming = world.venue.messages
      .filter((m) => isOurs(m) && world.venue.wouldTake(m, world.now))
      .map((m) => Number(m.request.quantity));
    return [...open, ...coming].reduce((sum, units) => sum + units, 0);
  };
  const held = world.venue.orders
    .filter(({ message }) => of(true)(message) || of(false)(message))
    .reduce((sum, order) => sum + moved(order).toNumber() * sign, 0);
  return { held, entering: possible(true), leaving: possible(false) };
}

function positions(world: World): Broken | undefined {
  for (const trade of world.scenario.trades.keys()) {
    const { held, leaving } = holdingOf(world, trade);
    if (held < -EXACT) return { rule: 'no exit sells more than is held', detail: `t${trade} holds ${held}` };
    if (leaving > held + EXACT) {
      return { rule: 'live exits never exceed the position', detail: `t${trade} holds ${held}, exits ${leaving}` };
    }
  }
  return undefined;
}

function limits(world: World): Broken | undefined {
  const { limits: allowed, trades } = world.scenario;
  const rule = 'what is held and may come stays within the limits';
  const open = trades
    .map((plan, trade) => ({ ...plan, ...holdingOf(world, trade) }))
    .filter(({ held, entering }) => held > EXACT || entering > EXACT);
  const worth = (some: typeof open): number =>
    some.reduce((sum, { held, entering }) => sum + (held + entering) * PRICE, 0) - EXACT;
  const gross = worth(open);
  if (gross > allowed.maxGrossNotional) return { rule, detail: `gross ${gross}` };
  if (gross > allowed.buyingPower) return { rule, detail: `spends ${gross}` };
  if (open.length > allowed.maxOpenTrades) return { rule, detail: `${open.length} trades are open` };
  for (const instrument of ['EXA', 'EXB']) {
    const here = open.filter((trade) => trade.instrument === instrument);
    if (worth(here) > allowed.maxInstrumentNotional) return { rule, detail: `${instrument} ${worth(here)}` };
    if (new Set(here.map(({ direction }) => direction)).size > 1)
      return { rule: 'open trades of an instrument have one direction', detail: instrument };
  }
  return undefined;
}

/** The journal never says more than the venue, and an ended trade has nothing left. */
function books(world: World): Broken | undefined {
  const { look, venue } = world;
  for (const { venueOrderId, venueFillId, quantity } of look.fills) {
    const fill = venue.orders.find((o) => o.venueOrderId === venueOrderId)?.fills[Number(venueFillId) - 1];
    if (fill?.quantity.toNumber() !== quantity)
      return { rule: 'every booked fill is one of the venue', detail: `${venueOrderId}/${venueFillId}` };
  }
  for (const order of look.orders) {
    const truth = venue.orders.find((o) => o.message.request.clientOrderId === order.id);
    const total = truth ? filled(truth).toNumber() : 0;
    if (order.booked > total + EXACT || order.venueFilled > total + EXACT)
      return { rule: 'the journal counts no fill that is none', detail: JSON.stringify(order) };
    if (isTerminal(order.state as OrderState) && order.booked !== order.venueFilled)
      return { rule: 'an order ends when its fills are booked', detail: JSON.stringify(order) };
    if (order.state === 'rejected' && truth) return { rule: 'a rejected order is not at the venue', detail: order.id };
  }
  for (const [index, trade] of look.trades.entries()) {
    if (trade.phase !== 'ended') continue;
    const { held, entering, leaving } = holdingOf(world, index);
    if (trade.position !== trade.dust || held !== 0 || entering + leaving > 0)
      return { rule: 'an ended trade holds nothing and awaits nothing', detail: `t${index}: ${held}` };
  }
  return undefined;
}

/** What may not happen from one look to the next. */
function course(world: World, before: Look): Broken | undefined {
  const { look } = world;
  if (look.marketNow < before.marketNow) return { rule: 'market time never goes back', detail: look.marketNow };
  if (look.stands && before.stands && look.marketNow !== before.marketNow)
    return { rule: 'market time stands while anything is in doubt', detail: look.marketNow };
  for (const old of before.orders) {
    const now = look.orders.find((order) => order.id === old.id);
    const detail = `${old.state} became ${now?.state ?? 'nothing'}`;
    if (now === undefined || !mayFollow(old.state, now.state)) return { rule: 'an order never goes back', detail };
    if (now.booked < old.booked || now.venueFilled < old.venueFilled || (old.closed && !now.closed))
      return { rule: 'counts never go down', detail: JSON.stringify([old, now]) };
  }
  return undefined;
}

const FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  open: ['partial', 'filled', 'cancelled', 'expired'],
  partial: ['filled', 'cancelled', 'expired'],
};

function mayFollow(old: string, now: string): boolean {
  if (old === now) return true;
  if (isTerminal(old as OrderState)) return false;
  return FOLLOWERS[old]?.includes(now) ?? true;
}
