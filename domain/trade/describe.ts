import { dec } from '../money/decimal';
import { stopPriceOf, trailAmountOf } from '../order/order';
import type { OrderTerms } from '../order/order';
import type { OrderFacts, Protection, TradeFacts } from './facts';
import type { WantedOrder } from './step';

/** The page that an operator reads in the Web UI: where the trade stands, in Markdown, without reading code. */
export function describeTrade(facts: TradeFacts): string {
  return [
    `### ${headline(facts)}`,
    facts.halted ? `**Halted**${haltName(facts)}: nothing more is entered; the position is guarded until flat.` : '',
    facts.attention ? `**Attention**: ${facts.attention.replaceAll('_', ' ')}` : '',
    `Phase **${facts.phase}**, market time ${facts.market.now}, market ${facts.market.open ? 'open' : `closed, next open ${facts.market.nextOpen ?? 'unknown'}`}, last price ${facts.market.price ?? 'unknown'}`,
    ...guards(facts),
    ...orderTable(facts.orders),
    // Last: the page may be cut off below, and what is at stake comes first.
    ...view(facts),
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

/** One line for an order that is to be sent: `sell 3.5 US500 stop at 2731.89 (stop, attempt 1)`. */
export function describeOrder(order: WantedOrder, instrument: string): string {
  const { terms } = order;
  const stopPrice = stopPriceOf(terms);
  const trigger = stopPrice === undefined ? '' : ` at ${stopPrice}`;
  const limit = 'price' in terms ? ` limit ${terms.price}` : '';
  return `${order.side} ${order.quantity} ${instrument} ${terms.type}${trigger}${limit}${trailingBy(terms)} (${order.leg}, attempt ${order.attempt})`;
}

function trailingBy(terms: OrderTerms): string {
  const far = 'trailBps' in terms ? `${terms.trailBps} bps` : trailAmountOf(terms);
  if (far === undefined) return '';
  return `, ${far} behind${'limitOffset' in terms ? `, limit ${terms.limitOffset} beyond` : ''}`;
}

function haltName({ haltEpoch }: TradeFacts): string {
  return haltEpoch === undefined || haltEpoch === null ? '' : ` by halt ${haltEpoch}`;
}

function headline(facts: TradeFacts): string {
  const held = dec(facts.position);
  const what = `${facts.direction ?? 'undecided'} ${facts.instrument.id} on ${facts.account} (${facts.spec.strategy})`;
  if (facts.outcome) return `${what}: ended ${facts.outcome}${facts.outcomeCode ? `, ${facts.outcomeCode}` : ''}`;
  return held.isZero() ? `${what}: no position` : `${what}: holding ${facts.position}`;
}

function view(facts: TradeFacts): string[] {
  const signal = facts.signal;
  if (!signal) return [];
  const head =
    signal.kind === 'directional'
      ? `View: ${signal.direction}, conviction ${signal.conviction}`
      : `View: ${signal.kind}`;
  return [head, signal.reasons.map((reason) => `- ${reason}`).join('\n')];
}

function guards(facts: TradeFacts): string[] {
  const protection = facts.protection;
  if (!protection) return [];
  const level =
    protection.stopDistance === undefined ? protection.stopPrice : `${protection.stopDistance} from the first fill`;
  const stop = `Stop ${level}${protection.emulated ? ' (emulated by the watcher, not at the venue)' : ''}`;
  const target = protection.takeProfitPrice === undefined ? '' : `, take profit ${protection.takeProfitPrice}`;
  const fired = protection.fired === undefined ? '' : `, fired: ${protection.fired}`;
  return [stop + target + trailing(protection) + fired];
}

function trailing({ trailing: distance, best, emulated }: Protection): string {
  if (distance === undefined) return '';
  const far = 'bps' in distance ? `${distance.bps} bps` : distance.amount;
  const where = distance.native === true && emulated !== true ? ' at the venue' : '';
  return `, trailing ${far} behind ${best ?? 'the best price'}${where}`;
}

function orderTable(orders: readonly OrderFacts[]): string[] {
  if (orders.length === 0) return [];
  const rows = orders.map(
    (o) =>
      `| ${o.leg}/${o.revision} | ${o.side} ${o.quantity} | ${o.type} ${o.venueStopPrice ?? o.stopPrice ?? o.price ?? ''} | ${o.state} | ${o.booked} | ${o.attempts} |`,
  );
  return [
    ['| order | quantity | terms | state | filled | attempts |', '|---|---|---|---|---|---|', ...rows].join('\n'),
  ];
}
