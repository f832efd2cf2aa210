import type { SubmitOutcome } from '../domain/order/broker';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';

let lab: JournalLab;
let desk: Desk;
let entry: JournalledOrder;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
  entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
  await desk.approve(entry, 10);
});

const NOT_SENT: SubmitOutcome = { kind: 'not-sent', message: 'the permit is gone' };
const REJECTED: SubmitOutcome = {
  kind: 'rejected',
  code: 'insufficient_funds',
  venueCode: '-2010',
  message: 'no money',
};

describe('an attempt', () => {
  it('is permitted with the moment and the validity that the venue is told', async () => {
    await lab.setClock(MONDAY + 5_000);
    expect(await desk.fence(entry, { validityMs: 1_500 })).toEqual({
      result: 'go',
      fencedAt: '2026-01-05T15:00:05.000Z',
      validUntil: '2026-01-05T15:00:06.500Z',
    });
    await lab.setClock(MONDAY);
  });

  it('brings its trade into the phase that it names', async () => {
    await desk.fence(entry);
    expect((await desk.trades.facts(entry.tradeId)).phase).toBe('executing');
  });

  it('that somebody else has begun is in doubt, and so it is answered', async () => {
    await desk.fence(entry, { owner: 'first' });
    const again = await desk.fence(entry, { owner: 'second' });
    expect(again).toMatchObject({ result: 'unknown', n: 1, validUntil: expect.any(String) as string });
    expect(await desk.facts(entry)).toMatchObject({ state: 'unknown' });
    expect(await desk.attempts(entry)).toEqual(['unknown']);
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'unknown', n: 1 });
  });

  it('follows one that was not sent, and no other number does', async () => {
    await desk.fence(entry);
    expect(await desk.record(entry, NOT_SENT)).toMatchObject({ state: 'created' });
    expect(await desk.fence(entry, { n: 1 })).toEqual({ result: 'recorded', attempt: 'not-sent', n: 1 });
    expect(await desk.refusal(entry, { n: 3 })).toBe('attempt_out_of_order');
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'go' });
    expect(await desk.attempts(entry)).toEqual(['not-sent', 'sending']);
  });

  it('with number 0 or 2 cannot be the first', async () => {
    expect(await desk.refusal(entry, { n: 0 })).toBe('attempt_out_of_order');
    expect(await desk.refusal(entry, { n: 2 })).toBe('attempt_out_of_order');
  });

  it('is answered with the order once that is past sending', async () => {
    await desk.placed(entry);
    expect(await desk.fence(entry, { n: 1 })).toMatchObject({ result: 'done', order: { state: 'open' } });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'done' });
  });

  it('does not follow a rejection', async () => {
    await desk.fence(entry);
    expect(await desk.record(entry, REJECTED)).toMatchObject({
      state: 'rejected',
      rejectCode: 'insufficient_funds',
      rejectDetail: '-2010: no money',
    });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'done', order: { state: 'rejected' } });
  });
});

describe('the owner of an attempt', () => {
  it('alone may renew its permit, which moves the validity', async () => {
    const first = await desk.fence(entry);
    await lab.wait(400);
    expect(await desk.renew(entry, { owner: 'another' })).toEqual({ ok: false, code: 'attempt_lost' });
    expect(await desk.renew(entry, { n: 2 })).toEqual({ ok: false, code: 'attempt_lost' });
    const renewed = await desk.renew(entry);
    const moved =
      renewed.ok && first.result === 'go' ? Date.parse(renewed.validUntil) - Date.parse(first.validUntil) : 0;
    expect(moved).toBe(400);
  });

  it('loses it when the order is taken for unknown, has ended, or was given up', async () => {
    await desk.fence(entry);
    await desk.fence(entry, { owner: 'second' });
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'attempt_lost' });
    await desk.record(entry, REJECTED);
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'attempt_lost' });
    await desk.journal.close(entry);
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'intent_closed' });
  });

  it('meets every check again: approval, limits, quarantine, takeover', async () => {
    await desk.fence(entry);
    await lab.wait(60_000);
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'approval_expired' });
    await desk.approve(entry, 10, { maxGrossNotional: '999' });
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'leverage' });
    await desk.approve(entry, 10);
    expect(await desk.renew(entry)).toMatchObject({ ok: true });
    await desk.database.query('UPDATE trades SET taken_over_epoch = 1 WHERE id = $1', [entry.tradeId]);
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'taken_over' });
    await desk.database.query(`UPDATE accounts SET quarantine = 'restored' WHERE name = $1`, [desk.account]);
    expect(await desk.renew(entry, { actor: 'halt' })).toEqual({ ok: false, code: 'quarantined' });
  });

  it('is refused for an order that nobody has journalled', async () => {
    const none = desk.order(entry.tradeId, 'stop', 'sell', 1);
    expect(await desk.renew(none)).toEqual({ ok: false, code: 'unknown_trade' });
  });

  it('alone may say how the attempt went, also after others took it for unknown', async () => {
    await desk.fence(entry);
    expect(await desk.record(entry, NOT_SENT, { owner: 'another' })).toMatchObject({ state: 'sending' });
    await desk.fence(entry, { owner: 'second' });
    expect(await desk.record(entry, NOT_SENT, { owner: 'second' })).toMatchObject({ state: 'unknown' });
    expect(await desk.record(entry, NOT_SENT)).toMatchObject({ state: 'created' });
    expect(await desk.attempts(entry)).toEqual(['not-sent']);
  });

  it('may not change what it has said of an attempt that is over', async () => {
    await desk.fence(entry);
    await desk.record(entry, NOT_SENT);
    await desk.fence(entry, { n: 2 });
    expect(await desk.record(entry, REJECTED, { n: 1 })).toMatchObject({ state: 'sending', rejectCode: null });
    expect(await desk.attempts(entry)).toEqual(['not-sent', 'sending']);
  });
});

describe('an intent that is given up', () => {
  it('was never sent when it has no attempt, and is refused from then on under its own reason', async () => {
    await desk.database.query('DELETE FROM approvals WHERE client_order_id = $1', [entry.request.clientOrderId]);
    expect(await desk.refusal(entry)).toBe('not_approved');
    expect(await desk.journal.close(entry)).toEqual({ sent: 'never', state: 'unsent' });
    await desk.approve(entry, 10);
    expect(await desk.refusal(entry)).toBe('intent_closed');
    expect(await desk.facts(entry)).toMatchObject({ state: 'unsent', closed: true, refusal: 'not_approved' });
    expect(await desk.journal.close(entry)).toEqual({ sent: 'never', state: 'unsent' });
  });

  it('is refused even when it was given up before it was journalled', async () => {
    const stop = desk.order(entry.tradeId, 'stop', 'sell', 1);
    expect(await desk.journal.close(stop)).toEqual({ sent: 'never', state: 'unsent' });
    expect(await desk.refusal(stop)).toBe('intent_closed');
  });

  it('may have been sent while an attempt is under way; not sent means never', async () => {
    await desk.fence(entry);
    expect(await desk.journal.close(entry)).toEqual({ sent: 'maybe', state: 'sending' });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'unknown' });
    expect(await desk.record(entry, NOT_SENT)).toMatchObject({ state: 'unsent' });
    expect(await desk.refusal(entry, { n: 2 })).toBe('intent_closed');
    expect(await desk.journal.close(entry)).toEqual({ sent: 'never', state: 'unsent' });
  });

  it('was sent when the venue has it, and what it does there still counts', async () => {
    await desk.placed(entry);
    expect(await desk.journal.close(entry)).toEqual({ sent: 'yes', state: 'open' });
    await desk.report([desk.shown(entry, 'filled', 10)], [desk.fill(entry, '1', 10)]);
    expect(await desk.facts(entry)).toMatchObject({ state: 'filled', closed: true, booked: '10' });
  });

  it('of a trade that does not exist was never sent; one of another trade cannot be given up', async () => {
    const nowhere = { ...entry, tradeId: `${desk.account}:none` };
    expect(await desk.journal.close(nowhere)).toEqual({ sent: 'never', state: 'unsent' });
    await desk.fence(entry);
    const other = { ...entry, tradeId: await desk.trade('two') };
    await expect(desk.journal.close(other)).rejects.toThrow('belongs to trade');
  });
});

describe('callers at the same moment', () => {
  it('with the same attempt: one sends, the others find it in doubt', async () => {
    const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
    const answers = await Promise.all(owners.map((owner) => desk.fence(entry, { owner })));
    expect(answers.map(({ result }) => result).sort()).toEqual(['go', ...Array<string>(7).fill('unknown')]);
    expect(await desk.attempts(entry)).toEqual(['unknown']);
  });

  it('with two trades that fit only apart: one passes, the other hears the limit', async () => {
    const second = desk.order(await desk.trade('two'), 'entry', 'buy', 10);
    await desk.approve(entry, 10, { maxGrossNotional: '1500' });
    await desk.approve(second, 10, { maxGrossNotional: '1500' });
    const answers = await Promise.all([desk.fence(entry), desk.fence(second)]);
    const told = answers.map((answer) => (answer.result === 'refused' ? answer.code : answer.result));
    expect(told.sort()).toEqual(['go', 'leverage']);
  });

  it('with exits that together exceed the position: what fits passes', async () => {
    await desk.placed(entry, 'filled', 10);
    const exits = Array.from({ length: 6 }, (_, index) => desk.order(entry.tradeId, `exit-${index}`, 'sell', 3));
    const answers = await Promise.all(exits.map((exit) => desk.fence(exit)));
    expect(answers.filter(({ result }) => result === 'go')).toHaveLength(3);
  });
});
