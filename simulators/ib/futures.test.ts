import { ACCOUNT, IbLab } from '../../tests/support/ib-client';
import type { IbClient } from '../../tests/support/ib-client';
import { contractsAt, endOf, isOver } from './contracts';
import { futuresCalendar } from './futures-calendar';
import { fundsOf } from './funds';

let lab: IbLab;
let client: IbClient;
/** Two days before the contract of December ends, in the morning of Chicago. */
const START = '2026-12-16T15:00:00Z';
const MINUTE = 60_000;

async function open(options: Parameters<typeof IbLab.open>[1] = {}, start = START): Promise<void> {
  lab = await IbLab.open(start, options);
  client = await lab.client();
}
afterEach(() => lab.close());

const december = () => {
  const found = lab.simulator.contracts.find(({ localSymbol }) => localSymbol === 'MESZ6');
  if (found === undefined) throw new Error('there is no MESZ6');
  return found;
};
const contract = () => ({ conId: december().conId });
const cash = (): number => fundsOf(lab.simulator.ledger, ACCOUNT).cash.toNumber();
const worth = (): number => fundsOf(lab.simulator.ledger, ACCOUNT).netLiquidation.toNumber();
const conIdOf = (details: unknown): unknown => (details as { contract: { conId: number } }).contract.conId;

test('trades until the morning of its last day; then its orders end, who holds it is paid out, and nothing is taken', async () => {
  await open({ commissions: false });
  await client.status(client.place({ totalQuantity: 2 }, contract()), 'Filled');
  const resting = client.place(
    { totalQuantity: 1, action: 'SELL', orderType: 'LMT', lmtPrice: 6_000, tif: 'GTC' },
    contract(),
  );
  await client.status(resting, 'Submitted');
  lab.trade(5_010, 1_000, contract().conId);
  const end = endOf(december()) ?? 0;
  expect(new Date(end).toISOString()).toBe('2026-12-18T14:30:00.000Z');
  lab.pass(end - MINUTE - lab.clock.now);
  expect(lab.simulator.ledger.positions(ACCOUNT).get(contract().conId)?.quantity.toNumber()).toBe(2);
  lab.pass(MINUTE);
  await client.status(resting, 'Cancelled');
  expect(lab.simulator.ledger.positions(ACCOUNT).get(contract().conId)?.quantity.toNumber()).toBe(0);
  // Bought at 5000, paid out at 5010: ten points of five dollars, twice. No execution tells of it.
  expect([cash(), worth()]).toEqual([1_000_100, 1_000_100]);
  client.api.reqExecutions(1, {});
  await client.until('execDetailsEnd');
  expect(client.all('execDetails').filter(([id]) => id === 1)).toEqual([]);
  expect(await client.error(client.place({ totalQuantity: 1 }, contract()))).toEqual([
    201,
    expect.stringContaining('has expired'),
  ]);
  lab.pass(24 * 60 * MINUTE);
  expect((await client.error(client.place({ totalQuantity: 1 }, contract())))[0]).toBe(200);
});

test('that has expired is told of to who asks for such, and to nobody else', async () => {
  await open();
  const [, , old] = lab.simulator.contracts.filter(({ symbol }) => symbol === 'MES');
  client.api.reqContractDetails(1, { conId: old?.conId ?? 0 });
  expect((await client.error(1))[0]).toBe(200);
  client.api.reqContractDetails(2, { conId: old?.conId ?? 0, includeExpired: true });
  await client.until('contractDetailsEnd');
  expect(client.all('contractDetails').map(([id, details]) => [id, conIdOf(details)])).toEqual([[2, old?.conId]]);
  expect(contractsAt(lab.clock.now).filter((one) => isOver(one, lab.clock.now))).toHaveLength(2);
});

test('is settled daily: what was gained by then is cash, what is gained since is not, and no notional ever', async () => {
  await open({ commissions: false });
  await client.status(client.place({ totalQuantity: 2 }, contract()), 'Filled');
  expect([cash(), worth()]).toEqual([1_000_000, 1_000_000]);
  lab.trade(5_010, 1_000, contract().conId);
  expect([cash(), worth()]).toEqual([1_000_000, 1_000_100]);
  // Past four in the afternoon of Chicago.
  lab.pass(Date.parse('2026-12-16T22:00:00Z') - lab.clock.now);
  expect([cash(), worth()]).toEqual([1_000_100, 1_000_100]);
  lab.trade(5_030, 1_000, contract().conId);
  expect([cash(), worth()]).toEqual([1_000_100, 1_000_300]);
  await client.status(client.place({ totalQuantity: 1, action: 'SELL' }, contract()), 'Filled');
  expect([cash(), worth()]).toEqual([1_000_200, 1_000_300]);
});

test('takes no order for an opening, and lets stops sleep outside of its regular hours, but no other order', async () => {
  // Tuesday evening in Chicago.
  await open({ hours: 'exchange', commissions: false }, '2026-11-25T03:00:00Z');
  expect(await client.error(client.place({ totalQuantity: 1, tif: 'OPG' }, contract()))).toEqual([
    10_052,
    expect.stringContaining('OPG'),
  ]);
  lab.trade(5_000, 1_000, contract().conId);
  await client.status(client.place({ totalQuantity: 2 }, contract()), 'Filled');
  const sell = { totalQuantity: 1, action: 'SELL', orderType: 'STP', auxPrice: 4_990, tif: 'GTC' } as const;
  const asleep = client.place(sell, contract());
  const awake = client.place({ ...sell, outsideRth: true }, contract());
  await client.status(awake, 'PreSubmitted');
  lab.trade(4_980, 1_000, contract().conId);
  lab.trade(4_980, 1_000, contract().conId);
  await client.status(awake, 'Filled');
  expect(lab.simulator.ledger.orders.find(({ orderId }) => orderId === asleep)?.state).toBe('open');
});

test('has a regular part of each trading day, from half past eight on; a day that ends before is regular as a whole', () => {
  const kinds = (date: string): readonly string[] =>
    futuresCalendar.sessions(date, date).flatMap(({ segments }) => segments.map(({ kind }) => kind));
  expect(kinds('2026-11-25')).toEqual(['pre', 'regular']);
  // Good Friday with the employment report: until 08:15.
  expect(kinds('2026-04-03')).toEqual(['regular']);
});
